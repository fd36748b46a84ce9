"""Stores a page of an import: only what changed is written, and only that is stamped."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Session, col

from app.models.change_stamps import Tombstone
from app.services import import_set_aside as aside
from app.services.change_clock import next_stamp
from app.services.import_references import copy_columns, follow_copies, split_storable
from app.services.import_runs import Counts, Run
from app.services.import_tables import among, table_of
from app.sources.ss12000.resources import BY_NAME
from app.sources.ss12000.rows import Rejected, Resource, Row, read_row

RETRY_BATCH = 500


@dataclass(frozen=True, slots=True)
class Held:
    """What the store knows of an object that came again."""

    source_id: int | None
    content_hash: bytes | None


def store_rows(
    session: Session,
    run: Run,
    resource: Resource,
    found: Collection[Row | Rejected],
    *,
    counts: Counts,
    arrived: Collection[UUID] = (),
) -> None:
    """Store one page. `arrived`: what the rows waited for; then equal content counts too.

    Of an object that came twice the last one counts. A version that cannot be stored leaves
    the stored one as it is.
    """
    rows = {row.id: row for row in found if isinstance(row, Row)}
    rejected = [row for row in found if isinstance(row, Rejected)]
    held = _held(session, resource, [*rows, *(row.id for row in rejected if row.id)])
    for identity, known in held.items():
        if known.source_id != run.source_id and identity in rows:
            row = rows.pop(identity)
            reason = "id: the object is held by another source"
            rejected.append(Rejected(resource, identity, reason, row.payload))
    same = {
        identity for identity, row in rows.items()
        if not arrived and identity in held and held[identity].content_hash == row.content_hash
    }  # fmt: skip
    changed = [row for identity, row in rows.items() if identity not in same]
    storable, dangling = split_storable(session, resource, changed)
    aside.forget(
        session, run, resource.name,
        [row.id for row in changed] + [row.id for row in rejected if row.id],
    )  # fmt: skip
    # It is there, and yet not where the row points: a reference to another kind of object.
    waiting = [one.misdirected() if one.missing_id in arrived else one for one in dangling]
    aside.set_aside(session, run, [*rejected, *waiting])
    aside.keep(session, run, resource.name, same)
    stored = {row.id for row in storable}
    _touch(session, run, resource, held.keys() - stored)
    if storable:
        _write(session, run, resource, storable, held)
    counts.unchanged += len(same)
    counts.invalid += len(rejected)
    counts.inserted += len(stored - held.keys())
    if arrived:
        counts.attached += len(stored & held.keys())
    else:
        counts.updated += len(stored & held.keys())


def retry_set_aside(session: Session, run: Run, counts: dict[str, Counts]) -> bool:
    """Store a batch of what waited for objects that have arrived. False when there is none."""
    waiting, arrived = aside.take_arrived(session, run, RETRY_BATCH)
    for name, payloads in waiting.items():
        resource = BY_NAME[name]
        rows = [read_row(resource, payload) for payload in payloads]
        store_rows(session, run, resource, rows, counts=counts[name], arrived=arrived)
    return bool(waiting)


def _held(session: Session, resource: Resource, ids: Collection[UUID]) -> dict[UUID, Held]:
    if not ids:
        return {}
    table = table_of(resource.table)
    statement = select(table.c.id, table.c.source_id, table.c.content_hash)
    found = session.execute(statement.where(among(table.c.id, ids)))
    return {identity: Held(source_id, content_hash) for identity, source_id, content_hash in found}


def _touch(session: Session, run: Run, resource: Resource, ids: Collection[UUID]) -> None:
    """The run has seen these objects; nothing else about them changes."""
    if ids:
        table = table_of(resource.table)
        seen = among(table.c.id, ids), table.c.source_id == run.source_id
        session.execute(update(table).where(*seen).values(run_id=run.id))


def _write(
    session: Session, run: Run, resource: Resource, rows: list[Row], held: dict[UUID, Held]
) -> None:
    copy_columns(session, resource, rows)
    stamp = next_stamp(session)
    table = table_of(resource.table)
    own = {one.column for one in resource.properties if one.target == resource.table}
    new = [row for row in rows if row.id not in held]
    known = [row for row in rows if row.id in held]
    # Rows of one page may point at each other: such references are set when all rows are there.
    if new:
        session.execute(insert(table), [
            _record(run, row, stamp) | {"id": row.id, "created": stamp} | dict.fromkeys(own)
            for row in new
        ])  # fmt: skip
        session.execute(delete(Tombstone).where(
            col(Tombstone.resource) == resource.name,
            among(table_of("tombstone").c.object_id, [row.id for row in new]),
        ))  # fmt: skip
    if known:
        records = [_record(run, row, stamp) | {"row_id": row.id} for row in known]
        _update(session, resource, [name for name in records[0] if name != "row_id"], records)
    for column in own:
        pointing = [{"row_id": row.id, column: row.columns[column]}
                    for row in new if row.columns[column] is not None]  # fmt: skip
        if pointing:
            _update(session, resource, [column], pointing)
    _write_children(session, resource, rows, {row.id for row in known})
    follow_copies(session, resource.table, [row.id for row in known])


def _update(
    session: Session, resource: Resource, columns: list[str], records: list[dict[str, Any]]
) -> None:
    table = table_of(resource.table)
    statement = update(table).where(table.c.id == bindparam("row_id"))
    session.connection().execute(
        statement.values({name: bindparam(name) for name in columns}), records
    )


def _write_children(
    session: Session, resource: Resource, rows: list[Row], known: set[UUID]
) -> None:
    for child in resource.children:
        table = table_of(child.table)
        if known:
            session.execute(delete(table).where(among(table.c[child.owner], known)))
        records = [columns for row in rows for columns in row.children[child.table]]
        if records:
            session.execute(insert(table), records)


def _record(run: Run, row: Row, stamp: datetime) -> dict[str, Any]:
    record = row.columns | {
        "modified": stamp,
        "source_id": run.source_id,
        "run_id": run.id,
        "content_hash": row.content_hash,
    }
    if row.resource.windowed:
        record["has_exceptions"] = any(row.children.values())
    return record
