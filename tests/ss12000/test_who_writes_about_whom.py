"""The second file to audit: about whom each kind of caller can write, at every door.

What a caller may not see it can neither write about, name, delete nor change; it gets the answer
that it gets about nobody, and nothing is stored.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.make import EVERYONE, PUPILS, named
from tests.ss12000.conftest import Caller, Town
from tests.ss12000.test_who_sees_whom import CALLERS, CHILDREN
from tests.ss12000.writable import (
    WRITABLE,
    absence,
    body_about,
    new_lesson,
    rows_of,
)

Objects = dict[str, dict[str, UUID]]
SUBJECT = {"attendances": "student", "attendanceEvents": "person", "absences": "student"}
TELLER = {"attendances": "reporter", "attendanceEvents": "registeredBy", "absences": "registeredBy"}
UNIT = {pupil: unit for unit, pupils in PUPILS.items() for pupil in pupils}
REPORTS = "/absence-reports/v1/reports"


def sees(who: str, path: str) -> frozenset[str]:
    """Whom a kind of caller finds at a path, and so may write about there."""
    return CALLERS[who].sees("attendanceSchedules" if path == "attendanceSchedule" else path)


@pytest.mark.parametrize("path", WRITABLE)
@pytest.mark.parametrize("who", CALLERS)
def test_a_caller_writes_about_exactly_the_pupils_it_may_see(
    written_town: Town, path: str, who: str
) -> None:
    """Of every pupil: stored, or 404 word for word as for an id that never was.

    An absence of a pupil who is seen, but at no unit of the caller's, is refused in words.
    """
    caller = written_town.caller(**CALLERS[who].rights)
    for pupil in sorted(CHILDREN):
        body = body_about(written_town.database, path, pupil, UNIT[pupil])
        before = rows_of(written_town.database)
        answer = caller.post(f"/{path}", body)
        if pupil in sees(who, path):
            assert answer.status_code == 200, (pupil, answer.text)
            continue
        assert rows_of(written_town.database) == before
        if path == "absences" and pupil in sees(who, "persons"):
            assert answer.status_code == 400, (pupil, answer.text)
            continue
        assert answer.status_code == 404, (pupil, answer.text)
        assert pupil not in answer.text and str(named(pupil)) not in answer.text
        if pupil in sees(who, "persons"):
            # The pupil is there for the caller, only the place is not.
            continue
        assert told(answer) == told(caller.post(f"/{path}", as_nobody(path, body)))


def as_nobody(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The same body about a pupil, or a placement, that never was."""
    return body | {SUBJECT.get(path, "placement"): {"id": str(uuid4())}}


def told(answer: httpx.Response) -> tuple[int, Any, set[str]]:
    """All that an answer tells, apart from its request id and when the limit begins anew."""
    return answer.status_code, answer.json(), set(answer.headers)


@pytest.mark.parametrize("path", SUBJECT)
@pytest.mark.parametrize("who", CALLERS)
def test_a_caller_writes_about_nobody_else(written_town: Town, path: str, who: str) -> None:
    """Guardians and staff are no pupils: refused in words when they are seen, 404 when not."""
    caller = written_town.caller(**CALLERS[who].rights)
    for name in sorted(EVERYONE - CHILDREN):
        body = body_about(written_town.database, path, name)
        before = rows_of(written_town.database)
        answer = caller.post(f"/{path}", body)
        # At a lesson or in a group that the caller does not see nothing can be said of anyone.
        sees_place = "anna" in sees(who, path) or path == "absences"
        expected = 400 if name in sees(who, "persons") and sees_place else 404
        assert answer.status_code == expected, (name, answer.text)
        assert rows_of(written_town.database) == before


@pytest.mark.parametrize("path", TELLER)
@pytest.mark.parametrize("who", CALLERS)
def test_a_caller_names_only_whom_it_may_see_as_the_one_who_reports(
    written_town: Town, path: str, who: str
) -> None:
    """A protected teacher is not there to report anything."""
    seen = sees(who, "persons")
    pupil = next((name for name in ("anna", "bo") if name in sees(who, path)), None)
    caller = written_town.caller(**CALLERS[who].rights)
    for name in sorted(EVERYONE):
        body = body_about(written_town.database, path, pupil or "anna", UNIT[pupil or "anna"])
        before = rows_of(written_town.database)
        answer = caller.post(f"/{path}", body | {TELLER[path]: {"id": str(named(name))}})
        if pupil and name in seen:
            assert answer.status_code == 200, (name, answer.text)
            assert answer.json()[TELLER[path]]["id"] == str(named(name))
        else:
            both_seen = {"anna", name} <= seen
            expected = 400 if pupil is None and both_seen and path == "absences" else 404
            assert answer.status_code == expected, (name, answer.text)
            assert rows_of(written_town.database) == before


@pytest.fixture(scope="module")
def objects(written_town: Town) -> Objects:
    """An object about each pupil at each path, written by someone who may."""
    cleared = written_town.caller(sees_protected=True)
    return {
        path: {
            pupil: UUID(
                cleared.post(
                    f"/{path}", body_about(written_town.database, path, pupil, UNIT[pupil])
                ).json()["id"]
            )
            for pupil in CHILDREN
        }
        for path in WRITABLE
    }


CHANGES = (
    ("DELETE", "attendances", "/ss12000/v2.0/attendances/{}", None),
    ("DELETE", "attendanceEvents", "/ss12000/v2.0/attendanceEvents/{}", None),
    ("DELETE", "attendanceSchedule", "/ss12000/v2.0/attendanceSchedule/{}", None),
    ("PATCH", "absences", REPORTS + "/{}", {"reasonCategory": "leave"}),
    ("PUT", "absences", REPORTS + "/{}/withdrawal", None),
    ("PUT", "absences", REPORTS + "/{}/delivery", {"state": "delivered"}),
)


def change(caller: Caller, method: str, path: str, identity: UUID, body: Any) -> httpx.Response:
    """A change, with a precondition that no state fulfils: whoever may see is told so."""
    assert caller.consumer is not None
    headers = caller.consumer.headers | {"If-Match": '"no-state-has-this"'}
    return caller.http.request(method, path.format(identity), json=body, headers=headers)


@pytest.mark.parametrize(("method", "resource", "path", "body"), CHANGES)
@pytest.mark.parametrize("who", CALLERS)
def test_a_caller_changes_and_deletes_only_what_is_about_whom_it_may_see(
    written_town: Town,
    objects: Objects,
    acting: Callable[[Caller], None],
    who: str,
    method: str,
    resource: str,
    path: str,
    body: Any,
) -> None:
    """412 tells that it is there and in another state; 404 is word for word that of nothing."""
    caller = written_town.caller(**CALLERS[who].rights)
    acting(caller)
    for pupil in sorted(CHILDREN):
        before = rows_of(written_town.database)
        answer = change(caller, method, path, objects[resource][pupil], body)
        if pupil in sees(who, resource):
            assert answer.status_code == 412, (pupil, answer.text)
        else:
            absent = change(caller, method, path, uuid4(), body)
            assert answer.status_code == 404, (pupil, answer.text)
            assert told(answer) == told(absent)
        assert rows_of(written_town.database) == before


@pytest.fixture
def acting(written_town: Town) -> Callable[[Caller], None]:
    """Makes a caller act for a source system."""

    def act_for(caller: Caller) -> None:
        assert caller.consumer is not None
        with written_town.database.transaction() as session:
            session.connection().exec_driver_sql(
                "INSERT INTO source (name, url, takes_absences) VALUES ('tempus', '', FALSE) "
                "ON CONFLICT DO NOTHING"
            )
            session.connection().exec_driver_sql(
                "UPDATE application SET acts_for_source = 'tempus' WHERE client_id = %s",
                (caller.consumer.client_id,),
            )

    return act_for


@pytest.mark.parametrize("who", CALLERS)
def test_a_report_is_read_by_whoever_may_see_its_pupil(
    written_town: Town, objects: Objects, who: str
) -> None:
    """In the list, by filter and by id."""
    caller = written_town.caller(**CALLERS[who].rights)
    assert caller.consumer is not None
    listed = caller.http.get(REPORTS, headers=caller.consumer.headers, params={"limit": "1000"})
    students = {row["student"]["id"] for row in listed.json()["data"]}
    assert students == {str(named(pupil)) for pupil in CHILDREN & sees(who, "absences")}
    for pupil, identity in objects["absences"].items():
        one = caller.http.get(f"{REPORTS}/{identity}", headers=caller.consumer.headers)
        asked = caller.http.get(
            REPORTS, headers=caller.consumer.headers, params={"student": str(named(pupil))}
        )
        assert one.status_code == (200 if pupil in sees(who, "absences") else 404)
        assert bool(asked.json()["data"]) is (pupil in sees(who, "absences"))


def test_what_became_of_a_hidden_report_is_not_told(written_town: Town) -> None:
    """It was withdrawn; whoever may not see its pupil is answered as about nothing."""
    cleared, caller = written_town.caller(sees_protected=True), written_town.caller()
    identity = UUID(cleared.post("/absences", absence("hidden-pupil")).json()["id"])
    assert cleared.consumer is not None and caller.consumer is not None
    path = f"{REPORTS}/{identity}/withdrawal"
    assert cleared.http.put(path, headers=cleared.consumer.headers).status_code == 200
    hidden, absent = (
        caller.http.patch(
            f"{REPORTS}/{one}", json={"reasonCategory": "leave"}, headers=caller.consumer.headers
        )
        for one in (identity, uuid4())
    )
    assert told(hidden) == told(absent)
    assert hidden.status_code == 404


def test_a_marking_set_between_two_requests_stops_the_next_write(own_town: Town) -> None:
    """No cache stands between a marking and its effect on writing."""
    caller = own_town.caller()
    assert caller.post("/absences", absence()).status_code == 200
    with own_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE person SET security_marking = 'Sekretessmarkering' WHERE id = %s",
            (named("anna"),),
        )
    assert caller.post("/absences", absence()).status_code == 404


def test_a_lesson_that_is_not_the_callers_is_as_one_that_never_was(written_town: Town) -> None:
    """Its own pupil at another unit's lesson: nothing tells that there is such a lesson."""
    caller = written_town.caller(organisations=("south",))
    body = body_about(written_town.database, "attendances", "bo", "south")
    hidden = body | {"calendarEvent": {"id": str(new_lesson(written_town.database).id)}}
    absent = body | {"calendarEvent": {"id": str(uuid4())}}
    assert told(caller.post("/attendances", hidden)) == told(caller.post("/attendances", absent))
    assert caller.post("/attendances", hidden).status_code == 404
