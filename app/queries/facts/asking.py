"""How facts are asked for, and the rows that a caller may see."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlmodel import Session

from app.queries.access import Access
from app.queries.deletions import visible_ids
from app.queries.reading import rights_values
from app.queries.resource import Render, Shape
from app.queries.ss12000 import CATALOGUE


def visible(access: Access, resource: str, alias: str) -> str:
    """The condition under which this caller may see a row of a resource."""
    return _visible(Shape.of(access), resource, alias)


@lru_cache(maxsize=1024)
def _visible(shape: Shape, resource: str, alias: str) -> str:
    return Render(shape, CATALOGUE).visible(resource, alias)


def ask(
    session: Session, access: Access, sql: str, values: Mapping[str, Any]
) -> Sequence[RowMapping]:
    """The rows that a statement answers; `sql` may hold visibility conditions."""
    everything = {**rights_values(access), **values}
    return session.connection().exec_driver_sql(sql, everything).mappings().all()


def visible_persons(session: Session, access: Access, ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the persons who exist for this caller."""
    if not ids:
        return frozenset()
    return frozenset(visible_ids(session, access, CATALOGUE["persons"], list(ids)))
