"""Whether something that a consumer may see has changed: what a notice is sent for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from app.database import Database
from app.queries.access import Access
from app.queries.reading import rights_values
from app.queries.resource import Render, Resource, Shape
from app.queries.ss12000 import CATALOGUE
from app.queries.statements import ROW


@dataclass(frozen=True, slots=True)
class Changes:
    """The resources of which something changed after the stamp asked about, up to `until`."""

    until: datetime
    resources: frozenset[str]


def changes_since(
    database: Database, access: Access, resources: Sequence[Resource], *, after: datetime
) -> Changes:
    """Which of the resources have an object that the caller may see and that changed since.

    Whoever asks again after `until` misses nothing: stamps become visible in their order
    (docs/adr/0004), and the clock is read in the same statement as the rows. Discloses nothing
    of any object, so logs nothing.
    """
    names = tuple(resource.name for resource in resources if resource.scope in access.scopes)
    values = rights_values(access) | {"after": after}
    stamp, *changed = database.read_bytes(changes_statement(Shape.of(access), names), values)
    assert stamp is not None
    return Changes(
        datetime.fromisoformat(stamp.decode()),
        frozenset(name for name, found in zip(names, changed, strict=True) if found == b"t"),
    )


@lru_cache(maxsize=1024)
def changes_statement(shape: Shape, names: tuple[str, ...]) -> bytes:
    """One row: the clock's stamp, then for each resource whether there is such an object."""
    render = Render(shape, CATALOGUE)
    columns = ["(SELECT stamp FROM change_clock)"]
    for name in names:
        resource = CATALOGUE[name]
        # In the order of the index: read from `after` on, up to the first that may be seen.
        columns.append(
            f"(SELECT TRUE FROM {resource.table} {ROW} WHERE {ROW}.modified > %(after)s "
            f"AND {resource.visible(render, ROW)} ORDER BY {ROW}.modified, {ROW}.id LIMIT 1) "
            "IS TRUE"
        )
    return f"SELECT {', '.join(columns)}".encode()
