"""CalendarEvent: the wire shape of the standard."""

from uuid import UUID

from pydantic import AwareDatetime

from app.schemas.base import ObjectReference, PersonReference, StandardObject, WireModel


class StudentException(WireModel):
    """One of an object's studentExceptions."""

    student: PersonReference
    participates: bool
    start_time: AwareDatetime | None = None
    end_time: AwareDatetime | None = None
    teaching_length: int | None = None


class TeacherException(WireModel):
    """One of an object's teacherExceptions."""

    duty: ObjectReference
    participates: bool
    start_time: AwareDatetime | None = None
    end_time: AwareDatetime | None = None
    teaching_length: int | None = None


class CalendarEvent(StandardObject):
    """A lesson."""

    activity: ObjectReference
    start_time: AwareDatetime
    end_time: AwareDatetime
    cancelled: bool | None = None
    teaching_length_teacher: int | None = None
    teaching_length_student: int | None = None
    comment: str | None = None
    student_exceptions: list[StudentException] | None = None
    teacher_exceptions: list[TeacherException] | None = None
    rooms: list[ObjectReference] | None = None
    resources: list[ObjectReference] | None = None


class CalendarEventsLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
    activities: list[UUID] | None = None
    student: list[UUID] | None = None
    teacher: list[UUID] | None = None
