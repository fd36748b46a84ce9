"""A pooled connection whose answers are taken as the bytes that PostgreSQL sent."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGresult
from sqlalchemy import PoolProxiedConnection

from app.database.blocking import Blocking
from app.errors import DatabaseUnavailable
from app.metrics import UNAVAILABLE

# No answer, or none in time.
AWAY = UNAVAILABLE.labels("away")
CANCEL_SECONDS = 2.0
BLOCKING = "blocking"


class Borrowed:
    """For one thread at a time, but for `cancel`. `on_outage` hears of a lost server."""

    def __init__(self, pooled: PoolProxiedConnection, on_outage: Callable[[], None]) -> None:
        connection = pooled.driver_connection
        assert isinstance(connection, psycopg.Connection)
        self._pooled = pooled
        self._connection: psycopg.Connection[Any] = connection
        self._on_outage = on_outage
        # Now, not later: after `discard`, what the pool remembers may be another connection's.
        if BLOCKING not in pooled.info:
            pooled.info[BLOCKING] = Blocking(connection)
        self._blocking: Blocking = pooled.info[BLOCKING]
        self._discarded = self._cancelled = False

    def run(
        self,
        statement: bytes,
        parameters: Mapping[str, Any] | None = None,
        *,
        keep_plan: bool = False,
        one_plan: bool = False,
    ) -> PGresult:
        """Run one statement. Raises DatabaseUnavailable when it has no answer in time.

        `keep_plan`: it may be prepared, and a plan that is not made for its values be used again.
        `one_plan`: such a plan must be used, whatever PostgreSQL thinks that another would save.
        """
        if self._discarded:
            raise DatabaseUnavailable
        connection = self._connection
        try:
            if one_plan or not keep_plan:
                self._blocking.choose_plans(b"force_generic_plan" if one_plan else b"auto")
            return self._blocking.run(statement, parameters, prepared=keep_plan or one_plan)
        except psycopg.OperationalError as failure:
            if connection.closed or connection.pgconn.status != pq.ConnStatus.OK:
                self.discard(failure)
                self._on_outage()
            if not self._cancelled:
                AWAY.inc()
            raise DatabaseUnavailable from failure

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
