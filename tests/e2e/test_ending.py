"""SIGTERM, whenever it comes: the command ends, and the PostgreSQL that it started with it."""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from app.database import Database
from tests.e2e.service import SECONDS, Command, Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def embedded() -> Iterator[Installation]:
    """An installation that runs its own PostgreSQL; what is left of it is killed at the end."""
    with tempfile.TemporaryDirectory(prefix="skolnav-") as made:
        installation = Installation(Path(made), None, {"SKOLNAV_DATA_DIR": made})
        yield installation
        for left in servers(installation):
            with suppress(psutil.NoSuchProcess):
                left.kill()


def files(installation: Installation) -> Path:
    """Where its PostgreSQL keeps its data."""
    return installation.directory / "postgres"


def servers(installation: Installation) -> list[psutil.Process]:
    """The running processes that were started on the data directory."""
    named = str(files(installation))
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if named in (process.info["cmdline"] or [])
    ]


def is_being_made(installation: Installation) -> bool:
    """initdb is at work."""
    return (files(installation) / "PG_VERSION").exists()


def is_starting(installation: Installation) -> bool:
    """The server is about to run; its log is there before it."""
    return files(installation).with_suffix(".log").exists()


def is_loading(installation: Installation) -> bool:
    """The schema is there and the city on its way into it."""
    address = f"postgresql://postgres@/skolnav?host={files(installation)}"
    try:
        with psycopg.connect(address, connect_timeout=1) as connection:
            row = connection.execute("SELECT to_regclass('organisation')").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and row[0] is not None


def wait_for(moment: Callable[[Installation], bool], installation: Installation) -> None:
    """Wait until the command has come so far."""
    deadline = time.monotonic() + SECONDS
    while not moment(installation):
        assert time.monotonic() < deadline, "the command never came so far"
        time.sleep(0.005)


def terminate(command: Command) -> None:
    """Send it SIGTERM; the signal is what ends it."""
    assert command.process.poll() is None, command.said()
    command.process.terminate()
    assert command.end() == -signal.SIGTERM


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("demo-city", is_being_made),
        ("demo-city", is_starting),
        ("demo-city", is_loading),
        ("demo", is_loading),
    ],
)
def test_an_embedded_postgresql_ends_with_the_command_that_started_it(
    embedded: Installation, name: str, moment: Callable[[Installation], bool]
) -> None:
    """Whatever the command was doing; and what is left of the directory can be used again."""
    own = ["--dir", str(embedded.directory), "--port", "0"] if name == "demo" else []
    with embedded.start(name, "--pupils", "20000", *own) as command:
        wait_for(moment, embedded)
        terminate(command)
    assert servers(embedded) == []
    assert not (files(embedded) / "postmaster.pid").exists(), "it did not shut down in order"
    if moment is is_being_made:
        embedded.run("consumers", "list")
        assert servers(embedded) == []


def test_a_second_signal_does_not_cut_the_stopping_short(embedded: Installation) -> None:
    """Impatient supervisors repeat themselves."""
    with embedded.start("demo-city", "--pupils", "20000") as command:
        wait_for(is_loading, embedded)
        for _ in range(20):
            with suppress(ProcessLookupError):
                os.kill(command.process.pid, signal.SIGTERM)
            time.sleep(0.005)
        assert command.end() == -signal.SIGTERM
    assert servers(embedded) == []


def test_the_service_ends_by_the_signal_that_it_was_sent(
    database: Database, tmp_path: Path
) -> None:
    """systemd counts that as a stop, and any exit code but 0 as a failure."""
    with Installation(tmp_path, database.url).serve() as (command, _address):
        terminate(command)
    assert "Traceback" not in command.said()
