"""Placement: the wire shape of the standard."""

from datetime import date
from uuid import UUID

from pydantic import Field

from app.schemas.base import ObjectReference, PersonReference, StandardObject, WireModel
from app.schemas.enums import PlacementReason, PlacementSchoolType


class Placement(StandardObject):
    """A child's place in preschool or after-school care."""

    placed_at: ObjectReference
    group: ObjectReference | None = None
    child: PersonReference
    owners: list[PersonReference] | None = Field(
        None, description="Needs the field group `guardians`."
    )
    school_type: PlacementSchoolType
    start_date: date
    end_date: date | None = None
    reason: PlacementReason | None = None
    max_weekly_schedule_hours: int | None = None


class PlacementsLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
    person_ids: list[UUID] | None = None
