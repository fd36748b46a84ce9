"""Fills an empty database with the synthetic city."""

from collections.abc import Callable
from datetime import date

import psycopg
from psycopg import sql
from sqlmodel import SQLModel

from app import models
from app.database import Database
from app.errors import ConfigurationError
from app.services.bulk_load import without_indexes
from app.sources.demo_city.city import city_rows
from app.sources.demo_city.plan import FEWEST_PUPILS, CityPlan, current_school_year
from app.sources.demo_city.rows import Rows

Progress = Callable[[str, int, int], None]
BLOCK = 1 << 18
# Who may call, what was read and by whom: a new city leaves these alone.
KEPT = {
    "alembic_version", "change_clock", "table_version", "access_record", "audit_record",
    "consumer_organisation", "application", "credential", "consumer_grant", "signing_key",
    "revoked_token", "used_assertion", "subscription",
}  # fmt: skip


def load_demo_city(
    database: Database, *, pupils: int, seed: int, today: date, progress: Progress,
    replace: bool = False, history_days: int = 5,
) -> dict[str, int]:  # fmt: skip
    """Write the city of this many pupils in one transaction; how many rows each table got.

    Refuses a database that holds organisations, unless all school data is to be replaced.
    Attendance is made for the last `history_days` school days, check-ins for twice as many.
    `progress` is told what is being done, and how many of the pupils are done.
    """
    if pupils < FEWEST_PUPILS:
        raise ConfigurationError(
            f"A city of {pupils} pupils is too small; it takes at least {FEWEST_PUPILS}."
        )
    year = current_school_year(today)
    plan = CityPlan(pupils, seed, today, year, history_days, 2 * history_days)
    with database.transaction() as session:
        connection = session.connection().connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        with connection.cursor() as cursor:
            _prepare(cursor, plan, replace=replace)
            with without_indexes(cursor, _school_tables()):
                counts = _write(cursor, plan, progress)
                progress("Building indexes", 0, 1)
            progress("Building indexes", 1, 1)
            _finish(cursor, plan, counts)
    return counts


def _prepare(cursor: psycopg.Cursor, plan: CityPlan, *, replace: bool) -> None:
    # Large cities take longer than any request may.
    cursor.execute("SET LOCAL statement_timeout = 0")
    cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    if not replace and cursor.execute("SELECT 1 FROM organisation LIMIT 1").fetchone():
        raise ConfigurationError(
            "The database already holds organisations. The synthetic city needs an empty one; "
            "to delete all school data in it first, ask for replacement."
        )
    # Also what is empty: into tables emptied in the same transaction rows go without WAL.
    emptied = [table for table in _school_tables() if replace or _is_empty(cursor, table)]
    tables = sql.SQL(", ").join(map(sql.Identifier, emptied))
    cursor.execute(sql.SQL("TRUNCATE {}").format(tables))
    cursor.execute(
        "SELECT skolnav_ensure_partitions(%s, %s)", (plan.calendar.first, plan.calendar.last)
    )


def _is_empty(cursor: psycopg.Cursor, table: str) -> bool:
    found = cursor.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table)))
    return found.fetchone() is None


def _school_tables() -> list[str]:
    assert models.__all__, "importing the models registers their tables"
    return [table for table in SQLModel.metadata.tables if table not in KEPT]


def _write(cursor: psycopg.Cursor, plan: CityPlan, progress: Progress) -> dict[str, int]:
    counts: dict[str, int] = {}
    done = 0
    progress("Making the city", done, plan.pupils)
    for rows in city_rows(plan):
        written = _copy(cursor, rows)
        counts[rows.table] = counts.get(rows.table, 0) + written
        if rows.finished:
            done += rows.finished
            progress("Making the city", done, plan.pupils)
    return counts


def _copy(cursor: psycopg.Cursor, rows: Rows) -> int:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(rows.table), sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    )
    count = 0
    with cursor.copy(statement) as copy:
        waiting: list[str] = []
        size = 0
        for line in rows.lines:
            waiting.append(line)
            size += len(line)
            count += 1
            if size > BLOCK:
                copy.write("".join(waiting))
                waiting, size = [], 0
        copy.write("".join(waiting))
    return count


def _finish(cursor: psycopg.Cursor, plan: CityPlan, counts: dict[str, int]) -> None:
    """Every later change is stamped after the city's own; and the planner knows the tables."""
    cursor.execute(
        "UPDATE change_clock SET stamp = greatest(stamp, clock_timestamp(), %s::timestamptz)",
        (plan.today,),
    )
    for table in counts:
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
