"""Placements: a child's place in pre-school or after-school care."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from app.schemas.base import (
    IdsLookup,
    ObjectReference,
    PersonReference,
    StandardObject,
    with_example,
)
from app.schemas.examples import PLACEMENT


class PlacementSchoolType(StrEnum):
    """The school types that a child can be placed in: pre-school and after-school care."""

    FS = "FS"
    FTH = "FTH"
    OPPFTH = "OPPFTH"


class PlacementReason(StrEnum):
    """Why a child has a place."""

    OMSORGSBEHOV = "Omsorgsbehov"
    ERBJUDEN_TID = "Erbjuden tid"
    EGET_BEHOV = "Eget behov"


class Placement(StandardObject):
    """A child's place at a school unit. Needs the scope `people:read`."""

    model_config = with_example(PLACEMENT)

    placed_at: ObjectReference = Field(description="The school unit that has the place.")
    group: ObjectReference | None = Field(None, description="The section the child belongs to.")
    child: PersonReference
    owners: list[PersonReference] | None = Field(
        None, description="The adults who hold the place, normally guardians."
    )
    school_type: PlacementSchoolType
    start_date: date = Field(description="First day of the placement.")
    end_date: date | None = Field(
        None, description="Last day of the placement. Absent: until further notice."
    )
    reason: PlacementReason | None = Field(None, description="Why the child has the place.")
    max_weekly_schedule_hours: int | None = Field(
        None, description="Most hours a week that the child may be scheduled for."
    )


class PlacementsLookup(IdsLookup):
    """Which placements to return: those that any of the lists names."""

    person_ids: list[UUID] | None = Field(None, description="Ids of persons who are the child.")
