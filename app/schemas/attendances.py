"""Attendance: the wire shape of the standard."""

from uuid import UUID

from pydantic import AwareDatetime

from app.schemas.base import ObjectReference, Page, PersonReference, StandardObject, WireModel


class Attendance(StandardObject):
    """A pupil's attendance at a lesson, in minutes."""

    calendar_event: ObjectReference
    student: PersonReference
    reporter: PersonReference | None = None
    is_reported: bool
    attendance_minutes: int | None = None
    valid_absence_minutes: int | None = None
    invalid_absence_minutes: int | None = None
    other_attendance_minutes: int | None = None
    absence_reason: str | None = None
    reported_timestamp: AwareDatetime | None = None


class AttendancesLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
    activities: list[UUID] | None = None
    students: list[UUID] | None = None
    calendare_events: list[UUID] | None = None
    calendar_events: list[UUID] | None = None


class AttendancesPage(Page[Attendance]):
    """One page of the list."""
