"""The times between outages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry


@dataclass
class Era:
    """Counts outages. A connection from before the last one is never used again.

    Nor is what was remembered of the database: a standby that took over may lack the last writes.
    """

    number: int = 0

    def end(self, seen_in: int) -> None:
        """Have every connection replaced before its next use.

        `seen_in`: the era of the connection that broke, since one outage breaks many.
        """
        if seen_in == self.number:
            self.number += 1

    def end_present(self) -> None:
        """The same, seen by who has no connection from it."""
        self.end(self.number)

    def watch(self, engine: Engine) -> None:
        """Mark the engine's new connections, and replace outlived ones when they are taken.

        Disposing of the pool instead would leave what other threads hold to nobody to close.
        """
        event.listen(engine, "connect", self._mark)
        event.listen(engine, "checkout", self._check)

    @staticmethod
    def of(info: Mapping[str, Any]) -> int:
        """The era that a pooled connection was opened in."""
        number: int = info["era"]
        return number

    def _mark(self, _connection: object, record: ConnectionPoolEntry) -> None:
        record.info["era"] = self.number

    def _check(self, _connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if self.of(record.info) != self.number:
            raise DisconnectionError


def is_outage(failure: psycopg.OperationalError) -> bool:
    """Whether the server went away, under a connection that was open.

    Not a statement that was too slow or gave way to another, nor one connection too many.
    """
    if failure.pgconn is not None:
        # It could not be opened; those that are open tell by themselves what they are worth.
        return False
    return failure.sqlstate is None or failure.sqlstate.startswith(("08", "57P"))
