"""Attendance schedules: when a child is to be in pre-school or after-school care."""

from datetime import date
from enum import StrEnum
from typing import Annotated
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
from app.schemas.written import (
    Reference,
    WrittenDate,
    WrittenModel,
    WrittenText,
    WrittenTime,
    to_write,
)

LONGEST_CYCLE = 52
CareTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


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


class NewScheduleState(WireModel):
    """A step in the schedule's handling."""

    state: AttendanceScheduleState
    registered_at: WrittenTime = Field(description="Not in the future.")
    comment: WrittenText | None = None
    registered_by: Reference | None = None


class NewScheduleEntry(WireModel):
    """A time of care on one day of the schedule's cycle."""

    week_offset: Annotated[int, Field(ge=0)] = Field(
        description="Week of the cycle, 0 for the first; less than `numberOfWeeks`."
    )
    day_of_week: DayOfWeek
    start_time: CareTime = Field(description="HH:MM, local time.")
    end_time: CareTime = Field(description="HH:MM, local time, after `startTime`; 24:00 at most.")


class NewAttendanceSchedule(WrittenModel):
    """The care times of a placement, to be stored. Needs the scope `attendance:write`.

    Of one placement no two ordinary schedules, and no two temporary ones, hold at the same time.
    """

    model_config = with_example(to_write(ATTENDANCE_SCHEDULE))

    placement: Reference
    number_of_weeks: Annotated[int, Field(ge=1, le=LONGEST_CYCLE)] = Field(
        description="Length of the cycle in weeks."
    )
    start_date: WrittenDate = Field(description="First day, within the placement.")
    end_date: WrittenDate | None = Field(
        None, description="Last day, within the placement. Absent: as long as the placement lasts."
    )
    temporary: bool | None = Field(
        None,
        description="Whether it stands in for the ordinary schedule for a while.",
        json_schema_extra={"default": False},
    )
    state: Annotated[list[NewScheduleState], Field(min_length=1, max_length=50)] | None = Field(
        None, description="The steps of its handling, oldest first. Absent: asked for, now."
    )
    schedule_entries: Annotated[list[NewScheduleEntry], Field(max_length=2000)] | None = Field(
        None, description="Times of one day do not overlap."
    )


class AttendanceSchedulesPage(Page[AttendanceSchedule]):
    """One page of attendance schedules."""


class AttendanceSchedulesLookup(IdsLookup):
    """Which schedules to return: those that any of the lists names."""

    placement: list[UUID] | None = Field(
        None, description="Ids of placements. A list, though named in the singular."
    )
