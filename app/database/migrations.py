"""Brings a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import driver_url
from app.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]


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
    engine = create_engine(driver_url(url))
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
        message = (
            f"The schema is at {current or 'nothing'}, the code needs {head}. "
            "Run `skolnav migrate`."
        )
        raise ConfigurationError(message)
    return head
