"""Connections whose answers the event loop waits for: no thread is woken for them.

To hand a statement to a thread and its answer back takes several times what PostgreSQL takes for a
row that it has in memory, and threads stand in each other's way (docs/adr/0019).
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import anyio
from anyio.to_thread import run_sync

from app.database.borrowed import Borrowed
from app.database.eras import Era
from app.errors import DatabaseUnavailable
from app.metrics import UNAVAILABLE

# All of our own connections are in use.
BUSY = UNAVAILABLE.labels("busy")
PATIENCE_SECONDS = 5.0


class LoopPool:
    """Up to `size` connections, for one event loop.

    `opened` makes one, in a thread, because that takes a while. It is kept until the era ends that
    it was opened in.
    """

    def __init__(self, opened: Callable[[], Borrowed], era: Era, *, size: int) -> None:
        self._opened = opened
        self._era = era
        self._places = asyncio.Semaphore(size)
        # Beside the threads that answer: those may all be waiting.
        self._openers = anyio.CapacityLimiter(size)
        self._free: list[Borrowed] = []

    async def read(
        self, statement: bytes, parameters: Mapping[str, Any], *, keep_plan: bool = False
    ) -> list[bytes | None]:
        """As `Database.read_bytes`. Raises DatabaseUnavailable."""
        await self._place()
        try:
            connection = self._kept()
            if connection is None:
                connection = await run_sync(self._opened, limiter=self._openers)
            try:
                result = await connection.run_in_loop(statement, parameters, keep_plan=keep_plan)
            finally:
                if not connection.is_discarded:
                    self._free.append(connection)
        finally:
            self._places.release()
        assert result.ntuples == 1, "one row is answered"
        return [result.get_value(0, column) for column in range(result.nfields)]

    def close(self) -> None:
        """Close what is open and not in use."""
        while self._free:
            self._free.pop().discard()

    async def _place(self) -> None:
        """Wait for one of the places, and not for long."""
        patience = PATIENCE_SECONDS if self._places.locked() else None
        try:
            async with asyncio.timeout(patience):
                await self._places.acquire()
        except TimeoutError as failure:
            BUSY.inc()
            raise DatabaseUnavailable(1) from failure

    def _kept(self) -> Borrowed | None:
        while self._free:
            connection = self._free.pop()
            if connection.opened_in == self._era.number:
                return connection
            connection.discard()
        return None
