"""The partitions that a table has, and how one is dropped."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg.errors import LockNotAvailable
from sqlalchemy import MetaData, Table, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import DropTable
from sqlmodel import Session

# Whoever waits for a table makes everyone wait who comes after.
LOCK_TIMEOUT = text("SET LOCAL lock_timeout = '5s'")
# Counting a year's rows takes longer than any request may.
UNHURRIED = text("SET LOCAL statement_timeout = '30min'")
# Bounds as PostgreSQL itself knows them: names are only names. A default partition, or one without
# an end, has no such bounds and is never among these.
PARTITIONS = text(
    r"""
WITH part AS (
    SELECT n.nspname AS schema, c.relname AS name, c.reltuples::bigint AS rows,
           regexp_match(pg_get_expr(c.relpartbound, c.oid),
                        'FROM \(''([^'']+)''\) TO \(''([^'']+)''\)') AS bounds
      FROM pg_inherits i
      JOIN pg_class c ON c.oid = i.inhrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE i.inhparent = to_regclass(:parent)
)
SELECT schema, name, rows, bounds[1]::timestamptz AS begins, bounds[2]::timestamptz AS ends
  FROM part WHERE bounds IS NOT NULL ORDER BY ends
"""
)


class TableBusy(Exception):
    """Others use the table, and it was not to be had within 5 s. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of a table, from an instant to before another. `rows` is PostgreSQL's estimate."""

    parent: str
    schema: str
    name: str
    begins: datetime
    ends: datetime
    rows: int


@contextmanager
def impatient(session: Session, table: str) -> Iterator[None]:
    """Wait for locks 5 s at most, and for everything else as long as it takes. Raises TableBusy."""
    session.execute(LOCK_TIMEOUT)
    session.execute(UNHURRIED)
    try:
        yield
    except OperationalError as failure:
        if isinstance(failure.orig, LockNotAvailable):
            raise TableBusy(f"{table} is in use") from failure
        raise


def partitions(session: Session, parent: str) -> list[Partition]:
    """A table's partitions in the order of time."""
    found = [
        Partition(parent, **row)
        for row in session.execute(PARTITIONS, {"parent": parent}).mappings()
    ]
    # Never analysed: there is no estimate, and most often little to count.
    return [one if one.rows >= 0 else replace(one, rows=count_rows(session, one)) for one in found]


def count_rows(session: Session, partition: Partition) -> int:
    """How many rows there really are."""
    rows: int = session.execute(select(func.count()).select_from(_table(partition))).scalar_one()
    return rows


def drop_partition(session: Session, partition: Partition) -> None:
    """Drop a partition with all that is in it.

    No trigger hears of it, so that whoever drops tells those who must know.
    """
    session.execute(DropTable(_table(partition)))


def _table(partition: Partition) -> Table:
    return Table(partition.name, MetaData(), schema=partition.schema)
