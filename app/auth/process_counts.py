"""Rate-limit counts in this process's memory, for the `limits` library that slowapi uses.

Its own memory storage starts a timer thread at nearly every request, which costs several times
what the rest of the limit does. Here old counts are dropped while counting.
"""

import threading
import time

from limits.storage import Storage

SWEEP_EVERY = 4_096


class ProcessCounts(Storage):
    """Counts per key until they expire."""

    STORAGE_SCHEME = ["process"]  # noqa: RUF012 - the library's own convention

    def __init__(self, uri: str | None = None, **_options: float | str | bool) -> None:
        super().__init__(uri)
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}
        self._calls = 0

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing here fails in a way of its own."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and begin a new window when the old one is over."""
        now = time.time()
        with self._lock:
            count, ends = self._counts.get(key, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + expiry
            self._counts[key] = (count + amount, ends)
            self._calls += 1
            if self._calls % SWEEP_EVERY == 0:
                self._counts = {k: kept for k, kept in self._counts.items() if kept[1] > now}
            return count + amount

    def get(self, key: str) -> int:
        """The count of the window that is open."""
        count, ends = self._counts.get(key, (0, 0.0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since the epoch."""
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; how much that was."""
        with self._lock:
            forgotten, self._counts = len(self._counts), {}
            return forgotten

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._lock:
            self._counts.pop(key, None)
