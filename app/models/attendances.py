"""Attendance: whether a pupil was at a lesson. Partitioned by the lesson's school year."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.models.base import StandardObject, Timestamp


class Attendance(StandardObject, table=True):
    """A pupil's attendance at one lesson, in minutes.

    `event_start`, `activity_id` and `school_unit_id` are the lesson's, copied so that the
    table can be partitioned, summed and read without joining two large tables.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        Index("ix_attendance_event_start", "event_start", "id"),
        Index("ix_attendance_school_unit_id", "school_unit_id", "event_start", "id"),
        Index("ix_attendance_student_id", "student_id", "event_start", "id"),
        Index("ix_attendance_calendar_event_id", "calendar_event_id", "event_start", "id"),
        Index("ix_attendance_activity_id", "activity_id", "event_start", "id"),
        Index("ix_attendance_modified", "modified", "id"),
        {"postgresql_partition_by": "RANGE (event_start)"},
    )

    event_start: datetime = Field(primary_key=True, sa_type=Timestamp)
    calendar_event_id: UUID
    activity_id: UUID
    school_unit_id: UUID
    student_id: UUID = Field(foreign_key="person.id")
    reporter_id: UUID | None = Field(default=None, foreign_key="person.id")
    is_reported: bool
    attendance_minutes: int | None = None
    valid_absence_minutes: int | None = None
    invalid_absence_minutes: int | None = None
    other_attendance_minutes: int | None = None
    absence_reason: str | None = None
    reported_timestamp: datetime | None = Field(default=None, sa_type=Timestamp)
