"""Writes that wait for each other judge what is true when it is their turn."""

import threading

import httpx
import psycopg
import pytest

from tests.backends import wait_for_waiting
from tests.ss12000.conftest import Caller, Town
from tests.ss12000.test_writes import DELETABLE, delete, written
from tests.ss12000.writable import absence

REPORTS = "/absence-reports/v1/reports"
HOLD = "UPDATE change_clock SET stamp = stamp"


def report_request(caller: Caller, method: str, path: str, body: object = None) -> httpx.Response:
    """A request about a report."""
    assert caller.consumer is not None
    return caller.http.request(method, REPORTS + path, json=body, headers=caller.consumer.headers)


@pytest.mark.parametrize("path", DELETABLE)
def test_an_object_that_a_source_took_over_meanwhile_is_not_deleted(
    written_town: Town, path: str
) -> None:
    """It was the gate's own when the deletion came, and is the source's at its turn: 409."""
    caller = written_town.caller()
    identity = written(written_town, caller, path).json()["id"]
    table = {"attendances": "attendance", "attendanceEvents": "attendance_event",
             "attendanceSchedule": "attendance_schedule"}[path]  # fmt: skip
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(delete(caller, path, identity)))
    with psycopg.connect(written_town.database.url) as holder:
        holder.execute(HOLD.encode())
        holder.execute(
            "WITH made AS (INSERT INTO source (name, url, takes_absences) "
            "VALUES (gen_random_uuid()::text, 'u', FALSE) RETURNING id) "
            f"UPDATE {table} SET source_id = made.id FROM made WHERE {table}.id = %s".encode(),
            (identity,),
        )
        thread.start()
        wait_for_waiting(written_town.database.url, 1)
        holder.commit()
    thread.join(30)
    assert [answer.status_code for answer in answers] == [409]
    assert caller.get(f"/{path}/{identity}").status_code == 200


def test_a_reason_for_what_was_withdrawn_meanwhile_is_refused(written_town: Town) -> None:
    """The report stood when the reason came, and is withdrawn at its turn: 409."""
    caller = written_town.caller()
    identity = caller.post("/absences", absence()).json()["id"]
    answers: list[httpx.Response] = []

    def give_reason() -> None:
        body = {"reasonCategory": "illness"}
        answers.append(report_request(caller, "PATCH", f"/{identity}", body))

    thread = threading.Thread(target=give_reason)
    with psycopg.connect(written_town.database.url) as holder:
        holder.execute(HOLD.encode())
        holder.execute(b"UPDATE absence_report SET status = 'withdrawn' WHERE id = %s", (identity,))
        thread.start()
        wait_for_waiting(written_town.database.url, 1)
        holder.commit()
    thread.join(30)
    assert [answer.status_code for answer in answers] == [409]


def test_a_wrong_id_waits_for_nobody(written_town: Town) -> None:
    """It is told at once, however long another write takes."""
    caller = written_town.caller()
    nobody = "00000000-0000-4000-8000-000000000000"
    with psycopg.connect(written_town.database.url) as holder:
        holder.execute(HOLD.encode())
        for path in DELETABLE:
            assert delete(caller, path, nobody).status_code == 404
        body = {"reasonCategory": "illness"}
        assert report_request(caller, "PATCH", f"/{nobody}", body).status_code == 404
        assert report_request(caller, "PUT", f"/{nobody}/withdrawal").status_code == 404
        holder.rollback()


@pytest.mark.parametrize("order", [1, -1])
def test_tags_in_several_if_match_headers_count_alike(written_town: Town, order: int) -> None:
    """As if they had come in one (RFC 9110 section 5.3)."""
    caller = written_town.caller()
    answer = written(written_town, caller, "attendances")
    tags = [answer.headers["etag"], '"another"'][::order]
    assert caller.consumer is not None
    sent = [*caller.consumer.headers.items(), *(("If-Match", tag) for tag in tags)]
    path = f"/ss12000/v2.0/attendances/{answer.json()['id']}"
    assert caller.http.delete(path, headers=sent).status_code == 204


def test_very_many_tags_are_refused(written_town: Town) -> None:
    """No object has had so many states that a caller remembers."""
    caller = written_town.caller()
    answer = written(written_town, caller, "attendances")
    identity, tag = answer.json()["id"], answer.headers["etag"]
    refused = delete(caller, "attendances", identity, ", ".join(['"x"'] * 999 + [tag]))
    assert (refused.status_code, refused.json()["code"]) == (400, "badHeader")
    few = ", ".join(['"x"'] * 99 + [tag])
    assert delete(caller, "attendances", identity, few).status_code == 204
