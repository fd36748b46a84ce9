"""Brings a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config

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
