"""The streams of one process: how many at once, and the threads that they work in."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
import anyio.to_thread

from app.errors import StreamsBusy

RETRY_SECONDS = 30
ENDING_SECONDS = 5
# A stream fetches its next batch while it records and codes the one before.
THREADS_EACH = 2

T = TypeVar("T")


class Streams:
    """Used by the event loop alone. Pages have threads and connections of their own."""

    def __init__(self, most: int) -> None:
        self.most = most
        # Whoever streams everything at once leaves something to the others.
        self.most_each = max(1, most // 2)
        self._held: Counter[str] = Counter()
        self._threads = anyio.CapacityLimiter(THREADS_EACH * most)

    @contextmanager
    def taken(self, client_id: str) -> Iterator[None]:
        """One stream of this consumer, while the block lasts. Raises StreamsBusy."""
        if self._held.total() >= self.most:
            self._refuse(f"All {self.most} streams of this server are in use.")
        if self._held[client_id] >= self.most_each:
            self._refuse(f"This consumer has {self.most_each} streams of this server open.")
        self._held[client_id] += 1
        try:
            yield
        finally:
            self._held[client_id] -= 1
            self._held += Counter()  # forgets who has none

    async def ended(self) -> None:
        """Wait for streams that were told to end; for the end of the process."""
        with anyio.move_on_after(ENDING_SECONDS):
            while self._held:
                await anyio.sleep(0.02)

    async def work(self, act: Callable[[], T]) -> T:
        """Do something that blocks, in a thread of the streams' own."""
        return await anyio.to_thread.run_sync(act, limiter=self._threads)

    def _refuse(self, why: str) -> None:
        message = (
            f"{why} Try again in {RETRY_SECONDS} seconds, or read page by page "
            "(Accept: application/json)."
        )
        raise StreamsBusy(message, retry_after_seconds=RETRY_SECONDS)
