"""Attendance events: a child checks in or out, as in pre-school and after-school care."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.schemas import examples
from app.schemas.base import (
    IdsLookup,
    ObjectReference,
    Page,
    PersonReference,
    StandardObject,
    WireModel,
    with_example,
)
from app.schemas.groups import GroupFragment
from app.schemas.persons import Person
from app.schemas.written import Reference, WrittenModel, WrittenTime, to_write


class AttendanceEventType(StrEnum):
    """Whether a child came or left."""

    IN = "In"
    UT = "Ut"


class AttendanceEvent(StandardObject):
    """A check-in or check-out without what `expand` adds. Needs the scope `attendance:read`."""

    model_config = with_example(examples.ATTENDANCE_EVENT)

    time: AwareDatetime = Field(description="When the child came or left.")
    event_type: AttendanceEventType
    person: PersonReference = Field(description="Who came or left.")
    registered_by: PersonReference | None = None
    group: ObjectReference = Field(description="The group that the child came to or left.")


class AttendanceEventEmbedded(WireModel):
    """What `expand` adds to an attendance event."""

    registered_by: Person | None = Field(None, description="With `expand=registeredBy`.")
    person: Person | None = Field(None, description="With `expand=person`.")
    group: GroupFragment | None = Field(
        None, description="With `expand=group`: the group, without its members."
    )


class AttendanceEventExpanded(AttendanceEvent):
    """A check-in or check-out as answered. Needs the scope `attendance:read`."""

    model_config = with_example(
        examples.ATTENDANCE_EVENT
        | {"_embedded": {"registeredBy": examples.TEACHER, "person": examples.PERSON}}
    )

    embedded: AttendanceEventEmbedded | None = Field(
        None, alias="_embedded", description="What `expand` asked for."
    )


class NewAttendanceEvent(WrittenModel):
    """A check-in or check-out, to be registered. Needs the scope `attendance:write`."""

    model_config = with_example(to_write(examples.ATTENDANCE_EVENT))

    time: WrittenTime = Field(description="When the child came or left; not in the future.")
    event_type: AttendanceEventType
    person: Reference = Field(description="Who came or left.")
    registered_by: Reference | None = None
    group: Reference = Field(
        description="The group that the child came to or left: one that it is a member of, or has "
        "a placement in, that day."
    )


class AttendanceEventsPage(Page[AttendanceEventExpanded]):
    """One page of attendance events."""


class AttendanceEventsLookup(IdsLookup):
    """Which events to return: those that any of the lists names. The names are the standard's."""

    person: list[UUID] | None = Field(
        None, description="Ids of persons. A list, though named in the singular."
    )
    group: list[UUID] | None = Field(
        None, description="Ids of groups. A list, though named in the singular."
    )
