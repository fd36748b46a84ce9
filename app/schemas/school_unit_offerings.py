"""School unit offerings: which syllabuses and programmes a school unit offers."""

from datetime import date

from pydantic import Field

from app.schemas.base import IdsLookup, ObjectReference, Page, StandardObject, with_example
from app.schemas.examples import SCHOOL_UNIT_OFFERING


class SchoolUnitOffering(StandardObject):
    """What a school unit offers. Needs the scope `organisations:read`.

    `id` and `meta` are additions: the standard has calls by id for offerings, but forgot the id.
    """

    model_config = with_example(SCHOOL_UNIT_OFFERING)

    start_date: date | None = Field(None, description="First day of the offering.")
    end_date: date | None = Field(None, description="Last day of the offering.")
    offered_at: ObjectReference = Field(description="The school unit.")
    offered_syllabuses: list[ObjectReference]
    offered_programmes: list[ObjectReference] | None = None


class SchoolUnitOfferingsPage(Page[SchoolUnitOffering]):
    """One page of school unit offerings."""


class SchoolUnitOfferingsLookup(IdsLookup):
    """Which school unit offerings to return."""
