"""`/metrics` of several worker processes: whichever answers tells the sum over all of them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from app.database import Database
from tests.e2e.service import Command, Installation, sample

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
COUNTED = "GET /readyz"


def workers(command: Command) -> list[int]:
    """The processes that answer, once both do."""
    command.wait_until(lambda: command.said().count("Application startup complete") == 2)
    children = psutil.Process(command.process.pid).children()
    return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """Within it that worker does nothing, so that the other answers."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_two_workers_count_together_and_leave_nothing_behind(
    database: Database, tmp_path: Path
) -> None:
    """Also what a worker has counted that is no more, so that no counter ever falls."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    installation = Installation(tmp_path, database.url, {"TMPDIR": str(temporary)})
    with installation.serve("--workers", "2") as (command, address):
        first, second = workers(command)
        with paused(first):
            for _ in range(3):
                httpx.get(f"{address}/readyz").raise_for_status()
            assert sample(address, "skolnav_requests_total", route=COUNTED) == 3
        with paused(second):
            for _ in range(4):
                httpx.get(f"{address}/readyz").raise_for_status()
            assert sample(address, "skolnav_requests_total", route=COUNTED) == 7
            assert sample(address, "skolnav_request_seconds_count", route=COUNTED) == 7
        os.kill(first, signal.SIGKILL)
        assert sample(address, "skolnav_requests_total", route=COUNTED) == 7
        answered = [line for line in command.events() if line["event"] == "request.answered"]
        assert len([line for line in answered if line["route"] == COUNTED]) == 7
        assert list(temporary.iterdir())
        command.process.terminate()
        assert command.end() == 0
    assert list(temporary.iterdir()) == []
