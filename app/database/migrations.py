"""Brings a database to the newest schema, and says whether it has it.

Alembic is imported where it is used: with its templates and their highlighter it takes 8 MiB, and
whoever serves does not migrate.
"""

import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.database import driver_url
from app.database.outdated import NO_SCHEMA, revision_of
from app.errors import ConfigurationError, DatabaseUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

ROOT = Path(__file__).resolve().parents[2]

log = logging.getLogger(__name__)


def configuration(url: str) -> "Config":
    """Alembic's configuration for one database."""
    from alembic.config import Config  # noqa: PLC0415 - not for whoever serves

    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Run every migration that the database lacks.

    Waits at most 5 s for a lock; then it fails and has changed nothing.
    """
    from alembic import command  # noqa: PLC0415 - not for whoever serves

    command.upgrade(configuration(url), "head")


def drift(url: str) -> None:
    """Raise when the tables differ from what the models declare; for tests and `doctor`."""
    from alembic import command  # noqa: PLC0415 - not for whoever serves

    command.check(configuration(url))


@cache
def known_revisions() -> tuple[str, ...]:
    """The revisions of the code's migrations, the newest last: their files begin with them."""
    return tuple(sorted(path.name.split("_")[0] for path in ROOT.glob("alembic/versions/*.py")))


def newest_revision() -> str:
    """The revision of a database that lacks nothing."""
    return known_revisions()[-1]


def older_revisions() -> frozenset[str]:
    """The revisions that lack a migration which the code knows."""
    return frozenset(known_revisions()[:-1])


def check_schema(url: str) -> str:
    """The revision that both code and database are at.

    Raises ConfigurationError, which says what to do, when they differ or cannot be compared.
    """
    try:
        current = _current_revision(url)
    except SQLAlchemyError as failure:
        message = f"The schema cannot be read: {failure}. Check DATABASE_URL."
        raise ConfigurationError(message) from failure
    if current != newest_revision():
        raise _other_schema(current)
    return current


def refuse_old_schema(url: str) -> None:
    """For the start of the service: raise ConfigurationError when the database lacks a migration.

    One that is newer than the code will do: migrations leave the release before them running.
    Raises DatabaseUnavailable when the server cannot be reached.
    """
    try:
        current = _current_revision(url)
    except OperationalError as failure:
        raise DatabaseUnavailable from failure
    if current in {NO_SCHEMA, *older_revisions()}:
        raise _other_schema(current)
    if current != newest_revision():
        log.warning("start.schema_newer", extra={"schema": current, "known": newest_revision()})


def _current_revision(url: str) -> str:
    engine = create_engine(driver_url(url), connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            driven = connection.connection.driver_connection
            assert isinstance(driven, psycopg.Connection)
            return revision_of(driven)
    finally:
        engine.dispose()


def _other_schema(current: str) -> ConfigurationError:
    return ConfigurationError(
        f"The schema is at {current}, the code needs {newest_revision()}. Run `skolnav migrate`."
    )
