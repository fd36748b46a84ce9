"""Room: the wire shape of the standard."""

from uuid import UUID

from app.schemas.base import ObjectReference, Page, StandardObject, WireModel


class Room(StandardObject):
    """A room."""

    display_name: str
    seats: int | None = None
    owner: ObjectReference


class RoomsLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None


class RoomsPage(Page[Room]):
    """One page of the list."""
