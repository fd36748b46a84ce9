"""Reads whole sets: at once, or no faster than a test wants."""

import http.client
import json
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from sqlalchemy import text

from app.database import Database
from app.web.negotiation import NDJSON
from tests.make import LESSON, Consumer, named
from tests.ss12000.conftest import DOOR, Caller, operation_path, validator

ACCEPT = {"Accept": NDJSON}
WINDOW = {
    "startTime.onOrAfter": "2026-08-17T00:00:00+02:00",
    "startTime.onOrBefore": "2027-06-17T00:00:00+02:00",
}
LESSONS = f"{DOOR}/calendarEvents?{urlencode(WINDOW)}"


@dataclass
class Received:
    """The lines of a stream: objects by batch, the token after each batch, the number told."""

    batches: list[list[bytes]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    # Objects after the last token.
    open: list[bytes] = field(default_factory=list)
    count: int | None = None

    @property
    def objects(self) -> list[bytes]:
        """Every object."""
        return [one for batch in self.batches for one in batch] + self.open

    def take(self, line: bytes) -> None:
        """One whole line."""
        assert line.endswith(b"\n") and self.count is None
        found = json.loads(line)
        if "pageToken" in found:
            self.batches.append(self.open)
            self.tokens.append(found["pageToken"])
            self.open = []
        elif "complete" in found:
            assert found["complete"] is True
            self.count = found["count"]
        else:
            self.open.append(line[:-1])


def received(content: bytes) -> Received:
    """A stream that came whole."""
    found = Received()
    for line in content.splitlines(keepends=True):
        found.take(line)
    assert found.count == len(found.objects) and not found.open
    return found


def ask(caller: Caller, path: str, **parameters: Any) -> httpx.Response:
    """Ask for a whole set, whatever the answer."""
    headers = ACCEPT | (dict(caller.consumer.headers) if caller.consumer else {})
    return caller.http.get(DOOR + path, params=parameters, headers=headers)


def whole_set(caller: Caller, path: str, **parameters: Any) -> Received:
    """A whole set, every object of which is what the contract says of a page's."""
    answer = ask(caller, path, **parameters)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.headers["content-type"] == NDJSON
    found = received(answer.content)
    page = {"data": [json.loads(one) for one in found.objects]}
    validator(operation_path(path), "get", 200).validate(page)
    return found


class Reader:
    """A consumer with little room, which reads when it is told to."""

    def __init__(self, address: str, consumer: Consumer, path: str = LESSONS) -> None:
        where = urlsplit(address)
        assert where.hostname is not None and where.port is not None
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.socket.settimeout(20)
        self.socket.connect((where.hostname, where.port))
        self.http = http.client.HTTPConnection(where.hostname, where.port)
        self.http.sock = self.socket
        self.http.request("GET", path, headers=consumer.headers | ACCEPT)
        self.answer = self.http.getresponse()
        self.received = Received()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_failure: object) -> None:
        self.answer.close()
        self.http.close()

    def read_batch(self) -> None:
        """Read up to the next token."""
        before = len(self.received.tokens)
        while len(self.received.tokens) == before:
            self.received.take(self.answer.readline())

    def read_rest(self) -> bool:
        """Read as long as something comes; whether the stream came to its end."""
        try:
            while line := self.answer.readline():
                if line.endswith(b"\n"):
                    self.received.take(line)
        except (ConnectionError, http.client.IncompleteRead):
            return False
        return self.received.count is not None

    def is_dropped_within(self, seconds: float) -> bool:
        """Whether the server breaks the connection, though nothing is read."""
        waiting = select.poll()
        waiting.register(self.socket, 0)
        return bool(waiting.poll(seconds * 1_000))


def add_lessons(database: Database, count: int) -> None:
    """Many lessons of two kilobytes in the north."""
    statement = """
    INSERT INTO calendar_event (id, created, modified, activity_id, school_unit_id, start_time,
                                end_time, comment, has_exceptions)
    SELECT md5('many ' || n)::uuid, '2026-08-01 10:00+02', '2026-08-01 10:00+02', :activity, :unit,
           at, at + interval '1 hour', repeat('x', 1800), FALSE
      FROM generate_series(1, :count) n, LATERAL (SELECT :first + n * interval '1 minute' AS at) t
    """
    values = {"activity": named("north-maths"), "unit": named("north"), "count": count}
    with database.transaction() as session:
        session.execute(text(statement), values | {"first": LESSON})


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; whether it came to be."""
    ends = time.monotonic() + seconds
    while not (so := condition()) and time.monotonic() < ends:
        time.sleep(0.02)
    return so


def open_transactions(database: Database) -> int:
    """The streams' transactions in this database."""
    statement = """
    SELECT count(*) FROM pg_stat_activity WHERE application_name = 'skolnav-stream'
       AND datname = current_database() AND xact_start IS NOT NULL
    """
    with database.transaction() as session:
        return int(session.execute(text(statement)).scalar_one())
