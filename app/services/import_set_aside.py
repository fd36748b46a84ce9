"""Rows that could not be stored, or not whole: kept apart, and tried again."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, update
from sqlmodel import Session, col

from app.models.sources import ImportRun, SetAsideRow
from app.services.import_runs import Run
from app.services.import_tables import among, table_of
from app.sources.ss12000.resources import BY_NAME
from app.sources.ss12000.rows import Rejected, Row

INVALID, DANGLING = "invalid", "dangling"


@dataclass(frozen=True, slots=True)
class Dangling:
    """A row that points at an object that is not known (yet)."""

    row: Row
    missing_id: UUID | None
    path: str
    problem: str = "points at an object that is not known"

    @property
    def reason(self) -> str:
        """The problem, by path."""
        return f"{self.path}: {self.problem}"

    def misdirected(self) -> "Dangling":
        """The same, when the object is known to be of another kind: not to be tried again."""
        return Dangling(self.row, None, self.path, "points at an object of another kind")


def set_aside(session: Session, run: Run, rows: Iterable[Rejected | Dangling]) -> None:
    """Keep rows apart, with the reason."""
    records = [_record(run, row) for row in rows]
    if records:
        session.execute(insert(SetAsideRow), records)


def forget(session: Session, run: Run, resource: str, ids: Collection[UUID]) -> None:
    """Drop what was set aside of these objects: they were read anew, or are gone."""
    if ids:
        session.execute(delete(SetAsideRow).where(*_of(run, resource, ids)))


def forget_reported(session: Session, run: Run, resource: str, ids: Collection[UUID]) -> None:
    """Drop what waits of objects that the source has deleted, unless this run has met them."""
    unseen = col(SetAsideRow.run_id) != run.id
    session.execute(delete(SetAsideRow).where(*_of(run, resource, ids), unseen))


def keep(session: Session, run: Run, resource: str, ids: Collection[UUID]) -> None:
    """What was set aside of these objects still holds: their source sent them unchanged."""
    if ids:
        statement = update(SetAsideRow).where(*_of(run, resource, ids)).values(run_id=run.id)
        session.execute(statement)


def forget_stale(session: Session, run: Run, resources: Collection[str]) -> None:
    """After a full run: drop what the source no longer sends."""
    session.execute(
        delete(SetAsideRow).where(
            col(SetAsideRow.source_id) == run.source_id,
            col(SetAsideRow.resource).in_(list(resources)),
            col(SetAsideRow.run_id) != run.id,
        )
    )


def take_arrived(
    session: Session, run: Run, limit: int
) -> tuple[dict[str, list[dict[str, Any]]], set[UUID]]:
    """Objects set aside for something that is known by now, by resource; and what that is."""
    targets = ("organisation", "person", "school_group", "duty", "placement", "programme",
               "syllabus", "room", "resource", "activity", "calendar_event")  # fmt: skip
    missing = col(SetAsideRow.missing_id)
    arrived = or_(*(exists().where(table_of(name).c.id == missing) for name in targets))
    statement = (
        select(
            col(SetAsideRow.resource), col(SetAsideRow.row_id), col(SetAsideRow.payload), missing
        )
        .where(
            col(SetAsideRow.source_id) == run.source_id,
            missing.is_not(None),
            arrived,
            col(SetAsideRow.resource).in_(list(BY_NAME)),
        )
        .order_by(col(SetAsideRow.id))
        .limit(limit)
    )
    found: dict[str, dict[str, dict[str, Any]]] = {}
    known: set[UUID] = set()
    for resource, row_id, payload, missing_id in session.execute(statement):
        found.setdefault(resource, {})[row_id] = payload
        known.add(missing_id)
    payloads = {resource: list(rows.values()) for resource, rows in found.items()}
    return payloads, known


def count_dangling(session: Session, run: Run) -> dict[str, int]:
    """How many objects of each resource wait for something that they point at."""
    statement = (
        select(col(SetAsideRow.resource), func.count(col(SetAsideRow.row_id).distinct()))
        .where(col(SetAsideRow.source_id) == run.source_id, col(SetAsideRow.kind) == DANGLING)
        .group_by(col(SetAsideRow.resource))
    )
    return dict(session.execute(statement).all())


def is_older(at: datetime) -> ColumnElement[bool]:
    """The run that last met the row began before this instant."""
    runs = select(col(ImportRun.id)).where(col(ImportRun.started) < at)
    return col(SetAsideRow.run_id).in_(runs)


def forget_old(session: Session, before: datetime, *, limit: int) -> int:
    """Drop some of what no run has met since; how many rows.

    Of an object that is stored without what dangled only its row here knew that something is
    missing. Without a content hash it is stored anew, whole or not, when its source sends it again.
    """
    statement = (
        select(
            col(SetAsideRow.id), col(SetAsideRow.source_id), col(SetAsideRow.resource),
            col(SetAsideRow.row_id), col(SetAsideRow.kind),
        )
        .where(is_older(before))
        .limit(limit)
        .with_for_update()
    )  # fmt: skip
    found = session.execute(statement).all()
    incomplete: dict[tuple[int, str], list[UUID]] = {}
    for _, source_id, resource, row_id, kind in found:
        if kind == DANGLING:
            incomplete.setdefault((source_id, resource), []).append(UUID(row_id))
    for (source_id, resource), ids in incomplete.items():
        table = table_of(BY_NAME[resource].table)
        theirs = among(table.c.id, ids), table.c.source_id == source_id
        session.execute(update(table).where(*theirs).values(content_hash=None))
    gone = [one.id for one in found]
    session.execute(delete(SetAsideRow).where(col(SetAsideRow.id).in_(gone)))
    return len(gone)


def _of(run: Run, resource: str, ids: Collection[UUID]) -> tuple[Any, ...]:
    return (
        col(SetAsideRow.source_id) == run.source_id,
        col(SetAsideRow.resource) == resource,
        col(SetAsideRow.row_id).in_([str(identity) for identity in ids]),
    )


def _record(run: Run, found: Rejected | Dangling) -> dict[str, Any]:
    common = {"source_id": run.source_id, "run_id": run.id, "reason": found.reason}
    if isinstance(found, Rejected):
        return common | {
            "resource": found.resource.name, "row_id": found.id and str(found.id),
            "kind": INVALID, "missing_id": None, "payload": found.payload,
        }  # fmt: skip
    return common | {
        "resource": found.row.resource.name, "row_id": str(found.row.id),
        "kind": DANGLING, "missing_id": found.missing_id, "payload": found.row.payload,
    }  # fmt: skip
