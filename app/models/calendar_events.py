"""CalendarEvent: one lesson. Partitioned by school year, as are its exceptions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.models.base import StandardObject, Timestamp, UuidArray


class CalendarEvent(StandardObject, table=True):
    """A lesson of an activity, at a time.

    `school_unit_id` is the activity's organisation, copied so that one unit's lessons can be
    read, partitioned and distributed without a join. `has_exceptions` spares the common lesson
    two look-ups.
    """

    __tablename__ = "calendar_event"
    __table_args__ = (
        Index("ix_calendar_event_start_time", "start_time", "id"),
        Index("ix_calendar_event_school_unit_id", "school_unit_id", "start_time", "id"),
        Index("ix_calendar_event_activity_id", "activity_id", "start_time", "id"),
        Index("ix_calendar_event_modified", "modified", "id"),
        {"postgresql_partition_by": "RANGE (start_time)"},
    )

    start_time: datetime = Field(primary_key=True, sa_type=Timestamp)
    end_time: datetime = Field(sa_type=Timestamp)
    activity_id: UUID = Field(foreign_key="activity.id")
    school_unit_id: UUID
    cancelled: bool | None = None
    teaching_length_teacher: int | None = None
    teaching_length_student: int | None = None
    comment: str | None = None
    room_ids: list[UUID] | None = Field(default=None, sa_type=UuidArray)
    resource_ids: list[UUID] | None = Field(default=None, sa_type=UuidArray)
    has_exceptions: bool = False


class StudentException(SQLModel, table=True):
    """A pupil who takes part in a lesson otherwise than the activity's groups say."""

    __tablename__ = "student_exception"
    __table_args__ = (
        Index("ix_student_exception_person_id", "person_id", "event_start"),
        {"postgresql_partition_by": "RANGE (event_start)"},
    )

    event_id: UUID = Field(primary_key=True)
    event_start: datetime = Field(primary_key=True, sa_type=Timestamp)
    position: int = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    participates: bool
    start_time: datetime | None = Field(default=None, sa_type=Timestamp)
    end_time: datetime | None = Field(default=None, sa_type=Timestamp)
    teaching_length: int | None = None


class TeacherException(SQLModel, table=True):
    """A teacher who takes part in a lesson otherwise than the activity says; a substitute, say."""

    __tablename__ = "teacher_exception"
    __table_args__ = (
        Index("ix_teacher_exception_duty_id", "duty_id", "event_start"),
        {"postgresql_partition_by": "RANGE (event_start)"},
    )

    event_id: UUID = Field(primary_key=True)
    event_start: datetime = Field(primary_key=True, sa_type=Timestamp)
    position: int = Field(primary_key=True)
    duty_id: UUID = Field(foreign_key="duty.id")
    participates: bool
    start_time: datetime | None = Field(default=None, sa_type=Timestamp)
    end_time: datetime | None = Field(default=None, sa_type=Timestamp)
    teaching_length: int | None = None
