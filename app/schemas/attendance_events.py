"""AttendanceEvent: the wire shape of the standard."""

from uuid import UUID

from pydantic import AwareDatetime

from app.schemas.base import ObjectReference, PersonReference, StandardObject, WireModel
from app.schemas.enums import AttendanceEventType


class AttendanceEvent(StandardObject):
    """A check-in or check-out."""

    time: AwareDatetime
    event_type: AttendanceEventType
    person: PersonReference
    registered_by: PersonReference | None = None
    group: ObjectReference


class AttendanceEventsLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
    person: list[UUID] | None = None
    group: list[UUID] | None = None
