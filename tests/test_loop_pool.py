"""Connections that the event loop waits for: when they are opened, kept, lost and closed."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from itertools import groupby
from typing import Any

import psycopg
import pytest

from app.database import Database, open_database, pipeline
from app.database import loop_pool as module
from app.database.borrowed import Borrowed
from app.database.loop_pool import PATIENCE_SECONDS, LoopPool
from app.errors import DatabaseUnavailable, SchemaOutdated
from tests.backends import end_backend
from tests.conftest import POOL
from tests.waiting import wait_until

WHOSE = b"SELECT pg_backend_pid()::text"
TRANSACTION = b"SELECT pg_current_xact_id()::text"
NOTE = b"INSERT INTO noted VALUES ('x') RETURNING '1'"
FAIL = b"SELECT (1 / %(zero)s::int)::text"
SLEEP = b"SELECT pg_sleep(%(seconds)s)::text || pg_backend_pid()"


@pytest.fixture
def pool(database: Database) -> LoopPool:
    """As many connections as the database's other pools have."""
    return database.asking


def ask(pool: LoopPool, statement: bytes = WHOSE, **values: Any) -> int:
    """One question, in an event loop of its own."""
    return asyncio.run(asked(pool, statement, **values))


async def asked(
    pool: LoopPool, statement: bytes = WHOSE, *, keep_plan: bool = False, **values: object
) -> int:
    """The answer's one number."""
    (number,) = await pool.read(statement, values, keep_plan=keep_plan)
    assert number is not None
    return int(number)


async def together(*questions: Coroutine[Any, Any, int]) -> list[int]:
    """All at once."""
    return await asyncio.gather(*questions)


def looped(database: Database, *, asleep: bool = False) -> set[int]:
    """The server's own view of these connections, or of those that a statement sleeps on."""
    with psycopg.connect(database.url, autocommit=True) as other:
        rows = other.execute(
            "SELECT pid FROM pg_stat_activity WHERE (NOT %s OR wait_event = 'PgSleep') "
            "AND application_name = 'skolnav-loop' AND datname = current_database()",
            (asleep,),
        )
        return {row[0] for row in rows}


def test_one_is_opened_when_it_is_needed_and_kept(database: Database, pool: LoopPool) -> None:
    assert looped(database) == set()
    first = ask(pool)
    assert ask(pool) == first and looped(database) == {first}


def test_what_may_take_long_has_a_connection_of_its_own(database: Database, pool: LoopPool) -> None:
    """Up to their number but one; the rest waits for its turn, while the event loop goes on."""
    found = asyncio.run(together(*(asked(pool, SLEEP, seconds=0.05) for _ in range(3 * POOL))))
    assert len(set(found)) == POOL - 1 and set(found) == looped(database)


def test_who_waits_for_too_long_is_told_so(pool: LoopPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """And leaves no place taken: the next are answered."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)

    async def crowd() -> list[Any]:
        sleeping = [asked(pool, SLEEP, seconds=1) for _ in range(POOL - 1)]
        return await asyncio.gather(*sleeping, asked(pool), asked(pool), return_exceptions=True)

    *slept, first, second = asyncio.run(crowd())
    assert [type(one) for one in (first, second)] == [DatabaseUnavailable] * 2
    assert first.headers["Retry-After"] == "1"
    assert len(set(slept)) == POOL - 1
    again = asyncio.run(together(*(asked(pool, SLEEP, seconds=0.1) for _ in slept)))
    assert set(again) == set(slept)


def shared(pool: LoopPool, statement: bytes = WHOSE, **values: Any) -> Coroutine[Any, Any, int]:
    """One question of those that share a connection."""
    return asked(pool, statement, keep_plan=True, **values)


def in_flight(pool: LoopPool) -> int:
    """How many batches are on their way along the shared connection."""
    return pool._shared.in_flight if pool._shared else 0


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, nothing is taken for slow."""
    monkeypatch.setattr(pipeline, "SLOW_SECONDS", 30)


@pytest.mark.usefixtures("unhurried")
def test_what_has_a_plan_for_all_values_shares_a_connection(
    database: Database, pool: LoopPool
) -> None:
    found = asyncio.run(together(*(shared(pool) for _ in range(50))))
    assert {*found} == looped(database) and len({*found}) == 1


def test_what_is_asked_meanwhile_is_one_transaction(
    pool: LoopPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of so many at most, and when no more than so many are on their way."""
    monkeypatch.setattr(module, "IN_FLIGHT_MAX", 2)
    monkeypatch.setattr(module, "TOGETHER_MAX", 3)
    ask(pool)
    found = asyncio.run(together(*(shared(pool, TRANSACTION) for _ in range(9))))
    assert [len(list(alike)) for _, alike in groupby(found)] == [1, 1, 3, 3, 1]


@pytest.mark.usefixtures("unhurried")
def test_what_is_asked_behind_several_waits_until_it_is_as_many(pool: LoopPool) -> None:
    """Sent as it comes, the first of them would be a transaction by itself."""

    async def meanwhile() -> list[int]:
        # Sent along as one, one, and three.
        ahead = [asyncio.create_task(shared(pool, SLEEP, seconds=0.2)) for _ in range(5)]
        await ahead[1]
        behind, on_their_way = [], []
        for _ in range(3):
            behind.append(asyncio.create_task(shared(pool, TRANSACTION)))
            await asyncio.sleep(0.01)
            on_their_way.append(in_flight(pool))
        assert on_their_way == [1, 1, 2] and not any(one.done() for one in ahead[2:])
        found = await asyncio.gather(*behind)
        await asyncio.gather(*ahead)
        return found

    ask(pool)
    assert len({*asyncio.run(meanwhile())}) == 1


@pytest.mark.usefixtures("unhurried")
def test_what_an_event_loop_left_on_its_way_holds_up_none_of_the_next(pool: LoopPool) -> None:
    """Nobody waits for it any more; its end must be heard all the same."""

    async def leave() -> None:
        left.extend(asyncio.create_task(shared(pool, SLEEP, seconds=0.2)) for _ in range(5))
        await left[1]

    ask(pool)
    left: list[asyncio.Task[int]] = []
    asyncio.run(leave())
    assert [one.cancelled() for one in left[2:]] == [True] * 3
    assert asyncio.run(asyncio.wait_for(shared(pool), 3)) == left[0].result()


@pytest.mark.usefixtures("unhurried")
def test_what_is_asked_once_more_leaves_no_room_behind_it(pool: LoopPool) -> None:
    """Each by itself, they are more than are on their way else."""

    async def meanwhile() -> list[int]:
        ahead = [asyncio.create_task(shared(pool, SLEEP, seconds=0.1)) for _ in range(2)]
        slow = asyncio.create_task(shared(pool, SLEEP, seconds=0.4))
        failing = [asyncio.create_task(shared(pool, FAIL, zero=0)) for _ in range(2)]
        await asyncio.gather(*ahead)
        behind = [asyncio.create_task(shared(pool, TRANSACTION)) for _ in range(2)]
        # Until the three have failed, and each is asked again.
        while in_flight(pool) < 3:
            await asyncio.sleep(0.01)
        behind.append(asyncio.create_task(shared(pool, TRANSACTION)))
        found = await asyncio.gather(*behind)
        await slow
        for one in failing:
            with pytest.raises(psycopg.errors.DivisionByZero):
                await one
        return found

    ask(pool)
    assert len({*asyncio.run(meanwhile())}) == 1


def test_something_slow_holds_up_nobody_that_asks_after_it(
    pool: LoopPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "SLOW_SECONDS", 0.05)

    async def meanwhile() -> tuple[bool, int, int, int, int]:
        slow = asyncio.create_task(shared(pool, SLEEP, seconds=1))
        await asyncio.sleep(0.01)
        # There is room for one behind it; the others wait until it is known to be slow.
        behind = [asyncio.create_task(shared(pool)) for _ in range(3)]
        second, third = await asyncio.gather(*behind[1:])
        return slow.done(), second, third, *await asyncio.gather(slow, behind[0])

    ask(pool)
    was_done, second, third, slow, first = asyncio.run(meanwhile())
    assert not was_done and second == third != slow == first


def test_what_may_take_long_leaves_a_connection_to_what_does_not(pool: LoopPool) -> None:
    async def meanwhile() -> tuple[bool, int, list[int]]:
        await shared(pool)
        slow = [asyncio.create_task(asked(pool, SLEEP, seconds=0.5)) for _ in range(2 * POOL)]
        await asyncio.sleep(0.1)
        found = await shared(pool)
        return any(one.done() for one in slow), found, await asyncio.gather(*slow)

    was_done, found, slow = asyncio.run(meanwhile())
    assert not was_done and found not in slow


@pytest.mark.usefixtures("unhurried")
def test_what_may_take_long_is_not_sent_along_a_shared_one(pool: LoopPool) -> None:
    """Not while something is on its way there; and then nothing is sent along behind it."""

    async def meanwhile() -> tuple[int, int, int, int]:
        first = asyncio.create_task(shared(pool, SLEEP, seconds=0.2))
        await asyncio.sleep(0)
        second = asyncio.create_task(shared(pool, SLEEP, seconds=0.5))
        await first
        alone = asyncio.create_task(asked(pool, SLEEP, seconds=1))
        shared_one = await second
        last = asyncio.create_task(asked(pool, SLEEP, seconds=0.2))
        await asyncio.sleep(0)
        return shared_one, await shared(pool), await alone, await last

    ask(pool)
    shared_one, after, alone, last = asyncio.run(meanwhile())
    assert alone != shared_one == last and after not in (alone, last)


@pytest.mark.usefixtures("unhurried")
def test_what_may_take_long_has_its_turn_while_others_share(database: Database) -> None:
    """Of two connections as of many, however much is asked along the shared one."""

    enough = asyncio.Event()

    async def ask_on() -> None:
        while not enough.is_set():
            await shared(small.asking, SLEEP, seconds=0.01)

    async def crowd() -> int:
        sharing = [asyncio.create_task(ask_on()) for _ in range(8)]
        await asyncio.sleep(0.1)
        try:
            return await asked(small.asking)
        finally:
            enough.set()
            await asyncio.gather(*sharing)

    with closing(open_database(database.url, pool_size=2)) as small:
        assert asyncio.run(crowd()) in looped(database)
        assert len(looped(database)) == 2


def test_one_that_cannot_be_opened_fails_nobody_whom_others_will_serve(
    pool: LoopPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crowd() -> tuple[int, int, int]:
        running = asyncio.create_task(asked(pool, SLEEP, seconds=0.3))
        await asyncio.sleep(0.1)
        return await asyncio.gather(running, asked(pool), shared(pool))

    def refuse() -> Borrowed:
        raise DatabaseUnavailable

    first = ask(pool)
    monkeypatch.setattr(pool, "_opened", refuse)
    assert [*asyncio.run(crowd())] == [first] * 3


def test_who_waits_for_a_connection_to_be_opened_is_told_what_comes_of_it(
    pool: LoopPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that all are in use, which would have an admin ask for more of them."""

    def refuse() -> Borrowed:
        time.sleep(0.5)
        raise SchemaOutdated

    monkeypatch.setattr(pool, "_opened", refuse)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.1)
    for question in (asked(pool), shared(pool)):
        with pytest.raises(SchemaOutdated):
            asyncio.run(question)


@pytest.mark.usefixtures("unhurried")
def test_a_shared_one_is_not_shared_further_when_the_era_ends(
    database: Database, pool: LoopPool
) -> None:
    async def meanwhile() -> tuple[int, int]:
        before = asyncio.create_task(shared(pool, SLEEP, seconds=0.2))
        await asyncio.sleep(0.1)
        database.era.end_present()
        return await asyncio.gather(shared(pool), before)

    ask(pool)
    after, before = asyncio.run(meanwhile())
    assert after != before
    wait_until(lambda: looped(database) == {after})


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("keep_plan", [True, False])
def test_what_is_given_up_before_its_turn_is_never_asked(
    database: Database, pool: LoopPool, monkeypatch: pytest.MonkeyPatch, keep_plan: bool
) -> None:
    monkeypatch.setattr(module, "IN_FLIGHT_MAX", 1)

    async def give_up() -> None:
        slow = [asked(pool, SLEEP, seconds=0.3) for _ in range(POOL)]
        running = [asyncio.create_task(one) for one in (*slow, shared(pool, SLEEP, seconds=0.3))]
        await asyncio.sleep(0.1)
        asking = asyncio.create_task(asked(pool, NOTE, keep_plan=keep_plan))
        await asyncio.sleep(0.05)
        asking.cancel()
        await asyncio.gather(*running)
        assert await asked(pool, b"SELECT count(*)::text FROM noted") == 0

    with psycopg.connect(database.url, autocommit=True) as other:
        other.execute("CREATE TABLE noted (what text)")
        asyncio.run(give_up())


def test_a_pool_of_one_has_no_second(database: Database) -> None:
    async def both() -> set[int]:
        alone = asked(small.asking, SLEEP, seconds=0.3)
        return {*await asyncio.gather(alone, shared(small.asking))}

    with closing(open_database(database.url, pool_size=1)) as small:
        assert asyncio.run(both()) == looped(database)
        assert len(looped(database)) == 1


def test_a_value_that_cannot_be_sent_is_told_to_who_asked(pool: LoopPool) -> None:
    async def crowd() -> list[Any]:
        texts = ["1", "\0", "2"]
        asking = (shared(pool, b"SELECT %(text)s::text", text=text) for text in texts)
        found: list[Any] = await asyncio.gather(*asking, return_exceptions=True)
        return found

    first, second, third = asyncio.run(crowd())
    assert (first, third) == (1, 2) and isinstance(second, psycopg.DataError)


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
        asking = [asyncio.create_task(asked(pool, SLEEP, seconds=30)) for _ in range(POOL - 1)]
        # One that is lost while it is opened is no outage.
        while len(looped(database, asleep=True)) < POOL - 1:
            await asyncio.sleep(0.01)
        for backend in looped(database):
            end_backend(database.url, backend)
        return await asyncio.gather(*asking, return_exceptions=True)

    era = database.era.number
    assert [type(one) for one in asyncio.run(break_all())] == [DatabaseUnavailable] * (POOL - 1)
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


def test_one_that_was_lost_while_nothing_was_asked_is_replaced(
    database: Database, pool: LoopPool
) -> None:
    """Who asks next does not hear of it."""

    async def meanwhile() -> tuple[int, int]:
        first, era = await asked(pool), database.era.number
        await asyncio.to_thread(end_backend, database.url, first)
        async with asyncio.timeout(30):
            while database.era.number == era:
                await asyncio.sleep(0.01)
        return first, await asked(pool)

    first, then = asyncio.run(meanwhile())
    assert then != first


def test_what_was_lost_takes_no_other_connection_with_it(database: Database) -> None:
    """Its socket's number may be another's by the time that its pool is asked again."""
    pools = [database.asking, database.looking]

    async def meanwhile() -> list[int]:
        lost, era = [await asked(pool) for pool in pools], database.era.number
        for backend in lost:
            await asyncio.to_thread(end_backend, database.url, backend)
        async with asyncio.timeout(30):
            while database.era.number == era or looped(database):
                await asyncio.sleep(0.01)
        # The first that is opened has the number of the one that was closed first.
        later = [await asked(database.looking), await asked(database.asking)]
        async with asyncio.timeout(30):
            return [*later, await asked(database.looking), await asked(database.asking)]

    found = asyncio.run(meanwhile())
    assert found[:2] == found[2:]


def test_what_is_closed_is_watched_no_more(database: Database, pool: LoopPool) -> None:
    """Whether its era has ended or the pool is closed."""

    async def meanwhile(end: Callable[[], Coroutine[Any, Any, object]]) -> bool:
        await asked(pool)
        (free,) = pool._free
        number = free.connection.libpq.socket
        await end()
        assert free.connection.is_discarded
        return asyncio.get_running_loop().remove_reader(number)

    async def outlived() -> None:
        pool._opened, opened = none_is_opened, pool._opened
        database.era.end_present()
        with pytest.raises(DatabaseUnavailable):
            await asked(pool)
        pool._opened = opened

    async def closed() -> None:
        pool.close()

    assert asyncio.run(meanwhile(outlived)) is False
    assert asyncio.run(meanwhile(closed)) is False


def none_is_opened() -> Borrowed:
    """A server that takes no more."""
    raise DatabaseUnavailable


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


def test_one_whose_question_was_given_up_answers_nobody_else(pool: LoopPool) -> None:
    """While its answer is still to come it takes no other question; then it does."""

    async def give_up() -> tuple[int, int]:
        asking = asyncio.create_task(asked(pool, SLEEP, seconds=0.3))
        await asyncio.sleep(0.1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        meanwhile = await asked(pool)
        await asyncio.sleep(0.3)
        return meanwhile, await asked(pool)

    first = ask(pool)
    meanwhile, then = asyncio.run(give_up())
    assert meanwhile != first and then == first


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    away = open_database("postgresql://127.0.0.1:9/nowhere")
    for _ in range(2):
        for question in (asked(away.asking), asked(away.asking, keep_plan=True)):
            with pytest.raises(DatabaseUnavailable):
                asyncio.run(asyncio.wait_for(question, PATIENCE_SECONDS / 2))
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
