"""Locks by which processes exclude each other from one kind of work."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from app.database import Database

TAKE = text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))")
RELEASE = text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))")


@contextmanager
def advisory_lock(database: Database, key: str) -> Iterator[bool]:
    """Hold a lock while the block runs; False when another process holds it.

    PostgreSQL releases it also when this process dies.
    """
    with database.reading.connect() as connection:
        taken: bool = connection.execute(TAKE, {"key": key}).scalar_one()
        try:
            yield taken
        finally:
            if taken:
                connection.execute(RELEASE, {"key": key})
