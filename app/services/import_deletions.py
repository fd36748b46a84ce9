"""Deletes what a source no longer has, with all that cannot stand without it."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, null, select, text, update
from sqlmodel import Session

from app.services import import_set_aside as aside
from app.services.change_clock import next_stamp
from app.services.import_runs import Run
from app.services.import_tables import among, table_of
from app.services.tombstones import bury, who_sees
from app.sources.ss12000.resources import IN_ORDER
from app.sources.ss12000.rows import Children, Property, Resource

# Below this many a shrinking resource is never suspicious.
FEW_ROWS = 20
# What reads a whole table of lessons may take longer than a request.
UNHURRIED = text("SET LOCAL statement_timeout = '15min'")
Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Shrinkage:
    """How many of a resource's objects the source did not send again."""

    resource: str
    vanished: int
    total: int

    def exceeds(self, share: float) -> bool:
        """Whether so much vanished that the source is more likely broken than right."""
        return self.vanished >= FEW_ROWS and self.vanished > share * self.total


def shrinkage(session: Session, run: Run, resource: Resource, window: Window | None) -> Shrinkage:
    """Count what a full run has not seen, within the time that it asked for."""
    session.execute(UNHURRIED)
    table = table_of(resource.table)
    gone = table.c.run_id.is_distinct_from(run.id)
    statement = select(func.count().filter(gone), func.count())
    vanished, total = session.execute(statement.where(*_asked_for(run, resource, window))).one()
    return Shrinkage(resource.name, vanished, total)


def vanished_ids(
    session: Session, run: Run, resource: Resource, window: Window | None, limit: int
) -> list[UUID]:
    """Some of the objects that a full run has not seen."""
    session.execute(UNHURRIED)
    table = table_of(resource.table)
    gone = table.c.run_id.is_distinct_from(run.id)
    statement = select(table.c.id).where(*_asked_for(run, resource, window), gone).limit(limit)
    return list(session.execute(statement).scalars())


def reported_ids(
    session: Session, run: Run, resource: Resource, ids: Collection[UUID]
) -> list[UUID]:
    """Of the ids that a source reports as deleted: its own, unless this run has met them."""
    table = table_of(resource.table)
    statement = select(table.c.id).where(
        among(table.c.id, ids),
        table.c.source_id == run.source_id,
        table.c.run_id.is_distinct_from(run.id),
    )
    return list(session.execute(statement).scalars())


def delete_objects(
    session: Session, run: Run, resource: Resource, ids: Collection[UUID]
) -> Counter[str]:
    """Delete objects, leaving tombstones; answers how many of each resource.

    What points at them by a required reference goes too. An optional reference is emptied, and
    its object stamped; its content hash is dropped, so that the source's next version counts.
    """
    deleted: Counter[str] = Counter()
    if ids:
        session.execute(UNHURRIED)
        _delete(session, run, resource, ids, next_stamp(session), deleted)
    return deleted


def _delete(
    session: Session,
    run: Run,
    resource: Resource,
    ids: Collection[UUID],
    stamp: datetime,
    deleted: Counter[str],
) -> None:
    seen = who_sees(session, resource.name, ids, now=stamp)
    for dependent in IN_ORDER:
        for declared in dependent.properties:
            if declared.target != resource.table:
                continue
            if declared.required:
                column = table_of(dependent.table).c[declared.column]
                found = select(table_of(dependent.table).c.id).where(among(column, ids))
                if pointing := session.execute(found).scalars().all():
                    _delete(session, run, dependent, pointing, stamp, deleted)
            else:
                _empty(session, dependent, declared, ids, stamp)
        for child in dependent.children:
            _release_children(session, dependent, child, resource.table, ids, stamp)
    bury(session, resource.name, ids, stamp=stamp, seen=seen)
    _remove(session, run, resource, ids)
    deleted[resource.name] += len(ids)


def _empty(
    session: Session,
    dependent: Resource,
    declared: Property,
    ids: Collection[UUID],
    stamp: datetime,
) -> None:
    table = table_of(dependent.table)
    changes: dict[str, Any] = {"modified": stamp, "content_hash": null()}
    if not declared.many:
        concerned = among(table.c[declared.column], ids)
        session.execute(update(table).where(concerned).values({declared.column: null()} | changes))
        return
    name = declared.column
    statement = text(
        f"UPDATE {dependent.table} SET modified = :stamp, content_hash = NULL, "  # noqa: S608
        f"{name} = nullif(ARRAY(SELECT one FROM unnest({name}) WITH ORDINALITY AS part(one, n) "
        f"WHERE one <> ALL(:ids) ORDER BY n), '{{}}') WHERE {name} && :ids"
    )
    session.execute(statement, {"ids": list(ids), "stamp": stamp})


def _release_children(
    session: Session,
    dependent: Resource,
    child: Children,
    target: str,
    ids: Collection[UUID],
    stamp: datetime,
) -> None:
    """Child rows that point at what is deleted: removed, or emptied; their owners are stamped."""
    table, owner = table_of(child.table), table_of(dependent.table)
    for declared in child.properties:
        if declared.target != target:
            continue
        pointing = among(table.c[declared.column], ids)
        change = (
            delete(table).where(pointing)
            if declared.required
            else update(table).where(pointing).values({declared.column: null()})
        )
        owners = set(session.execute(change.returning(table.c[child.owner])).scalars())
        if owners:
            session.execute(update(owner).where(among(owner.c.id, owners)).values(
                modified=stamp, content_hash=null()
            ))  # fmt: skip


def _remove(session: Session, run: Run, resource: Resource, ids: Collection[UUID]) -> None:
    table = table_of(resource.table)
    for child in resource.children:
        owned = table_of(child.table)
        session.execute(delete(owned).where(among(owned.c[child.owner], ids)))
    session.execute(delete(table).where(among(table.c.id, ids)))
    aside.forget(session, run, resource.name, ids)


def _asked_for(
    run: Run, resource: Resource, window: Window | None
) -> tuple[ColumnElement[bool], ...]:
    table = table_of(resource.table)
    own = table.c.source_id == run.source_id
    if not resource.windowed or window is None or resource.moment is None:
        return (own,)
    return own, table.c[resource.moment].between(*window)
