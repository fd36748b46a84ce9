"""Persons, placements and duties as answered: they embed each other, so they meet here."""

from datetime import date

from pydantic import Field

from app.schemas import examples
from app.schemas.base import Page, WireModel, with_example
from app.schemas.duties import Duty
from app.schemas.groups import GroupFragment
from app.schemas.persons import Person, PersonResponsible
from app.schemas.placements import Placement


class PersonGroupMembership(WireModel):
    """A group that the person belongs to."""

    group: GroupFragment | None = Field(None, description="The group, without its members.")
    start_date: date | None = Field(None, description="First day of membership.")
    end_date: date | None = Field(None, description="Last day of membership.")


class PersonEmbedded(WireModel):
    """What `expand` adds to a person."""

    responsible_for: list[PersonResponsible] | None = Field(
        None,
        description="With `expand=responsibleFor`: the children that the person is responsible "
        "for. Needs the field group `guardians`.",
    )
    placements: list[Placement] | None = Field(
        None, description="With `expand=placements`: places that the person has as a child."
    )
    owned_placements: list[Placement] | None = Field(
        None, description="With `expand=ownedPlacements`: children's places that the person holds."
    )
    duties: list[Duty] | None = Field(
        None, description="With `expand=duties`: the person's work as a member of staff."
    )
    group_memberships: list[PersonGroupMembership] | None = Field(
        None, description="With `expand=groupMemberships`: the groups that the person belongs to."
    )


class PersonExpanded(Person):
    """A person as answered. Needs the scope `people:read`.

    Some properties need a field group of their own, and are absent without it.
    """

    model_config = with_example(
        examples.PERSON
        | {
            "_embedded": {
                "placements": [examples.PLACEMENT],
                "groupMemberships": [
                    {"group": examples.GROUP_FRAGMENT, "startDate": "2026-08-17"},
                ],
            }
        }
    )

    embedded: PersonEmbedded | None = Field(
        None, alias="_embedded", description="What `expand` asked for."
    )


class PersonsPage(Page[PersonExpanded]):
    """One page of persons."""


class PlacementEmbedded(WireModel):
    """What `expand` adds to a placement."""

    child: Person | None = Field(None, description="With `expand=child`.")
    owners: list[Person] | None = Field(None, description="With `expand=owners`.")


class PlacementExpanded(Placement):
    """A placement as answered. Needs the scope `people:read`."""

    model_config = with_example(
        examples.PLACEMENT
        | {"_embedded": {"child": examples.PERSON, "owners": [examples.GUARDIAN]}}
    )

    embedded: PlacementEmbedded | None = Field(
        None, alias="_embedded", description="What `expand` asked for."
    )


class PlacementsPage(Page[PlacementExpanded]):
    """One page of placements."""


class DutyEmbedded(WireModel):
    """What `expand` adds to a duty."""

    person: Person | None = Field(None, description="With `expand=person`.")


class DutyExpanded(Duty):
    """A duty as answered. Needs the scope `people:read`."""

    model_config = with_example(examples.DUTY | {"_embedded": {"person": examples.TEACHER}})

    embedded: DutyEmbedded | None = Field(
        None, alias="_embedded", description="What `expand` asked for."
    )


class DutiesPage(Page[DutyExpanded]):
    """One page of duties."""
