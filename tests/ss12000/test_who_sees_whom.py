"""The file to audit first: which persons each kind of caller can find out about, everywhere.

For every resource the table says whose names or ids may appear, in any form, in any answer.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.models.duties import Duty
from app.models.persons import Enrolment, Responsible
from app.models.placements import Placement, PlacementOwner
from app.queries.resource import Resource
from app.queries.ss12000 import OFFERED
from tests.make import (
    EVERYONE,
    GUARDIANS,
    PROTECTED,
    PUPILS,
    START,
    TEACHERS,
    UNITS,
    add,
    base,
    named,
)
from tests.ss12000.conftest import Caller, Town
from tests.ss12000.streams import ask

WINDOW = {
    "calendarEvents": {
        "startTime.onOrAfter": "2026-08-17T00:00:00+02:00",
        "startTime.onOrBefore": "2026-10-17T00:00:00+02:00",
    },
    "aggregatedAttendance": {"startDate": "2026-08-17", "endDate": "2026-10-17"},
}
ROWS = {
    "persons": "",
    "placements": "-place",
    "duties": "-duty",
    "attendances": "-present",
    "attendanceEvents": "-in",
    "attendanceSchedules": "-hours",
    "absences": "-away",
}
ROWS_ABOUT = tuple(ROWS.values())
NORTH = frozenset({*PUPILS["north"], *TEACHERS["north"], "anna-parent", "hidden-parent"})
SOUTH = EVERYONE - NORTH
STAFF = frozenset(name for names in TEACHERS.values() for name in names)
PARENTS = frozenset(GUARDIANS.values())
CHILDREN = frozenset(name for names in PUPILS.values() for name in names)
# The protected pupil's parent is not protected, but is known to others only through the child.
BEHIND_A_PROTECTED_CHILD = frozenset({"hidden-parent"})
OPEN = EVERYONE - PROTECTED
NOBODY: frozenset[str] = frozenset()

# Whom a resource tells of, to a caller with every right: in its objects and what they embed.
ABOUT: dict[str, frozenset[str]] = {
    "organisations": NOBODY,
    "programmes": NOBODY,
    "syllabuses": NOBODY,
    "schoolUnitOfferings": NOBODY,
    "rooms": NOBODY,
    "resources": NOBODY,
    "persons": EVERYONE,
    "placements": CHILDREN | PARENTS,
    "duties": STAFF,
    "groups": CHILDREN | STAFF,
    "activities": STAFF | CHILDREN,
    "calendarEvents": CHILDREN | STAFF,
    "attendances": CHILDREN | frozenset({"north-teacher", "south-teacher"}),
    "attendanceEvents": CHILDREN | PARENTS,
    "attendanceSchedules": CHILDREN | PARENTS,
    "absences": CHILDREN | PARENTS,
    "aggregatedAttendance": EVERYONE,
}
# The pupils are enrolled, grouped and taught in GR, and placed in FTH. Staff have no school form.
IN_SCHOOL = ABOUT | {"placements": NOBODY, "attendanceSchedules": NOBODY}
IN_CARE = {"persons": EVERYONE, "duties": STAFF, "placements": CHILDREN | PARENTS,
           "attendanceSchedules": CHILDREN | PARENTS}  # fmt: skip
STAFF_ALONE = {"persons": STAFF, "duties": STAFF}
# Without the field group guardians a parent is at most the id of whoever registered something:
# tests/ss12000/test_who_registered.py.
WITHOUT_GUARDIANS = ABOUT | {"persons": CHILDREN | STAFF, "placements": CHILDREN,
                             "aggregatedAttendance": CHILDREN | STAFF}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A caller: its rights, who may exist for it at all, and whom each resource tells it of."""

    rights: dict[str, Any]
    exist: frozenset[str]
    about: dict[str, frozenset[str]] = field(default_factory=lambda: ABOUT)

    def sees(self, resource: str) -> frozenset[str]:
        """Exactly those whom the caller can find out about from a resource."""
        seen = self.exist & self.about.get(resource, NOBODY)
        # Listed as a person, but as nobody's parent.
        hidden = resource != "persons" and not self.rights.get("sees_protected")
        return seen - BEHIND_A_PROTECTED_CHILD if hidden else seen


NORTH_OPEN, SOUTH_OPEN = (NORTH & OPEN) - BEHIND_A_PROTECTED_CHILD, SOUTH & OPEN
CALLERS: dict[str, Row] = {
    "the whole city": Row({}, OPEN),
    "the whole city, cleared": Row({"sees_protected": True}, EVERYONE),
    "one unit": Row({"organisations": ("north",)}, NORTH_OPEN),
    "one unit, cleared": Row({"organisations": ("north",), "sees_protected": True}, NORTH),
    "another unit": Row({"organisations": ("south",)}, SOUTH_OPEN),
    "both units": Row({"organisations": ("north", "south")}, NORTH_OPEN | SOUTH_OPEN),
    "no field groups": Row({"field_groups": ()}, OPEN, WITHOUT_GUARDIANS),
    "one unit, no field groups": Row(
        {"organisations": ("north",), "field_groups": ()}, NORTH_OPEN, WITHOUT_GUARDIANS
    ),
    "the pupils' school form": Row(
        {"school_types": ("GR",)}, OPEN - BEHIND_A_PROTECTED_CHILD, IN_SCHOOL
    ),
    "the form of their care": Row(
        {"school_types": ("FTH",)}, OPEN - BEHIND_A_PROTECTED_CHILD, IN_CARE
    ),
    "one unit's care": Row({"organisations": ("south",), "school_types": ("FTH",)}, SOUTH_OPEN,
                           IN_CARE),
    "another school form": Row({"school_types": ("GY",)}, OPEN, STAFF_ALONE),
    "another school form, cleared": Row(
        {"school_types": ("GY",), "sees_protected": True}, EVERYONE, STAFF_ALONE
    ),
    "a unit that is not there": Row({"organisations": ("elsewhere",)}, NOBODY),
}  # fmt: skip


def everything_said(caller: Caller, resource: Resource) -> str:
    """All that a caller can get out of a resource: list as pages and whole, lookup and by-id,
    expanded and named.
    """
    shaping: dict[str, Any] = {"expandReferenceNames": "true", "expand": list(resource.expansions)}
    said = []
    for extra in ({}, shaping):
        page = caller.get(f"/{resource.path}", **WINDOW.get(resource.name, {}), **extra)
        assert page.status_code == 200, page.text
        said.append(page.text)
        whole = ask(caller, f"/{resource.path}", **WINDOW.get(resource.name, {}), **extra)
        assert whole.status_code == 200, whole.text
        said.append(whole.text)
    if resource.lookup:
        suffix = ROWS.get(resource.name)
        guessed = [str(named(f"{name}{suffix}")) for name in EVERYONE if suffix is not None]
        ids = {*guessed, *(row["id"] for row in page.json()["data"])}
        found = caller.post(f"/{resource.path}/lookup", {"ids": sorted(ids)}, **shaping)
        assert found.status_code == 200, found.text
        said.append(found.text)
        for identifier in sorted(ids):
            one = caller.get(f"/{resource.path}/{identifier}", **shaping)
            if one.status_code == 200:
                said.append(one.text)
    # A token is sealed: by chance it may begin as a name does.
    return re.sub(r'"pageToken":"[^"]*"', "", "\n".join(said))


def persons_in(said: str) -> set[str]:
    """Whose name, id, or whose row's id stands in a text."""
    return {
        name
        for name in EVERYONE
        if f'"{name}' in said
        or f"{name} Testsson" in said
        or any(str(named(f"{name}{row}")) in said for row in ROWS_ABOUT)
    }


@pytest.mark.parametrize("resource", OFFERED, ids=lambda resource: resource.name)
@pytest.mark.parametrize("who", CALLERS)
def test_a_caller_learns_of_exactly_those_whom_it_may_see(
    the_town: Town, who: str, resource: Resource
) -> None:
    """Nobody outside the table is there, in any form, and nobody of it is missing."""
    row = CALLERS[who]
    seen = persons_in(everything_said(the_town.caller(**row.rights), resource))
    assert seen == row.sees(resource.name)


def test_the_table_covers_every_resource() -> None:
    """A new resource must be placed in the table, and nobody of the town is nowhere in it."""
    assert set(ABOUT) == {resource.name for resource in OFFERED}
    assert frozenset().union(*ABOUT.values()) == EVERYONE == NORTH | SOUTH
    assert CHILDREN | PARENTS | STAFF == EVERYONE


def test_an_enrolment_is_shown_to_those_of_its_unit_and_school_form_alone(own_town: Town) -> None:
    """Where else a pupil goes to school is not told with the pupil."""
    with own_town.database.transaction() as session:
        for position, (unit, form) in enumerate([("south", "GR"), ("north", "FTH")], 1):
            add(
                session,
                Enrolment(person_id=named("anna"), position=position, school_unit_id=named(unit),
                          school_type=form, start_date=START),
            )  # fmt: skip

    def shown(**rights: Any) -> list[tuple[str, str]]:
        found = own_town.caller(**rights).get(f"/persons/{named('anna')}").json()["enrolments"]
        units = {str(named(unit)): unit for unit in UNITS}
        return sorted((units[one["enroledAt"]["id"]], one["schoolType"]) for one in found)

    assert shown() == [("north", "FTH"), ("north", "GR"), ("south", "GR")]
    assert shown(organisations=("north",)) == [("north", "FTH"), ("north", "GR")]
    assert shown(school_types=("GR",)) == [("north", "GR"), ("south", "GR")]
    assert shown(organisations=("south",), school_types=("GR",)) == [("south", "GR")]


def test_what_is_embedded_in_a_person_is_what_the_caller_may_see_by_itself(
    own_town: Town,
) -> None:
    """Not the duty, the care or the child that a person has at another unit."""
    teacher, parent = named("north-teacher"), named("anna-parent")
    south = named("south")
    with own_town.database.transaction() as session:
        add(
            session,
            Duty(**base("second-duty"), organisation_id=south, person_id=teacher,
                 duty_role="Lärare", start_date=START),
            Placement(**base("second-place"), school_unit_id=south, child_id=named("anna"),
                      school_type="FTH", start_date=START),
            PlacementOwner(placement_id=named("second-place"), position=0, person_id=parent),
            Responsible(child_id=named("bo"), position=1, person_id=parent,
                        relation_type="Vårdnadshavare"),
        )  # fmt: skip

    def embedded(name: str, member: str, **rights: Any) -> list[str]:
        path = f"/persons/{named(name)}"
        answer = own_town.caller(**rights).get(path, expand=member).json()
        # A relation has no id of its own.
        shown = [
            one["person"] if member == "responsibleFor" else one
            for one in answer["_embedded"][member]
        ]
        known = {str(named(row)): row for row in ROWS_EMBEDDED}
        return sorted(known[one["id"]] for one in shown)

    north = {"organisations": ("north",)}
    for name, member, everything, own in EMBEDDED:
        assert embedded(name, member) == everything.split(), member
        assert embedded(name, member, **north) == own.split(), member


# Of whom, what, all of it, and that of the north.
EMBEDDED = (
    ("north-teacher", "duties", "north-teacher-duty second-duty", "north-teacher-duty"),
    ("anna", "placements", "anna-place second-place", "anna-place"),
    ("anna-parent", "ownedPlacements", "anna-place second-place", "anna-place"),
    ("anna-parent", "responsibleFor", "anna bo", "anna"),
)
ROWS_EMBEDDED = frozenset(row for _, _, everything, _ in EMBEDDED for row in everything.split())


def test_a_guardian_who_is_protected_is_in_no_placement(own_town: Town) -> None:
    """Neither as its owner nor embedded, while the placement stays."""
    parent, path = named("anna-parent"), f"/placements/{named('anna-place')}"
    caller = own_town.caller()
    assert caller.get(path, expand="owners").text.count(str(parent)) == 2
    with own_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            f"UPDATE person SET security_marking = 'Sekretessmarkering' WHERE id = '{parent}'"
        )
    answer = caller.get(path, expand="owners")
    assert answer.status_code == 200 and str(parent) not in answer.text


def test_a_marking_set_between_two_requests_hides_at_the_next(own_town: Town) -> None:
    """No cache stands between a marking and its effect."""
    caller = own_town.caller()
    path = f"/persons/{named('anna')}"
    assert caller.get(path).status_code == 200
    with own_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE person SET security_marking = 'Sekretessmarkering' WHERE id = %s",
            (named("anna"),),
        )
    assert caller.get(path).status_code == 404
    assert str(named("anna")) not in caller.get("/persons").text


FIELD_GROUPS = {
    "identifiers": {"civicNo", "externalIdentifiers", "birthDate", "sex"},
    "contact": {"emails"},
    "guardians": {"responsibles"},
    "photo": {"photo"},
    "marking": {"securityMarking"},
}


@pytest.mark.parametrize("group", FIELD_GROUPS)
def test_a_field_group_shows_its_properties_and_no_others(the_town: Town, group: str) -> None:
    """Each group of properties is granted by its own name."""
    without = the_town.caller(field_groups=()).get(f"/persons/{named('anna')}").json()
    with_it = the_town.caller(field_groups=(group,)).get(f"/persons/{named('anna')}").json()
    assert set(with_it) - set(without) == FIELD_GROUPS[group]
    assert not set(without) & set().union(*FIELD_GROUPS.values())
