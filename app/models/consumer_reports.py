"""What consumers report back: log entries, statistics entries, and how many a day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index
from sqlmodel import Field, SQLModel

from app.models.base import Timestamp


class LogEntry(SQLModel, table=True):
    """Something that a consumer met. `resource_id` is its claim; nothing is looked up by it."""

    __tablename__ = "log_entry"
    __table_args__ = (
        Index("ix_log_entry_received", "received", "id"),
        Index("ix_log_entry_client_id", "client_id", "received", "id"),
    )

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),)
    )
    received: datetime = Field(sa_type=Timestamp)
    client_id: str
    message: str
    message_type: str | None = None
    resource_type: str | None = None
    resource_id: UUID | None = None
    resource_url: str | None = None
    severity_level: str
    time_of_occurance: datetime | None = Field(default=None, sa_type=Timestamp)


class StatisticsEntry(SQLModel, table=True):
    """How many objects of a kind a consumer took over."""

    __tablename__ = "statistics_entry"
    __table_args__ = (
        Index("ix_statistics_entry_received", "received", "id"),
        Index("ix_statistics_entry_client_id", "client_id", "received", "id"),
    )

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),)
    )
    received: datetime = Field(sa_type=Timestamp)
    client_id: str
    resource_type: str
    new_count: int = Field(sa_type=BigInteger)
    updated_count: int = Field(sa_type=BigInteger)
    deleted_count: int = Field(sa_type=BigInteger)
    resource_url: str | None = None
    time_of_occurance: datetime | None = Field(default=None, sa_type=Timestamp)


class ReportCount(SQLModel, table=True):
    """How many reports a consumer has sent on the last day on which it sent any."""

    __tablename__ = "report_count"

    client_id: str = Field(primary_key=True)
    day: date
    reports: int
