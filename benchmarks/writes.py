"""Attendances reported one by one over HTTP, against the same rows inserted by plain SQL."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg

from benchmarks.load import Measured, load, load_each
from benchmarks.stage import Stage, served

CONNECTIONS = 8
# More than any of the ways below can write in its time.
ROWS = 400_000
PAIRS = """
SELECT e.id, e.start_time, e.activity_id, e.school_unit_id, gm.person_id,
       coalesce(e.teaching_length_student, extract(epoch FROM e.end_time - e.start_time) / 60)::int
  FROM calendar_event e
  JOIN activity_group ag ON ag.activity_id = e.activity_id
  JOIN group_membership gm ON gm.group_id = ag.group_id
  JOIN person p ON p.id = gm.person_id AND p.security_marking = 'Ingen'
 WHERE e.start_time > (SELECT max(event_start) FROM attendance) AND NOT e.has_exceptions
   AND e.cancelled IS NOT TRUE
   AND e.start_time::date BETWEEN coalesce(gm.start_date, '-infinity')
                              AND coalesce(gm.end_date, 'infinity')
 ORDER BY e.start_time, e.id LIMIT %s"""
INSERT = """
INSERT INTO attendance (id, created, modified, event_start, calendar_event_id, activity_id,
                        school_unit_id, student_id, is_reported, attendance_minutes)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, TRUE, %s)"""
CLOCK = """
UPDATE change_clock SET stamp = greatest(clock_timestamp(), stamp + interval '1 microsecond')
RETURNING stamp"""
# The trigger that counts the table's versions, and the checks of foreign keys, are left out.
WITHOUT_TRIGGERS = "SET session_replication_role = replica"
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A pupil and a lesson that nobody has reported yet."""

    event: UUID
    start: datetime
    activity: UUID
    unit: UUID
    student: UUID
    minutes: int

    def request(self, headers: dict[str, str]) -> bytes:
        """The HTTP request that reports it."""
        body = json.dumps(
            {"calendarEvent": {"id": str(self.event)}, "student": {"id": str(self.student)},
             "isReported": True, "attendanceMinutes": self.minutes}
        ).encode()  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST /ss12000/v2.0/attendances HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def row(self, stamp: datetime) -> tuple[object, ...]:
        """The row that INSERT takes."""
        return (uuid4(), stamp, stamp, self.start, self.event, self.activity, self.unit,
                self.student, self.minutes)  # fmt: skip


def writes(on: Stage, page: str, seconds: float) -> list[str]:
    """Each way of writing in a table, and what the change clock costs."""
    with psycopg.connect(on.postgres.url()) as connection:
        pairs = iter([Pair(*row) for row in connection.execute(PAIRS, [ROWS]).fetchall()])
    first = next(pairs)
    with served("app.main:create_app", on) as running:
        headers = on.headers
        read = load(running.port, page, headers, seconds=seconds)
        keyed = ({**headers, "Idempotency-Key": uuid4().hex} for _ in iter(int, 1))
        sent = (pair.request(each) for pair, each in zip(pairs, keyed, strict=False))
        load_each(running.port, sent, seconds=1, connections=CONNECTIONS)
        with_key = load_each(running.port, sent, seconds=seconds, connections=CONNECTIONS)
        bare = (pair.request(headers) for pair in pairs)
        ours = load_each(running.port, bare, seconds=seconds, connections=CONNECTIONS)
    plain = inserted(on, pairs, seconds)
    clocked = inserted(on, pairs, seconds, clock=True)
    free = inserted(on, pairs, seconds, triggers=False)
    free_clocked = inserted(on, pairs, seconds, triggers=False, clock=True)
    _tidy(on, first)
    return [
        f"Attendances written one by one, {CONNECTIONS} connections:",
        "",
        "| way | writes/s | x plain SQL | p50 ms | p99 ms |",
        "|---|---|---|---|---|",
        _line("Skolnav: POST /attendances", ours, plain),
        _line("Skolnav, with Idempotency-Key", with_key, plain),
        _line("plain SQL: the same rows, autocommit, psycopg", plain, plain),
        _line("plain SQL with the change clock", clocked, plain),
        _line("plain SQL without triggers and foreign keys", free, plain),
        _line("the same with the change clock", free_clocked, plain),
        "",
        "The change clock lets writers follow each other, commit by commit: of what PostgreSQL "
        f"takes without it and without triggers, {_lost(free, free_clocked)} is lost to the clock, "
        f"{_lost(free, plain)} to triggers and foreign keys alone, {_lost(free, clocked)} to all. "
        f"The page of lessons is read {read.per_second:,.0f} times a second in this run, "
        f"{read.per_second / ours.per_second:.1f} times as often as an attendance is written.",
    ]  # fmt: skip


def inserted(
    on: Stage, pairs: Iterator[Pair], seconds: float, *, clock: bool = False, triggers: bool = True
) -> Measured:
    """Rows inserted for a while, each in a transaction of its own, on several connections."""
    latencies: list[float] = []
    taking = threading.Lock()
    ends = time.perf_counter() + seconds

    def insert() -> None:
        with psycopg.connect(on.postgres.url(), autocommit=True) as connection:
            if not triggers:
                connection.execute(WITHOUT_TRIGGERS)
            while time.perf_counter() < ends:
                with taking:
                    pair = next(pairs)
                started = time.perf_counter()
                _insert(connection, pair, clock=clock)
                latencies.append(time.perf_counter() - started)

    threads = [threading.Thread(target=insert) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Measured(len(latencies), seconds, sorted(latencies))


def _insert(connection: Connection, pair: Pair, *, clock: bool) -> None:
    if not clock:
        connection.execute(INSERT, pair.row(datetime.now(UTC)))
        return
    with connection.transaction():
        row = connection.execute(CLOCK).fetchone()
        assert row is not None
        connection.execute(INSERT, pair.row(row[0]))


def _tidy(on: Stage, first: Pair) -> None:
    """The city is kept for the next run, as it was."""
    with psycopg.connect(on.postgres.url(), autocommit=True) as connection:
        connection.execute("DELETE FROM attendance WHERE event_start >= %s", [first.start])
        connection.execute("DELETE FROM idempotency_key")
        connection.execute("VACUUM attendance, idempotency_key, change_clock, table_version")


def _line(name: str, measured: Measured, plain: Measured) -> str:
    ratio = measured.per_second / plain.per_second
    return (
        f"| {name} | {measured.per_second:,.0f} | {ratio:.2f} "
        f"| {measured.percentile(0.5):.1f} | {measured.percentile(0.99):.1f} |"
    )


def _lost(free: Measured, bound: Measured) -> str:
    return f"{(1 - bound.per_second / free.per_second) * 100:.0f} %"
