"""Brings a database to the newest schema."""

import logging
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.database import driver_url
from app.errors import ConfigurationError, DatabaseUnavailable

ROOT = Path(__file__).resolve().parents[2]

log = logging.getLogger(__name__)


def configuration(url: str) -> Config:
    """Alembic's configuration for one database."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Run every migration that the database lacks.

    Waits at most 5 s for a lock; then it fails and has changed nothing.
    """
    command.upgrade(configuration(url), "head")


def drift(url: str) -> None:
    """Raise when the tables differ from what the models declare; for tests and `doctor`."""
    command.check(configuration(url))


def head_and_current(url: str) -> tuple[str | None, str | None]:
    """The newest revision that the code knows, and the one that the database is at."""
    head = ScriptDirectory.from_config(configuration(url)).get_current_head()
    engine = create_engine(driver_url(url), connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return head, current


def check_schema(url: str) -> str:
    """The revision that both code and database are at.

    Raises ConfigurationError, which says what to do, when they differ or cannot be compared.
    """
    try:
        head, current = head_and_current(url)
    except (CommandError, SQLAlchemyError) as failure:
        message = f"The schema cannot be read: {failure}. Check DATABASE_URL."
        raise ConfigurationError(message) from failure
    if head is None or head != current:
        raise _other_schema(current, head)
    return head


@cache
def older_revisions() -> frozenset[str]:
    """The revisions that lack a migration which the code knows."""
    script = ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))
    head = script.get_current_head()
    return frozenset(one.revision for one in script.walk_revisions() if one.revision != head)


def refuse_old_schema(url: str) -> None:
    """For the start of the service: raise ConfigurationError when the database lacks a migration.

    One that is newer than the code will do: migrations leave the release before them running.
    Raises DatabaseUnavailable when the server cannot be reached.
    """
    try:
        head, current = head_and_current(url)
    except OperationalError as failure:
        raise DatabaseUnavailable from failure
    if current not in {None, head, *older_revisions()}:
        log.warning("start.schema_newer", extra={"schema": current, "known": head})
    elif current != head:
        raise _other_schema(current, head)


def _other_schema(current: str | None, head: str | None) -> ConfigurationError:
    return ConfigurationError(
        f"The schema is at {current or 'nothing'}, the code needs {head}. Run `skolnav migrate`."
    )
