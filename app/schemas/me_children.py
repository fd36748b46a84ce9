"""A guardian's children, as a screen shows them."""

from typing import Annotated

from pydantic import Field

from app.schemas.base import SchoolYear, WireModel, with_example
from app.schemas.enums import GroupType, SchoolType
from app.schemas.me import FamilyName, GivenName, Named, PersonId
from app.schemas.me_examples import CHILD

Unit = Annotated[Named, Field(description="The school unit.")]


class School(WireModel):
    """Where a child is enrolled today."""

    unit: Unit
    school_type: SchoolType
    school_year: SchoolYear | None = Field(None, description="The year in that school form.")


class CarePlace(WireModel):
    """Where a child has a place in preschool or after-school care today."""

    unit: Unit
    school_type: SchoolType
    group: Named | None = Field(None, description="The department.")


class OwnGroup(Named):
    """A class or department that a child is in today."""

    type: GroupType


class Child(WireModel):
    """A child that the signed-in person answers for and shares with this app."""

    model_config = with_example(CHILD)

    id: PersonId
    given_name: GivenName
    family_name: FamilyName
    schools: list[School] = Field(description="Where the child is enrolled.")
    care: list[CarePlace] = Field(description="Where the child has a place in care.")
    groups: list[OwnGroup] = Field(description="Classes and departments.")
