"""Small SQL that all parts of an import share."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Table, Uuid, any_, literal, select
from sqlmodel import Session, SQLModel

from app import models

assert models.__all__, "importing the room registers its tables"


def table_of(name: str) -> Table:
    """A table by its name."""
    return SQLModel.metadata.tables[name]


def among(column: ColumnElement[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """The column is one of the ids; one parameter, however many there are."""
    return column == any_(literal(list(ids), ARRAY(Uuid())))


def known_ids(session: Session, table_name: str, ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids that the table holds."""
    if not ids:
        return set()
    column = table_of(table_name).c.id
    return set(session.execute(select(column).where(among(column, ids))).scalars())


def in_batches(ids: Iterable[UUID], size: int) -> Iterable[list[UUID]]:
    """The ids, `size` at a time."""
    listed = list(ids)
    return [listed[start : start + size] for start in range(0, len(listed), size)]
