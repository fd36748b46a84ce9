"""The nightly import: reads a source page by page and stores what changed."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.database import Database
from app.database.maintenance import ensure_school_years
from app.local_time import local_day
from app.services.import_deletions import (
    Shrinkage,
    delete_objects,
    reported_ids,
    shrinkage,
    vanished_ids,
)
from app.services.import_runs import Counts, Run, begin_run, finish_run, only_run_of
from app.services.import_set_aside import count_dangling, forget_reported, forget_stale
from app.services.import_storing import retry_set_aside, store_rows
from app.sources.ss12000.client import Filters, Limits, SourceClient
from app.sources.ss12000.credentials import Authentication
from app.sources.ss12000.deleted import read_deleted
from app.sources.ss12000.failures import FilterRefused, NotOffered, SourceFailed
from app.sources.ss12000.resources import IN_ORDER
from app.sources.ss12000.rows import Rejected, Resource, Row, read_rows
from app.sources.ss12000.windows import school_year_of, whole_window, windows, wire_time

DELETED_AT_ONCE = 500
# Finding them reads the whole table, so not too few at a time.
VANISHED_AT_ONCE = 50_000

log = logging.getLogger(__name__)
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class SourceServer:
    """An SS 12000 server: the name it is known by here, its base URL and how to sign in."""

    name: str
    url: str
    authentication: Authentication
    resend_filters: bool = True
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class ImportPlan:
    """What to pull.

    `mode`: `full`, or `incremental` (full when nothing was imported before). Lessons are pulled
    from `first_day` to `last_day`; unset: the current school year. `force` deletes however much
    has vanished.
    """

    mode: str = "incremental"
    first_day: date | None = None
    last_day: date | None = None
    overlap: timedelta = timedelta(minutes=10)
    max_vanish_share: float = 0.1
    force: bool = False


@dataclass(frozen=True)
class RunReport:
    """How a run ended: `completed`, `refused` (too much vanished, nothing deleted) or `failed`."""

    run_id: int
    mode: str
    status: str
    message: str | None
    counts: dict[str, Counts]
    unknown_properties: dict[str, dict[str, int]]


@dataclass
class _Import:
    """A run under way."""

    database: Database
    client: SourceClient
    plan: ImportPlan
    run: Run
    window: tuple[datetime, datetime]
    progress: Progress | None
    counts: dict[str, Counts] = field(
        default_factory=lambda: {resource.name: Counts() for resource in IN_ORDER}
    )
    unknown: dict[str, Counter[str]] = field(
        default_factory=lambda: {resource.name: Counter() for resource in IN_ORDER}
    )
    school_years: set[int] = field(default_factory=set)

    @property
    def full(self) -> bool:
        return self.run.mode == "full"


def import_ss12000(
    database: Database,
    *,
    server: SourceServer,
    plan: ImportPlan,
    now: datetime,
    progress: Progress | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> RunReport:
    """Pull a server's data into the store. `progress` hears the resource and rows read so far.

    Each page is a transaction of its own, so a run that is cut off leaves a consistent store
    and the next one completes it. A source that cannot be read ends the run as `failed`.
    Raises ImportAlreadyRunning when another run of the source is under way, SourceFailed when
    the address is unusable.
    """
    client = SourceClient(
        server.url, server.authentication, server.limits, server.resend_filters, wait
    )
    with closing(client), only_run_of(database, server.name):
        with database.transaction() as session:
            run = begin_run(
                session, source_name=server.name, url=server.url, mode=plan.mode, now=now
            )
        window = whole_window(plan.first_day, plan.last_day, now=now)
        going = _Import(database, client, plan, run, window, progress)
        try:
            status, message = _pull(going)
        except SourceFailed as failure:
            status, message = "failed", str(failure)
        with database.transaction() as session:
            for name, waiting in count_dangling(session, run).items():
                going.counts[name].dangling = waiting
            finish_run(
                session, run, status=status, message=message, counts=going.counts,
                now=datetime.now(UTC),
            )  # fmt: skip
    log.info("import.finished", extra={"source": server.name, "run": run.id, "status": status})
    unknown = {name: dict(found) for name, found in going.unknown.items() if found}
    return RunReport(run.id, run.mode, status, message, going.counts, unknown)


def _pull(going: _Import) -> tuple[str, str | None]:
    whole = [resource for resource in IN_ORDER if _read_resource(going, resource)]
    if all(counted.answer != "offered" for counted in going.counts.values()):
        raise SourceFailed("The server offers none of the resources. Check the base URL.")
    refusals: list[Shrinkage] = []
    if going.full:
        refusals = _delete_vanished(going, whole)
    else:
        _delete_reported(going)
    _retry(going)
    if not refusals:
        return "completed", None
    named = ", ".join(f"{one.resource} {one.vanished} of {one.total}" for one in refusals)
    return "refused", (
        f"Too much vanished ({named}), so nothing was deleted. Check the source; when it is "
        "right, run again with --force."
    )


def _read_resource(going: _Import, resource: Resource) -> bool:
    """Read and store a resource. True when the whole of it was answered."""
    counted = going.counts[resource.name]
    whole = True
    for filters in _requests(going, resource):
        try:
            for objects in _pages(going, resource, filters):
                _store_page(going, resource, objects)
        except NotOffered as answer:
            counted.answer = f"not offered ({answer.status})"
            return False
        except FilterRefused:
            if not resource.windowed:
                raise
            # A server in the field answers 400 for a time without lessons.
            whole = False
    _retry(going)
    return whole


def _pages(going: _Import, resource: Resource, filters: Filters) -> Iterator[list[Any]]:
    paths = (resource.path or resource.name, *resource.other_paths)
    for path in paths[:-1]:
        try:
            yield from going.client.pages(path, filters)
        except NotOffered:
            continue
        return
    yield from going.client.pages(paths[-1], filters)


def _requests(going: _Import, resource: Resource) -> Iterator[Filters]:
    """The filters of each list to ask for."""
    changed: Filters = ()
    if not going.full and going.run.as_of is not None:
        changed = (("meta.modified.after", wire_time(going.run.as_of - going.plan.overlap)),)
    if not resource.windowed:
        yield changed
        return
    for start, stop in windows(*going.window):
        between = (
            ("startTime.onOrAfter", wire_time(start)),
            ("startTime.onOrBefore", wire_time(stop)),
        )
        yield between + changed


def _store_page(going: _Import, resource: Resource, objects: list[Any]) -> None:
    counted, unknown = going.counts[resource.name], going.unknown[resource.name]
    rows = list(read_rows(resource, objects, unknown))
    _ensure_school_years(going, resource, rows)
    with going.database.transaction() as session:
        store_rows(session, going.run, resource, rows, counts=counted)
    counted.read += len(objects)
    counted.unknown_properties = unknown.total()
    if going.progress is not None:
        going.progress(resource.name, counted.read)


def _ensure_school_years(going: _Import, resource: Resource, rows: list[Row | Rejected]) -> None:
    if resource.moment is None:
        return
    moments = (row.columns.get(resource.moment) for row in rows if isinstance(row, Row))
    days = [local_day(moment) for moment in moments if moment is not None]
    new = {school_year_of(day): day for day in days}
    for school_year in new.keys() - going.school_years:
        day = new[school_year]
        ensure_school_years(going.database, first=day, last=day)
        going.school_years.add(school_year)


def _retry(going: _Import) -> None:
    more = True
    while more:
        with going.database.transaction() as session:
            more = retry_set_aside(session, going.run, going.counts)


def _delete_vanished(going: _Import, whole: list[Resource]) -> list[Shrinkage]:
    """Delete what a full run has not met, unless that is suspiciously much of some resource."""
    with going.database.transaction() as session:
        shrunk = [shrinkage(session, going.run, one, going.window) for one in whole]
    refused = [one for one in shrunk if one.exceeds(going.plan.max_vanish_share)]
    if refused and not going.plan.force:
        return refused
    for resource in reversed(whole):
        while ids := _vanished(going, resource):
            for batch in _batches(ids):
                with going.database.transaction() as session:
                    _count_deleted(going, delete_objects(session, going.run, resource, batch))
    with going.database.transaction() as session:
        forget_stale(session, going.run, [resource.name for resource in whole])
    return []


def _vanished(going: _Import, resource: Resource) -> list[UUID]:
    with going.database.transaction() as session:
        return vanished_ids(session, going.run, resource, going.window, VANISHED_AT_ONCE)


def _delete_reported(going: _Import) -> None:
    """Delete what the source says that it has deleted since the last run."""
    assert going.run.as_of is not None
    after = wire_time(going.run.as_of - going.plan.overlap)
    reported = read_deleted(going.client, after)
    for resource in reversed(IN_ORDER):
        for batch in _batches(reported.get(resource.name, [])):
            with going.database.transaction() as session:
                forget_reported(session, going.run, resource.name, batch)
                ids = reported_ids(session, going.run, resource, batch)
                _count_deleted(going, delete_objects(session, going.run, resource, ids))


def _batches(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), DELETED_AT_ONCE):
        yield ids[start : start + DELETED_AT_ONCE]


def _count_deleted(going: _Import, deleted: Counter[str]) -> None:
    for name, number in deleted.items():
        going.counts[name].deleted += number
