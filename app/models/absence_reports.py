"""Absence reports: what became of an absence that was registered through the gate."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger
from sqlmodel import Field, SQLModel

from app.models.base import Timestamp


class AbsenceReport(SQLModel, table=True):
    """The report of one absence, under the absence's id.

    It holds what it is about itself, because it stays when the absence is withdrawn.
    """

    __tablename__ = "absence_report"
    __table_args__ = (
        Index("ix_absence_report_modified", "modified", "id"),
        Index("ix_absence_report_student_id", "student_id", "id"),
        Index("ix_absence_report_school_unit_id", "school_unit_id", "modified", "id"),
        Index("ix_absence_report_registered_by_id", "registered_by_id"),
    )

    id: UUID = Field(primary_key=True)
    created: datetime = Field(sa_type=Timestamp)
    modified: datetime = Field(sa_type=Timestamp)
    status: str
    reason_category: str | None = None
    start_time: datetime = Field(sa_type=Timestamp)
    end_time: datetime = Field(sa_type=Timestamp)
    type: str
    student_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE")
    school_unit_id: UUID | None = Field(
        default=None, foreign_key="organisation.id", ondelete="SET NULL"
    )
    registered_by_id: UUID | None = Field(
        default=None, foreign_key="person.id", ondelete="SET NULL"
    )
    # The consumers that reported it and withdrew it.
    reported_through: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=Timestamp)
    withdrawn_through: str | None = None


class AbsenceDelivery(SQLModel, table=True):
    """Whether a source system has taken a report as it now stands."""

    __tablename__ = "absence_delivery"
    __table_args__ = (Index("ix_absence_delivery_source_id", "source_id", "state", "report_id"),)

    report_id: UUID = Field(primary_key=True, foreign_key="absence_report.id", ondelete="CASCADE")
    source_id: int = Field(primary_key=True, sa_type=SmallInteger, foreign_key="source.id")
    state: str
    changed: datetime = Field(sa_type=Timestamp)
    message: str | None = None
