"""Attendances: one pupil's presence and absence at one calendar event."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, AwareDatetime, Field

from app.schemas.base import (
    IdsLookup,
    ObjectReference,
    Page,
    PersonReference,
    StandardObject,
    with_example,
)
from app.schemas.examples import ATTENDANCE
from app.schemas.written import Reference, WrittenModel, WrittenText, WrittenTime, to_write

Minutes = Annotated[int, Field(ge=0, le=1440)]


class Attendance(StandardObject):
    """A pupil's attendance at an event. Needs the scope `attendance:read`."""

    model_config = with_example(ATTENDANCE)

    calendar_event: ObjectReference
    student: PersonReference
    reporter: PersonReference | None = Field(None, description="Who reported the attendance.")
    is_reported: bool = Field(
        description="Whether anyone has reported. If not, the minutes mean nothing yet."
    )
    attendance_minutes: int | None = Field(None, description="Minutes present.")
    valid_absence_minutes: int | None = Field(None, description="Minutes of valid absence.")
    invalid_absence_minutes: int | None = Field(None, description="Minutes of invalid absence.")
    other_attendance_minutes: int | None = Field(
        None, description="Minutes in other activities that count as presence."
    )
    absence_reason: str | None = None
    reported_timestamp: AwareDatetime | None = Field(None, description="When it was reported.")


class NewAttendance(WrittenModel):
    """A pupil's attendance at an event, to be reported. Needs the scope `attendance:write`.

    A pupil has one attendance at an event. When it is reported the four kinds of minutes add up
    to the length of the event for this pupil; before that there are none.
    """

    model_config = with_example(to_write(ATTENDANCE))

    calendar_event: Reference = Field(description="An event that the pupil takes part in.")
    student: Reference
    reporter: Reference | None = Field(None, description="Who reports the attendance.")
    is_reported: bool
    attendance_minutes: Minutes | None = Field(None, description="Minutes present.")
    valid_absence_minutes: Minutes | None = Field(None, description="Minutes of valid absence.")
    invalid_absence_minutes: Minutes | None = Field(None, description="Minutes of invalid absence.")
    other_attendance_minutes: Minutes | None = Field(
        None, description="Minutes in other activities that count as presence."
    )
    absence_reason: WrittenText | None = Field(
        None, description="Never a diagnosis: health is outside what this service may hold."
    )
    reported_timestamp: WrittenTime | None = Field(
        None, description="When it was reported; not in the future."
    )


class AttendancesPage(Page[Attendance]):
    """One page of attendances."""


class AttendancesLookup(IdsLookup):
    """Which attendances to return: those that any of the lists names."""

    activities: list[UUID] | None = Field(None, description="Ids of the events' activities.")
    students: list[UUID] | None = Field(None, description="Ids of pupils.")
    calendar_events: list[UUID] | None = Field(
        None,
        validation_alias=AliasChoices("calendareEvents", "calendarEvents"),
        serialization_alias="calendareEvents",
        description="Ids of calendar events. The name is misspelt in the standard; "
        "`calendarEvents` is taken too.",
    )
