"""From a commit to the receiver of the notice, compared with a bare LISTEN on the same database."""

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg

from app.database.notices import CHANGED_CHANNEL
from benchmarks.load import Measured
from benchmarks.stage import ROOT, SECRET, Stage, served

PATH = "/ss12000/v2.0/subscriptions"
CHANGES, CHANGES_GATHERED = 200, 30
LONGEST_WAIT = 30.0
WORKER = "from app.cli.worker import worker; worker()"
HEAD = "| way | changes, one by one | p50 ms | p99 ms |\n|---|---|---|---|"


class Arrival:
    """When something last arrived."""

    def __init__(self) -> None:
        self._at = 0.0
        self._came = threading.Event()

    def mark(self) -> None:
        """It arrives now; of several the first counts."""
        if not self._came.is_set():
            self._at = time.perf_counter()
            self._came.set()

    def forget(self) -> None:
        """Wait for the next."""
        self._came.clear()

    def wait(self) -> float:
        """When it came."""
        if not self._came.wait(LONGEST_WAIT):
            message = "nothing came"
            raise RuntimeError(message)
        return self._at


@contextmanager
def receiver(arrival: Arrival) -> Iterator[str]:
    """A receiver on loopback that accepts everything; yields its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrival.mark()
            self.send_response(http.HTTPStatus.NO_CONTENT)
            self.end_headers()

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as the base class has it
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def listening(on: Stage, arrival: Arrival, channel: str) -> Iterator[None]:
    """The plainest way to hear of a change: a connection that listens."""
    over = threading.Event()
    ready = threading.Event()

    def listen() -> None:
        with psycopg.connect(on.postgres.url(), autocommit=True) as connection:
            connection.execute(f"LISTEN {channel}")
            ready.set()
            while not over.is_set():
                for _ in connection.notifies(timeout=0.1, stop_after=1):
                    arrival.mark()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    ready.wait(LONGEST_WAIT)
    yield
    over.set()
    thread.join()


@contextmanager
def working(on: Stage, debounce: float) -> Iterator[None]:
    """`skolnav worker` in a process of its own."""
    environment = os.environ | {
        "DATABASE_URL": on.postgres.url(),
        "SKOLNAV_SECRET": SECRET,
        "SKOLNAV_ALLOWED_WEBHOOK_HOSTS": "127.0.0.1",
        "SKOLNAV_WEBHOOK_DEBOUNCE_SECONDS": str(debounce),
        "SKOLNAV_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-c", WORKER]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)  # noqa: S603 - our own worker
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def subscribed(on: Stage, target: str) -> Iterator[None]:
    """The benchmark's consumer, subscribed to rooms."""
    with (
        served("app.main:create_app", on, SKOLNAV_ALLOWED_WEBHOOK_HOSTS="127.0.0.1") as running,
        httpx.Client(
            base_url=f"http://127.0.0.1:{running.port}", headers=on.headers, timeout=30
        ) as client,
    ):
        body = {"name": "bench", "target": target, "resourceTypes": ["Room"]}
        made = client.post(PATH, json=body)
        made.raise_for_status()
        try:
            yield
        finally:
            client.delete(f"{PATH}/{made.json()['id']}").raise_for_status()


def latencies(on: Stage, arrivals: tuple[Arrival, ...], changes: int) -> list[Measured]:
    """For each arrival, how long after the commit was sent it came."""
    found: list[list[float]] = [[] for _ in arrivals]
    with psycopg.connect(on.postgres.url()) as connection:
        for number in range(changes + 1):
            for arrival in arrivals:
                arrival.forget()
            connection.execute(
                "WITH taken AS (UPDATE change_clock SET stamp = greatest(clock_timestamp(), "
                "stamp + interval '1 microsecond') RETURNING stamp) "
                "UPDATE room SET modified = taken.stamp FROM taken "
                "WHERE id = (SELECT id FROM room ORDER BY id LIMIT 1)"
            )
            sent = time.perf_counter()
            connection.commit()
            for arrival, taken in zip(arrivals, found, strict=True):
                at = arrival.wait() - sent
                # The first waits for the worker's start.
                if number:
                    taken.append(at)
    return [Measured(len(taken), sum(taken), sorted(taken)) for taken in found]


def notices(on: Stage) -> list[str]:
    """The table: what telling adds to hearing."""
    rows = [HEAD]
    told, heard = Arrival(), Arrival()
    with receiver(told) as target, subscribed(on, target):
        for debounce, changes in ((0.0, CHANGES), (1.0, CHANGES_GATHERED)):
            with working(on, debounce), listening(on, heard, CHANGED_CHANNEL):
                to_receiver, to_listener = latencies(on, (told, heard), changes)
            gathered = f"gathering for {debounce:g} s"
            rows.append(line(f"commit to receiver, {gathered}", to_receiver))
            if not debounce:
                rows.append(line("commit to a bare LISTEN, at the same changes", to_listener))
    return rows


def line(name: str, measured: Measured) -> str:
    """A row of the table."""
    return (
        f"| {name} | {measured.requests} | {measured.percentile(0.5):,.1f} "
        f"| {measured.percentile(0.99):,.1f} |"
    )
