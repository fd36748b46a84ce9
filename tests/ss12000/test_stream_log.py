"""Each batch of a stream is on record before it is sent, whatever happens to the database."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.auth.secret import SIGNING_KEYS, derived_key, installation_secret
from app.database import open_database
from app.database.embedded import start_embedded
from app.database.migrations import migrate
from app.main import create_app
from app.queries import whole_sets
from app.settings import Settings
from tests.conftest import serving
from tests.make import Consumers, named, town
from tests.ss12000.conftest import DOOR, ISSUER, Town
from tests.ss12000.streams import Reader, add_lessons, ask, whole_set
from tests.ss12000.test_access_log import IMPERSONAL, PERSONAL, REQUIRED, Log, path_of
from tests.ss12000.test_who_read import read_by
from tests.test_outage import kill

FULL_LOG = """
CREATE FUNCTION full_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM access_record) >= 2 THEN RAISE 'the log is full'; END IF;
    RETURN NEW;
END $$
"""
REFUSE = """
CREATE TRIGGER full_log BEFORE INSERT ON access_record FOR EACH ROW EXECUTE FUNCTION full_log()
"""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two objects a batch."""
    monkeypatch.setattr(whole_sets, "FIRST_ROWS", 2)
    monkeypatch.setattr(whole_sets, "MOST_ROWS", 2)


@pytest.fixture
def log(the_town: Town) -> Log:
    """A new caller who may see everything, and the log of it."""
    return Log(the_town, sees_protected=True)


def ids(batch: list[bytes]) -> list[str | None]:
    """The ids of a batch's objects; aggregated attendance has none."""
    return [json.loads(one).get("id") for one in batch]


@pytest.mark.parametrize("name", PERSONAL)
def test_each_batch_is_logged_with_its_own_bounds(log: Log, name: str) -> None:
    """As pages of the same sizes would be, all under the one request."""
    asked = REQUIRED.get(name, {})
    found = whole_set(log.caller, path_of(name), **asked)
    records = log.records()
    assert [record["row_count"] for record in records] == [len(one) for one in found.batches]
    assert {record["operation"] for record in records} == {f"{name}.list"}
    assert {record["person_ids"] for record in records} == {None}
    assert len({record["request_id"] for record in records}) == 1
    for record, batch in zip(records, found.batches, strict=True):
        assert record["filters"] == {key: [value] for key, value in asked.items()}
        if name != "aggregatedAttendance":
            assert (record["first_key"][1], record["last_key"][1]) == (
                ids(batch)[0], ids(batch)[-1]
            )  # fmt: skip


def test_pages_and_batches_leave_the_same_records(log: Log) -> None:
    """In an order with a key, so that the access log reads both alike."""
    whole_set(log.caller, "/persons", sortkey="DisplayNameAsc")
    pages = Log(log.town, sees_protected=True)
    token: dict[str, str] = {}
    while True:
        page = pages.caller.get("/persons", limit=2, sortkey="DisplayNameAsc", **token).json()
        if "pageToken" not in page:
            break
        token = {"pageToken": page["pageToken"]}
    own = {"id", "at", "request_id", "client_id", "grant_id"}
    batches, others = (
        [{key: value for key, value in record.items() if key not in own} for record in records]
        for records in (log.records(), pages.records())
    )
    assert batches == others
    assert len(batches) > 2


def test_a_stream_in_the_order_of_civic_numbers_is_logged_without_them(log: Log) -> None:
    found = whole_set(log.caller, "/persons", sortkey="CivicNoAsc")
    numbers = [json.loads(one)["civicNo"]["value"] for one in found.objects]
    logged = str(log.records())
    assert numbers and log.records()
    assert not [number for number in numbers if number in logged]


@pytest.mark.parametrize("name", IMPERSONAL)
def test_a_stream_about_nobody_leaves_no_record(log: Log, name: str) -> None:
    assert whole_set(log.caller, path_of(name)).objects
    assert log.records() == []


def test_an_empty_stream_leaves_no_record(log: Log) -> None:
    assert ask(log.caller, "/persons", civicNo="nobody").status_code == 200
    assert log.records() == []


def test_who_read_finds_the_batch_that_may_have_held_a_person(the_town: Town) -> None:
    """In the order of ids that is one of them, in another order each."""
    caller = the_town.caller()
    found = whole_set(caller, "/persons")
    assert len(found.batches) > 2
    (reading,) = read_by(the_town, caller, "anna")
    assert (reading.operation, reading.certain) == ("persons.list", False)
    by_name = the_town.caller()
    found = whole_set(by_name, "/persons", sortkey="DisplayNameAsc")
    assert len(read_by(the_town, by_name, "anna")) == len(found.batches)
    certain = the_town.caller()
    whole_set(certain, "/attendances", student=str(named("anna")))
    (reading,) = read_by(the_town, certain, "anna")
    assert (reading.operation, reading.certain) == ("attendances.list", True)


def check_log(reader: Reader, url: str, *, batches: int) -> None:
    """Everything that came is on record: whole batches as they came, another by its beginning."""
    with psycopg.connect(url) as connection:
        logged = connection.execute(
            "SELECT first_key ->> 1, last_key ->> 1, row_count FROM access_record"
        ).fetchall()
    came = reader.received
    sent = {(ids(one)[0], ids(one)[-1], len(one)) for one in came.batches}
    assert len(sent) == len(came.batches) >= batches
    assert sent <= set(logged)
    assert not came.open or ids(came.open)[0] in {first for first, _, _ in logged}


def test_a_batch_that_cannot_be_logged_is_not_sent(own_town: Town) -> None:
    """The stream breaks before it, though the consumer has taken all that came."""
    with own_town.database.transaction() as session:
        session.execute(text(FULL_LOG))
        session.execute(text(REFUSE))
    consumer = own_town.consumers.consumer()
    with Reader(str(own_town.http.base_url), consumer, f"{DOOR}/persons") as reader:
        assert not reader.read_rest()
    check_log(reader, own_town.database.url, batches=1)
    assert not reader.received.open


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path, so that the server listens at the same socket when it is started again."""
    with tempfile.TemporaryDirectory(prefix="skolnav-") as made:
        yield Path(made) / "data"


def test_no_batch_was_sent_that_a_killed_database_has_not_on_record(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream breaks without its last line, and the log holds all that came of it."""
    monkeypatch.setattr(whole_sets, "MOST_ROWS", 50)
    server = start_embedded(directory, durable=True)
    try:
        migrate(server.url())
        database = open_database(server.url(), pool_size=2)
        with database.transaction() as session:
            town(session)
        add_lessons(database, 6_000)
        settings = Settings(
            public_url=ISSUER, secret=SecretStr("x" * 40), DATABASE_URL=server.url()
        )
        with serving(create_app(settings, database)) as address:
            sealing_key = derived_key(installation_secret(settings), SIGNING_KEYS)
            consumer = Consumers(database, ISSUER, sealing_key).consumer()
            with Reader(address, consumer) as reader:
                for _ in range(5):
                    reader.read_batch()
                kill(server)
                assert not reader.read_rest()
            server = start_embedded(directory, durable=True)
        check_log(reader, server.url(), batches=5)
    finally:
        server.stop()
