"""Calendar events: lessons and whatever else has a time in the schedule."""

from uuid import UUID

from pydantic import AwareDatetime, Field

from app.schemas import examples
from app.schemas.activities import Activity
from app.schemas.attendances import Attendance
from app.schemas.base import (
    IdsLookup,
    ObjectReference,
    Page,
    PersonReference,
    StandardObject,
    WireModel,
    with_example,
)


class ParticipationException(WireModel):
    """How one participant's lesson differs from everyone else's."""

    participates: bool = Field(
        description="True: comes although not of the activity, or at other times. False: is away."
    )
    start_time: AwareDatetime | None = Field(None, description="Absent: as the event.")
    end_time: AwareDatetime | None = Field(None, description="Absent: as the event.")
    teaching_length: int | None = Field(None, description="Teaching time in minutes.")


class StudentException(ParticipationException):
    """How one pupil's lesson differs."""

    student: PersonReference


class TeacherException(ParticipationException):
    """How one teacher's lesson differs."""

    duty: ObjectReference = Field(description="The teacher's duty, not the person.")


class CalendarEvent(StandardObject):
    """An event without what `expand` adds. Needs the scope `schedule:read`."""

    model_config = with_example(examples.CALENDAR_EVENT)

    activity: ObjectReference = Field(description="What the event is an occasion of.")
    start_time: AwareDatetime
    end_time: AwareDatetime
    cancelled: bool | None = Field(None, description="Absent: the event takes place.")
    teaching_length_teacher: int | None = Field(
        None, description="Minutes that count as teaching for the teachers."
    )
    teaching_length_student: int | None = Field(
        None, description="Minutes that count as teaching for the pupils."
    )
    comment: str | None = None
    student_exceptions: list[StudentException] | None = None
    teacher_exceptions: list[TeacherException] | None = None
    rooms: list[ObjectReference] | None = None
    resources: list[ObjectReference] | None = None


class CalendarEventEmbedded(WireModel):
    """What `expand` adds to a calendar event."""

    activity: Activity | None = Field(None, description="With `expand=activity`.")
    attendance: list[Attendance] | None = Field(
        None, description="With `expand=attendance`. Needs the scope `attendance:read` as well."
    )


class CalendarEventExpanded(CalendarEvent):
    """An event as answered to list and by-id calls. Needs the scope `schedule:read`."""

    model_config = with_example(
        examples.CALENDAR_EVENT
        | {"_embedded": {"activity": examples.ACTIVITY, "attendance": [examples.ATTENDANCE]}}
    )

    embedded: CalendarEventEmbedded | None = Field(
        None, alias="_embedded", description="What `expand` asked for."
    )


class CalendarEventsPage(Page[CalendarEventExpanded]):
    """One page of calendar events."""


class CalendarEventsLookup(IdsLookup):
    """Which events to return: those that any of the lists names. The names are the standard's."""

    activities: list[UUID] | None = Field(None, description="Ids of the events' activities.")
    student: list[UUID] | None = Field(
        None, description="Ids of persons who take part. A list, though named in the singular."
    )
    teacher: list[UUID] | None = Field(
        None, description="Ids of duties that teach. A list, though named in the singular."
    )
