"""/log/ and /statistics/: taken, bounded, kept as they are, and shown where they can do no harm."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row
from sqlmodel import col, update
from typer.testing import CliRunner

from app.cli import consumers
from app.errors import TooManyRequests
from app.local_time import STOCKHOLM
from app.models.consumer_reports import LogEntry
from app.models.consumers import Application, Grant
from app.schemas.consumer_reports import LogEntry as Report
from app.services.consumer_reports import keep_report
from app.settings import get_settings
from tests.make import Consumer
from tests.ss12000.conftest import DOOR, Caller, Town

ENTRY: dict[str, Any] = {
    "message": "Person utan personnummer", "messageType": "E17", "resourceType": "Person",
    "resourceId": "7A6F0A4E-2f4b-5c1d-9b1e-3d2c1b0a9f8e", "resourceUrl": "localhost/test",
    "severityLevel": "Error", "timeOfOccurance": "2026-11-24T02:10:00+01:00",
}  # fmt: skip
COUNTS: dict[str, Any] = {
    "resourceType": "Person", "newCount": 0, "updatedCount": 1200, "deletedCount": 3,
    "resourceUrl": "https://x.example/persons", "timeOfOccurance": "2026-11-24T01:10:00Z",
}  # fmt: skip
BODIES = {"log": ENTRY, "statistics": COUNTS}
TABLES = {"log": "log_entry", "statistics": "statistics_entry"}


def named(caller: Caller) -> Consumer:
    """The caller's consumer."""
    assert caller.consumer is not None
    return caller.consumer


def stored(town: Town, caller: Caller, name: str) -> list[dict[str, Any]]:
    """What is kept of a caller's reports."""
    with psycopg.connect(town.database.url, row_factory=dict_row) as connection:
        statement = f"SELECT * FROM {TABLES[name]} WHERE client_id = %s ORDER BY id"
        return connection.execute(statement.encode(), (named(caller).client_id,)).fetchall()


def test_a_log_entry_is_kept_as_it_was_sent(the_town: Town) -> None:
    """Every property; the answer is 201 with an empty object, which clients parse."""
    caller = the_town.caller(scopes=["organisations:read"])
    answer = caller.post("/log/", ENTRY)
    assert (answer.status_code, answer.content) == (201, b"{}")
    (row,) = stored(the_town, caller, "log")
    assert datetime.now(UTC) - row.pop("received") < timedelta(minutes=1)
    assert row | {"id": 0, "client_id": ""} == {
        "id": 0, "client_id": "", "message": ENTRY["message"], "message_type": "E17",
        "resource_type": "Person", "resource_id": UUID(ENTRY["resourceId"]),
        "resource_url": "localhost/test", "severity_level": "Error",
        "time_of_occurance": datetime(2026, 11, 24, 1, 10, tzinfo=UTC),
    }  # fmt: skip


def test_a_statistics_entry_is_kept_as_it_was_sent(the_town: Town) -> None:
    """Every property."""
    caller = the_town.caller()
    assert caller.post("/statistics/", COUNTS).content == b"{}"
    (row,) = stored(the_town, caller, "statistics")
    assert (row["resource_type"], row["new_count"], row["updated_count"], row["deleted_count"]) == (
        "Person", 0, 1200, 3)  # fmt: skip
    assert row["time_of_occurance"] == datetime(2026, 11, 24, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["{}/{}", "{}/{}/", "/v2.0/{1}", "/v2.0/{1}/", "/{1}", "/{1}/"])
def test_every_spelling_of_the_path_is_answered_without_redirect(
    the_town: Town, name: str, path: str
) -> None:
    """With and without the slash, and without the base path, as clients send it."""
    caller = the_town.caller()
    address = path.format(DOOR, name)
    answer = the_town.http.post(address, json=BODIES[name], headers=named(caller).headers)
    assert (answer.status_code, answer.json()) == (201, {})
    refused = the_town.http.get(address, headers=named(caller).headers)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert refused.json()["message"] == "GET is not offered here; use POST."


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("log", {"message": "x", "severityLevel": "Info"}),
        ("log", ENTRY | {"messageType": None, "resourceId": None, "resourceUrl": None}),
        ("log", ENTRY | {"code": 7, "nested": {"a": [1]}}),
        ("log", ENTRY | {"message": "å" * 4_000}),
        ("log", ENTRY | {"message": "\r\n\x1b[2J\u202e{%$"}),
        ("statistics", COUNTS | {"description": None, "endDate": "2026-11-24", "resourceUrl": ""}),
        ("statistics", COUNTS | {"newCount": 10**12}),
    ],
)
def test_what_published_clients_send_is_taken(
    the_town: Town, name: str, body: dict[str, Any]
) -> None:
    """The least that the standard asks for; null for nothing; properties of their own."""
    caller = the_town.caller()
    assert caller.post(f"/{name}/", body).status_code == 201
    (row,) = stored(the_town, caller, name)
    assert row.get("message") == body.get("message")


REFUSED: list[tuple[str, Any, list[str]]] = [
    ("log", {}, ["message", "severityLevel"]),
    ("log", {"message": None, "severityLevel": None}, ["message", "severityLevel"]),
    ("log", dict.fromkeys(ENTRY, 1.5), sorted(ENTRY)),
    ("log", {name: [] for name in ENTRY}, sorted(ENTRY)),
    ("log", ENTRY | {"message": ""}, ["message"]),
    ("log", ENTRY | {"message": "x" * 4_001}, ["message"]),
    ("log", ENTRY | {"message": "a\0b", "messageType": "\0"}, ["message", "messageType"]),
    ("log", ENTRY | {"messageType": "x" * 201}, ["messageType"]),
    ("log", ENTRY | {"resourceUrl": "x" * 2_001}, ["resourceUrl"]),
    ("log", ENTRY | {"resourceType": "Deleted"}, ["resourceType"]),
    ("log", ENTRY | {"resourceId": "7"}, ["resourceId"]),
    ("log", ENTRY | {"severityLevel": "error"}, ["severityLevel"]),
    ("log", ENTRY | {"timeOfOccurance": "2026-11-24T02:10:00"}, ["timeOfOccurance"]),
    ("log", ENTRY | {"timeOfOccurance": "1999-12-31T23:59:59Z"}, ["timeOfOccurance"]),
    ("log", ENTRY | {"timeOfOccurance": "9999-12-31T23:59:59-12:00"}, ["timeOfOccurance"]),
    ("statistics", {}, ["deletedCount", "newCount", "resourceType", "updatedCount"]),
    ("statistics", COUNTS | {"newCount": -1}, ["newCount"]),
    ("statistics", COUNTS | {"newCount": 10**12 + 1}, ["newCount"]),
    ("statistics", COUNTS | {"newCount": "1", "deletedCount": True}, ["deletedCount", "newCount"]),
    ("statistics", COUNTS | {"updatedCount": 1.5}, ["updatedCount"]),
]


@pytest.mark.parametrize(("name", "body", "paths"), REFUSED)
def test_every_fault_is_told_at_once_by_its_path(
    the_town: Town, name: str, body: Any, paths: list[str]
) -> None:
    """400 with all of them, in words; and nothing is kept."""
    caller = the_town.caller()
    refused = caller.post(f"/{name}/", body)
    assert (refused.status_code, refused.json()["code"]) == (400, "badBody")
    assert sorted(fault["path"] for fault in refused.json()["errors"]) == paths
    for fault in refused.json()["errors"]:
        assert fault["path"] in refused.json()["message"] and fault["message"]
    assert stored(the_town, caller, name) == []


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"x", 400),
        (b"[]", 400),
        (b'{"message":"a","message":"b","severityLevel":"Info"}', 400),
        (b'{"message":"\\ud800","severityLevel":"Info"}', 400),
        (b'{"message":' + b"[" * 990 + b"]" * 990 + b',"severityLevel":"Info"}', 400),
        (b'{"message":' + b"[" * 30_000 + b"]" * 30_000 + b"}", 400),
        (b'{"message":"' + b"x" * 70_000 + b'"}', 413),
    ],
)
def test_a_body_that_is_no_report_is_refused(the_town: Town, content: bytes, status: int) -> None:
    """In the standard's shape, without a fault of ours."""
    caller = the_town.caller()
    assert caller.request("POST", "/log/", content=content).status_code == status
    assert stored(the_town, caller, "log") == []


def test_parameters_and_other_media_types_are_refused(the_town: Town) -> None:
    """Nothing is passed over in silence but unknown properties."""
    caller = the_town.caller()
    assert caller.post("/log/", ENTRY, limit=1).status_code == 400
    headers = {"Content-Type": "text/plain"}
    sent = caller.request("POST", "/log/", content=json.dumps(ENTRY), headers=headers)
    assert sent.status_code == 415


@pytest.mark.parametrize("name", BODIES)
def test_whoever_has_no_grant_today_reports_nothing(own_town: Town, name: str) -> None:
    """401 without a token, for a disabled consumer and for one whose grant has ended."""
    assert own_town.nobody().post(f"/{name}/", BODIES[name]).status_code == 401
    disabled, ended = own_town.caller(), own_town.caller()
    with own_town.database.transaction() as session:
        session.execute(
            update(Application)
            .where(col(Application.client_id) == named(disabled).client_id)
            .values(disabled_at=datetime.now(UTC))
        )
        session.execute(
            update(Grant)
            .where(
                col(Grant.application_id) == col(Application.id),
                col(Application.client_id) == named(ended).client_id,
            )
            .values(revoked_at=datetime.now(UTC))
        )
    for caller in (disabled, ended):
        assert caller.post(f"/{name}/", BODIES[name]).status_code == 401
        assert stored(own_town, caller, name) == []


def test_a_consumer_cannot_fill_the_disk(own_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many reports of both kinds 429 until midnight, also for reports sent at once."""
    monkeypatch.setattr(own_town.settings, "reports_per_day", 5)
    caller, other = own_town.caller(), own_town.caller()
    assert caller.post("/statistics/", COUNTS).status_code == 201
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: caller.post("/log/", ENTRY), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [429] * 4
    assert len(stored(own_town, caller, "log")) == 4
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert "5 reports today" in refused.json()["message"]
    until = datetime.now(UTC) + timedelta(seconds=int(refused.headers["retry-after"]))
    assert until.astimezone(STOCKHOLM).strftime("%H:%M") == "00:00"
    assert other.post("/log/", ENTRY).status_code == 201


def test_a_days_count_begins_anew_at_midnight_in_stockholm(the_town: Town) -> None:
    """Not at midnight of UTC, and only then."""
    report = Report.from_wire(json.dumps(ENTRY))
    evening = datetime(2026, 7, 1, 21, 59, tzinfo=UTC)

    def keep(at: datetime) -> None:
        with the_town.database.transaction() as session:
            keep_report(session, report, client_id="nightly", most_per_day=2, now=at)

    for day in (evening, evening + timedelta(minutes=1)):
        keep(day)
        keep(day)
        with pytest.raises(TooManyRequests) as refused:
            keep(day)
        expected = "61" if day == evening else str(24 * 3_600 + 1)
        assert refused.value.headers["Retry-After"] == expected


def test_what_a_consumer_writes_never_reaches_our_own_log(
    the_town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither when it is kept nor when it is refused."""
    caller = the_town.caller()
    with caplog.at_level(logging.DEBUG):
        caller.post("/log/", ENTRY | {"message": "SECRET\nforged line"})
        caller.post("/log/", ENTRY | {"message": "SECRET" * 1_000, "messageType": "SECRET" * 99})
    records = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert any("/log/" in record for record in records)
    assert not any("SECRET" in record for record in records)


@pytest.fixture
def reporters(own_town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Caller, Caller]]:
    """Two consumers that have reported, and a terminal at the town's database."""
    first, second = own_town.caller(), own_town.caller()
    first.post(
        "/log/", ENTRY | {"message": "först \x1b[31m\r\n\u202e[red]x", "severityLevel": "Info"}
    )
    first.post("/log/", ENTRY | {"message": "sedan", "severityLevel": "Warning"})
    second.post("/log/", ENTRY | {"message": "annan", "resourceUrl": "a\x07b"})
    first.post("/statistics/", COUNTS)
    monkeypatch.setenv("DATABASE_URL", own_town.database.url)
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    yield first, second
    get_settings.cache_clear()


def reported(*arguments: str) -> str:
    """`skolnav consumers reports …`"""
    result = CliRunner().invoke(consumers.cli, ["reports", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_admin_sees_reports_newest_first(reporters: tuple[Caller, Caller]) -> None:
    """Of all or of one; by how bad they are; with the statistics."""
    first, second = reporters
    everything = reported()
    at = [everything.index(word) for word in ("annan", "sedan", "först")]
    assert at == sorted(at) and "1200" in everything
    one = reported(named(first).client_id)
    assert "sedan" in one and "annan" not in one and "1200" in one
    bad = reported("--severity", "Warning")
    assert "annan" in bad and "sedan" in bad and "först" not in bad and "1200" not in bad
    assert "sedan" not in reported("--severity", "Error")
    assert "annan" in reported("--limit", "1") and "sedan" not in reported("--limit", "1")
    assert "--limit" in reported("--limit", "1")
    assert "1200" not in reported(named(second).client_id)


def test_only_reports_since_a_day_are_shown(
    own_town: Town, reporters: tuple[Caller, Caller]
) -> None:
    """Thirty days back unless asked for more."""
    with own_town.database.transaction() as session:
        session.execute(
            update(LogEntry)
            .where(col(LogEntry.message) == "sedan")
            .values(received=datetime(2026, 1, 31, 23, 0, tzinfo=UTC))
        )
    assert "sedan" not in reported()
    assert "sedan" in reported("--since", "2026-02-01")
    assert "sedan" not in reported("--since", "2026-02-02")
    tomorrow = datetime.now(STOCKHOLM) + timedelta(days=1)
    assert reported("--since", f"{tomorrow:%Y-%m-%d}") == "No reports in that time.\n"


def test_what_a_consumer_wrote_cannot_act_on_the_terminal(
    reporters: tuple[Caller, Caller],
) -> None:
    """Escape sequences, line breaks, turned writing and markup are shown, not obeyed."""
    shown = reported()
    assert "först \\x1b[31m\\r\\n\\u202e[red]x" in shown and "a\\x07b" in shown
    raw = reported("--json")
    for output in (shown, raw):
        assert not {"\x1b", "\r", "\u202e", "\x07"} & set(output)
    found = json.loads(raw)
    assert found["log"][0]["message"] == "annan"
    assert found["statistics"][0]["updatedCount"] == 1200
    assert set(ENTRY) < found["log"][0].keys() | {"x"}


def test_reports_of_an_unknown_application_are_refused_in_words(
    reporters: tuple[Caller, Caller],
) -> None:
    """Not an empty table, which would look like silence."""
    result = CliRunner().invoke(consumers.cli, ["reports", "nobody"])
    assert "There is no application nobody" in str(result.exception)


def test_reports_count_as_requests(the_town: Town) -> None:
    """The rate limit of the consumer's tier holds here too, and is told."""
    answer: httpx.Response = the_town.caller(rate_tier="trial").post("/log/", ENTRY)
    assert "q=120" in answer.headers["ratelimit-policy"]
