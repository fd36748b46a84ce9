"""Where rows come from: sources, their import runs, and rows set aside."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, SmallInteger
from sqlmodel import Field, SQLModel

from app.models.base import Json, JsonValue, Timestamp


class Source(SQLModel, table=True):
    """A system that data is pulled from, that takes absence reports, or both."""

    __tablename__ = "source"

    id: int | None = Field(
        default=None, primary_key=True, sa_type=SmallInteger, sa_column_args=(Identity(),)
    )
    name: str = Field(unique=True)
    url: str
    # `asOf`: the source's data as it was at this instant, by the last run that completed.
    as_of: datetime | None = Field(default=None, sa_type=Timestamp)
    # Each absence that is registered through the gate is to be delivered to it.
    takes_absences: bool = False


class ImportRun(SQLModel, table=True):
    """One run of an import, with what it did per resource as `counts`."""

    __tablename__ = "import_run"

    id: int | None = Field(default=None, primary_key=True, sa_column_args=(Identity(),))
    source_id: int = Field(sa_type=SmallInteger, foreign_key="source.id", index=True)
    mode: str
    started: datetime = Field(sa_type=Timestamp)
    finished: datetime | None = Field(default=None, sa_type=Timestamp)
    status: str = "running"
    message: str | None = None
    counts: JsonValue = Field(default=None, sa_type=Json)


class SetAsideRow(SQLModel, table=True):
    """A row that could not be stored: invalid, or pointing at something not known yet.

    `missing_id` names the missing object of a dangling reference, so that the row is tried
    again when that object arrives.
    """

    __tablename__ = "set_aside_row"
    __table_args__ = (
        Index("ix_set_aside_row_row", "source_id", "resource", "row_id"),
        Index("ix_set_aside_row_missing_id", "missing_id"),
    )

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),)
    )
    source_id: int = Field(sa_type=SmallInteger, foreign_key="source.id")
    run_id: int = Field(foreign_key="import_run.id")
    resource: str
    row_id: str | None = None
    kind: str
    reason: str
    missing_id: UUID | None = None
    payload: JsonValue = Field(default=None, sa_type=Json)
