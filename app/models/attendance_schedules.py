"""AttendanceSchedule: the hours a child is meant to be in care."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.models.base import Json, JsonValue, StandardObject, Timestamp


class AttendanceSchedule(StandardObject, table=True):
    """A care schedule. `schedule_entries` holds `[{weekOffset, dayOfWeek, startTime, endTime}]`."""

    __tablename__ = "attendance_schedule"
    __table_args__ = (
        Index("ix_attendance_schedule_modified", "modified", "id"),
        Index("ix_attendance_schedule_placement_id", "placement_id", "id"),
    )

    placement_id: UUID = Field(foreign_key="placement.id")
    number_of_weeks: int
    start_date: date
    end_date: date | None = None
    temporary: bool | None = None
    schedule_entries: JsonValue = Field(default=None, sa_type=Json)


class AttendanceScheduleState(SQLModel, table=True):
    """A step in the schedule's handling: requested, approved, refused."""

    __tablename__ = "attendance_schedule_state"

    attendance_schedule_id: UUID = Field(
        primary_key=True, foreign_key="attendance_schedule.id", ondelete="CASCADE"
    )
    position: int = Field(primary_key=True)
    state: str
    registered_at: datetime = Field(sa_type=Timestamp)
    comment: str | None = None
    registered_by_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
