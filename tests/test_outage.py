"""The database is killed under load and started again: nothing is lost, nothing needs a hand."""

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from pydantic import SecretStr

from app.auth.secret import SIGNING_KEYS, derived_key, installation_secret
from app.database import Database, open_database
from app.database.embedded import EmbeddedPostgres, start_embedded
from app.database.migrations import migrate
from app.errors import DatabaseUnavailable
from app.main import create_app
from app.settings import Settings
from tests.backends import end_backend
from tests.conftest import serving
from tests.make import Consumer, Consumers, named, town

pytestmark = pytest.mark.slow
ISSUER = "http://127.0.0.1:8000"
DOOR = "/ss12000/v2.0"
CLIENTS = 4
RECOVERY_SECONDS = 8.0
PERSONAL = (
    f"{DOOR}/persons?limit=3",
    f"{DOOR}/persons/{named('anna')}",
    f"{DOOR}/duties",
    f"{DOOR}/absences?student={named('bo')}",
)


@dataclass
class Seen:
    """What the clients were answered, all threads together."""

    answered: list[str] = field(default_factory=list)
    refused: list[httpx.Response] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def take(self, response: httpx.Response) -> None:
        """Note one answer."""
        if response.status_code == httpx.codes.OK:
            self.answered.append(response.headers["x-request-id"])
        elif response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            self.refused.append(response)
        else:
            self.other.append(f"{response.status_code} {response.text}")


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path, so that the server listens at the same socket when it is started again."""
    with tempfile.TemporaryDirectory(prefix="skolnav-") as made:
        yield Path(made) / "data"


@contextlib.contextmanager
def load(address: str, consumer: Consumer, seen: Seen) -> Iterator[None]:
    """Several clients that ask without a pause."""
    over = threading.Event()

    def ask(number: int) -> None:
        with httpx.Client(base_url=address, headers=consumer.headers, timeout=30) as http:
            turn = number
            while not over.is_set():
                turn += 1
                try:
                    seen.take(http.get(PERSONAL[turn % len(PERSONAL)]))
                except httpx.HTTPError as failure:
                    seen.other.append(repr(failure))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=40)


def kill(server: EmbeddedPostgres) -> None:
    """As a power cut would: no process of the server gets to finish anything."""
    processes = [psutil.Process(server.process.pid)]
    processes += processes[0].children()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    # Reaped, or the next server would take the first one for alive; so it would while one lives
    # that was only just begun, and ends by itself.
    server.process.wait(timeout=10)
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []


def wait_for(seen: Seen, *, more: int, seconds: float) -> float:
    """Wait until this many more requests were answered; how long it took."""
    begun, before = time.monotonic(), len(seen.answered)
    while len(seen.answered) < before + more:
        assert time.monotonic() - begun < seconds, f"no recovery after {seconds} s; {seen.other}"
        time.sleep(0.02)
    return time.monotonic() - begun


def records(server: EmbeddedPostgres, client_id: str) -> set[str]:
    """The request ids in the access log."""
    with psycopg.connect(server.url()) as connection:
        rows = connection.execute(
            "SELECT request_id FROM access_record WHERE client_id = %s", (client_id,)
        )
        return {row[0] for row in rows}


def test_an_outage_is_told_survived_and_leaves_no_answer_unlogged(directory: Path) -> None:
    server = start_embedded(directory, durable=True)
    try:
        migrate(server.url())
        database = open_database(server.url(), pool_size=CLIENTS)
        with database.transaction() as session:
            town(session)
        settings = Settings(
            public_url=ISSUER, secret=SecretStr("x" * 40), DATABASE_URL=server.url()
        )
        seen = Seen()
        with serving(create_app(settings, database)) as address:
            sealing_key = derived_key(installation_secret(settings), SIGNING_KEYS)
            consumer = Consumers(database, ISSUER, sealing_key).consumer()
            with load(address, consumer, seen):
                wait_for(seen, more=100, seconds=20)
                kill(server)
                time.sleep(1)
                during = list(seen.refused)
                server = start_embedded(directory, durable=True)
                wait_for(seen, more=100, seconds=RECOVERY_SECONDS)
                again = len(seen.refused)
                wait_for(seen, more=100, seconds=20)
                assert len(seen.refused) == again
        assert during
        check_refusals(seen)
        assert len(set(seen.answered)) == len(seen.answered) >= 300
        assert set(seen.answered) <= records(server, consumer.client_id)
    finally:
        server.stop()


def test_whoever_finds_a_dead_connection_has_all_of_them_replaced(database: Database) -> None:
    """Of each pool: a transaction that is refused is the last request that is."""
    asked = b"SELECT pg_backend_pid()::text"
    (read_by,) = database.read_bytes(asked, {})
    assert read_by is not None
    with database.transaction() as session:
        written_by = session.connection().exec_driver_sql(asked.decode()).scalar_one()
    for backend in (read_by.decode(), written_by):
        end_backend(database.url, int(backend))
    with pytest.raises(DatabaseUnavailable), database.transaction() as session:
        session.connection().exec_driver_sql(asked.decode())
    (again,) = database.read_bytes(asked, {})
    assert again not in (None, read_by)


def check_refusals(seen: Seen) -> None:
    """Whatever was not answered was refused as the standard wants, saying when to come back."""
    assert seen.other == []
    for response in seen.refused:
        assert int(response.headers["retry-after"]) > 0
        assert set(response.json()) == {"code", "message"}
        assert response.json()["code"] == "temporarilyUnavailable"
