"""Stores one new row, unless what was true before the clock was taken is so no longer."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Dialect
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.errors import Conflict
from app.services.import_tables import table_of

# SQLSTATE of a row for which a partitioned table has no partition.
NO_PARTITION = "23514"


def insert_unless(
    session: Session, table: str, row: Mapping[str, Any], *, unless: str, values: Mapping[str, Any]
) -> bool:
    """Insert the row, unless the condition holds; False when it did.

    `unless` is SQL of this project, on the row's own values and `values`. Raises Conflict when
    something that the row points at, or the part of the table it belongs to, is gone.
    """
    columns = tuple(row)
    adapted = {
        name: Jsonb(value) if isinstance(value, dict | list) else value
        for name, value in row.items()
    }
    connection = session.connection()
    statement = _statement(connection.dialect, table, columns, unless)
    try:
        done = connection.exec_driver_sql(statement, {**values, **adapted})
    except IntegrityError as failure:
        raise _refused(failure) from failure
    return done.rowcount == 1


@lru_cache(maxsize=256)
def _statement(dialect: Dialect, table: str, columns: tuple[str, ...], unless: str) -> str:
    names = ", ".join(columns)
    types = {column: table_of(table).c[column].type.compile(dialect) for column in columns}
    # A parameter that stands in the condition too must have one type in both places.
    values = ", ".join(f"CAST(%({column})s AS {types[column]})" for column in columns)
    return f"INSERT INTO {table} ({names}) SELECT {values} WHERE NOT ({unless})"


def _refused(failure: IntegrityError) -> Conflict:
    if getattr(failure.orig, "sqlstate", None) == NO_PARTITION:
        return Conflict("It is of a school year that the service does not hold.")
    return Conflict("What it points at was deleted just now. Read it again, then send this anew.")
