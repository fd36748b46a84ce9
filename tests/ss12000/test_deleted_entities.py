"""A consumer is told exactly what it could see and may no longer hold, whatever the reason."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from app.auth.tokens import issue_token
from app.models.persons import Responsible
from app.models.placements import PlacementOwner
from app.queries.access import FieldGroup, Scope
from app.queries.access_records import who_read
from app.queries.ss12000 import CATALOGUE
from app.routers.ss12000.deleted_entities import DELETABLE
from app.services.change_clock import next_stamp
from app.services.grants import GrantTerms, replace_grant
from app.services.tombstones import bury
from tests.make import Consumer, add, named, person
from tests.ss12000.conftest import ISSUER, Caller, Town
from tests.ss12000.test_access_log import REQUIRED
from tests.waiting import wait_until

PATH = "/deletedEntities"
CLEARED = {"sees_protected": True}
View = dict[str, set[str]]


def client_id(caller: Caller) -> str:
    """Who calls."""
    assert caller.consumer is not None
    return caller.consumer.client_id


def anew(town: Town, caller: Caller, scopes: frozenset[str] | None = None) -> Caller:
    """The same consumer with a new token, which no process has remembered rights for."""
    token = issue_token(
        town.consumers.key, issuer=ISSUER, client_id=client_id(caller), jti=uuid4().hex,
        scopes=scopes or frozenset(map(str, Scope)), now=datetime.now(UTC),
        lifetime=timedelta(minutes=5),
    )  # fmt: skip
    return Caller(town.http, Consumer(client_id(caller), token))


def view(caller: Caller) -> View:
    """The id of everything that the caller can list."""
    seen: View = {}
    for resource in DELETABLE:
        answer = caller.get(f"/{resource.path}", **REQUIRED.get(resource.name, {}))
        if answer.status_code == 200:
            seen[resource.name] = {row["id"] for row in answer.json()["data"]}
    return seen


def told(caller: Caller, **parameters: Any) -> View:
    """What the caller is told to drop, by resource."""
    answer = caller.get(PATH, **parameters)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data.get("activitites") == data.get("activities")
    data.pop("activitites", None)
    return {name: set(ids) for name, ids in data.items()}


def lost(before: View, after: View) -> View:
    """What was in the first view and is not in the second."""
    gone = {name: ids - after.get(name, set()) for name, ids in before.items()}
    return {name: ids for name, ids in gone.items() if ids}


def mark(town: Town, name: str, marking: str) -> None:
    """Change a person's marking, as an import does."""
    with town.database.transaction() as session:
        stamp = next_stamp(session)
        session.execute(
            text("UPDATE person SET security_marking = :marking, modified = :stamp WHERE id = :id"),
            {"marking": marking, "stamp": stamp, "id": named(name)},
        )


def protect(name: str) -> Callable[[Town, Caller], None]:
    """The person comes under protected identity."""
    return lambda town, _caller: mark(town, name, "Skyddad folkbokföring")


def regrant(**changed: Any) -> Callable[[Town, Caller], None]:
    """The caller's grant is replaced by one with other terms."""

    def act(town: Town, caller: Caller) -> None:
        today = date.today()  # noqa: DTZ011 - any day of the grant's period will do
        usual: dict[str, Any] = {
            "agreement_reference": "T-2", "purpose": "test", "rate_tier": "city",
            "scopes": frozenset(map(str, Scope)), "organisation_ids": frozenset({named("city")}),
            "field_groups": frozenset(map(str, FieldGroup)),
            "valid_from": today - timedelta(days=1), "valid_to": today + timedelta(days=9),
        }  # fmt: skip
        with town.database.transaction() as session:
            replace_grant(
                session, client_id=client_id(caller), terms=GrantTerms(**(usual | changed)),
                now=datetime.now(UTC), actor="test",
            )  # fmt: skip

    return act


def move(unit: str, parent: str) -> Callable[[Town, Caller], None]:
    """A unit comes under another one, written without a stamp of its own."""

    def act(town: Town, _caller: Caller) -> None:
        tree = town.app.state.authenticator.organisation_tree
        version = tree().version
        with town.database.transaction() as session:
            session.execute(
                text("UPDATE organisation SET parent_id = :parent WHERE id = :unit"),
                {"parent": named(parent), "unit": named(unit)},
            )
        wait_until(lambda: tree().version != version)

    return act


def move_twice(town: Town, caller: Caller) -> None:
    """There and back: nothing is lost in the end."""
    move("south", "city")(town, caller)
    move("south", "north")(town, caller)


NORTH = frozenset({named("north")})
WITHOUT_GUARDIANS = frozenset(map(str, FieldGroup)) - {FieldGroup.GUARDIANS}
WITHOUT_ATTENDANCE = frozenset(map(str, Scope)) - {Scope.ATTENDANCE_READ}
# What happens; the caller's rights before; a resource of which something must be gone after.
EVENTS: dict[str, tuple[Callable[[Town, Caller], None], dict[str, Any], set[str]]] = {
    "a pupil is protected": (
        protect("anna"), {},
        {"persons", "placements", "attendances", "attendanceEvents", "attendanceSchedules",
         "absences"},
    ),
    "a pupil is protected, seen by the unit": (
        protect("anna"), {"organisations": ("north",)}, {"persons", "attendances"},
    ),
    "a teacher is protected": (protect("south-teacher"), {}, {"persons", "duties"}),
    "a guardian is protected": (protect("bo-parent"), {}, {"persons"}),
    "a pupil is protected, seen with clearance": (protect("anna"), CLEARED, set()),
    "a pupil of another unit is protected": (
        protect("anna"), {"organisations": ("south",)}, set(),
    ),
    "the grant loses a unit": (
        regrant(organisation_ids=NORTH), {},
        {"organisations", "persons", "placements", "duties", "groups", "schoolUnitOfferings",
         "activities", "calendarEvents", "rooms", "resources", "attendances", "attendanceEvents",
         "attendanceSchedules", "absences"},
    ),
    "the grant loses clearance": (
        regrant(), CLEARED, {"persons", "placements", "duties", "attendances", "absences"},
    ),
    "the grant loses clearance and a unit": (
        regrant(organisation_ids=NORTH), CLEARED, {"persons", "rooms"},
    ),
    "the grant loses a school form": (
        regrant(school_types=frozenset({"FTH"})), {},
        {"persons", "groups", "activities", "calendarEvents", "attendances", "syllabuses"},
    ),
    "the grant loses guardians": (regrant(field_groups=WITHOUT_GUARDIANS), {}, {"persons"}),
    "the grant loses a scope": (
        regrant(scopes=WITHOUT_ATTENDANCE), {},
        {"attendances", "attendanceEvents", "attendanceSchedules", "absences"},
    ),
    "a unit moves out from under the one that is granted": (
        move("south", "city"), {"organisations": ("north",)},
        {"organisations", "persons", "rooms", "activities", "calendarEvents", "attendances"},
    ),
    "a unit moves away and back": (move_twice, {"organisations": ("north",)}, set()),
    "a unit moves within the whole city": (move("south", "city"), {}, set()),
    "the grant is renewed as it was": (regrant(), {}, set()),
    "the grant grows": (regrant(), {"organisations": ("north",)}, set()),
}  # fmt: skip


@pytest.mark.parametrize("event", EVENTS)
def test_what_left_the_view_is_told_and_nothing_else(own_town: Town, event: str) -> None:
    """Compared with the lists before and after, kind by kind."""
    act, rights, kinds = EVENTS[event]
    with own_town.database.transaction() as session:
        add(
            session,
            person("by-child-alone"), person("by-placement-alone"),
            Responsible(child_id=named("anna"), position=1, person_id=named("by-child-alone")),
            PlacementOwner(placement_id=named("anna-place"), position=1,
                           person_id=named("by-placement-alone")),
        )  # fmt: skip
    if "moves" in event:
        move("south", "north")(own_town, own_town.nobody())
    caller = own_town.caller(**rights)
    before = view(caller)
    assert told(caller) == {}
    act(own_town, caller)
    caller = anew(own_town, caller)
    gone = lost(before, view(caller))
    assert kinds <= gone.keys() and bool(kinds) == bool(gone)
    assert told(caller) == gone


def test_what_left_before_the_instant_asked_about_is_not_told(own_town: Town) -> None:
    """`after` is where the caller's own knowledge begins."""
    caller = own_town.caller()
    mark(own_town, "anna", "Sekretessmarkering")
    with own_town.database.transaction() as session:
        between = next_stamp(session)
    mark(own_town, "bo", "Sekretessmarkering")
    recent = told(caller, after=between.isoformat())
    assert (
        recent["persons"] == {str(named("bo")), str(named("bo-parent"))} - view(caller)["persons"]
    )
    assert told(caller)["persons"] > recent["persons"]
    assert told(caller, after=datetime.now(UTC).isoformat()) == {}


def test_who_was_never_seen_is_not_told_of(own_town: Town) -> None:
    """Not when it is still hidden, and not when its rows are deleted."""
    caller, cleared = own_town.caller(), own_town.caller(**CLEARED)
    delete(own_town, "absences", named("hidden-pupil-away"))
    assert told(caller) == {}
    assert told(cleared) == {"absences": {str(named("hidden-pupil-away"))}}


def delete(town: Town, name: str, identity: UUID) -> None:
    """Delete an object, leaving a tombstone."""
    with town.database.transaction() as session:
        bury(session, name, [identity], stamp=next_stamp(session))
        session.execute(
            text(f"DELETE FROM {CATALOGUE[name].table} WHERE id = :id"), {"id": identity}
        )


def test_the_deleted_are_told_to_those_who_could_see_them(own_town: Town) -> None:
    """By place and by scope."""
    north, south = (own_town.caller(organisations=(unit,)) for unit in ("north", "south"))
    no_attendance = own_town.caller(scopes=WITHOUT_ATTENDANCE)
    delete(own_town, "absences", named("anna-away"))
    assert told(north) == {"absences": {str(named("anna-away"))}}
    assert told(south) == told(no_attendance) == {}


def test_a_token_with_fewer_scopes_is_told_of_less(own_town: Town) -> None:
    """It reads nothing of the kind, so it learns nothing of it; asked by name it is refused."""
    caller = own_town.caller()
    delete(own_town, "absences", named("anna-away"))
    narrow = anew(own_town, caller, frozenset({Scope.PEOPLE_READ}))
    assert told(narrow) == {}
    refused = narrow.get(PATH, entities="Absence")
    assert refused.status_code == 403 and "attendance:read" in refused.headers["www-authenticate"]


@pytest.mark.parametrize(
    "asked",
    [
        {"entities": ["Person", "Absence"]},
        {"entities": "Person,Absence"},
        {"entities": "Person,Absence", "meta.modified.after": "2020-01-01T00:00:00Z"},
    ],
)
def test_kinds_can_be_chosen(own_town: Town, asked: dict[str, Any]) -> None:
    """Repeated or separated by commas; and `after` under the name that a client sends."""
    caller = own_town.caller()
    mark(own_town, "bo", "Sekretessmarkering")
    assert told(caller, **asked).keys() == {"persons", "absences"}


@pytest.mark.parametrize(
    ("asked", "named_in_message"),
    [
        ({"entities": "Elev"}, "Elev"),
        ({"after": "yesterday"}, "after"),
        ({"before": "2026-01-01T00:00:00Z"}, "before"),
        ({"limit": "0"}, "limit"),
        ({"pageToken": "x"}, "pageToken"),
    ],
)
def test_a_bad_parameter_is_named(
    the_town: Town, asked: dict[str, str], named_in_message: str
) -> None:
    """And nothing is guessed."""
    refused = the_town.caller().get(PATH, **asked)
    assert refused.status_code == 400 and named_in_message in refused.json()["message"]


def test_pages_of_one_add_up_to_the_whole(own_town: Town) -> None:
    """Across kinds, and with the token alone."""
    caller = own_town.caller()
    regrant(organisation_ids=NORTH)(own_town, caller)
    caller = anew(own_town, caller)
    whole = told(caller)
    pages, paged = 0, dict[str, list[str]]()
    answer = caller.get(PATH, limit=1)
    while True:
        pages += 1
        for name, ids in answer.json()["data"].items():
            paged.setdefault(name, []).extend(ids)
        token = answer.json().get("pageToken")
        if token is None:
            break
        answer = caller.get(PATH, limit=1, pageToken=token)
    paged.pop("activitites")
    assert {name: set(ids) for name, ids in paged.items()} == whole
    assert pages == sum(map(len, whole.values())) == sum(map(len, paged.values()))
    other = own_town.caller()
    first = caller.get(PATH, limit=1).json()["pageToken"]
    assert other.get(PATH, pageToken=first).status_code == 400


def test_being_told_that_a_person_is_gone_is_logged(own_town: Town) -> None:
    """The guardian who asks later who knew is answered."""
    caller = own_town.caller()
    mark(own_town, "anna", "Sekretessmarkering")
    told(caller)
    with own_town.database.transaction() as session:
        since = datetime.now(UTC) - timedelta(hours=1)
        readings = who_read(session, person_id=named("anna"), since=since)
    (certain,) = [one for one in readings if one.operation == "deletedEntities.list"]
    assert certain.certain and certain.client_id == client_id(caller)


ABOUT_ANNA = {
    "persons": "anna", "placements": "anna-place", "attendances": "anna-present",
    "attendanceEvents": "anna-in", "attendanceSchedules": "anna-hours", "absences": "anna-away",
}  # fmt: skip


@pytest.mark.parametrize("name", ABOUT_ANNA)
def test_who_comes_out_of_protection_is_met_by_a_poller(own_town: Town, name: str) -> None:
    """`modified` of all that is about the person moves, so that meta.modified.after finds it."""
    resource = CATALOGUE[name]
    caller = own_town.caller()
    mark(own_town, "anna", "Sekretessmarkering")
    with own_town.database.transaction() as session:
        polled = next_stamp(session)
    mark(own_town, "anna", "Ingen")
    answer = caller.get(f"/{resource.path}", **{"meta.modified.after": polled.isoformat()})
    ids = {row["id"] for row in answer.json()["data"]}
    assert str(named(ABOUT_ANNA[resource.name])) in ids
    assert told(caller) == {}


@pytest.mark.parametrize(
    ("path", "row"),
    [("groups", "north-class"), ("calendarEvents", "north-lesson"), ("persons", "anna-parent")],
)
def test_what_shows_a_person_is_met_by_a_poller_when_it_shows_it_no_more(
    own_town: Town, path: str, row: str
) -> None:
    """A class keeps its id when a member is protected, but not its content."""
    caller = own_town.caller(organisations=("city",))
    with own_town.database.transaction() as session:
        polled = next_stamp(session)
    mark(own_town, "anna", "Sekretessmarkering")
    asked = REQUIRED.get(path, {}) | {"meta.modified.after": polled.isoformat()}
    answer = caller.get(f"/{path}", **asked)
    assert str(named(row)) in {one["id"] for one in answer.json()["data"]}
    assert str(named("anna")) not in answer.text


def test_a_marking_changed_without_a_stamp_takes_one(own_town: Town) -> None:
    """Whoever writes past the services does not silence what follows."""
    with own_town.database.transaction() as session:
        polled = next_stamp(session)
    with psycopg.connect(own_town.database.url) as connection:
        connection.execute(
            "UPDATE person SET security_marking = 'Sekretessmarkering' WHERE id = %s",
            [named("anna")],
        )
    gone = told(own_town.caller(), after=polled.isoformat())
    assert str(named("anna")) in gone["persons"]
