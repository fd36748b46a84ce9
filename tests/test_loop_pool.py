"""Connections that the event loop waits for: when they are opened, kept, lost and closed."""

import asyncio
from collections.abc import Coroutine
from contextlib import closing
from typing import Any

import psycopg
import pytest

from app.database import Database, open_database
from app.database import loop_pool as module
from app.database.loop_pool import LoopPool
from app.errors import DatabaseUnavailable, SchemaOutdated
from tests.backends import end_backend
from tests.conftest import POOL
from tests.waiting import wait_until

WHOSE = b"SELECT pg_backend_pid()::text"
SLEEP = b"SELECT pg_sleep(%(seconds)s)::text || pg_backend_pid()"


@pytest.fixture
def pool(database: Database) -> LoopPool:
    """As many connections as the database's other pools have."""
    return database.asking


def ask(pool: LoopPool, statement: bytes = WHOSE, **values: Any) -> int:
    """One question, in an event loop of its own."""
    return asyncio.run(asked(pool, statement, **values))


async def asked(pool: LoopPool, statement: bytes = WHOSE, **values: Any) -> int:
    """The answer's one number."""
    (number,) = await pool.read(statement, values)
    assert number is not None
    return int(number)


async def together(*questions: Coroutine[Any, Any, int]) -> list[int]:
    """All at once."""
    return await asyncio.gather(*questions)


def looped(database: Database) -> set[int]:
    """The server's own view of these connections."""
    with psycopg.connect(database.url, autocommit=True) as other:
        rows = other.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE application_name = 'skolnav-loop' AND datname = current_database()"
        )
        return {row[0] for row in rows}


def test_one_is_opened_when_it_is_needed_and_kept(database: Database, pool: LoopPool) -> None:
    assert looped(database) == set()
    first = ask(pool)
    assert ask(pool) == first and looped(database) == {first}


def test_what_asks_at_once_has_connections_of_its_own_up_to_their_number(
    database: Database, pool: LoopPool
) -> None:
    """And the rest waits for its turn, while the event loop goes on."""
    seconds = {"seconds": 0.05}
    found = asyncio.run(together(*(asked(pool, SLEEP, **seconds) for _ in range(3 * POOL))))
    assert len(set(found)) == POOL and set(found) == looped(database)


def test_who_waits_for_too_long_is_told_so(pool: LoopPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """And leaves no place taken: the next are answered."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)

    async def crowd() -> list[Any]:
        sleeping = [asked(pool, SLEEP, seconds=1) for _ in range(POOL)]
        return await asyncio.gather(*sleeping, asked(pool), asked(pool), return_exceptions=True)

    *slept, first, second = asyncio.run(crowd())
    assert [type(one) for one in (first, second)] == [DatabaseUnavailable] * 2
    assert first.headers["Retry-After"] == "1"
    assert len(set(slept)) == POOL
    assert (
        len(set(asyncio.run(together(*(asked(pool, SLEEP, seconds=0.1) for _ in slept))))) == POOL
    )


def test_one_that_was_lost_is_told_of_and_opened_anew(database: Database, pool: LoopPool) -> None:
    """And so is every other connection of the process: the server was away."""
    first, era = ask(pool), database.era.number
    end_backend(database.url, first)
    with pytest.raises(DatabaseUnavailable):
        ask(pool)
    assert database.era.number == era + 1
    second = ask(pool)
    assert second != first and ask(pool) == second


def test_one_outage_that_breaks_many_is_counted_once(database: Database, pool: LoopPool) -> None:
    async def break_all() -> list[Any]:
        asking = [asyncio.create_task(asked(pool, SLEEP, seconds=30)) for _ in range(POOL)]
        while len(looped(database)) < POOL:
            await asyncio.sleep(0.01)
        for backend in looped(database):
            end_backend(database.url, backend)
        return await asyncio.gather(*asking, return_exceptions=True)

    era = database.era.number
    assert [type(one) for one in asyncio.run(break_all())] == [DatabaseUnavailable] * POOL
    assert database.era.number == era + 1


def test_it_is_opened_anew_after_an_outage_that_others_saw(
    database: Database, pool: LoopPool
) -> None:
    """The server that it was opened at may be the one that is no more."""
    first = ask(pool)
    database.era.end_present()
    assert ask(pool) != first
    wait_until(lambda: first not in looped(database))


def test_one_that_was_in_use_while_others_saw_an_outage_is_not_used_again(
    database: Database, pool: LoopPool
) -> None:
    async def meanwhile() -> int:
        asking = asyncio.create_task(asked(pool, SLEEP, seconds=0.2))
        await asyncio.sleep(0.1)
        database.era.end_present()
        return await asking

    assert asyncio.run(meanwhile()) != ask(pool)


def test_they_are_closed_with_the_others(database: Database, pool: LoopPool) -> None:
    ask(pool)
    ask(database.looking)
    database.close()
    wait_until(lambda: looped(database) == set())


def test_a_statement_that_fails_is_a_fault_and_costs_no_connection(
    database: Database, pool: LoopPool
) -> None:
    first, era = ask(pool), database.era.number
    for _ in range(2 * POOL):
        with pytest.raises(psycopg.errors.UndefinedTable):
            ask(pool, b"SELECT a FROM nowhere")
    assert database.era.number == era and ask(pool) == first


def test_one_whose_question_was_given_up_answers_nobody_else(
    database: Database, pool: LoopPool
) -> None:
    """While its answer is still to come it takes no other question."""

    async def give_up() -> int:
        asking = asyncio.create_task(asked(pool, SLEEP, seconds=0.3))
        await asyncio.sleep(0.1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return await asked(pool)

    first = ask(pool)
    assert asyncio.run(give_up()) != first
    wait_until(lambda: first not in looped(database))


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    away = open_database("postgresql://127.0.0.1:9/nowhere")
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            ask(away.asking)
        with pytest.raises(DatabaseUnavailable), away.transaction() as session:
            session.connection()
    assert away.era.number == 0, "what was opened before, had there been any, is as good as it was"
    away.close()


def test_a_statement_that_gives_way_to_another_is_no_outage(database: Database) -> None:
    """No connection is replaced for it, and no tag forgotten."""
    era = database.era.number
    with psycopg.connect(database.url) as holder:
        holder.execute("LOCK TABLE room")
        with pytest.raises(DatabaseUnavailable), database.transaction() as session:
            session.connection().exec_driver_sql(
                "SET LOCAL lock_timeout = '50ms'; SELECT count(*) FROM room"
            )
    assert database.era.number == era


def test_a_server_that_is_silent_is_given_up(database: Database) -> None:
    """By the operating system; the server's own time limit ends with the server."""
    for engine in (database.reading, database.writing, database.streaming, database.looped):
        with closing(engine.raw_connection()) as connection:
            told = connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
        assert int(told["tcp_user_timeout"]) == 10_000
        assert int(told["keepalives_idle"]) + 3 * int(told["keepalives_interval"]) == 30


def test_an_older_schema_is_told(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as other:
        other.execute("UPDATE alembic_version SET version_num = '0001'")
    database.refuse_schemas({"0001"})
    for pool in (database.asking, database.looking):
        with pytest.raises(SchemaOutdated):
            ask(pool)
