"""A pooled connection whose answers are taken as the bytes that PostgreSQL sent."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGresult
from sqlalchemy import PoolProxiedConnection

from app.database.eras import Era
from app.database.statements import Statements
from app.errors import DatabaseUnavailable
from app.metrics import UNAVAILABLE

# No answer, or none in time.
AWAY = UNAVAILABLE.labels("away")
CANCEL_SECONDS = 2.0
STATEMENTS = "statements"


class Borrowed:
    """For one statement at a time, except along a `Pipeline`; `cancel` is for another thread.

    When the server is lost the era ends.
    """

    def __init__(self, pooled: PoolProxiedConnection, era: Era) -> None:
        connection = pooled.driver_connection
        assert isinstance(connection, psycopg.Connection)
        self._pooled = pooled
        self._connection: psycopg.Connection[Any] = connection
        self._era = era
        self._opened_in = era.of(pooled.info)
        # Now, not later: after `discard`, what the pool remembers may be another connection's.
        if STATEMENTS not in pooled.info:
            pooled.info[STATEMENTS] = Statements(connection)
        self.statements: Statements = pooled.info[STATEMENTS]
        self.libpq = connection.pgconn
        self._discarded = self._cancelled = False

    def run(
        self, statement: bytes, parameters: Mapping[str, Any] | None = None, *,
        keep_plan: bool = False, one_plan: bool = False,
    ) -> PGresult:  # fmt: skip
        """Run one statement. Raises DatabaseUnavailable when it has no answer in time.

        `keep_plan`: it may be prepared, and a plan that is not made for its values be used again.
        `one_plan`: such a plan must be used, whatever PostgreSQL thinks that another would save.
        """
        with self._outages():
            return self.statements.run(
                statement, parameters, prepared=keep_plan or one_plan,
                plans=_plans(keep_plan=keep_plan, one_plan=one_plan),
            )  # fmt: skip

    @contextmanager
    def _outages(self) -> Iterator[None]:
        if self._discarded:
            raise DatabaseUnavailable
        try:
            yield
        except psycopg.OperationalError as failure:
            raise self.unavailable(failure) from failure

    def unavailable(self, failure: psycopg.OperationalError) -> DatabaseUnavailable:
        """What is told of a statement that failed so. When the server is lost the era ends."""
        self.see(failure)
        if not self._cancelled:
            AWAY.inc()
        told = DatabaseUnavailable()
        told.__cause__ = failure
        return told

    def see(self, failure: psycopg.OperationalError) -> None:
        """End the era if this is the loss of the server."""
        if self._connection.closed or self.libpq.status != pq.ConnStatus.OK:
            self.discard(failure)
            self._era.end(self._opened_in)

    @property
    def is_discarded(self) -> bool:
        """Whether nobody may use it any more."""
        return self._discarded

    @property
    def is_outlived(self) -> bool:
        """Whether the era has ended that it was opened in: it may lead to a server of the past."""
        return self._opened_in != self._era.number

    def cancel(self) -> None:
        """Have a statement that runs in another thread fail soon."""
        self._cancelled = True
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=CANCEL_SECONDS)

    def discard(self, failure: BaseException | None = None) -> None:
        """Close the connection itself: nobody may use it any more."""
        if not self._discarded:
            self._discarded = True
            self._pooled.invalidate(failure)

    def close(self) -> None:
        """Give it back to its pool, if it was not discarded."""
        self._pooled.close()


def _plans(*, keep_plan: bool, one_plan: bool = False) -> bytes | None:
    """How PostgreSQL is to choose; None: as it did last."""
    if one_plan:
        return b"force_generic_plan"
    return None if keep_plan else b"auto"
