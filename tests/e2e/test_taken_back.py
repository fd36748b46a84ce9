"""What an admin takes back by command is gone in every process of the service.

Two real processes on one database; both remember the tokens, and neither is told but by the
database.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.auth.secret import SIGNING_KEYS, derived_key
from app.database import Database
from app.queries.access import Scope
from app.services.signing_keys import ensure_signing_key
from tests.e2e.service import SECRET, Command, Installation, answering_address, sample
from tests.make import Consumer, Consumers, named, town
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
ISSUER = "http://127.0.0.1:8000"
ORGANISATIONS, ROOMS = "/ss12000/v2.0/organisations?limit=1", "/ss12000/v2.0/rooms?limit=1"
SCOPES = (Scope.ORGANISATIONS_READ, Scope.SCHEDULE_READ)


@dataclass
class Process:
    """One of the processes."""

    command: Command
    address: str

    def status(self, consumer: Consumer, path: str = ROOMS) -> int:
        """What it answers a consumer."""
        return httpx.get(self.address + path, headers=consumer.headers).status_code

    def remember(self, consumer: Consumer) -> None:
        """Let it read with the consumer's token until it needs no database to know it."""

        def from_memory() -> bool:
            before = sample(self.address, "skolnav_authentications_total", source="memory")
            assert self.status(consumer) == httpx.codes.OK
            return sample(self.address, "skolnav_authentications_total", source="memory") > before

        # Not at once: it trusts its memory when it hears what changes.
        self.command.wait_until(from_memory)


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Installation:
    """A town in a database, and a signing key."""
    sealing_key = derived_key(SECRET.encode(), SIGNING_KEYS)
    with database.transaction() as session:
        town(session)
        ensure_signing_key(session, sealing_key=sealing_key, now=datetime.now(UTC))
    return Installation(tmp_path, database.url)


@pytest.fixture
def both(installation: Installation) -> Iterator[list[Process]]:
    """Two processes that know nothing of each other."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(installation.start("serve", "--port", "0")) for _ in range(2)
        ]
        yield [Process(command, answering_address(command)) for command in started]


def test_what_a_command_takes_back_is_gone_in_both_processes(
    database: Database, installation: Installation, both: list[Process]
) -> None:
    """A disabled consumer, a smaller grant, and a new signing key, for tokens they remember."""
    consumers = Consumers(database, ISSUER, derived_key(SECRET.encode(), SIGNING_KEYS))
    disabled, shrunk, untouched = (consumers.consumer(scopes=SCOPES) for _ in range(3))
    for process in both:
        for consumer in (disabled, shrunk, untouched):
            process.remember(consumer)

    def wait_everywhere(consumer: Consumer, status: int) -> None:
        wait_until(lambda: {one.status(consumer) for one in both} == {status})

    installation.run("consumers", "disable", disabled.client_id, "--reason", "test")
    wait_everywhere(disabled, httpx.codes.UNAUTHORIZED)
    installation.run(
        "consumers", "grant", shrunk.client_id, "--replace", "--agreement", "T-2",
        "--purpose", "test", "--scope", Scope.ORGANISATIONS_READ,
        "--organisation", str(named("city")), "--from", "2020-01-01", "--to", "2099-12-31",
    )  # fmt: skip
    wait_everywhere(shrunk, httpx.codes.FORBIDDEN)
    for process in both:
        assert process.status(shrunk, ORGANISATIONS) == httpx.codes.OK
        assert process.status(untouched) == httpx.codes.OK
    installation.run("keys", "rotate", "--now")
    wait_everywhere(untouched, httpx.codes.UNAUTHORIZED)
