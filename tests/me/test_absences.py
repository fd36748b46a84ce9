"""Absences at `/me/v1`: who reads, reports and withdraws whose."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from app.models.absence_reports import AbsenceReport
from app.models.absences import Absence
from app.services.absences import MOST_REPORTS
from tests.make import MADE, Consumer, add, named
from tests.me.conftest import App, read_records, signed_in
from tests.ss12000.conftest import DOOR, Town
from tests.ss12000.families import GROWN

DAY = "2026-12-07"
SEPTEMBER: dict[str, Any] = {"begin": "2026-09-01", "end": "2026-09-30"}
LATER = datetime(2027, 2, 1, 9, tzinfo=UTC)
# A day for each test that reports on a day of its own.
DAYS = (f"2027-03-{day:02}" for day in range(1, 28))
PEOPLE = ("anna", "bo", "hidden-pupil", GROWN)
# Who reads, and the children whose absences are there; whom they may report, if anyone.
TABLE: dict[tuple[str, str], tuple[str, str | None]] = {
    ("both-parent", "app"): ("anna bo", "anna bo"),
    ("other-parent", "app"): ("anna", "anna"),
    ("hidden-parent", "app"): ("", None),
    ("hidden-parent", "cleared"): ("hidden-pupil", "hidden-pupil"),
    ("anna", "app"): ("anna", None),
    (GROWN, "app"): (GROWN, GROWN),
    # Their mentor reads of them, and reports nobody; who teaches or heads them does not read.
    ("north-teacher", "app"): (f"anna {GROWN}", None),
    ("sub-teacher", "app"): ("", ""),
    ("head", "app"): ("", ""),
    ("friend", "app"): ("", ""),
}


def whole_day(student: str, day: str = DAY, **more: Any) -> dict[str, Any]:
    """A report of a day."""
    return {"student": str(named(student)), "date": day} | more


def report(app: App, student: str, day: str = DAY, *, key: str | None = None,
           **more: Any) -> httpx.Response:  # fmt: skip
    """POST an absence."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return app.send("POST", "/absences", whole_day(student, day, **more), headers=headers)


def stored(town: Town, student: str, day: str = DAY) -> int:
    """How many absences of the pupil begin on the day."""
    with town.database.transaction() as session:
        found: int = session.execute(
            text("SELECT count(*) FROM absence WHERE student_id = :id AND start_time::date = :day"),
            {"id": named(student), "day": day},
        ).scalar_one()
    return found


def reported(town: Town, student: str, **more: Any) -> UUID:
    """A report and its absence, made by nobody in particular."""
    report_id = uuid4()
    about: dict[str, Any] = {
        "id": report_id, "created": MADE, "modified": MADE, "start_time": LATER, "end_time": LATER,
        "type": "Anmäld frånvaro", "student_id": named(student),
        "school_unit_id": named("south" if student == "bo" else "north"),
    } | more  # fmt: skip
    with town.database.transaction() as session:
        add(session, Absence(**about),
            AbsenceReport(**about, status="reported", reported_through="test"))  # fmt: skip
    return report_id


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_a_person_reads_and_reports_exactly_whom_they_may(
    me_town: Town, who: str, app: str
) -> None:
    """Everybody else, whom a teacher sees or who is protected, is nobody in all respects."""
    caller = signed_in(me_town, who, app)
    reads, reports = TABLE[who, app]
    day = next(DAYS)
    rows = caller.get("/absences", **SEPTEMBER).json()
    assert {row["student"] for row in rows} == {str(named(name)) for name in reads.split()}
    for name in PEOPLE:
        away = str(named(f"{name}-away"))
        assert (caller.get(f"/absences/{away}").status_code == 200) == (name in reads.split())
        of_one = caller.get("/absences", student=str(named(name)), **SEPTEMBER).json()
        assert [row["id"] for row in of_one] == ([away] if name in reads.split() else [])
        answer, itself = report(caller, name, day), standard(me_town, caller.consumer, name, day)
        if reports is None:
            assert (answer.status_code, itself.status_code) == (403, 403)
        elif name in reports.split():
            # The second is of the same time.
            assert (answer.status_code, itself.status_code) == (201, 409), answer.text
        else:
            assert (answer.status_code, itself.status_code) == (404, 404)
            assert answer.json() == report(caller, "nobody at all", day).json()
        assert stored(me_town, name, day) == (name in (reports or "").split())


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_a_person_withdraws_exactly_whom_they_may_report(me_town: Town, who: str, app: str) -> None:
    """Whatever else they see of it."""
    _reads, reports = TABLE[who, app]
    caller = signed_in(me_town, who, app)
    for name in PEOPLE:
        itself = f"/absences/{reported(me_town, name)}"
        answer = caller.send("PUT", f"{itself}/withdrawal")
        if reports is None:
            assert answer.status_code == 403
        elif name in reports.split():
            assert answer.status_code == 200, answer.text
            assert answer.json()["report"]["status"] == "withdrawn"
            assert caller.send("PUT", f"{itself}/withdrawal").json() == answer.json()
            assert caller.get(itself).json() == answer.json()
            assert answer.json() in caller.get("/absences", begin="2027-02-01",
                                               end="2027-02-01").json()  # fmt: skip
        else:
            assert answer.status_code == 404
            nobody = caller.send("PUT", f"/absences/{named('nobody')}/withdrawal")
            assert answer.json() == nobody.json()


@pytest.mark.parametrize("path", ["me", "ss12000"])
def test_a_child_that_was_left_out_is_nobody(me_town: Town, path: str) -> None:
    """Neither read nor reported, at either door."""
    caller = signed_in(me_town, "both-parent", children=("anna",))
    assert {row["student"] for row in caller.get("/absences", **SEPTEMBER).json()} == {
        str(named("anna"))
    }
    if path == "me":
        assert report(caller, "bo").status_code == 404
    else:
        assert standard(me_town, caller.consumer, "bo").status_code == 404
    assert stored(me_town, "bo") == 0


def test_a_report_is_the_absence_that_schools_and_systems_see(me_town: Town) -> None:
    """Registered by the person, with its report and deliveries; read back as it was answered."""
    caller = signed_in(me_town, "both-parent")
    made = report(caller, "anna", "2026-12-14", reasonCategory="illness")
    assert made.status_code == 201
    body = made.json()
    assert (body["startTime"], body["endTime"]) == (
        "2026-12-14T00:00:00+01:00", "2026-12-15T00:00:00+01:00",
    )  # fmt: skip
    assert body["type"] == "Anmäld frånvaro"
    assert body["report"]["status"] == "reported"
    assert body["report"]["reasonCategory"] == "illness"
    assert {one["source"]: one["state"] for one in body["report"]["deliveries"]} == {
        "skola24": "pending", "tempus": "pending",
    }  # fmt: skip
    assert made.headers["location"] == f"/me/v1/absences/{body['id']}"
    read = caller.get(f"/absences/{body['id']}")
    assert read.json() == body
    assert read.headers["etag"] == made.headers["etag"]
    assert caller.get("/absences", begin="2026-12-14", end="2026-12-14").json() == [body]
    city = me_town.consumers.consumer()
    itself = me_town.http.get(f"{DOOR}/absences/{body['id']}", headers=city.headers).json()
    assert itself["registeredBy"]["id"] == str(named("both-parent"))
    operations = [row[0] for row in read_records(me_town, caller.consumer.client_id)]
    assert operations == ["me.absences.create", "me.absences.byId", "me.absences"]


def test_a_day_on_which_clocks_change_is_reported_whole(me_town: Town) -> None:
    """Twenty-three hours in March."""
    body = report(signed_in(me_town, "anna-parent", children=("anna",)), "anna",
                  "2027-03-28").json()  # fmt: skip
    assert (body["startTime"], body["endTime"]) == (
        "2027-03-28T00:00:00+01:00", "2027-03-29T00:00:00+02:00",
    )  # fmt: skip


FAULTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "no time": ({"date": None}, {"date"}),
    "both": ({"startTime": f"{DAY}T08:00:00+01:00", "endTime": f"{DAY}T09:00:00+01:00"}, {"date"}),
    "free text": ({"reasonCategory": "influensa"}, {"reasonCategory"}),
    "leave": ({"type": "Beviljad ledighet"}, {"type"}),
    "in another's name": ({"registeredBy": {"id": str(named("anna-parent"))}}, {"registeredBy"}),
    "no such day": ({"date": "2026-02-30"}, {"date"}),
    "two faults": ({"date": "soon", "reasonCategory": "x"}, {"date", "reasonCategory"}),
}


@pytest.mark.parametrize("case", FAULTS)
def test_every_fault_of_a_report_is_told_by_its_path(me_town: Town, case: str) -> None:
    """And nothing is stored; what only the school decides is not for a guardian to send."""
    changed, paths = FAULTS[case]
    answer = report(signed_in(me_town, "both-parent"), "anna", **changed)
    assert answer.status_code == 400
    assert {fault["path"] for fault in answer.json()["errors"]} == paths
    assert stored(me_town, "anna") == 0


@pytest.mark.parametrize("left_out", ["startTime", "endTime"])
def test_without_a_day_both_times_are_needed(me_town: Town, left_out: str) -> None:
    """In order."""
    times = {"startTime": f"{DAY}T08:00:00+01:00", "endTime": f"{DAY}T09:00:00+01:00"}
    caller = signed_in(me_town, "both-parent")
    body = {"student": str(named("anna"))} | times
    body.pop(left_out)
    answer = caller.send("POST", "/absences", body)
    assert [fault["path"] for fault in answer.json()["errors"]] == [left_out]
    turned = {"startTime": times["endTime"], "endTime": times["startTime"]}
    answer = caller.send("POST", "/absences", body | turned)
    assert [fault["path"] for fault in answer.json()["errors"]] == ["endTime"]


def test_a_unit_that_the_pupil_is_not_at_is_told_under_its_own_name(me_town: Town) -> None:
    """The path is the one that was sent."""
    answer = report(signed_in(me_town, "both-parent"), "anna", organisation=str(named("south")))
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["errors"]] == ["organisation"]


def test_a_repeat_gets_the_first_answer_and_another_body_a_conflict(me_town: Town) -> None:
    """One absence is stored; the other parent's key of the same name is another key."""
    day = next(DAYS)
    caller, key = signed_in(me_town, "both-parent"), uuid4().hex
    first, again = (report(caller, "anna", day, key=key) for _ in range(2))
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    reused = report(caller, "anna", next(DAYS), key=key)
    assert (reused.status_code, reused.json()["title"]) == (409, "idempotencyKeyReused")
    other = me_town.consumers.acting_for(caller.consumer, "other-parent", children=("anna",))
    theirs = report(App(me_town.http, other), "anna", day, key=key)
    assert (theirs.status_code, theirs.json()["title"]) == (409, "conflict")
    assert stored(me_town, "anna", day) == 1


@pytest.mark.parametrize("with_key", [True, False])
def test_of_parallel_reports_one_is_stored(me_town: Town, with_key: bool) -> None:
    """With the same key all get the one answer; without, the later ones are a conflict."""
    day = next(DAYS)
    caller, key = signed_in(me_town, "both-parent"), uuid4().hex if with_key else None
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: report(caller, "anna", day, key=key), range(6)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == ([201] * 6 if with_key else [201] + [409] * 5)
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert stored(me_town, "anna", day) == 1


@pytest.mark.parametrize("door", ["me", "ss12000"])
def test_a_person_who_reports_too_often_is_told_to_wait(own_me_town: Town, door: str) -> None:
    """Through any app, withdrawn ones included; somebody else is not held up by it."""
    with own_me_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO absence_report (id, created, modified, status, start_time, end_time, type,"
            " student_id, registered_by_id, reported_through) SELECT gen_random_uuid(), now(),"
            " now(), 'withdrawn', now(), now(), 'Anmäld frånvaro', %(child)s, %(who)s, 'x'"
            " FROM generate_series(2, %(most)s)",
            {"child": named("bo"), "who": named("both-parent"), "most": MOST_REPORTS},
        )
    caller = signed_in(own_me_town, "both-parent")
    assert report(caller, "anna").status_code == 201
    if door == "me":
        refused = report(signed_in(own_me_town, "both-parent"), "bo")
    else:
        refused = standard(own_me_town, caller.consumer, "bo")
    assert refused.status_code == 429
    assert 86_000 < int(refused.headers["retry-after"]) <= 86_400
    assert stored(own_me_town, "bo") == 0
    other = report(signed_in(own_me_town, "other-parent"), "anna", "2026-12-09")
    assert other.status_code == 201
    with own_me_town.database.transaction() as session:
        session.execute(text("UPDATE absence_report SET created = created - interval '1 day'"))
    assert report(caller, "bo").status_code == 201


def test_a_grown_mentor_reads_of_a_pupil_and_reports_and_withdraws_nothing(
    own_me_town: Town,
) -> None:
    """A pupil in view is one thing, a child that one answers for another."""
    with own_me_town.database.transaction() as session:
        session.execute(text("UPDATE person SET birth_date = '1980-01-01' WHERE id = :id"),
                        {"id": named("north-teacher")})  # fmt: skip
    caller = signed_in(own_me_town, "north-teacher")
    itself = f"/absences/{reported(own_me_town, 'anna')}"
    assert caller.get(itself).status_code == 200
    assert caller.send("PUT", f"{itself}/withdrawal").status_code == 404
    assert report(caller, "anna").status_code == 404
    assert caller.get(itself).json()["report"]["status"] == "reported"


def test_a_withdrawal_holds_only_for_the_state_that_was_read(me_town: Town) -> None:
    """If-Match names it; without, any state will do."""
    caller, day = signed_in(me_town, "both-parent"), next(DAYS)
    made = report(caller, "anna", day)
    path = f"/absences/{made.json()['id']}/withdrawal"
    stale = caller.send("PUT", path, headers={"If-Match": '"another"'})
    assert stale.status_code == 412
    assert stored(me_town, "anna", day) == 1
    done = caller.send("PUT", path, headers={"If-Match": made.headers["etag"]})
    assert done.status_code == 200
    assert stored(me_town, "anna", day) == 0
    assert report(caller, "anna", day).status_code == 201


def test_leave_that_the_school_granted_is_not_withdrawn_by_a_guardian(me_town: Town) -> None:
    """It is the school's decision, though they see it."""
    itself = f"/absences/{reported(me_town, 'anna', type='Beviljad ledighet')}"
    caller = signed_in(me_town, "both-parent")
    refused = caller.send("PUT", f"{itself}/withdrawal")
    assert (refused.status_code, refused.json()["title"]) == (409, "conflict")
    assert caller.get(itself).json()["report"]["status"] == "reported"


def test_an_imported_absence_is_not_withdrawn_here(me_town: Town) -> None:
    """It has no report; it is withdrawn where it came from."""
    caller = signed_in(me_town, "both-parent")
    away = named("anna-away")
    assert "report" not in caller.get(f"/absences/{away}").json()
    assert caller.send("PUT", f"/absences/{away}/withdrawal").status_code == 404


def test_a_guardianship_that_ends_ends_reporting(own_me_town: Town) -> None:
    """At the next request with the same token, and a repeat gets no answer either."""
    caller, key = signed_in(own_me_town, "both-parent"), uuid4().hex
    made = report(caller, "bo", key=key).json()
    with own_me_town.database.transaction() as session:
        session.execute(
            text("DELETE FROM responsible WHERE child_id = :bo AND person_id = :who"),
            {"bo": named("bo"), "who": named("both-parent")},
        )
    assert report(caller, "bo", key=key).status_code == 404
    assert report(caller, "bo", "2026-12-08").status_code == 404
    assert caller.get(f"/absences/{made['id']}").status_code == 404
    assert caller.send("PUT", f"/absences/{made['id']}/withdrawal").status_code == 404


NEEDS = {
    ("GET", "/absences"): "attendance:read",
    ("GET", f"/absences/{named('anna-away')}"): "attendance:read",
    ("POST", "/absences"): "absences:write",
    ("PUT", f"/absences/{named('anna-away')}/withdrawal"): "absences:write",
}


@pytest.mark.parametrize(("method", "path"), NEEDS)
def test_each_operation_needs_its_scope_and_a_person(me_town: Town, method: str, path: str) -> None:
    """API5: neither another scope nor a system's own token will do."""
    others = {"schedule:read", "people:read", "attendance:read", "absences:write"}
    scopes = others - {NEEDS[method, path]}
    refused = signed_in(me_town, "both-parent", scopes=scopes).send(method, path)
    assert refused.status_code == 403
    assert NEEDS[method, path] in refused.json()["detail"]
    system = App(me_town.http, me_town.consumers.consumer()).send(method, path)
    assert system.status_code == 403


def standard(
    town: Town, consumer: Consumer, student: str, day: str = DAY, **more: Any
) -> httpx.Response:
    """POST an absence at the door of SS 12000."""
    body = {
        "startTime": f"{day}T08:00:00Z", "endTime": f"{day}T15:00:00Z",
        "type": "Anmäld frånvaro", "student": {"id": str(named(student))},
    } | more  # fmt: skip
    return town.http.post(f"{DOOR}/absences", json=body, headers=consumer.headers)


def test_at_the_standards_door_a_person_speaks_for_themselves(me_town: Town) -> None:
    """In nobody else's name, and does not grant leave."""
    caller, day = signed_in(me_town, "both-parent"), next(DAYS)
    other = {"id": str(named("other-parent"))}
    assert standard(me_town, caller.consumer, "anna", day, registeredBy=other).status_code == 404
    leave = standard(me_town, caller.consumer, "anna", day, type="Beviljad ledighet")
    assert (leave.status_code, leave.json()["code"]) == (400, "badBody")
    made = standard(me_town, caller.consumer, "anna", day)
    assert made.json()["registeredBy"]["id"] == str(named("both-parent"))


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/attendances"), ("POST", "/attendanceEvents"), ("POST", "/attendanceSchedule"),
    ("DELETE", f"/attendances/{named('anna-present')}"), ("POST", "/subscriptions"),
])  # fmt: skip
def test_nothing_else_is_written_for_a_person_at_the_standards_door(
    me_town: Town, method: str, path: str
) -> None:
    """Whichever scopes they allowed."""
    caller = signed_in(me_town, "both-parent")
    answer = me_town.http.request(method, DOOR + path, json=None if method == "DELETE" else {},
                                  headers=caller.consumer.headers)  # fmt: skip
    assert answer.status_code == 403
    assert "client_credentials" in answer.json()["message"]
