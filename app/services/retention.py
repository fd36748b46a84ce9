"""Finds what the city's rules no longer keep, and removes it: by partition, or in batches.

Nothing leaves a tombstone here, and no stamp moves (docs/adr/0014).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, SQLModel, col

from app.database.partitions import (
    Partition,
    count_rows,
    drop_partition,
    impatient,
    partitions,
)
from app.local_time import local_day
from app.models.absence_reports import AbsenceReport
from app.models.absences import Absence
from app.models.attendance_schedules import AttendanceSchedule
from app.models.change_stamps import (
    Forgotten,
    MarkingChange,
    OrganisationMove,
    TableVersion,
    Tombstone,
)
from app.models.consumer_reports import LogEntry, StatisticsEntry
from app.models.placements import Placement
from app.models.sources import SetAsideRow
from app.queries.forgotten import DELETIONS
from app.services.audit_records import record_act
from app.services.import_set_aside import forget_old, is_older
from app.services.retention_rules import Rule

BATCH = 10_000
# What `/deletedEntities` is made of.
REMEMBERED = ("tombstone", "marking_change", "organisation_move")


@dataclass(frozen=True, slots=True)
class Removal:
    """What a rule no longer keeps: one partition, or (`partition` None) the old rows of a table.

    `rows` is an estimate for a partition, and exact otherwise.
    """

    rule: Rule
    table: str
    partition: Partition | None
    rows: int

    @property
    def before(self) -> datetime:
        """All of it lies before this instant."""
        assert self.rule.before is not None
        return self.rule.before if self.partition is None else self.partition.ends


def _ended_schedules(before: datetime) -> ColumnElement[bool]:
    """Both end days belong to the schedule; a placement that ends takes its schedule along."""
    placement_ends = (
        select(col(Placement.end_date))
        .where(col(Placement.id) == col(AttendanceSchedule.placement_id))
        .scalar_subquery()
    )
    ends = func.least(col(AttendanceSchedule.end_date), placement_ends)
    return ends < local_day(before)


OLD_ROWS: Mapping[str, tuple[type[SQLModel], Callable[[datetime], ColumnElement[bool]]]] = (
    MappingProxyType(
        {
            # The first condition is for the index: an absence that has ended has begun.
            "absence": (
                Absence,
                lambda at: (col(Absence.start_time) < at) & (col(Absence.end_time) <= at),
            ),
            # With its deliveries, which cascade.
            "absence_report": (AbsenceReport, lambda at: col(AbsenceReport.end_time) <= at),
            "attendance_schedule": (AttendanceSchedule, _ended_schedules),
            "tombstone": (Tombstone, lambda at: col(Tombstone.deleted) < at),
            "marking_change": (MarkingChange, lambda at: col(MarkingChange.at) < at),
            "organisation_move": (OrganisationMove, lambda at: col(OrganisationMove.at) < at),
            "set_aside_row": (SetAsideRow, is_older),
            "log_entry": (LogEntry, lambda at: col(LogEntry.received) < at),
            "statistics_entry": (StatisticsEntry, lambda at: col(StatisticsEntry.received) < at),
        }
    )
)


def removals(session: Session, rule: Rule) -> list[Removal]:
    """Everything that a rule no longer keeps, oldest first. Raises TableBusy."""
    before, found = rule.before, []
    if before is None:
        return []
    for table in rule.partitioned:
        with impatient(session, table):
            parts = partitions(session, table)
        found += [Removal(rule, table, part, part.rows) for part in parts if part.ends <= before]
    for table in rule.by_row:
        model, is_old = OLD_ROWS[table]
        with impatient(session, table):
            counted = select(func.count()).select_from(model).where(is_old(before))
            rows = session.execute(counted).scalar_one()
        if rows:
            found.append(Removal(rule, table, None, rows))
    return found


def drop(session: Session, removal: Removal, *, now: datetime, actor: str) -> int:
    """Drop a removal's partition; how many rows it held. Raises TableBusy."""
    partition = removal.partition
    assert partition is not None
    with impatient(session, removal.table):
        rows = count_rows(session, partition)
        drop_partition(session, partition)
    # Pages that consumers hold, and the tags of them, are of another table now (docs/adr/0007).
    session.execute(
        update(TableVersion)
        .where(col(TableVersion.name) == removal.table)
        .values(version=col(TableVersion.version) + 1)
    )
    _record(session, removal, rows, now=now, actor=actor)
    return rows


def delete_some(session: Session, removal: Removal, *, now: datetime, actor: str) -> int:
    """Delete a batch of a removal's old rows; how many that were. Raises TableBusy."""
    with impatient(session, removal.table):
        if removal.table in REMEMBERED:
            forget_deletions(session, before=removal.before)
        if removal.table == "set_aside_row":
            rows = forget_old(session, removal.before, limit=BATCH)
        else:
            rows = _delete_batch(session, removal)
    if rows:
        _record(session, removal, rows, now=now, actor=actor)
    return rows


def _delete_batch(session: Session, removal: Removal) -> int:
    model, is_old = OLD_ROWS[removal.table]
    key = list(SQLModel.metadata.tables[removal.table].primary_key)
    some = select(*key).where(is_old(removal.before)).limit(BATCH)
    statement = delete(model).where(tuple_(*key).in_(some))
    done: CursorResult[Any] = session.execute(  # type: ignore[assignment] # as DELETE gives
        statement, execution_options={"synchronize_session": False}
    )
    return done.rowcount


def forget_deletions(session: Session, *, before: datetime) -> None:
    """From now on whoever asks for what was deleted since an earlier time must be told so."""
    forgotten = insert(Forgotten).values(what=DELETIONS, until=before)
    later = func.greatest(col(Forgotten.until), forgotten.excluded.until)
    session.execute(forgotten.on_conflict_do_update(index_elements=["what"], set_={"until": later}))


def database_clock(session: Session) -> datetime:
    """What time the database has."""
    at: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return at


def _record(session: Session, removal: Removal, rows: int, *, now: datetime, actor: str) -> None:
    partition = removal.partition
    record_act(
        session,
        now=now,
        actor=actor,
        act="applyRetention",
        subject=removal.table if partition is None else partition.name,
        details={
            "rule": removal.rule.name,
            "setting": removal.rule.setting,
            "kept": removal.rule.kept,
            "from": None if partition is None else partition.begins.isoformat(),
            "before": removal.before.isoformat(),
            "rows": rows,
        },
    )
