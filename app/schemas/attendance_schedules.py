"""Attendance schedules: when a child is to be in pre-school or after-school care."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.schemas.base import (
    ClockTime,
    IdsLookup,
    ObjectReference,
    Page,
    PersonReference,
    StandardObject,
    WireModel,
    with_example,
)
from app.schemas.examples import ATTENDANCE_SCHEDULE


class AttendanceScheduleState(StrEnum):
    """Where a schedule stands: approved, asked for or refused."""

    GODKANT = "Godkänt"
    BEGART = "Begärt"
    NEKAT = "Nekat"


class DayOfWeek(StrEnum):
    """A day of the week."""

    MANDAG = "Måndag"
    TISDAG = "Tisdag"
    ONSDAG = "Onsdag"
    TORSDAG = "Torsdag"
    FREDAG = "Fredag"
    LORDAG = "Lördag"
    SONDAG = "Söndag"


class ScheduleState(WireModel):
    """A step in the schedule's handling."""

    state: AttendanceScheduleState
    registered_at: AwareDatetime
    comment: str | None = None
    registered_by: PersonReference | None = None


class ScheduleEntry(WireModel):
    """A time of care on one day of the schedule's cycle."""

    week_offset: int = Field(description="Week of the cycle, 0 for the first.")
    day_of_week: DayOfWeek
    start_time: ClockTime = Field(description="HH:MM, local time.")
    end_time: ClockTime = Field(
        description="HH:MM, local time. A string: the standard says integer, with this pattern."
    )


class AttendanceSchedule(StandardObject):
    """The care times of a placement. Needs the scope `attendance:read`."""

    model_config = with_example(ATTENDANCE_SCHEDULE)

    placement: ObjectReference
    number_of_weeks: int = Field(description="Length of the cycle in weeks.")
    start_date: date = Field(description="First day, in the first week of the cycle.")
    end_date: date | None = Field(None, description="Last day. Absent: until further notice.")
    temporary: bool | None = Field(
        None,
        description="Whether it stands in for the ordinary schedule for a while.",
        json_schema_extra={"default": False},
    )
    state: list[ScheduleState] = Field(
        description="The steps of its handling. A list, though its name is in the singular."
    )
    schedule_entries: list[ScheduleEntry] | None = None


class AttendanceSchedulesPage(Page[AttendanceSchedule]):
    """One page of attendance schedules."""


class AttendanceSchedulesLookup(IdsLookup):
    """Which schedules to return: those that any of the lists names."""

    placement: list[UUID] | None = Field(
        None, description="Ids of placements. A list, though named in the singular."
    )
