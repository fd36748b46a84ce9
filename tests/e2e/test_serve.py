"""`skolnav serve` at its start: an old schema, a newer one, and no database at all."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from alembic import command as alembic

from app.database.embedded import EmbeddedPostgres, start_embedded
from app.database.migrations import configuration, migrate
from tests.conftest import create_database, drop_database
from tests.e2e.service import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def empty(server: EmbeddedPostgres, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose database has nothing in it."""
    name = f"empty_{uuid4().hex[:12]}"
    create_database(server, name)
    yield Installation(tmp_path, server.url(name))
    drop_database(server, name)


@pytest.mark.parametrize("schema", ["nothing", "0001"])
def test_a_schema_that_is_not_the_newest_is_told_in_words(empty: Installation, schema: str) -> None:
    """Whoever starts the service reads what to do, and a service manager sees a failure."""
    assert empty.database_url
    if schema != "nothing":
        alembic.upgrade(configuration(empty.database_url), schema)
    with empty.start("serve", "--workers", "2") as command:
        assert command.end() == 1
    said = command.said()
    assert f"The schema is at {schema}, the code needs " in said
    assert "Run `skolnav migrate`." in said
    assert "Traceback" not in said


def test_a_schema_of_a_newer_release_does_not_keep_the_service_from_starting(
    empty: Installation,
) -> None:
    """One node is updated after the other: the last of the old ones may have to start again."""
    assert empty.database_url
    migrate(empty.database_url)
    with psycopg.connect(empty.database_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with empty.serve() as (command, address):
        assert httpx.get(f"{address}/readyz").status_code == httpx.codes.OK
    told = next(line for line in command.events() if line["event"] == "start.schema_newer")
    assert told["schema"] == "9999"


def test_a_connection_that_was_idle_for_a_while_takes_the_next_request(
    empty: Installation,
) -> None:
    """uvicorn's own five seconds are shorter than any proxy's patience."""
    assert empty.database_url
    migrate(empty.database_url)
    with (
        empty.serve() as (_command, address),
        closing(HTTPConnection(address.removeprefix("http://"))) as connection,
    ):
        connection.auto_open = 0
        connection.connect()
        for pause in (6, 0):
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            assert answer.status == httpx.codes.OK and answer.read()
            time.sleep(pause)


@pytest.fixture
def short_path() -> Iterator[Path]:
    """So short that PostgreSQL listens at the same socket when it is started again."""
    with tempfile.TemporaryDirectory(prefix="skolnav-") as made:
        yield Path(made)


def test_a_service_starts_without_its_database_and_recovers(short_path: Path) -> None:
    """It says 503 until the database is there, then answers, without a hand."""
    directory = short_path / "postgres"
    server = start_embedded(directory, durable=False)
    migrate(server.url())
    server.stop()
    with Installation(short_path, server.url()).serve() as (command, address):
        away = httpx.get(f"{address}/readyz")
        assert away.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert int(away.headers["retry-after"]) > 0
        assert "start.database_unavailable" in {line["event"] for line in command.events()}
        server = start_embedded(directory, durable=False)
        try:
            assert httpx.get(f"{address}/readyz").status_code == httpx.codes.OK
        finally:
            server.stop()
