"""Refuses a database that came with a schema older than the code."""

import logging
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import psycopg
from psycopg import errors
from sqlalchemy import Engine, event

from app.errors import SchemaOutdated
from app.metrics import UNAVAILABLE

OUTDATED = UNAVAILABLE.labels("schema")
NO_SCHEMA = "nothing"

log = logging.getLogger(__name__)


@dataclass
class SchemaWatch:
    """Looks at the schema through each new connection, before anything is read or written.

    A database that was away may come back as another: from a backup, or not migrated yet.
    `older` are the revisions that lack something. One that is not known is newer than the code,
    and will do.
    """

    older: AbstractSet[str]
    _told: str | None = field(default=None, init=False)

    def watch(self, engine: Engine) -> None:
        """Have the engine's connections raise SchemaOutdated for as long as the schema is."""
        event.listen(engine, "connect", self._check)

    def _check(self, connection: psycopg.Connection, _record: object) -> None:
        found = revision_of(connection)
        if found != NO_SCHEMA and found not in self.older:
            self._told = None
            return
        # The pool forgets a connection that was refused here, and leaves it open.
        connection.close()
        OUTDATED.inc()
        # Once, not for every request.
        if found != self._told:
            log.error("database.schema_outdated", extra={"schema": found, "do": "skolnav migrate"})
        self._told = found
        raise SchemaOutdated


def revision_of(connection: psycopg.Connection) -> str:
    """What Alembic wrote into the database; `NO_SCHEMA` where it never was."""
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except errors.UndefinedTable:
        row = None
    finally:
        connection.rollback()
    return str(row[0]) if row else NO_SCHEMA
