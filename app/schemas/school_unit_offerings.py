"""SchoolUnitOffering: the wire shape of the standard."""

from datetime import date
from uuid import UUID

from app.schemas.base import ObjectReference, Page, StandardObject, WireModel


class SchoolUnitOffering(StandardObject):
    """What a school unit offers. `id` and `meta` are additions: by-id and sync need them."""

    start_date: date | None = None
    end_date: date | None = None
    offered_at: ObjectReference
    offered_syllabuses: list[ObjectReference]
    offered_programmes: list[ObjectReference] | None = None


class SchoolUnitOfferingsLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None


class SchoolUnitOfferingsPage(Page[SchoolUnitOffering]):
    """One page of the list."""
