"""Questions along one connection: sent before others are answered, several as one transaction."""

import asyncio
import select
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prometheus_client import REGISTRY
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from app.database import Database, open_database
from app.database import pipeline as module
from app.database.borrowed import Borrowed
from app.database.pipeline import Pipeline
from app.errors import DatabaseUnavailable
from tests.backends import end_backend
from tests.pipelines import Answer, pipeline_of, question, send, settled

Connection = psycopg.Connection[Any]
TRANSACTION = b"SELECT pg_current_xact_id()::text"
NOTE = b"INSERT INTO noted VALUES (%(what)s) RETURNING what"
WRONG = b"SELECT (1 / %(v)s::int)::text"
SLEEP = b"SELECT pg_sleep(%(seconds)s)::text || 'slept'"


pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that the service has."""
    return "asyncio"


@pytest.fixture
def noted(connection: Connection) -> Callable[[], list[str]]:
    """A table that is written to, and what is in it."""
    connection.execute("CREATE TEMPORARY TABLE noted (what text)")
    return lambda: sorted(row[0] for row in connection.execute("SELECT what FROM noted"))


def note(what: str) -> module.Question:
    """A statement that writes, and is prepared."""
    return question(NOTE, {"what": what}, prepared=True)


async def test_what_is_sent_together_is_one_transaction(borrowed: Borrowed) -> None:
    pipeline = pipeline_of(borrowed)
    first = send(pipeline, question(TRANSACTION), question(TRANSACTION))
    second = send(pipeline, question(TRANSACTION))
    one, same, other = await settled(*first, *second)
    assert one == same != other


async def test_each_has_its_own_answer(borrowed: Borrowed) -> None:
    """Whatever is ahead of it, prepared for the first time or again."""
    pipeline, answers = pipeline_of(borrowed), list[Answer]()
    for batch in range(20):
        asked = [
            question(
                b"SELECT %%(v)s || '-%d'" % (number % 3), {"v": f"{batch}-{number}"},
                prepared=number % 2 == 0,
            )
            for number in range(batch % 4 + 1)
        ]  # fmt: skip
        answers += send(pipeline, *asked)
    assert await settled(*answers) == [
        f"{batch}-{number}-{number % 3}" for batch in range(20) for number in range(batch % 4 + 1)
    ]
    assert pipeline.in_flight == 0


async def test_the_others_are_answered_when_one_is_wrong(
    borrowed: Borrowed, noted: Callable[[], list[str]]
) -> None:
    """And what they write is written once."""
    answers = send(
        pipeline_of(borrowed), note("a"), question(WRONG, {"v": 0}, prepared=True), note("b")
    )
    assert await settled(*answers) == ["a", errors.DivisionByZero, "b"]
    assert noted() == ["a", "b"]


async def test_what_was_sent_before_the_failure_was_known_is_answered(
    borrowed: Borrowed, noted: Callable[[], list[str]]
) -> None:
    """It relies on what the batch that fails was to prepare."""
    pipeline = pipeline_of(borrowed)
    failing = send(pipeline, question(WRONG, {"v": 0}), note("a"))
    following = send(pipeline, note("b"))
    assert await settled(*failing, *following) == [errors.DivisionByZero, "a", "b"]
    assert noted() == ["a", "b"]


async def test_what_is_asked_again_relies_on_nothing_that_was_prepared(
    borrowed: Borrowed, connection: Connection, database: Database
) -> None:
    """The first that is asked again cannot be prepared, now; the next can."""
    connection.execute("SET statement_timeout = '200ms'")
    text = b"SELECT (1 / %(v)s::int)::text FROM held"
    with psycopg.connect(database.url) as holder:
        holder.execute("CREATE TABLE held (one int)")
        holder.commit()
        pipeline = pipeline_of(borrowed)
        asked = [question(WRONG, {"v": 0}), question(text, {"v": 1}, prepared=True)]
        answers = send(pipeline, *asked, question(text, {"v": 1}, prepared=True))
        holder.execute("LOCK TABLE held")
        found = await settled(*answers)
    assert found == [errors.DivisionByZero, DatabaseUnavailable, DatabaseUnavailable]


async def test_nothing_is_asked_again_of_a_server_of_the_past(
    borrowed: Borrowed, database: Database, noted: Callable[[], list[str]]
) -> None:
    answers = send(pipeline_of(borrowed), question(WRONG, {"v": 0}), note("a"))
    database.era.end_present()
    assert await settled(*answers) == [DatabaseUnavailable] * 2
    assert noted() == []


async def test_one_that_nobody_waits_for_is_not_asked_again(
    borrowed: Borrowed, noted: Callable[[], list[str]]
) -> None:
    answers = send(pipeline_of(borrowed), note("a"), question(WRONG, {"v": 0}))
    answers[0].cancel()
    assert await settled(answers[1]) == [errors.DivisionByZero]
    assert noted() == []


async def test_no_answer_is_told_before_the_commit(
    borrowed: Borrowed, connection: Connection, noted: Callable[[], list[str]]
) -> None:
    """Its rows were here before, and the commit fails for one of two."""
    connection.execute("CREATE TEMPORARY TABLE known (name text PRIMARY KEY)")
    connection.execute(
        "ALTER TABLE noted ADD FOREIGN KEY (what) REFERENCES known INITIALLY DEFERRED"
    )
    connection.execute("INSERT INTO known VALUES ('known')")
    answers = send(pipeline_of(borrowed), note("unknown"), note("known"))
    assert await settled(*answers) == [errors.ForeignKeyViolation, "known"]
    assert noted() == ["known"]


async def test_what_is_larger_than_any_buffer_goes_both_ways_at_once(borrowed: Borrowed) -> None:
    """The server reads on only when its answers are taken."""
    pipeline, large = pipeline_of(borrowed), "å" * 3_000_000
    answers = list[Answer]()
    for number in range(3):
        values = {"v": large, "n": str(number)}
        asked = [question(b"SELECT %(v)s || %(n)s", values, prepared=True) for _ in range(2)]
        answers += send(pipeline, *asked)
    assert await settled(*answers) == [large + str(n) for n in range(3) for _ in range(2)]


async def test_one_that_nobody_waits_for_any_more_changes_nothing(borrowed: Borrowed) -> None:
    pipeline = pipeline_of(borrowed)
    answers = send(pipeline, question(SLEEP, {"seconds": 0.05}), question(b"SELECT 'a'"))
    answers[0].cancel()
    assert await settled(answers[1], *send(pipeline, question(b"SELECT 'b'"))) == ["a", "b"]


async def test_a_lost_server_is_told_to_all(borrowed: Borrowed, database: Database) -> None:
    era, told, number = database.era.number, list[Pipeline](), borrowed.libpq.socket
    pipeline = pipeline_of(borrowed, done=told.append)
    answers = [*send(pipeline, question(SLEEP, {"seconds": 30}), question(b"SELECT 'a'"))]
    answers += send(pipeline, question(b"SELECT 'b'"))
    await asyncio.sleep(0.1)
    await asyncio.to_thread(end_backend, database.url, borrowed.libpq.backend_pid)
    assert await settled(*answers) == [DatabaseUnavailable] * 3
    assert database.era.number == era + 1 and borrowed.is_discarded
    assert pipeline.in_flight == 0 and told == [pipeline]
    assert not asyncio.get_running_loop().remove_reader(number), "another may have that number next"


async def test_one_that_was_lost_while_it_had_nothing_to_do_is_told(
    borrowed: Borrowed, database: Database
) -> None:
    pipeline = pipeline_of(borrowed)
    await settled(*send(pipeline, question(b"SELECT 'a'")))
    await asyncio.to_thread(end_backend, database.url, borrowed.libpq.backend_pid)
    assert await settled(*send(pipeline, question(b"SELECT 'b'"))) == [DatabaseUnavailable]
    assert borrowed.is_discarded


async def test_a_server_that_goes_while_it_has_nothing_to_do_is_noticed(
    borrowed: Borrowed, database: Database
) -> None:
    """Before the next question; nobody's statement has failed."""
    era, told, number = database.era.number, list[Pipeline](), borrowed.libpq.socket
    pipeline = pipeline_of(borrowed, done=told.append)
    await settled(*send(pipeline, question(b"SELECT 'a'")))
    failed = away()
    await asyncio.to_thread(end_backend, database.url, borrowed.libpq.backend_pid)
    async with asyncio.timeout(30):
        while not borrowed.is_discarded:
            await asyncio.sleep(0.01)
    assert database.era.number == era + 1 and away() == failed
    assert told == [pipeline] * 2
    assert not asyncio.get_running_loop().remove_reader(number)


def away() -> float:
    """How many statements a server that went away did not take."""
    labels = {"reason": "away"}
    return REGISTRY.get_sample_value("skolnav_database_unavailable_total", labels) or 0.0


async def test_one_that_is_closed_is_watched_no_more(borrowed: Borrowed) -> None:
    number, pipeline = borrowed.libpq.socket, pipeline_of(borrowed)
    await settled(*send(pipeline, question(b"SELECT 'a'")))
    pipeline.close()
    assert borrowed.is_discarded
    assert not asyncio.get_running_loop().remove_reader(number)


async def test_a_server_that_answers_nonsense_is_given_up(
    database: Database, tmp_path: Path
) -> None:
    """libpq closes the connection: nothing will come on it that could be waited for."""
    real = conninfo_to_dict(database.url)
    with between(tmp_path, f"{real['host']}/.s.PGSQL.5432") as to_client:
        url = f"postgresql://postgres@/{real['dbname']}?host={tmp_path}"
        with closing(open_database(url)) as other:
            borrowed = Borrowed(other.looped.raw_connection(), other.era)
            answers = send(pipeline_of(borrowed), question(SLEEP, {"seconds": 30}))
            to_client().sendall(b"Z\0\0\0\0")
            assert await settled(*answers) == [DatabaseUnavailable]
            assert borrowed.is_discarded and other.era.number == 1


@contextmanager
def between(directory: Path, real: str) -> Iterator[Callable[[], socket.socket]]:
    """A socket of PostgreSQL's that leads to the real one; the client's end, to write to."""
    ends = list[socket.socket]()

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            ends.append(self.request)
            with socket.socket(socket.AF_UNIX) as server:
                server.connect(real)
                others = {server: self.request, self.request: server}
                while True:
                    for one in select.select([*others], [], [])[0]:
                        data = one.recv(65_536)
                        if not data:
                            return
                        others[one].sendall(data)

    path = str(directory / ".s.PGSQL.5432")
    with socketserver.ThreadingUnixStreamServer(path, Relay) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever).start()
        yield lambda: ends[0]
        server.shutdown()


async def test_one_that_cannot_be_sent_along_is_not_used_again(borrowed: Borrowed) -> None:
    borrowed.libpq.send_query(b"SELECT 'of somebody else'")
    assert await settled(*send(pipeline_of(borrowed), question(b"SELECT 'a'"))) == [
        DatabaseUnavailable
    ]
    assert borrowed.is_discarded


async def test_one_that_is_too_slow_is_told_and_costs_no_connection(
    borrowed: Borrowed, connection: Connection, database: Database
) -> None:
    """Those that were sent with it have waited as long; those after it are answered."""
    era, pipeline = database.era.number, pipeline_of(borrowed)
    connection.execute("SET statement_timeout = '100ms'")
    failing = send(pipeline, question(b"SELECT 'a'"), question(SLEEP, {"seconds": 30}))
    following = send(pipeline, question(b"SELECT 'b'"))
    assert await settled(*failing, *following) == [DatabaseUnavailable, DatabaseUnavailable, "b"]
    assert database.era.number == era and not borrowed.is_discarded


async def test_it_tells_when_something_takes_long(
    borrowed: Borrowed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of the wait for those ahead."""
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.4)
    told = list[Pipeline]()
    pipeline = pipeline_of(borrowed, slow=told.append)
    for answers in [send(pipeline, question(SLEEP, {"seconds": 0.2})) for _ in range(3)]:
        await settled(*answers)
    await asyncio.sleep(0.5)
    assert told == []
    slow = send(pipeline, question(SLEEP, {"seconds": 0.9}))
    await asyncio.sleep(0.3)
    behind = send(pipeline, question(b"SELECT 'a'"))
    await asyncio.sleep(0.3)
    assert told == [pipeline]
    assert await settled(*slow, *behind) == ["slept", "a"]
    # The clock was set for one that was answered meanwhile.
    await settled(*send(pipeline, question(b"SELECT 'b'")))
    await asyncio.sleep(0.2)
    await settled(*send(pipeline, question(SLEEP, {"seconds": 0.7})))
    assert told == [pipeline] * 2
