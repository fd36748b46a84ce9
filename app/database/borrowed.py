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
PLANS, BLOCKING = "plan_cache_mode", "blocking"


class Borrowed:
    """For one thread at a time, but for `cancel`. `on_outage` hears of a lost server."""

    def __init__(self, pooled: PoolProxiedConnection, on_outage: Callable[[], None]) -> None:
        connection = pooled.driver_connection
        assert isinstance(connection, psycopg.Connection)
        self._pooled = pooled
        self._connection: psycopg.Connection[Any] = connection
        self._on_outage = on_outage
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
        connection, blocking = self._connection, self._blocking()
        try:
            if one_plan or not keep_plan:
                self._choose_plans(blocking, b"force_generic_plan" if one_plan else b"auto")
            return blocking.run(statement, parameters, prepared=keep_plan or one_plan)
        except psycopg.OperationalError as failure:
            if connection.closed or connection.pgconn.status != pq.ConnStatus.OK:
                self.discard(failure)
                self._on_outage()
            if not self._cancelled:
                AWAY.inc()
            raise DatabaseUnavailable from failure

    def _blocking(self) -> Blocking:
        # As long as the connection itself, which has prepared what it remembers.
        info = self._pooled.info
        if BLOCKING not in info:
            info[BLOCKING] = Blocking(self._connection)
        found: Blocking = info[BLOCKING]
        return found

    def _choose_plans(self, blocking: Blocking, mode: bytes) -> None:
        # Set only when it changes; a statement whose plan may be kept runs in either mode.
        if self._pooled.info.get(PLANS, b"auto") != mode:
            blocking.run(b"SET plan_cache_mode = " + mode)
            self._pooled.info[PLANS] = mode

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
        """Give it back to its pool."""
        self._pooled.close()
