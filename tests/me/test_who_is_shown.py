"""To audit beside test_who_sees_as_whom.py: whom `/me/v1` shows to whom, in every operation."""

from dataclasses import dataclass
from typing import Any

import pytest

from app.models.groups import Group, GroupMembership
from app.models.persons import Enrolment
from tests.make import PROTECTED, START, add, base, named
from tests.me.conftest import App, signed_in
from tests.ss12000.conftest import Town
from tests.ss12000.families import GROWN
from tests.ss12000.test_who_sees_as_whom import EVERYONE

FIRST_OF_SEPTEMBER: dict[str, Any] = {"begin": "2026-09-01", "end": "2026-09-01"}


@dataclass(frozen=True)
class Shown:
    """Names, between spaces: whose day, whose lessons at which school, which children."""

    people: str = ""
    lessons: str = ""
    children: str = ""
    teaches: str = ""
    roles: str = ""
    user: bool = True


BOTH = Shown("anna bo", "anna/north bo/south", "anna bo", roles="guardian")
ANNAS = Shown("anna", "anna/north", "anna", roles="guardian")
NOTHING = Shown()
HIDDEN = Shown(user=False)
TABLE: dict[tuple[str, str], Shown] = {
    ("both-parent", "app"): BOTH,
    ("both-parent", "cleared"): BOTH,
    ("both-parent", "north app"): ANNAS,
    ("other-parent", "app"): ANNAS,
    ("friend", "app"): NOTHING,
    ("anna", "app"): Shown("anna", "anna/north", roles="pupil"),
    ("bo", "app"): Shown("bo", "bo/south", roles="pupil"),
    ("bo", "north app"): HIDDEN,
    (GROWN, "app"): Shown(GROWN, f"{GROWN}/north", roles="pupil"),
    ("hidden-parent", "app"): NOTHING,
    ("hidden-parent", "cleared"): Shown("hidden-pupil", "hidden-pupil/north", "hidden-pupil",
                                        roles="guardian"),
    ("hidden-pupil", "app"): HIDDEN,
    ("hidden-pupil", "cleared"): Shown("hidden-pupil", "hidden-pupil/north", roles="pupil"),
    # Whom a teacher has charge of stand in the roster of a lesson, not here.
    ("north-teacher", "app"): Shown(teaches="north", roles="teacher"),
    ("north-teacher", "cleared"): Shown(teaches="north", roles="teacher"),
    ("sub-teacher", "app"): Shown(teaches="south", roles="teacher"),
    ("former-teacher", "app"): NOTHING,
    # Where a teacher works who is under protected identity is told to no app without clearance.
    ("hidden-teacher", "app"): HIDDEN,
    ("hidden-teacher", "cleared"): Shown(teaches="north", roles="teacher"),
    ("head", "app"): Shown(roles="head"),
}  # fmt: skip


def name_of(identifier: str) -> str:
    """A person of the town by id."""
    return {str(named(name)): name for name in EVERYONE}[identifier]


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_today_shows_the_day_of_whoever_is_in_view(me_town: Town, who: str, app: str) -> None:
    """The pupil's own, or the children's; a teacher's own teaching; nobody else's."""
    body, shown = signed_in(me_town, who, app).get("/today").json(), TABLE[who, app]
    assert [name_of(person["id"]) for person in body["people"]] == shown.people.split()
    assert ("teaching" in body) == bool(shown.teaches)
    assert body["user"]["id"] == str(named(who))
    assert ("givenName" in body["user"]) == shown.user
    assert body["user"]["roles"] == shown.roles.split()
    assert body["omitted"] == []


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_lessons_are_those_of_whoever_is_in_view(me_town: Town, who: str, app: str) -> None:
    """Each row says whose; asked for one by one they are the same, and nobody else has any."""
    caller, shown = signed_in(me_town, who, app), TABLE[who, app]
    units = {str(named(f"{unit}-lesson")): unit for unit in ("north", "south")}
    rows = caller.get("/lessons", **FIRST_OF_SEPTEMBER).json()
    pupils = [f"{name_of(row['student'])}/{units[row['id']]}" for row in rows if "student" in row]
    assert sorted(pupils) == sorted(shown.lessons.split())
    assert [units[row["id"]] for row in rows if "student" not in row] == shown.teaches.split()
    for name in EVERYONE:
        only = caller.get("/lessons", student=str(named(name)), **FIRST_OF_SEPTEMBER).json()
        expected = [one for one in pupils if one.startswith(f"{name}/")]
        assert [f"{name}/{units[row['id']]}" for row in only] == expected
        assert {row["student"] for row in only} <= {str(named(name))}


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_children_are_those_in_view(me_town: Town, who: str, app: str) -> None:
    """With their own school and class; empty for whoever has none."""
    rows = signed_in(me_town, who, app).get("/children").json()
    assert [row["givenName"] for row in rows] == TABLE[who, app].children.split()
    for row in rows:
        unit = "south" if row["givenName"] == "bo" else "north"
        assert [(one["unit"]["name"], one["schoolType"]) for one in row["schools"]] == [
            (unit, "GR")
        ]
        assert [(one["unit"]["name"], one["schoolType"]) for one in row["care"]] == [(unit, "FTH")]
        assert [(one["name"], one["type"]) for one in row["groups"]] == [(f"{unit}-class", "Klass")]


def test_a_child_of_two_schools_is_told_with_those_that_an_app_may_know(own_me_town: Town) -> None:
    """And of its groups with the classes only."""
    at: dict[str, Any] = {"organisation_id": named("north"), "start_date": START}
    with own_me_town.database.transaction() as session:
        add(
            session,
            Enrolment(person_id=named("anna"), position=4, school_unit_id=named("south"),
                      school_type="GRS", start_date=START),
            Group(**base("french"), **at, display_name="Franska", sort_name="franska",
                  group_type="Undervisning", school_type="GR"),
            GroupMembership(group_id=named("french"), position=0, person_id=named("anna")),
        )  # fmt: skip
    for app, units in (("app", ["north", "south"]), ("north app", ["north"])):
        (anna,) = signed_in(own_me_town, "other-parent", app).get("/children").json()
        assert [school["unit"]["name"] for school in anna["schools"]] == units
        assert [group["name"] for group in anna["groups"]] == ["north-class"]


def everything(caller: App) -> str:
    """All that an app is told."""
    return "".join((
        caller.get("/today").text, caller.get("/children").text,
        caller.get("/lessons", **FIRST_OF_SEPTEMBER).text,
        caller.get("/lessons", begin="2026-11-15", end="2026-11-24").text,
    ))  # fmt: skip


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_nothing_that_an_app_is_told_names_anybody_else(me_town: Town, who: str, app: str) -> None:
    """Pupils and guardians only if they are shown; staff may be named, unless protected; and no
    personal number.
    """
    said, shown = everything(signed_in(me_town, who, app)), TABLE[who, app]
    allowed = {who, *shown.people.split()} | {
        name for name in EVERYONE - PROTECTED if "teacher" in name or name == "head"
    }
    for name in EVERYONE - allowed:
        assert str(named(name)) not in said, name
        assert f"{name} Testsson" not in said, name
    if not shown.user:
        assert "Testsson" not in said
    assert not any(word in said for word in ("civicNo", "birthDate", "security", "20120101"))


def test_a_child_that_was_left_out_is_not_there(me_town: Town) -> None:
    """A guardian of two who allowed an app one of them."""
    caller = signed_in(me_town, "both-parent", children=["bo"])
    said = everything(caller)
    assert str(named("bo")) in said
    assert str(named("anna")) not in said
    assert "north" not in caller.get("/children").text


def test_a_system_of_its_own_is_refused(me_town: Town) -> None:
    """There is nobody whose day it could be."""
    caller = App(me_town.http, me_town.consumers.consumer())
    for path in ("/today", "/lessons", "/children"):
        refused = caller.get(path)
        assert refused.status_code == 403
        assert "authorization_code" in refused.json()["detail"]


SCOPES = {
    "/today": {"schedule:read"},
    "/lessons": {"schedule:read"},
    "/children": {"schedule:read", "people:read"},
}


@pytest.mark.parametrize("path", SCOPES)
def test_each_operation_needs_its_scope(me_town: Town, path: str) -> None:
    """One that was not consented to is one that the app lacks."""
    asked = FIRST_OF_SEPTEMBER if path == "/lessons" else {}
    for scope in ("schedule:read", "people:read", "attendance:read"):
        caller = signed_in(me_town, "both-parent", consented=[scope])
        answer = caller.get(path, **asked)
        assert answer.status_code == (200 if scope in SCOPES[path] else 403), answer.text
        if answer.status_code == 403:
            assert "schedule:read" in answer.json()["detail"]


def test_without_a_token_there_is_nothing_but_the_description(me_town: Town) -> None:
    """The API tells what it is; every refusal is a problem of RFC 9457."""
    info = me_town.http.get("/me/v1/api-info").json()
    document = me_town.http.get("/me/v1/openapi.json").json()
    assert (info["apiName"], info["apiVersion"]) == ("me", document["info"]["version"])
    for path, status in (("/today", 401), ("/lessons", 401), ("/nothing", 404)):
        refused = me_town.http.get(f"/me/v1{path}")
        assert refused.status_code == status
        assert refused.headers["content-type"] == "application/problem+json"
