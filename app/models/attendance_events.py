"""AttendanceEvent: a check-in or check-out at preschool or after-school care."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.models.base import StandardObject, Timestamp


class AttendanceEvent(StandardObject, table=True):
    """Someone came (`In`) or left (`Ut`). `school_unit_id` is the group's organisation."""

    __tablename__ = "attendance_event"
    __table_args__ = (
        Index("ix_attendance_event_time", "time", "id"),
        Index("ix_attendance_event_school_unit_id", "school_unit_id", "time", "id"),
        Index("ix_attendance_event_person_id", "person_id", "time", "id"),
        Index("ix_attendance_event_group_id", "group_id", "time", "id"),
        Index("ix_attendance_event_modified", "modified", "id"),
        {"postgresql_partition_by": "RANGE (time)"},
    )

    time: datetime = Field(primary_key=True, sa_type=Timestamp)
    event_type: str
    person_id: UUID = Field(foreign_key="person.id")
    registered_by_id: UUID | None = Field(default=None, foreign_key="person.id")
    group_id: UUID = Field(foreign_key="school_group.id")
    school_unit_id: UUID
