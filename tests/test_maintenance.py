"""Partitions are made before rows arrive, by however many processes start at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier

import pytest

from app.database import Database
from app.database.maintenance import ensure_partitions, ensure_school_years

AT_ONCE = 3


@pytest.mark.parametrize(
    "ensure",
    [
        ensure_partitions,
        partial(ensure_school_years, first=date(2030, 8, 1), last=date(2031, 6, 1)),
    ],
    ids=["months", "school years"],
)
def test_processes_that_start_at_once_do_not_stumble_over_each_others_partitions(
    database: Database, ensure: Callable[[Database], None]
) -> None:
    """The workers of one service on a new database: none of them fails."""
    together = Barrier(AT_ONCE)

    def start() -> None:
        together.wait()
        ensure(database)

    with ThreadPoolExecutor(AT_ONCE) as processes:
        for started in [processes.submit(start) for _ in range(AT_ONCE)]:
            started.result()
