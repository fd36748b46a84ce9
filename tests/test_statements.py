"""Statements by libpq's own calls: parameters, plans that are kept, and failures."""

import asyncio
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.pq.abc import PGresult
from psycopg.types.json import Jsonb

from app.database import Database, Snapshot, open_database
from app.database.borrowed import Borrowed
from app.database.statements import PREPARED_MAX, numbered
from app.errors import DatabaseUnavailable
from tests.backends import end_backend
from tests.pipelines import pipeline_of, question, send

KEPT = "SELECT statement FROM pg_prepared_statements ORDER BY prepare_time"


def kept(connection: psycopg.Connection[Any]) -> list[str]:
    """What the connection has prepared."""
    return [row[0] for row in connection.execute(KEPT)]


def test_a_name_is_one_parameter_however_often_it_stands() -> None:
    asked = b"SELECT %(a)s, %(b_2)s, %(a)s WHERE name LIKE 'x%%' AND 5 %% 2 = 1"
    assert numbered(asked) == (
        b"SELECT $1, $2, $1 WHERE name LIKE 'x%' AND 5 % 2 = 1",
        ("a", "b_2"),
    )


@pytest.mark.parametrize("text", [b"5 % 2", b"%s", b"%(a)d", b"%(a", b"LIKE '%'"])
def test_a_sign_that_may_mean_something_else_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="neither"):
        numbered(text)


Run = Callable[..., PGresult]


def in_thread(borrowed: Borrowed, *asked: Any, **how: Any) -> PGresult:
    """The caller waits."""
    return borrowed.statements.run(*asked, **how)


def in_loop(borrowed: Borrowed, *asked: Any, **how: Any) -> PGresult:
    """An event loop waits."""

    async def ask() -> PGresult:
        (answer,) = send(pipeline_of(borrowed), question(*asked, **how))
        return await answer

    return asyncio.run(ask())


@pytest.fixture(params=[in_thread, in_loop])
def run(request: pytest.FixtureRequest, borrowed: Borrowed) -> Run:
    """Both ways to wait for a statement's result."""
    return partial(request.param, borrowed)


@pytest.mark.parametrize("prepared", [True, False])
def test_values_arrive_as_they_were_given(run: Run, prepared: bool) -> None:
    given = uuid.uuid4()
    result = run(
        b"SELECT %(text)s::text, %(nothing)s::int, %(ids)s::uuid[], %(object)s::jsonb ->> 'a'",
        {"text": "å'\\", "nothing": None, "ids": [given], "object": Jsonb({"a": "ö"}), "more": 1},
        prepared=prepared,
    )
    values = [result.get_value(0, column) for column in range(4)]
    assert values == ["å'\\".encode(), None, f"{{{given}}}".encode(), "ö".encode()]


def test_without_parameters_a_statement_is_taken_as_it_stands(run: Run) -> None:
    assert run(b"SELECT 'a%%' || 5 % 2").get_value(0, 0) == b"a%%1"


def test_a_kept_plan_is_made_once_for_each_type(
    connection: psycopg.Connection[Any], run: Run
) -> None:
    for value in (1, 2, 100_000, 3, 200_000):
        found = run(b"SELECT %(v)s + 0", {"v": value}, prepared=True).get_value(0, 0)
        assert found == str(value).encode()
    run(b"SELECT %(v)s + 1", {"v": 1})
    assert kept(connection) == ["SELECT $1 + 0"] * 2


def test_the_plan_that_was_not_used_for_longest_is_given_up(
    connection: psycopg.Connection[Any], run: Run
) -> None:
    texts = [f"SELECT %(v)s::int + {number}" for number in range(PREPARED_MAX)]
    for text in [*texts, texts[0], "SELECT %(v)s::int - 1"]:
        run(text.encode(), {"v": 1}, prepared=True)
    found = kept(connection)
    assert len(found) == PREPARED_MAX
    assert "SELECT $1::int + 0" in found
    assert "SELECT $1::int + 1" not in found
    again = run(texts[1].encode(), {"v": 1}, prepared=True)
    assert again.get_value(0, 0) == b"2"


def test_a_failure_is_psycopgs_and_leaves_the_connection_usable(run: Run) -> None:
    asked = b"SELECT 1 / %(v)s::int"
    for prepared in (True, False):
        with pytest.raises(errors.DivisionByZero, match="division by zero") as failure:
            run(asked, {"v": 0}, prepared=prepared)
        assert failure.value.sqlstate == "22012"
        assert run(asked, {"v": 1}, prepared=prepared).get_value(0, 0) == b"1"
    with pytest.raises(errors.SyntaxError):
        run(b"SELEC")


def test_a_statement_that_could_not_be_prepared_is_not_remembered(
    connection: psycopg.Connection[Any], run: Run
) -> None:
    asked = b"SELECT %(v)s::int FROM not_yet"
    with pytest.raises(errors.UndefinedTable):
        run(asked, {"v": 1}, prepared=True)
    connection.execute("CREATE TEMPORARY TABLE not_yet AS SELECT 1")
    assert run(asked, {"v": 7}, prepared=True).get_value(0, 0) == b"7"


def test_after_a_failure_none_is_kept_twice(connection: psycopg.Connection[Any], run: Run) -> None:
    """What was prepared before is no more known, nor there."""
    for divisor in (1, 0):
        with suppress(errors.DivisionByZero):
            run(b"SELECT 1 / %(v)s::int", {"v": divisor}, prepared=True)
    run(b"SELECT %(v)s::int", {"v": 1}, prepared=True)
    assert kept(connection) == ["SELECT $1::int"]


def test_a_lost_server_is_told_from_a_wrong_statement(
    connection: psycopg.Connection[Any], run: Run, database: Database
) -> None:
    end_backend(database.url, connection.info.backend_pid)
    for _ in range(2):
        with pytest.raises((psycopg.OperationalError, DatabaseUnavailable)):
            run(b"SELECT %(v)s::int", {"v": 1}, prepared=True)
    assert connection.closed


@pytest.mark.parametrize("prepared", [True, False])
def test_what_is_larger_than_any_buffer_is_sent_and_received(run: Run, prepared: bool) -> None:
    """The server reads on only when its own answer is taken."""
    large = "å" * 5_000_000
    for _ in range(2):
        result = run(b"SELECT %(v)s || 'x'", {"v": large}, prepared=prepared)
        assert result.get_value(0, 0) == f"{large}x".encode()
    assert run(b"SELECT 'next'").get_value(0, 0) == b"next"


def test_a_failure_after_the_first_rows_were_sent_is_told(run: Run) -> None:
    """They are on their way before the statement, or its commit, fails."""
    asked = b"SELECT repeat('x', 100000), 1 / (3 - n) FROM generate_series(1, 5) n"
    with pytest.raises(errors.DivisionByZero):
        run(asked, {})
    assert run(b"SELECT 'next'").get_value(0, 0) == b"next"


@pytest.mark.parametrize("mode", [b"force_generic_plan", b"auto"])
def test_how_plans_are_chosen_is_set_when_it_changes(
    borrowed: Borrowed, connection: psycopg.Connection[Any], mode: bytes
) -> None:
    run = partial(in_thread, borrowed)
    run(b"SELECT 1", {}, plans=b"force_custom_plan")
    connection.execute("SET plan_cache_mode = force_custom_plan")
    for plans in (mode, None, mode):
        run(b"SELECT 1", {}, plans=plans)
        shown = connection.execute("SHOW plan_cache_mode").fetchone()
        assert shown == (mode.decode(),)


WAITING = {
    "with parameters": ({}, b"SELECT pg_advisory_lock(712), pg_advisory_unlock(712), ''"),
    "prepared": (
        {"keep_plan": True},
        b"SELECT pg_advisory_lock(712), pg_advisory_unlock(712), ''",
    ),
    "being prepared": ({"keep_plan": True}, b"SELECT count(*)::text FROM awaited"),
}


@pytest.mark.parametrize("which", WAITING)
def test_a_thread_that_waits_lets_the_others_go_on(database: Database, which: str) -> None:
    """Else the one that holds the lock could never give it back."""
    (how, asked), answered = WAITING[which], threading.Event()

    def wait() -> None:
        database.read_bytes(asked, {}, **how)
        answered.set()

    with psycopg.connect(database.url) as holder:
        holder.execute("CREATE TABLE awaited (one int)")
        holder.commit()
        holder.execute("LOCK TABLE awaited")
        holder.execute("SELECT pg_advisory_xact_lock(712)")
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not answered.wait(0.3)
        holder.rollback()
        assert answered.wait(5)
        waiting.join()
        holder.execute("DROP TABLE awaited")
        holder.commit()


@pytest.fixture
def one_stream(database: Database) -> Iterator[Database]:
    """A pool for streams that has one place."""
    made = open_database(database.url, streams=1)
    yield made
    made.close()


def lost(database: Database, one_stream: Database) -> Snapshot:
    """A snapshot whose connection broke, which was seen, and which is not closed yet."""
    snapshot = one_stream.snapshot()
    backend = snapshot.run(b"SELECT pg_backend_pid()").get_value(0, 0)
    assert backend is not None
    end_backend(database.url, int(backend))
    with pytest.raises(DatabaseUnavailable):
        snapshot.run(b"SELECT 1")
    return snapshot


def test_whoever_ends_after_an_outage_leaves_the_next_ones_transaction_alone(
    database: Database, one_stream: Database
) -> None:
    ending = lost(database, one_stream)
    with closing(one_stream.snapshot()) as following:
        following.run(b"DECLARE place CURSOR FOR SELECT 7")
        ending.close()
        assert following.run(b"FETCH 1 FROM place").get_value(0, 0) == b"7"


def test_one_outage_is_noted_once(database: Database, one_stream: Database) -> None:
    before = one_stream.era.number
    lost(database, one_stream).close()
    assert one_stream.era.number == before + 1


def test_a_statement_is_cancelled_from_another_thread(database: Database) -> None:
    with closing(database.snapshot()) as snapshot:
        canceller = threading.Timer(0.2, snapshot.cancel)
        canceller.start()
        with pytest.raises(DatabaseUnavailable):
            snapshot.run(b"SELECT pg_sleep(20)")
        canceller.join()
