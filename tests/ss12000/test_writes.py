"""Writing what the standard lets systems write: stored, answered as read, and refused in words."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import text

from app.errors import Conflict
from app.models.attendances import Attendance
from app.services.inserting import insert_unless
from tests.backends import wait_for_waiting
from tests.make import LESSON, add, base, named
from tests.ss12000.conftest import DOOR, Caller, Town
from tests.ss12000.writable import (
    WRITABLE,
    absence,
    attendance,
    attendance_event,
    attendance_schedule,
    body_about,
    new_lesson,
    rows_of,
)

DELETABLE = ("attendances", "attendanceEvents", "attendanceSchedule")
SCOPE = dict.fromkeys(DELETABLE, "attendance:write") | {"absences": "absences:write"}
RESOURCE = dict.fromkeys(WRITABLE) | {name: name for name in WRITABLE} | {
    "attendanceSchedule": "attendanceSchedules"
}  # fmt: skip


def written(town: Town, caller: Caller, path: str, person: str = "anna") -> httpx.Response:
    """What a good write is answered."""
    answer = caller.post(f"/{path}", body_about(town.database, path, person))
    assert answer.status_code == 200, answer.text
    return answer


def delete(caller: Caller, path: str, identity: str, tag: str | None = None) -> httpx.Response:
    """DELETE, with If-Match when a tag is given."""
    headers = {} if tag is None else {"If-Match": tag}
    return caller.request("DELETE", f"/{path}/{identity}", headers=headers)


@pytest.mark.parametrize("path", WRITABLE)
def test_what_is_written_is_answered_as_it_is_read(written_town: Town, path: str) -> None:
    """The answer, its ETag included, is that of a GET by id."""
    caller = written_town.caller()
    answer = written(written_town, caller, path)
    read = caller.get(f"/{path}/{answer.json()['id']}")
    assert (read.status_code, read.content) == (200, answer.content)
    assert answer.headers["etag"] == read.headers["etag"]
    assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", WRITABLE)
def test_a_write_is_stamped_and_logged_once(written_town: Town, path: str) -> None:
    """It comes later than every change before it, and the log says who wrote about whom."""
    caller = written_town.caller()
    before = stamp(written_town)
    answer = written(written_town, caller, path)
    meta = answer.json()["meta"]
    assert meta["created"] == meta["modified"]
    assert before < datetime.fromisoformat(meta["modified"]) == stamp(written_town)
    assert caller.consumer is not None
    with psycopg.connect(written_town.database.url) as connection:
        records = connection.execute(
            "SELECT operation, person_ids, request_id, filters FROM access_record "
            "WHERE client_id = %s", (caller.consumer.client_id,)
        ).fetchall()  # fmt: skip
    assert records == [
        (f"{RESOURCE[path]}.create", [named("anna")], answer.headers["x-request-id"],
         {"id": [answer.json()["id"]]})
    ]  # fmt: skip


def stamp(town: Town) -> datetime:
    """The stamp of the last change."""
    with town.database.transaction() as session:
        found: datetime = session.execute(text("SELECT stamp FROM change_clock")).scalar_one()
    return found


def test_every_property_that_is_sent_comes_back(written_town: Town) -> None:
    """And id and meta, which the standard lists, may be sent and count for nothing."""
    caller, lesson = written_town.caller(), new_lesson(written_town.database)
    reported = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    sent = attendance(
        lesson, attendanceMinutes=20, validAbsenceMinutes=10, invalidAbsenceMinutes=25,
        otherAttendanceMinutes=5, absenceReason="Sen ankomst", reportedTimestamp=reported,
        reporter={"id": str(named("north-teacher"))},
    )  # fmt: skip
    ignored = {"id": str(uuid4()), "meta": {"created": "whenever"}}
    got = caller.post("/attendances", sent | ignored).json()
    assert got.pop("id") != ignored["id"]
    assert set(got.pop("meta")) == {"created", "modified"}
    assert datetime.fromisoformat(got.pop("reportedTimestamp")) == datetime.fromisoformat(
        sent.pop("reportedTimestamp")
    )
    markings = [got[name].pop("securityMarking") for name in ("student", "reporter")]
    assert markings == ["Ingen", "Ingen"]
    assert got == sent


def test_an_attendance_takes_its_lessons_place_and_time(written_town: Town) -> None:
    """So that it is found by organisation and activity, and lies in the right partition."""
    lesson = new_lesson(written_town.database, unit="south")
    answer = written_town.caller().post("/attendances", attendance(lesson, "bo"))
    with written_town.database.transaction() as session:
        stored = session.get_one(Attendance, (UUID(answer.json()["id"]), lesson.start_time))
    assert stored.school_unit_id == named("south")
    assert stored.activity_id == lesson.activity_id
    assert stored.source_id is None


def test_a_schedule_begins_as_asked_for(written_town: Town) -> None:
    """Without `state` it is asked for, now; with it, its steps are kept in order."""
    caller = written_town.caller()
    (step,) = caller.post("/attendanceSchedule", attendance_schedule()).json()["state"]
    assert step["state"] == "Begärt"
    assert abs(datetime.fromisoformat(step["registeredAt"]) - datetime.now(UTC)) < timedelta(0, 60)
    steps = [
        {"state": "Begärt", "registeredAt": "2026-08-01T08:00:00+02:00", "comment": "Sommar",
         "registeredBy": {"id": str(named("anna-parent"))}},
        {"state": "Godkänt", "registeredAt": "2026-08-02T08:00:00+02:00"},
    ]  # fmt: skip
    answer = caller.post("/attendanceSchedule", attendance_schedule(state=steps))
    kept = answer.json()["state"]
    assert kept[0].pop("registeredBy")["id"] == steps[0].pop("registeredBy")["id"]  # type: ignore[attr-defined]
    assert kept == steps


@pytest.mark.parametrize("path", ["/ss12000/v2.0/attendanceSchedules", "/attendanceSchedules/",
                                  "/v2.0/attendanceSchedule"])  # fmt: skip
def test_published_clients_spellings_are_written_to(written_town: Town, path: str) -> None:
    """Nothing is redirected, which would lose the body."""
    consumer = written_town.consumers.consumer()
    body = attendance_schedule()
    answer = written_town.http.post(path, json=body, headers=consumer.headers)
    assert answer.status_code == 200, answer.text
    path = f"{path.rstrip('/')}/{answer.json()['id']}"
    gone = written_town.http.delete(path, headers=consumer.headers)
    assert gone.status_code == 204 and gone.content == b""


@pytest.mark.parametrize("path", DELETABLE)
def test_what_was_written_is_deleted_and_told_of(written_town: Town, path: str) -> None:
    """It is gone at once, and /deletedEntities names it to whoever could see it."""
    caller = written_town.caller()
    identity = written(written_town, caller, path).json()["id"]
    before = datetime.now(UTC).isoformat()
    assert delete(caller, path, identity).status_code == 204
    assert caller.get(f"/{path}/{identity}").status_code == 404
    assert delete(caller, path, identity).status_code == 404
    gone = caller.get("/deletedEntities", after=before).json()["data"]
    assert gone[RESOURCE[path]] == [identity]


@pytest.mark.parametrize("path", DELETABLE)
def test_a_deletion_depends_on_the_state_that_if_match_names(written_town: Town, path: str) -> None:
    """Another tag, or a weak one, is 412; the tag of a read, among others, or * is done."""
    caller = written_town.caller()
    answer = written(written_town, caller, path)
    identity, tag = answer.json()["id"], answer.headers["etag"]
    for wrong in ('"another"', f"W/{tag}"):
        refused = delete(caller, path, identity, wrong)
        assert (refused.status_code, refused.json()["code"]) == (412, "preconditionFailed")
    assert delete(caller, path, identity, "unquoted").status_code == 400
    assert caller.get(f"/{path}/{identity}").status_code == 200
    assert delete(caller, path, identity, f'"another", {tag}').status_code == 204
    again = written(written_town, caller, path).json()["id"]
    assert delete(caller, path, again, "*").status_code == 204


def test_a_tag_of_before_a_change_deletes_nothing(written_town: Town) -> None:
    """The object changed after it was read: its reader must look again."""
    caller = written_town.caller()
    answer = written(written_town, caller, "attendances")
    with written_town.database.transaction() as session:
        session.execute(
            text("UPDATE attendance SET attendance_minutes = 1, valid_absence_minutes = 59 "
                 "WHERE id = :id"), {"id": answer.json()["id"]}
        )  # fmt: skip
    refused = delete(caller, "attendances", answer.json()["id"], answer.headers["etag"])
    assert refused.status_code == 412


def test_what_a_source_sent_is_not_deleted_here(written_town: Town) -> None:
    """It would come back with the next import; the refusal says where to go.

    Whoever may not see it is not even told that.
    """
    with written_town.database.transaction() as session:
        source = session.execute(
            text("INSERT INTO source (name, url, takes_absences) VALUES ('s', 'u', FALSE) "
                 "RETURNING id")
        ).scalar_one()  # fmt: skip
        for pupil in ("anna", "hidden-pupil"):
            add(session, Attendance(**base(f"{pupil} imported"), source_id=source,
                                    event_start=LESSON, calendar_event_id=named("north-lesson"),
                                    activity_id=named("north-maths"), student_id=named(pupil),
                                    school_unit_id=named("north"), is_reported=False))  # fmt: skip
    caller = written_town.caller()
    refused = delete(caller, "attendances", str(named("anna imported")))
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "Delete it in that system" in refused.json()["message"]
    hidden = delete(caller, "attendances", str(named("hidden-pupil imported")))
    absent = delete(caller, "attendances", str(uuid4()))
    assert (hidden.status_code, hidden.json()) == (404, absent.json())


@pytest.mark.parametrize("path", WRITABLE)
def test_a_write_needs_its_own_scope(written_town: Town, path: str) -> None:
    """Neither reading nor the other scope for writing will do; the one that will is named."""
    others = sorted({"attendance:read", "attendance:write", "absences:write"} - {SCOPE[path]})
    without = written_town.caller(scopes=others)
    body = body_about(written_town.database, path, "anna")
    refused = without.post(f"/{path}", body)
    assert refused.status_code == 403
    assert SCOPE[path] in refused.json()["message"]
    assert written_town.nobody().post(f"/{path}", body).status_code == 401
    assert written_town.caller(scopes=[SCOPE[path]]).post(f"/{path}", body).status_code == 200


@pytest.mark.parametrize("path", DELETABLE)
def test_a_deletion_needs_the_scope_too(written_town: Town, path: str) -> None:
    identity = written(written_town, written_town.caller(), path).json()["id"]
    assert (
        delete(written_town.caller(scopes=["attendance:read"]), path, identity).status_code == 403
    )
    assert delete(written_town.caller(scopes=[SCOPE[path]]), path, identity).status_code == 204


@pytest.mark.parametrize(("path", "method", "allowed"), [
    ("/attendances", "PUT", "GET, POST"),
    ("/attendances/{id}", "PATCH", "DELETE, GET"),
    ("/absences/{id}", "DELETE", "GET"),
    ("/attendances/lookup", "DELETE", "POST"),
    ("/persons", "POST", "GET"),
])  # fmt: skip
def test_other_methods_are_refused_with_all_that_are_allowed(
    written_town: Town, path: str, method: str, allowed: str
) -> None:
    """The standard has no PUT, no PATCH, and no DELETE of absences."""
    refused = written_town.caller().request(method, path.format(id=uuid4()))
    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)


CONFLICTS: dict[str, tuple[str, Callable[[Town], Any]]] = {
    "attendances": (
        "has an attendance at this lesson", lambda town: attendance(new_lesson(town.database))
    ),
    "attendanceEvents": ("registered already", lambda _: attendance_event()),
    "attendanceSchedule": ("of this kind", lambda _: attendance_schedule()),
    "absences": ("absence of this type", lambda _: absence()),
}  # fmt: skip


@pytest.mark.parametrize("path", WRITABLE)
def test_the_same_thing_again_is_a_conflict_in_words(written_town: Town, path: str) -> None:
    """Without an Idempotency-Key it is another request, and contradicts the first."""
    words, make = CONFLICTS[path]
    caller, body = written_town.caller(), make(written_town)
    assert caller.post(f"/{path}", body).status_code == 200
    again = caller.post(f"/{path}", body)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert words in again.json()["message"]


@pytest.mark.parametrize("path", WRITABLE)
def test_of_two_at_once_one_is_stored(written_town: Town, path: str) -> None:
    """Both are good by themselves; the clock lets them follow each other, and the second is told.

    Both have judged the body before either may store it: the first to come holds the clock.
    """
    body = CONFLICTS[path][1](written_town)
    consumer = written_town.consumers.consumer()
    statuses: list[int] = []

    def send() -> None:
        with httpx.Client(base_url=written_town.http.base_url, timeout=30) as http:
            answer = http.post(f"{DOOR}/{path}", json=body, headers=consumer.headers)
        statuses.append(answer.status_code)

    senders = [threading.Thread(target=send) for _ in range(2)]
    with psycopg.connect(written_town.database.url) as holder:
        holder.execute("UPDATE change_clock SET stamp = stamp")
        for sender in senders:
            sender.start()
        wait_for_waiting(written_town.database.url, 2)
        holder.rollback()
    for sender in senders:
        sender.join(30)
    assert sorted(statuses) == [200, 409]


def test_an_answer_goes_out_only_when_the_commit_has_succeeded(written_town: Town) -> None:
    """A constraint that is checked at commit refuses: 500, and nothing is stored or logged."""
    caller = written_town.caller()
    body = body_about(written_town.database, "attendances", "anna")
    before = rows_of(written_town.database)
    with written_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'at commit'; END $$; "
            "CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON absence DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION fail()"
        )
    assert caller.consumer is not None
    try:
        answer = written_town.http.post(
            f"{DOOR}/absences", json=absence(),
            headers=caller.consumer.headers | {"Idempotency-Key": "fails"},
        )  # fmt: skip
    finally:
        with written_town.database.transaction() as session:
            session.connection().exec_driver_sql("DROP FUNCTION fail() CASCADE")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internalError"
    assert rows_of(written_town.database) == before
    assert caller.post("/attendances", body).status_code == 200


@pytest.mark.parametrize(("content", "status", "code"), [
    (b"", 400, "badBody"),
    (b"[]", 400, "badBody"),
    (b'{"a": 1, "a": 2}', 400, "badBody"),
    (b'{"a": NaN}', 400, "badBody"),
    (b'{"absenceReason": "\\ud800"}', 400, "badBody"),
    (b'{"student": ' + b"[" * 100 + b"]" * 100 + b"}", 400, "badBody"),
    (b'{"absenceReason": "' + b"x" * 400_000 + b'"}', 413, "bodyTooLarge"),
])  # fmt: skip
def test_a_body_that_is_no_object_is_refused(
    written_town: Town, content: bytes, status: int, code: str
) -> None:
    refused = written_town.caller().request("POST", "/attendances", content=content)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_body_of_another_media_type_and_a_parameter_are_refused(written_town: Town) -> None:
    caller, body = written_town.caller(), json.dumps(absence())
    typed = caller.request("POST", "/absences", content=body,
                           headers={"Content-Type": "text/xml"})  # fmt: skip
    assert typed.status_code == 415
    assert caller.post("/absences", absence(), expand="student").status_code == 400


def test_a_time_that_no_partition_holds_is_a_conflict(written_town: Town) -> None:
    """What was long ago is not taken, and is told as that."""
    body = attendance_event(time="2021-03-01T08:00:00+01:00")
    refused = written_town.caller().post("/attendanceEvents", body)
    assert refused.status_code == 409
    assert "school year" in refused.json()["message"]


def test_what_is_deleted_while_one_writes_about_it_is_a_conflict(written_town: Town) -> None:
    """Between judging and storing an import may delete the pupil; that is no fault of ours."""
    row = {"report_id": uuid4(), "source_id": 1, "state": "pending", "changed": datetime.now(UTC)}
    with (
        pytest.raises(Conflict, match="deleted just now"),
        written_town.database.transaction() as session,
    ):
        insert_unless(session, "absence_delivery", row, unless="FALSE", values={})
