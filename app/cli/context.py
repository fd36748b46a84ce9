"""What every command starts from: the configured database, opened for as long as it is needed."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.auth.secret import SIGNING_KEYS, derived_key, installation_secret
from app.database import Database, open_database
from app.database.embedded import start_embedded
from app.database.migrations import check_schema, migrate
from app.settings import Settings, get_settings

# The embedded server's files, within `data_dir`.
DATABASE_DIRECTORY = "postgres"
# postmaster.pid: process id, data directory, start time, port, socket directory, ...
PID_LINE, SOCKET_LINE = 0, 4


@contextmanager
def open_configured_database(settings: Settings | None = None) -> Iterator[Database]:
    """The database at DATABASE_URL, or the embedded one in `data_dir`.

    An embedded server that runs already (a demo in another terminal) is joined; otherwise one
    is started and stopped again at the end. It always gets the newest schema, because nobody else
    gives it one; raises ConfigurationError when the one at DATABASE_URL has another.
    """
    settings = settings or get_settings()
    directory = settings.data_dir / DATABASE_DIRECTORY
    server = None
    url = settings.database_url or running_server_url(directory)
    if url is None:
        server = start_embedded(directory)
        url = server.url()
    try:
        if settings.database_url is None:
            migrate(url)
        else:
            check_schema(url)
        database = open_database(url, pool_size=2)
        try:
            yield database
        finally:
            database.close()
    finally:
        if server is not None:
            server.stop()


def running_server_url(directory: Path) -> str | None:
    """The address of the server that runs on `directory`, if one does."""
    try:
        lines = (directory / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[PID_LINE]), 0)
    except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
        return None
    except PermissionError:
        # It runs, under an account of its own.
        pass
    if len(lines) <= SOCKET_LINE:
        return None
    return f"postgresql://postgres@/skolnav?host={lines[SOCKET_LINE]}"


def sealing_key() -> bytes:
    """The key that protects signing keys in the database."""
    return derived_key(installation_secret(get_settings()), SIGNING_KEYS)


def actor() -> str:
    """Who acts, for the audit record: the account at this terminal."""
    return f"cli:{getpass.getuser()}"


def now() -> datetime:
    """The time of the act."""
    return datetime.now(UTC)
