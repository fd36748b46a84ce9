"""Loads much into empty tables: their indexes and foreign keys are made afterwards, all at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

# Those of partitions go and come with their parents'. Primary keys stay: they are cheap to keep,
# and what they refuse is refused at once.
FOREIGN_KEYS = """
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
  FROM pg_constraint c
 WHERE c.contype = 'f' AND c.conparentid = 0 AND c.conrelid = ANY(%s::regclass[])
 ORDER BY 1, 2"""
INDEXES = """
SELECT i.indexrelid::regclass::text, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
  FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid
 WHERE i.indrelid = ANY(%s::regclass[]) AND NOT k.relispartition
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
 ORDER BY 1"""

COUNTED = """
SELECT tgrelid::regclass::text FROM pg_trigger
 WHERE tgname = 'count_version' AND tgrelid = ANY(%s::regclass[]) ORDER BY 1"""


@contextmanager
def without_indexes(cursor: psycopg.Cursor, tables: Sequence[str]) -> Iterator[None]:
    """Drop the tables' secondary indexes and foreign keys, and make them anew when the block ends.

    Within the caller's transaction: should anything fail, all is as it was. A row that a foreign
    key refuses is refused at the end. Checking and sorting all rows once costs a third of doing
    it row by row (`make bench` prints the time that a city takes).
    """
    keys = cursor.execute(FOREIGN_KEYS, [list(tables)]).fetchall()
    indexes = cursor.execute(INDEXES, [list(tables)]).fetchall()
    for table, name, _definition in keys:
        cursor.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                sql.SQL(table), sql.Identifier(name)
            )
        )
    for name, _definition in indexes:
        cursor.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
    # Counted once in the end: each statement would leave a dead row, which readers then pass by.
    counted = cursor.execute(COUNTED, [list(tables)]).fetchall()
    for (table,) in counted:
        cursor.execute(_switched(table, "DISABLE"))
    yield
    for (table,) in counted:
        cursor.execute(_switched(table, "ENABLE"))
    cursor.execute("UPDATE table_version SET version = version + 1")
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _name, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in keys:
        cursor.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                sql.SQL(table), sql.Identifier(name), sql.SQL(definition)
            )
        )


def _switched(table: str, how: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} {} TRIGGER count_version").format(sql.SQL(table), sql.SQL(how))
