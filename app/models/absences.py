"""Absence: leave granted or absence reported, for a period."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.models.base import StandardObject, Timestamp


class Absence(StandardObject, table=True):
    """A pupil's absence from one instant to another."""

    __tablename__ = "absence"
    __table_args__ = (
        Index("ix_absence_modified", "modified", "id"),
        Index("ix_absence_start_time", "start_time", "id"),
        Index("ix_absence_student_id", "student_id", "id"),
        Index("ix_absence_school_unit_id", "school_unit_id", "id"),
        Index("ix_absence_registered_by_id", "registered_by_id", "id"),
    )

    start_time: datetime = Field(sa_type=Timestamp)
    end_time: datetime = Field(sa_type=Timestamp)
    type: str
    student_id: UUID = Field(foreign_key="person.id")
    school_unit_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    registered_by_id: UUID | None = Field(default=None, foreign_key="person.id")
