"""Resource: the wire shape of the standard."""

from uuid import UUID

from app.schemas.base import ObjectReference, Page, StandardObject, WireModel


class Resource(StandardObject):
    """A bookable resource other than a room."""

    display_name: str
    description: str | None = None
    owner: ObjectReference


class ResourcesLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None


class ResourcesPage(Page[Resource]):
    """One page of the list."""
