"""Of a person who has relations in several places a caller sees those in its own places."""

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from app.models.activities import ActivityGroup
from app.models.duties import Duty
from app.models.groups import GroupMembership
from app.models.persons import Enrolment, Responsible
from app.models.placements import Placement, PlacementOwner
from tests.make import START, add, base, named
from tests.ss12000.conftest import Caller, Town

EXPANSIONS = ("placements", "ownedPlacements", "groupMemberships", "duties", "responsibleFor")
Seen = dict[str, set[UUID]]


def spread(session: Session) -> None:
    """Anna, her parent and her teacher are also in the south, Anna in another school form there."""
    anna, parent, south = named("anna"), named("anna-parent"), named("south")
    add(
        session,
        Enrolment(person_id=anna, position=1, school_unit_id=south, school_type="GY",
                  start_date=START),
        GroupMembership(group_id=named("south-class"), position=9, person_id=anna),
        Placement(**base("second-place"), school_unit_id=south, child_id=anna, school_type="FTH",
                  start_date=START),
        PlacementOwner(placement_id=named("second-place"), position=0, person_id=parent),
        Duty(**base("second-duty"), organisation_id=south, person_id=named("north-teacher"),
             duty_role="Lärare", start_date=START),
        Responsible(child_id=named("bo"), position=1, person_id=parent,
                    relation_type="Annan ansvarig"),
    )  # fmt: skip


def relations(caller: Caller, name: str) -> Seen:
    """The ids of all that a person is shown to have."""
    person = caller.get(f"/persons/{named(name)}", expand=list(EXPANSIONS)).json()
    embedded = person.get("_embedded", {})
    items: list[tuple[str, list[Any], str | None]] = [
        ("enrolments", person.get("enrolments", []), "enroledAt"),
        ("responsibles", person.get("responsibles", []), "person"),
        ("groupMemberships", embedded.get("groupMemberships", []), "group"),
        ("responsibleFor", embedded.get("responsibleFor", []), "person"),
        *((kind, embedded.get(kind, []), None)
          for kind in ("placements", "ownedPlacements", "duties")),
    ]  # fmt: skip
    return {kind: {UUID((one[inside] if inside else one)["id"]) for one in found}
            for kind, found, inside in items if found}  # fmt: skip


def seen(**names: str) -> Seen:
    """What is expected, names of rows between spaces."""
    return {kind: {named(name) for name in rows.split()} for kind, rows in names.items()}


NORTH = {
    "anna": seen(enrolments="north", responsibles="anna-parent", groupMemberships="north-class",
                 placements="anna-place"),
    "anna-parent": seen(responsibleFor="anna", ownedPlacements="anna-place"),
    "north-teacher": seen(duties="north-teacher-duty"),
}  # fmt: skip
WHOLE = {
    "anna": seen(enrolments="north south", responsibles="anna-parent",
                 groupMemberships="north-class south-class", placements="anna-place second-place"),
    "anna-parent": seen(responsibleFor="anna bo", ownedPlacements="anna-place second-place"),
    "north-teacher": seen(duties="north-teacher-duty second-duty"),
}  # fmt: skip
GRUNDSKOLA = {
    "anna": seen(enrolments="north", responsibles="anna-parent",
                 groupMemberships="north-class south-class"),
    "anna-parent": seen(responsibleFor="anna bo"),
    "north-teacher": seen(duties="north-teacher-duty second-duty"),
}  # fmt: skip
NO_GUARDIANS = {
    "anna": {kind: rows for kind, rows in WHOLE["anna"].items() if kind != "responsibles"},
    "north-teacher": WHOLE["north-teacher"],
}


@pytest.mark.parametrize(("rights", "expected"), [
    ({}, WHOLE), ({"organisations": ("north",)}, NORTH), ({"school_types": ("GR",)}, GRUNDSKOLA),
    ({"field_groups": ()}, NO_GUARDIANS),
], ids=["the whole city", "one unit", "one school form", "no field groups"])  # fmt: skip
def test_a_caller_sees_the_relations_in_its_own_places(
    own_town: Town, rights: dict[str, Any], expected: dict[str, Seen]
) -> None:
    """Enrolments, guardians, groups, placements and duties, each in the places of the grant."""
    with own_town.database.transaction() as session:
        spread(session)
    caller = own_town.caller(**rights)
    assert {name: relations(caller, name) for name in expected} == expected


def test_a_teacher_who_is_a_parent_is_only_a_teacher_without_the_field_group(
    own_town: Town,
) -> None:
    """Whoever may not read guardians is told of no children and no placements of a teacher's."""
    teacher = named("north-teacher")
    with own_town.database.transaction() as session:
        add(
            session,
            Responsible(child_id=named("bo"), position=1, person_id=teacher,
                        relation_type="Vårdnadshavare"),
            PlacementOwner(placement_id=named("bo-place"), position=1, person_id=teacher),
        )  # fmt: skip
    teaches = seen(duties="north-teacher-duty")
    for groups in ((), ("identifiers", "contact", "photo", "marking")):
        caller = own_town.caller(field_groups=groups)
        assert relations(caller, "north-teacher") == teaches
    told = relations(own_town.caller(field_groups=("guardians",)), "north-teacher")
    assert told == teaches | seen(responsibleFor="bo", ownedPlacements="bo-place")


def test_an_activitys_groups_are_those_in_the_callers_places(own_town: Town) -> None:
    """Those of another unit, which take part too, are not embedded."""
    with own_town.database.transaction() as session:
        add(session, ActivityGroup(activity_id=named("north-maths"), position=1,
                                   group_id=named("south-class")))  # fmt: skip
    for units, expected in (
        (("north",), {"north-class"}),
        (("city",), {"north-class", "south-class"}),
    ):
        caller = own_town.caller(organisations=units)
        told = caller.get(f"/activities/{named('north-maths')}", expand="groups").json()
        groups = {UUID(one["id"]) for one in told["_embedded"]["groups"]}
        assert groups == set(map(named, expected))


def test_a_protected_guardian_is_not_there_at_all(own_town: Town) -> None:
    """Not even as somebody unnamed who is responsible."""
    with own_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE person SET security_marking = 'Sekretessmarkering' WHERE id = %s",
            (named("anna-parent"),),
        )
    path = f"/persons/{named('anna')}"
    assert "responsibles" not in own_town.caller().get(path).json()
    (guardian,) = own_town.caller(sees_protected=True).get(path).json()["responsibles"]
    assert guardian["person"]["id"] == str(named("anna-parent"))
    place = own_town.caller().get(f"/placements/{named('anna-place')}", expand="owners").json()
    assert "owners" not in place and not place["_embedded"]


def test_a_protected_child_leaves_no_trace_on_its_parent(the_town: Town) -> None:
    """Not even that the parent is responsible for someone."""
    path = f"/persons/{named('hidden-parent')}"
    asked = {"expand": list(EXPANSIONS)}
    assert not the_town.caller().get(path, **asked).json()["_embedded"]
    cleared = the_town.caller(sees_protected=True).get(path, **asked).json()["_embedded"]
    assert cleared.keys() == {"responsibleFor", "ownedPlacements"}


def test_a_protected_member_or_teacher_leaves_no_gap(the_town: Town) -> None:
    """Lists of members, teachers, roles and exceptions hold the others, and nothing empty."""
    caller, cleared = the_town.caller(), the_town.caller(sees_protected=True)
    for path, asked, lists in (
        (f"/groups/{named('north-class')}", {"expand": "assignmentRoles"},
         ("groupMemberships", "assignmentRoles")),
        (f"/activities/{named('north-maths')}", {"expand": "teachers"}, ("teachers",)),
        (f"/calendarEvents/{named('north-lesson')}", {"expand": "attendance"},
         ("studentExceptions", "teacherExceptions", "attendance")),
    ):  # fmt: skip
        some, every = (one.get(path, **asked).json() for one in (caller, cleared))
        for kind in lists:
            shown, known = (
                body.get("_embedded", {}).get(kind) or body[kind] for body in (some, every)
            )
            assert (len(shown), len(known)) == (1, 2), kind
            assert shown[0].keys() == known[0].keys(), kind
