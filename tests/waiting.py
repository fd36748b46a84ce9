"""Waiting for what happens in another thread or process.

Patient, so that a busy machine fails no test: how fast something is, the benchmarks tell.
"""

import time
from collections.abc import Callable

PATIENCE = 30.0


def wait_until(condition: Callable[[], object], *, seconds: float = PATIENCE) -> None:
    """Wait until something is so; fails when it has not become so in all that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
