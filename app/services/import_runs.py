"""Import runs: one at a time per source, each with its record."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.database import Database
from app.database.advisory_locks import advisory_lock
from app.models.sources import ImportRun, Source


class ImportAlreadyRunning(Exception):
    """Another run of the same source has not ended."""


@dataclass
class Counts:
    """What a run did with one resource. `answer` says how the source offered it.

    `attached`: stored anew only because something that they point at had arrived.
    """

    answer: str = "offered"
    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    attached: int = 0
    deleted: int = 0
    invalid: int = 0
    dangling: int = 0
    unknown_properties: int = 0


@dataclass(frozen=True)
class Run:
    """A run that has begun. `as_of`: how fresh the source's data was before it."""

    id: int
    source_id: int
    mode: str
    started: datetime
    as_of: datetime | None


@contextmanager
def only_run_of(database: Database, source_name: str) -> Iterator[None]:
    """Hold the source's lock; PostgreSQL releases it also when this process dies.

    Raises ImportAlreadyRunning at once when another run holds it.
    """
    with advisory_lock(database, f"skolnav import {source_name}") as taken:
        if not taken:
            message = f"An import of {source_name} is running; wait for it or stop it."
            raise ImportAlreadyRunning(message)
        yield


def begin_run(session: Session, *, source_name: str, url: str, mode: str, now: datetime) -> Run:
    """Record that a run begins; the source is registered at its first run.

    A run that never ended was interrupted. `mode` auto is incremental when an earlier run
    completed; incremental without one is full.
    """
    source = session.exec(select(Source).where(Source.name == source_name)).one_or_none()
    if source is None:
        source = Source(name=source_name, url=url)
    source.url = url
    session.add(source)
    session.flush()
    assert source.id is not None
    unfinished = select(ImportRun).where(
        ImportRun.source_id == source.id, col(ImportRun.finished).is_(None)
    )
    for earlier in session.exec(unfinished):
        earlier.status, earlier.finished, earlier.message = "failed", now, "Interrupted."
    decided = "full" if mode == "full" or source.as_of is None else "incremental"
    run = ImportRun(source_id=source.id, mode=decided, started=now)
    session.add(run)
    session.flush()
    assert run.id is not None
    return Run(run.id, source.id, decided, now, source.as_of)


def finish_run(
    session: Session,
    run: Run,
    *,
    status: str,
    message: str | None,
    counts: Mapping[str, Counts],
    now: datetime,
) -> None:
    """Record how the run ended. Only a completed run makes the source's data fresher."""
    record = session.get_one(ImportRun, run.id)
    record.status, record.message, record.finished = status, message, now
    record.counts = {name: asdict(counted) for name, counted in counts.items()}
    if status == "completed":
        session.get_one(Source, run.source_id).as_of = run.started
