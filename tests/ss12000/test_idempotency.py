"""Idempotency-Key: a request that is sent again is answered as the first time, and done once."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import text

from app.services.idempotency import forget_old_keys
from tests.backends import wait_for_waiting
from tests.make import named
from tests.ss12000.conftest import DOOR, Caller, Town
from tests.ss12000.writable import (
    WRITABLE,
    absence,
    attendance,
    attendance_event,
    body_about,
    new_lesson,
    rows_of,
)

CHANGED: dict[str, dict[str, Any]] = {
    "attendances": {"absenceReason": "Annat"},
    "attendanceEvents": {"eventType": "Ut"},
    "attendanceSchedule": {"numberOfWeeks": 2},
    "absences": {"type": "Beviljad ledighet"},
}


def send(caller: Caller, path: str, body: Any, key: str) -> httpx.Response:
    """POST with a key."""
    return caller.request("POST", f"/{path}", json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("path", WRITABLE)
def test_a_repeat_gets_the_first_answer_and_stores_nothing(written_town: Town, path: str) -> None:
    """Byte for byte, ETag and all, also written in another order; only the access log grows."""
    caller, key = written_town.caller(), uuid4().hex
    body = body_about(written_town.database, path, "anna")
    first = send(caller, path, body, key)
    assert first.status_code == 200, first.text
    assert "idempotent-replayed" not in first.headers
    before = rows_of(written_town.database)
    again = send(caller, path, dict(reversed(body.items())), key)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    after = rows_of(written_town.database)
    assert after == before | {"access_record": before["access_record"] + 1}


def test_a_repeat_is_logged_as_about_the_same_persons(written_town: Town) -> None:
    """The answer with the pupil's data went out twice, and the log says so twice."""
    caller, key, body = written_town.caller(), uuid4().hex, attendance_event()
    requests = [send(caller, "attendanceEvents", body, key) for _ in range(2)]
    assert caller.consumer is not None
    with psycopg.connect(written_town.database.url) as connection:
        records = connection.execute(
            "SELECT operation, person_ids, request_id FROM access_record WHERE client_id = %s "
            "ORDER BY id", (caller.consumer.client_id,)
        ).fetchall()  # fmt: skip
    assert records == [
        ("attendanceEvents.create", [named("anna")], answer.headers["x-request-id"])
        for answer in requests
    ]


@pytest.mark.parametrize("path", WRITABLE)
def test_another_body_or_operation_under_the_key_is_a_conflict(
    written_town: Town, path: str
) -> None:
    """The first answer would be wrong, and so would doing something else."""
    caller, key = written_town.caller(), uuid4().hex
    body = body_about(written_town.database, path, "anna")
    assert send(caller, path, body, key).status_code == 200
    other = next(name for name in WRITABLE if name != path)
    for where, what in ((path, body | CHANGED[path]), (other, body)):
        refused = send(caller, where, what, key)
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotencyKeyReused")


def test_a_refused_request_keeps_its_key_free(written_town: Town) -> None:
    """What was wrong is put right and sent with the same key."""
    caller, key = written_town.caller(), uuid4().hex
    lesson = new_lesson(written_town.database)
    wrong = send(caller, "attendances", attendance(lesson, attendanceMinutes=1), key)
    assert wrong.status_code == 400
    assert send(caller, "attendances", attendance(lesson), key).status_code == 200
    conflict = uuid4().hex
    assert send(caller, "attendances", attendance(lesson), conflict).status_code == 409
    fresh = attendance(new_lesson(written_town.database))
    assert send(caller, "attendances", fresh, conflict).status_code == 200


def test_a_key_belongs_to_its_consumer(written_town: Town) -> None:
    """Another consumer's equal key is another key; it learns nothing from it."""
    key = uuid4().hex
    for _ in range(2):
        answer = send(written_town.caller(), "attendanceEvents", attendance_event(), key)
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers


def test_a_key_is_forgotten_after_a_day(written_town: Town) -> None:
    """At its next use, whether or not it was swept away; a younger one stays."""
    caller, key, young = written_town.caller(), uuid4().hex, uuid4().hex
    for one in (key, young):
        assert send(caller, "attendanceEvents", attendance_event(), one).status_code == 200
    with written_town.database.transaction() as session:
        session.execute(
            text("UPDATE idempotency_key SET created = created - interval '25 hours' "
                 "WHERE key = :key"), {"key": key}
        )  # fmt: skip
    body = attendance_event()
    fresh = send(caller, "attendanceEvents", body, key)
    assert fresh.status_code == 200 and "idempotent-replayed" not in fresh.headers
    assert send(caller, "attendanceEvents", body, key).content == fresh.content
    kept = "SELECT count(*) FROM idempotency_key WHERE key = ANY(:keys)"
    for hours, count in ((23, 2), (25, 0)):
        with written_town.database.transaction() as session:
            forget_old_keys(session, now=datetime.now(UTC) + timedelta(hours=hours))
            found = session.execute(text(kept), {"keys": [key, young]})
            assert found.scalar_one() == count


@pytest.mark.parametrize("key", ["", "x" * 256, "nyckel å", "a\tb"])
def test_a_key_that_is_none_is_refused(written_town: Town, key: str) -> None:
    caller = written_town.caller()
    refused = caller.request(
        "POST", "/absences", json=absence(), headers={"Idempotency-Key": key.encode("latin-1")}
    )  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (400, "badHeader")


def test_two_keys_in_one_request_are_refused(written_town: Town) -> None:
    consumer = written_town.consumers.consumer()
    headers = [*consumer.headers.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = written_town.http.post(f"{DOOR}/absences", json=absence(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "badHeader")


@pytest.mark.parametrize(("column", "name"), [("student", "anna"), ("reporter", "north-teacher")])
def test_a_replay_is_refused_when_someone_in_it_may_no_longer_be_seen(
    written_town: Town, column: str, name: str
) -> None:
    """The pupil or the reporter came under protected identity: 404, not logged, no trace."""
    caller, key = written_town.caller(), uuid4().hex
    body = attendance(
        new_lesson(written_town.database), reporter={"id": str(named("north-teacher"))}
    )
    first = send(caller, "attendances", body, key)
    assert first.json()[column]["id"] == str(named(name))
    mark(written_town, name, "Sekretessmarkering")
    before = rows_of(written_town.database)
    try:
        refused = send(caller, "attendances", body, key)
        assert refused.status_code == 404
        assert str(named(name)) not in refused.text
        assert rows_of(written_town.database) == before
    finally:
        mark(written_town, name, "Ingen")
    assert send(caller, "attendances", body, key).content == first.content


def mark(town: Town, name: str, marking: str) -> None:
    """Set a person's security marking."""
    with town.database.transaction() as session:
        session.execute(
            text("UPDATE person SET security_marking = :marking WHERE id = :id"),
            {"marking": marking, "id": named(name)},
        )


def test_a_replay_never_shows_a_field_group_that_was_taken_away(written_town: Town) -> None:
    """The first answer told the marking; under a grant without it that answer is not given."""
    caller, key, body = written_town.caller(), uuid4().hex, attendance_event()
    assert "securityMarking" in send(caller, "attendanceEvents", body, key).text
    assert caller.consumer is not None
    with written_town.database.transaction() as session:
        session.execute(
            text("UPDATE consumer_grant SET field_groups = ARRAY['guardians'] FROM application a "
                 "WHERE a.id = application_id AND a.client_id = :client"),
            {"client": caller.consumer.client_id},
        )  # fmt: skip
    ends = datetime.now(UTC) + timedelta(seconds=20)
    while "securityMarking" in (answer := send(caller, "attendanceEvents", body, key)).text:
        assert datetime.now(UTC) < ends, "the change of the grant was never noticed"
    assert answer.status_code == 404


def test_of_two_at_once_the_second_waits_and_gets_the_first_ones_answer(
    written_town: Town,
) -> None:
    """Four at once while the clock is held: one is done, the others are its replays."""
    consumer, body = written_town.consumers.consumer(), attendance_event()
    headers = consumer.headers | {"Idempotency-Key": uuid4().hex}
    answers: list[httpx.Response] = []

    def post() -> None:
        with httpx.Client(base_url=written_town.http.base_url, timeout=30) as http:
            answers.append(http.post(f"{DOOR}/attendanceEvents", json=body, headers=headers))

    senders = [threading.Thread(target=post) for _ in range(4)]
    with psycopg.connect(written_town.database.url) as holder:
        holder.execute("UPDATE change_clock SET stamp = stamp")
        for sender in senders:
            sender.start()
        wait_for_waiting(written_town.database.url, len(senders))
        holder.rollback()
    for sender in senders:
        sender.join(30)
    assert [answer.status_code for answer in answers] == [200] * len(senders)
    assert len({answer.content for answer in answers}) == 1
    replayed = [answer.headers.get("idempotent-replayed") for answer in answers]
    assert replayed.count(None) == 1 and replayed.count("true") == len(senders) - 1


def test_a_write_that_was_lost_in_its_commit_is_sent_again_and_done_once(
    written_town: Town,
) -> None:
    """The connection dies while it commits: nobody knows the outcome, and the answer says so."""
    caller, key, body = written_town.caller(), uuid4().hex, absence()
    with written_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; "
            "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON absence DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION die()"
        )
    try:
        lost = send(caller, "absences", body, key)
    finally:
        with written_town.database.transaction() as session:
            session.connection().exec_driver_sql("DROP FUNCTION die() CASCADE")
    assert (lost.status_code, lost.json()["code"]) == (503, "outcomeUnknown")
    assert lost.headers["retry-after"]
    done = send(caller, "absences", body, key)
    assert done.status_code == 200, done.text
    assert send(caller, "absences", body, key).content == done.content
