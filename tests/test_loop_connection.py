"""The connection that the event loop waits for: when it is opened, kept, lost and closed."""

import asyncio

import psycopg
import pytest

from app.database import Database
from app.errors import DatabaseUnavailable
from tests.waiting import wait_until

WHOSE = "SELECT pg_backend_pid()"


def ask(database: Database, statement: str = WHOSE) -> int:
    """One question, in an event loop of its own."""
    return int(asyncio.run(database.looking.value(statement)))


def end(database: Database, backend: int) -> None:
    """As a server that goes away ends it."""
    with psycopg.connect(database.url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))


def test_it_is_opened_when_it_is_asked_and_kept(database: Database) -> None:
    assert ask(database) == ask(database)


def test_one_that_was_lost_is_told_of_and_opened_anew(database: Database) -> None:
    """And so is every other connection of the process: the server was away."""
    first, era = ask(database), database.era.number
    end(database, first)
    with pytest.raises(DatabaseUnavailable):
        ask(database)
    assert database.era.number == era + 1
    second = ask(database)
    assert second != first and ask(database) == second


def test_it_is_opened_anew_after_an_outage_that_others_saw(database: Database) -> None:
    """The server that it was opened at may be the one that is no more."""
    first = ask(database)
    database.era.end()
    assert ask(database) != first
    wait_until(lambda: first not in looking(database))


def test_it_is_closed_with_the_others(database: Database) -> None:
    first = ask(database)
    database.close()
    wait_until(lambda: first not in looking(database))


def test_a_statement_that_fails_is_a_fault_and_not_an_outage(database: Database) -> None:
    era = database.era.number
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(database, "SELECT a FROM nowhere")
    assert database.era.number == era and ask(database)


def looking(database: Database) -> set[int]:
    """The server's own view of these connections."""
    with psycopg.connect(database.url, autocommit=True) as other:
        rows = other.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE application_name = 'skolnav-looks' AND datname = current_database()"
        )
        return {row[0] for row in rows}
