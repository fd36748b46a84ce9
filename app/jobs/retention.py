"""The retention run: what the city's rules no longer keep is shown, and removed when asked for."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.database import Database
from app.database.advisory_locks import advisory_lock
from app.database.partitions import TableBusy
from app.errors import ConfigurationError
from app.services.retention import Removal, database_clock, delete_some, drop, removals
from app.services.retention_rules import Rule, rules
from app.settings import Settings

LOCK = "skolnav retention"
LATER = "try again when the database is calmer"
# A clock that is wrong by years would remove years.
CLOCKS_MAY_DIFFER = timedelta(hours=1)

log = logging.getLogger(__name__)


class RetentionAlreadyRunning(Exception):
    """Another run has not ended."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a removal: the rows that went, and why not all, if so.

    `removal` None: the rule's tables were in use already when its removals were looked for.
    """

    rule: Rule
    removal: Removal | None
    rows: int
    problem: str | None = None


def planned(
    database: Database, settings: Settings, *, now: datetime
) -> list[tuple[Rule, list[Removal]]]:
    """Each rule with what it no longer keeps. Changes nothing. Raises TableBusy."""
    found = []
    for rule in rules(settings, now=now):
        with database.transaction() as session:
            found.append((rule, removals(session, rule)))
    return found


def apply(database: Database, settings: Settings, *, now: datetime, actor: str) -> list[Outcome]:
    """Remove everything that the rules no longer keep.

    Each partition, and each batch of rows, is a transaction of its own with its audit record, so
    that a run that is cut off has done what it says it has. What is in use is left for the next
    run. Raises RetentionAlreadyRunning.
    """
    with advisory_lock(database, LOCK) as taken:
        if not taken:
            raise RetentionAlreadyRunning("Retention is running already; wait for it or stop it")
        outcomes = [
            outcome
            for rule in rules(settings, now=now)
            for outcome in _applied(database, rule, now=now, actor=actor)
        ]
    log.info("retention.applied", extra={"rows": sum(one.rows for one in outcomes)})
    return outcomes


def check_clocks(database: Database, *, now: datetime) -> None:
    """Raise ConfigurationError when this machine and the database disagree about the time."""
    with database.transaction() as session:
        apart = abs(database_clock(session) - now)
    if apart > CLOCKS_MAY_DIFFER:
        message = f"The clocks of this machine and of the database differ by {apart}."
        raise ConfigurationError(f"{message} Set them right; nothing was removed.")


def _applied(database: Database, rule: Rule, *, now: datetime, actor: str) -> Iterator[Outcome]:
    try:
        with database.transaction() as session:
            found = removals(session, rule)
    except TableBusy as busy:
        yield Outcome(rule, None, 0, f"{busy}; {LATER}")
        return
    for removal in found:
        rows = 0
        try:
            for some in _batches(database, removal, now=now, actor=actor):
                rows += some
        except TableBusy as busy:
            yield Outcome(rule, removal, rows, f"{busy}; {LATER}")
        else:
            yield Outcome(rule, removal, rows)


def _batches(database: Database, removal: Removal, *, now: datetime, actor: str) -> Iterator[int]:
    if removal.partition is not None:
        with database.transaction() as session:
            rows = drop(session, removal, now=now, actor=actor)
        yield rows
        return
    while True:
        with database.transaction() as session:
            rows = delete_some(session, removal, now=now, actor=actor)
        if not rows:
            return
        yield rows
