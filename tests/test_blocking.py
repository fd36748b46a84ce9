"""Statements by libpq's blocking calls: parameters, plans that are kept, and failures."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from app.database import Database, Snapshot, open_database
from app.database.blocking import PREPARED_MAX, Blocking, numbered
from app.errors import DatabaseUnavailable

KEPT = "SELECT statement FROM pg_prepared_statements ORDER BY prepare_time"


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own, on which nothing was prepared yet."""
    with psycopg.connect(database.url, autocommit=True) as made:
        yield made


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


@pytest.mark.parametrize("prepared", [True, False])
def test_values_arrive_as_they_were_given(
    connection: psycopg.Connection[Any], prepared: bool
) -> None:
    given = uuid.uuid4()
    result = Blocking(connection).run(
        b"SELECT %(text)s::text, %(nothing)s::int, %(ids)s::uuid[], %(object)s::jsonb ->> 'a'",
        {"text": "å'\\", "nothing": None, "ids": [given], "object": Jsonb({"a": "ö"}), "more": 1},
        prepared=prepared,
    )
    values = [result.get_value(0, column) for column in range(4)]
    assert values == ["å'\\".encode(), None, f"{{{given}}}".encode(), "ö".encode()]


def test_without_parameters_a_statement_is_taken_as_it_stands(
    connection: psycopg.Connection[Any],
) -> None:
    assert Blocking(connection).run(b"SELECT 'a%%' || 5 % 2").get_value(0, 0) == b"a%%1"


def test_a_kept_plan_is_made_once_for_each_type(connection: psycopg.Connection[Any]) -> None:
    blocking = Blocking(connection)
    for value in (1, 2, 100_000, 3, 200_000):
        found = blocking.run(b"SELECT %(v)s + 0", {"v": value}, prepared=True).get_value(0, 0)
        assert found == str(value).encode()
    blocking.run(b"SELECT %(v)s + 1", {"v": 1})
    assert kept(connection) == ["SELECT $1 + 0"] * 2


def test_the_plan_that_was_not_used_for_longest_is_given_up(
    connection: psycopg.Connection[Any],
) -> None:
    blocking = Blocking(connection)
    texts = [f"SELECT %(v)s::int + {number}" for number in range(PREPARED_MAX)]
    for text in [*texts, texts[0], "SELECT %(v)s::int - 1"]:
        blocking.run(text.encode(), {"v": 1}, prepared=True)
    found = kept(connection)
    assert len(found) == PREPARED_MAX
    assert "SELECT $1::int + 0" in found
    assert "SELECT $1::int + 1" not in found
    again = blocking.run(texts[1].encode(), {"v": 1}, prepared=True)
    assert again.get_value(0, 0) == b"2"


def test_a_failure_is_psycopgs_and_leaves_the_connection_usable(
    connection: psycopg.Connection[Any],
) -> None:
    blocking = Blocking(connection)
    asked = b"SELECT 1 / %(v)s::int"
    for prepared in (True, False):
        with pytest.raises(errors.DivisionByZero, match="division by zero") as failure:
            blocking.run(asked, {"v": 0}, prepared=prepared)
        assert failure.value.sqlstate == "22012"
        assert blocking.run(asked, {"v": 1}, prepared=prepared).get_value(0, 0) == b"1"
    with pytest.raises(errors.SyntaxError):
        blocking.run(b"SELEC")


def test_a_statement_that_could_not_be_prepared_is_not_remembered(
    connection: psycopg.Connection[Any],
) -> None:
    blocking, asked = Blocking(connection), b"SELECT %(v)s::int FROM not_yet"
    with pytest.raises(errors.UndefinedTable):
        blocking.run(asked, {"v": 1}, prepared=True)
    connection.execute("CREATE TEMPORARY TABLE not_yet AS SELECT 1")
    assert blocking.run(asked, {"v": 7}, prepared=True).get_value(0, 0) == b"7"


def test_a_lost_server_is_told_from_a_wrong_statement(
    connection: psycopg.Connection[Any], database: Database
) -> None:
    blocking = Blocking(connection)
    with psycopg.connect(database.url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError):
            blocking.run(b"SELECT %(v)s::int", {"v": 1}, prepared=True)
    assert connection.closed


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
    with psycopg.connect(database.url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (int(backend),))
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
