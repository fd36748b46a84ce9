"""AttendanceSchedule: the wire shape of the standard."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime

from app.schemas.base import (
    ClockTime,
    ObjectReference,
    Page,
    PersonReference,
    StandardObject,
    WireModel,
)
from app.schemas.enums import AttendanceScheduleState, DayOfWeek


class AttendanceScheduleStep(WireModel):
    """One of an object's state."""

    state: AttendanceScheduleState
    registered_at: AwareDatetime
    comment: str | None = None
    registered_by: PersonReference | None = None


class ScheduleEntry(WireModel):
    """One of an object's scheduleEntries."""

    week_offset: int
    day_of_week: DayOfWeek
    start_time: ClockTime
    end_time: ClockTime


class AttendanceSchedule(StandardObject):
    """The hours that a child is meant to be in care."""

    placement: ObjectReference
    number_of_weeks: int
    start_date: date
    end_date: date | None = None
    temporary: bool | None = None
    state: list[AttendanceScheduleStep]
    schedule_entries: list[ScheduleEntry] | None = None


class AttendanceSchedulesLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
    placement: list[UUID] | None = None


class AttendanceSchedulesPage(Page[AttendanceSchedule]):
    """One page of the list."""
