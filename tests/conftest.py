"""One PostgreSQL per test process; a migrated database per test, a loaded city per process."""

import asyncio
import os
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import PoolProxiedConnection

from app.cli.connections import IDLE_SECONDS, DroppableConnection
from app.database import Database, open_database
from app.database.borrowed import Borrowed
from app.database.embedded import EmbeddedPostgres, start_embedded
from app.database.migrations import migrate

POOL = 4


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: begun last, one would keep one process busy and no other."""
    name_apart(items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def name_apart(items: list[pytest.Item]) -> None:
    """Give operations that are fuzzed names of their own: tests that share one are run once by
    pytest-xdist, whichever they are.
    """
    seen: Counter[str] = Counter()
    for item in items:
        seen[item.nodeid] += 1
        if seen[item.nodeid] > 1:
            assert item.parent is not None
            name = f"{item.nodeid.rpartition('::')[2]}_{seen[item.nodeid]}"
            # No other way is left once a plugin has made the item.
            item._id = item.parent.id.child(name)


IN_MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # noqa: S108 - a directory of its own is made there


def _in_memory() -> Path | None:
    """Where files are memory, if there is room: each town is a copy of some hundred files."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
        return IN_MEMORY
    return None


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that does not wait for the disk.

    Not under pytest's own directory: run by root, the next pytest to start closes that to others,
    and PostgreSQL is another account.
    """
    directory = Path(tempfile.mkdtemp(prefix="skolnav-test-", dir=_in_memory()))
    running = start_embedded(directory / "data", durable=False)
    yield running
    running.stop()
    shutil.rmtree(directory, ignore_errors=True)


def create_database(server: EmbeddedPostgres, name: str, *, template: str | None = None) -> None:
    """Make a database, empty or as a copy."""
    copied = f" TEMPLATE {template} STRATEGY file_copy" if template else ""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}{copied}".encode())


def drop_database(server: EmbeddedPostgres, name: str) -> None:
    """Remove a database, whoever is connected."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def migrated(server: EmbeddedPostgres) -> str:
    """The name of a database with the newest schema and nothing in it."""
    migrate(server.url())
    return "skolnav"


@pytest.fixture
def database(server: EmbeddedPostgres, migrated: str) -> Iterator[Database]:
    """A migrated database of this test's own."""
    name = f"test_{uuid4().hex[:12]}"
    create_database(server, name, template=migrated)
    opened = open_database(server.url(name), pool_size=POOL)
    yield opened
    opened.close()
    drop_database(server, name)


class PromptServer(uvicorn.Server):
    """Ends when it is told to, not when it next looks."""

    async def main_loop(self) -> None:
        """Wait to be ended."""
        self._ended, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await self.on_tick(0)
        await self._ended.wait()

    def end(self) -> None:
        """From another thread."""
        self._loop.call_soon_threadsafe(self._ended.set)


@pytest.fixture
def pooled(database: Database) -> Iterator[PoolProxiedConnection]:
    """A connection of its own, on which nothing was prepared yet."""
    with closing(database.looped.raw_connection()) as made:
        yield made


@pytest.fixture
def borrowed(pooled: PoolProxiedConnection, database: Database) -> Borrowed:
    """The same, for statements by libpq's own calls."""
    return Borrowed(pooled, database.era)


@pytest.fixture
def connection(pooled: PoolProxiedConnection) -> psycopg.Connection[Any]:
    """The same, for psycopg's cursors."""
    assert isinstance(pooled.driver_connection, psycopg.Connection)
    return pooled.driver_connection


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The app behind a real HTTP server on loopback; yields its address."""
    configuration = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, access_log=False, http=DroppableConnection,
        timeout_graceful_shutdown=1, timeout_keep_alive=IDLE_SECONDS,
    )  # fmt: skip
    running = PromptServer(configuration)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        if not thread.is_alive():
            message = "the server did not start; see the log"
            raise RuntimeError(message)
        threading.Event().wait(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.end()
        thread.join(timeout=10)
