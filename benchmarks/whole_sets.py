"""All lessons of the city as one NDJSON stream, against COPY of the same SELECT."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import psutil
import psycopg

from app.database import SESSION_OPTIONS
from app.queries.access import FieldGroup, Scope
from app.queries.resource import Shape
from app.queries.statements import ListQuestion, list_rows, parameter
from benchmarks.stage import Running, Stage, served

EVERYTHING = {
    "startTime.onOrAfter": "2000-01-01T00:00:00+01:00",
    "startTime.onOrBefore": "2099-01-01T00:00:00+01:00",
}
PATH = "/ss12000/v2.0/calendarEvents?" + urlencode(EVERYTHING)
COPY_OPTIONS = f"{SESSION_OPTIONS} -c statement_timeout=0"
CODINGS = ("identity", "gzip", "zstd")
HEAD = (
    "| way | rows | seconds | rows/s | MB/s sent | x COPY | server CPU µs/row "
    "| database CPU µs/row |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Moved:
    """What one way of reading everything took."""

    rows: int
    sent: int
    seconds: float
    server_seconds: float
    database_seconds: float

    def line(self, name: str, base: "Moved") -> str:
        """A row of the table."""
        rate = self.rows / self.seconds
        return (
            f"| {name} | {self.rows:,} | {self.seconds:.1f} | {rate:,.0f} "
            f"| {self.sent / self.seconds / 1e6:.1f} "
            f"| {rate / (base.rows / base.seconds):.2f} "
            f"| {self.server_seconds / self.rows * 1e6:.2f} "
            f"| {self.database_seconds / self.rows * 1e6:.2f} |"
        )


def compare_whole_sets(on: Stage) -> list[str]:
    """COPY before and after, of which the faster counts, and between them the stream in each
    coding; and how much the server's memory grew meanwhile.
    """
    with served("app.main:create_app", on) as running:
        streamed(running, on, "identity", rows=0, most_seconds=2)
        before = own_memory(running.process)
        # The connection of COPY stays open: what its backend used would be missing from the sums.
        with (
            psycopg.connect(on.postgres.url(), options=COPY_OPTIONS, autocommit=True) as connection,
            highest_memory(running.process) as peak,
        ):
            copy = copied(running, connection)
            streams = {coding: streamed(running, on, coding, rows=copy.rows) for coding in CODINGS}
            copy = min(copy, copied(running, connection), key=lambda moved: moved.seconds)
        return [
            HEAD,
            copy.line("COPY (the same SELECT) TO STDOUT, psycopg", copy),
            *(moved.line(f"NDJSON, {coding}", copy) for coding, moved in streams.items()),
            "",
            f"The server's own memory: {before >> 20} MiB before, {peak[0] >> 20} MiB at most; "
            f"mapped program files besides: {running.process.memory_info().shared >> 20} MiB.",
        ]


def own_memory(process: psutil.Process) -> int:
    """Without the program files that are mapped, which processes share."""
    used = process.memory_info()
    return int(used.rss - used.shared)


@contextmanager
def highest_memory(process: psutil.Process) -> Iterator[list[int]]:
    """The most memory of its own that a process had while the block ran."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], own_memory(process))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        over.set()
        watching.join()


def copied(running: Running, connection: "psycopg.Connection[tuple[object, ...]]") -> Moved:
    """Read the same rows with COPY, and throw them away."""
    shape = Shape(
        names=False, expand=frozenset(), scopes=frozenset(Scope),
        field_groups=frozenset({FieldGroup.GUARDIANS}), whole_city=True, one_organisation=False,
        every_school_type=True, sees_protected=False,
    )  # fmt: skip
    question = ListQuestion("calendarEvents", shape, frozenset(EVERYTHING), None, continued=False)
    values = {parameter(name): datetime.fromisoformat(at) for name, at in EVERYTHING.items()}
    statement = psycopg.ClientCursor(connection).mogrify(list_rows(question), values)
    rows = sent = 0
    before, begun = running.processor_seconds(), time.perf_counter()
    with connection.cursor().copy(f"COPY ({statement}) TO STDOUT".encode()) as copy:
        for row in copy:
            rows += 1
            sent += len(row)
    seconds, after = time.perf_counter() - begun, running.processor_seconds()
    return Moved(rows, sent, seconds, after[0] - before[0], after[1] - before[1])


def streamed(
    running: Running, on: Stage, coding: str, *, rows: int, most_seconds: float = 3_600
) -> Moved:
    """Take the stream as fast as it comes, and throw it away; or leave it after a while."""
    headers = on.headers | {"Accept": "application/x-ndjson", "Accept-Encoding": coding}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{head}\r\n"
    sent, end, room = 0, b"", memoryview(bytearray(1 << 18))
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        before, begun = running.processor_seconds(), time.perf_counter()
        connection.sendall(request.encode())
        while time.perf_counter() - begun < most_seconds:
            got = connection.recv_into(room)
            if not got:
                break
            sent += got
            end = (end + room[max(0, got - 200) : got])[-200:]
        seconds, after = time.perf_counter() - begun, running.processor_seconds()
    if seconds < most_seconds:
        assert end.endswith(b"0\r\n\r\n"), "the stream was not cut off"
        assert coding != "identity" or f'"count":{rows}'.encode() in end, "it holds what COPY does"
    return Moved(rows, sent, seconds, after[0] - before[0], after[1] - before[1])
