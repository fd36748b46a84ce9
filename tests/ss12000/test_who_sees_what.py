"""Which objects that are about nobody each kind of caller gets, and what a reference tells."""

import itertools
from typing import Any

import pytest

from app.queries.access import FieldGroup
from app.queries.ss12000 import CATALOGUE
from tests.make import EVERYONE, named
from tests.ss12000.conftest import Town
from tests.ss12000.test_who_sees_whom import CALLERS, WINDOW

# By resource, all that there are; names of rows between spaces.
OBJECTS = {
    "organisations": "city north south",
    "programmes": "science",
    "syllabuses": "maths",
    "schoolUnitOfferings": "north-offer south-offer",
    "rooms": "north-room south-room",
    "resources": "north-cart south-cart",
    "groups": "north-class south-class",
    "activities": "north-maths south-maths",
    "calendarEvents": "north-lesson south-lesson",
}
NORTH = {
    "organisations": "north", "schoolUnitOfferings": "north-offer", "rooms": "north-room",
    "resources": "north-cart", "groups": "north-class", "activities": "north-maths",
    "calendarEvents": "north-lesson",
}  # fmt: skip
SOUTH = {name: rows.replace("north", "south") for name, rows in NORTH.items()}
UNTAUGHT = {"groups": "", "activities": "", "calendarEvents": ""}
# What differs from the whole for each caller. Programmes and syllabuses are the nation's, limited
# by school form alone; rooms, resources and offers have no school form.
DIFFERENT: dict[str, dict[str, str]] = {
    "the whole city": {},
    "the whole city, cleared": {},
    "one unit": NORTH,
    "one unit, cleared": NORTH,
    "another unit": SOUTH,
    "both units": {"organisations": "north south"},
    "no field groups": {},
    "one unit, no field groups": NORTH,
    "the pupils' school form": {"programmes": ""},
    "the form of their care": {"programmes": "", "syllabuses": "", **UNTAUGHT},
    "one unit's care": {**SOUTH, "programmes": "", "syllabuses": "", **UNTAUGHT},
    "another school form": {"organisations": "city", "syllabuses": "", **UNTAUGHT},
    "another school form, cleared": {"organisations": "city", "syllabuses": "", **UNTAUGHT},
    "a unit that is not there": {
        name: "" for name in OBJECTS if name not in ("programmes", "syllabuses")
    },
}


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("who", CALLERS)
def test_a_caller_gets_exactly_the_objects_of_its_units_and_school_forms(
    the_town: Town, who: str, name: str
) -> None:
    """In the list, by id and in a lookup; what is not its own is as absent as what never was."""
    caller, path = the_town.caller(**CALLERS[who].rights), f"/{CATALOGUE[name].path}"
    every = {str(named(row)): row for row in OBJECTS[name].split()}
    expected = set(DIFFERENT[who].get(name, OBJECTS[name]).split())
    listed = caller.get(path, **WINDOW.get(name, {})).json()["data"]
    assert {every[row["id"]] for row in listed} == expected
    looked_up = caller.post(f"{path}/lookup", {"ids": list(every)}).json()
    assert {every[row["id"]] for row in looked_up} == expected
    single = {row for identifier, row in every.items()
              if caller.get(f"{path}/{identifier}").status_code == 200}  # fmt: skip
    assert single == expected


def test_every_caller_stands_in_the_table() -> None:
    """Whoever adds a kind of caller says what it gets."""
    assert DIFFERENT.keys() == CALLERS.keys()
    assert set().union(*map(set, DIFFERENT.values())) <= OBJECTS.keys()


def persons_named(said: str) -> set[str]:
    """Whose name stands in a text, as a reference has it."""
    return {name for name in EVERYONE if f"{name} Testsson" in said}


@pytest.mark.parametrize(("path", "expected"), [
    ("activities", {"north-teacher", "south-teacher"}),
    ("calendarEvents", {"anna", "bo", "north-teacher", "south-teacher"}),
    ("attendances", {"anna", "bo", "north-teacher", "south-teacher"}),
    ("attendanceEvents", {"anna", "bo", "anna-parent", "bo-parent"}),
    ("attendanceSchedule", {"anna-parent", "bo-parent"}),
    ("absences", {"anna", "bo", "anna-parent", "bo-parent"}),
    ("aggregatedAttendance", {"anna", "bo"}),
])  # fmt: skip
def test_a_persons_name_comes_with_the_scope_for_people_alone(
    the_town: Town, path: str, expected: set[str]
) -> None:
    """A reference is named for who may read people; otherwise it is an id."""
    asked: dict[str, Any] = {**WINDOW.get(path, {}), "expandReferenceNames": "true"}
    scopes = ("schedule:read", "attendance:read")
    with_scope = the_town.caller(scopes=("people:read", *scopes)).get(f"/{path}", **asked)
    without = the_town.caller(scopes=scopes).get(f"/{path}", **asked)
    assert persons_named(with_scope.text) == expected
    assert persons_named(without.text) == set()
    assert len(without.json()["data"]) == len(with_scope.json()["data"]) > 0


def test_a_reference_shows_a_marking_with_the_field_group_alone(the_town: Town) -> None:
    """Also to one who is cleared; and a marking is not a clearance."""
    path = f"/absences/{named('hidden-pupil-away')}"
    cleared = the_town.caller(sees_protected=True).get(path).json()["student"]
    assert cleared == {
        "id": str(named("hidden-pupil")), "securityMarking": "Skyddad folkbokföring",
    }  # fmt: skip
    without = the_town.caller(sees_protected=True, field_groups=()).get(path).json()["student"]
    assert without == {"id": str(named("hidden-pupil"))}
    assert the_town.caller(field_groups=("marking",)).get(path).status_code == 404
    open_one = the_town.caller(field_groups=("marking",)).get(f"/absences/{named('anna-away')}")
    assert open_one.json()["student"]["securityMarking"] == "Ingen"


REGISTRARS = {
    "attendances": ("attendance", "reporter_id", "reporter"),
    "attendanceEvents": ("attendance_event", "registered_by_id", "registeredBy"),
    "attendanceSchedules": ("attendance_schedule_state", "registered_by_id", "registeredBy"),
    "absences": ("absence", "registered_by_id", "registeredBy"),
}


def test_a_protected_person_who_registered_something_is_left_out_of_it(own_town: Town) -> None:
    """The row stays, without the reference, its name and what it would embed.

    Whatever else the caller may be told of persons, and whatever it asks for.
    """
    hidden = named("hidden-teacher")
    with own_town.database.transaction() as session:
        for table, column, _ in REGISTRARS.values():
            session.connection().exec_driver_sql(f"UPDATE {table} SET {column} = '{hidden}'")
    expanded = {"expandReferenceNames": "true", "expand": "registeredBy"}
    cleared = own_town.caller(sees_protected=True)
    callers = [own_town.caller(field_groups=groups) for groups in (FieldGroup, (), ("guardians",))]
    for name, (_, _, shown) in REGISTRARS.items():
        path = f"/{CATALOGUE[name].path}"
        for caller, asked in itertools.product(callers, ({}, expanded)):
            seen = caller.get(path, **asked)
            assert len(seen.json()["data"]) == 2, name
            assert str(hidden) not in seen.text and "hidden-teacher" not in seen.text, name
            assert f'"{shown}"' not in seen.text, name
        known = cleared.get(path, **expanded)
        assert known.text.count(f'"{shown}":{{"id":"{hidden}"') >= 3, name


def test_what_has_no_school_form_is_not_of_a_callers_school_forms(own_town: Town) -> None:
    """Unknown is not allowed: a group without a form, and what it is taught."""
    caller = own_town.caller(school_types=("GR",))
    paths = ("groups", "activities", "calendarEvents", "attendances", "attendanceEvents")
    asked = [(f"/{path}", WINDOW.get(path, {})) for path in paths]
    assert all(caller.get(path, **window).json()["data"] for path, window in asked)
    with own_town.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE school_group SET school_type = NULL")
    assert not any(caller.get(path, **window).json()["data"] for path, window in asked)
    everyone = own_town.caller()
    assert all(everyone.get(path, **window).json()["data"] for path, window in asked)


def test_an_absence_that_names_no_unit_is_for_the_whole_city_alone(own_town: Town) -> None:
    """Whose it is cannot be told, so no single unit gets it."""
    with own_town.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE absence SET school_unit_id = NULL")
    assert len(own_town.caller().get("/absences").json()["data"]) == 2
    for units in (("north",), ("north", "south")):
        assert own_town.caller(organisations=units).get("/absences").json()["data"] == []


def test_a_person_whom_the_caller_may_not_see_is_not_embedded(the_town: Town) -> None:
    """A guardian is, with the field group for guardians; otherwise the reference stands alone."""
    path = f"/attendanceEvents/{named('anna-in')}"
    asked = {"expand": ["person", "registeredBy"]}
    with_group = the_town.caller().get(path, **asked).json()
    assert with_group["_embedded"]["registeredBy"]["givenName"] == "anna-parent"
    without = the_town.caller(field_groups=()).get(path, **asked).json()
    assert without["registeredBy"]["id"] == str(named("anna-parent"))
    assert without["_embedded"].keys() == {"person"}
