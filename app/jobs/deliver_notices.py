"""Tells consumers that something has changed, until told to stop.

The queue is the table of subscriptions (docs/adr/0012). This decides only when to look at which
subscription, and how many at a time, so that a receiver that is slow or dead holds up no other.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from app.auth.authentication import Authenticator
from app.auth.secret import WEBHOOK_SECRETS, derived_key, installation_secret
from app.database import Database
from app.database.notices import CHANGED_CHANNEL, NoticeListener
from app.errors import DatabaseUnavailable
from app.jobs.tell_consumer import Outcome, Prepared, Teller
from app.metrics import OLDEST_NOTICE, SECONDS_TO_ACCEPTANCE, SENT, SUBSCRIPTIONS
from app.queries.subscription_queue import due_subscriptions, next_due, queue_figures
from app.queries.subscriptions import SUBSCRIBABLE
from app.services.subscription_queue import Failure, forget_ended, wake
from app.services.tidying import forget_what_is_over
from app.settings import Settings

# Sending at a time. A thread that waits for a receiver costs next to nothing.
SLOTS, SLOTS_OF_FAILING = 64, 16
LONGEST_WAIT = 5.0
SHORTEST_PAUSE = 0.02
PAUSE_WITHOUT_DATABASE = 1.0
FIGURES_EVERY, TIDY_EVERY = 15.0, 3_600.0

TYPES_OF_TABLE: dict[str, frozenset[str]] = {
    resource.table: frozenset({name}) for name, resource in SUBSCRIBABLE.items()
}

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass
class Lane:
    """Subscriptions that take each other's time, and nobody else's."""

    failing: bool
    slots: int
    going: set[UUID] = field(default_factory=set)
    pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        name = "failing" if self.failing else "telling"
        self.pool = ThreadPoolExecutor(self.slots, thread_name_prefix=name)


@dataclass
class NoticeWorker:
    """One worker. Several, in as many processes, share the work; each notice is sent by one."""

    database: Database
    settings: Settings
    chance: Callable[[], float] = secrets.SystemRandom().random
    lanes: tuple[Lane, Lane] = field(init=False)
    authenticator: Authenticator = field(init=False)
    listener: NoticeListener = field(init=False)
    teller: Teller = field(init=False)
    _heard: set[str] = field(default_factory=set, init=False)
    _missed: bool = field(default=False, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _awake: threading.Event = field(default_factory=threading.Event, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    # Looking needs the database; so many at a time that nobody waits for a connection in vain.
    _looking: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self.lanes = (Lane(failing=False, slots=SLOTS), Lane(failing=True, slots=SLOTS_OF_FAILING))
        self.authenticator = Authenticator(self.database, settings)
        self.listener = NoticeListener(
            self.database.url, self._hear, self._miss, channel=CHANGED_CHANNEL
        )
        self.teller = Teller(
            self.database,
            self.authenticator,
            sealing_key=derived_key(installation_secret(settings), WEBHOOK_SECRETS),
            allowed_hosts=frozenset(host.lower() for host in settings.allowed_webhook_hosts),
            seconds=settings.webhook_timeout_seconds,
            look_again=timedelta(seconds=settings.webhook_debounce_seconds),
        )
        self._looking = threading.BoundedSemaphore(settings.database_pool_size)

    def run(self) -> None:
        """Work until `stop` is called; then end what was begun."""
        log.info("worker.started")
        self.authenticator.start()
        self.listener.start()
        due = dict.fromkeys((self._measure, self._tidy), float("-inf"))
        while not self._stopping.is_set():
            try:
                wait = self._turn()
                self._now_and_then(due)
            except DatabaseUnavailable:
                log.warning("worker.database_unavailable")
                wait = PAUSE_WITHOUT_DATABASE
            self._awake.wait(wait)
            self._awake.clear()
            # Under an import there is something to hear all the time.
            self._stopping.wait(SHORTEST_PAUSE)
        self.listener.stop()
        for lane in self.lanes:
            lane.pool.shutdown()
        self.authenticator.stop()
        log.info("worker.stopped")

    def stop(self) -> None:
        """Begin nothing more. From any thread, but not from a signal handler."""
        self._stopping.set()
        self._awake.set()

    def _hear(self, table: str) -> None:
        if table in TYPES_OF_TABLE:
            with self._lock:
                self._heard.add(table)
            self._awake.set()

    def _miss(self) -> None:
        with self._lock:
            self._missed = True
        self._awake.set()

    def _turn(self) -> float:
        """Wake whom something concerns, begin what is due; for how long there is nothing to do."""
        now = self.authenticator.clock()
        begun: list[tuple[Lane, UUID]] = []
        with self._taking_heard() as types, self.database.transaction() as session:
            if types is None or types:
                at = now + self.teller.look_again
                wake(session, resource_types=types, at=at, now=now)
            for lane in self.lanes:
                with self._lock:
                    going = frozenset(lane.going)
                free = lane.slots - len(going)
                if free:
                    due = due_subscriptions(
                        session, failing=lane.failing, now=now, except_for=going, limit=free
                    )
                    begun += [(lane, identifier) for identifier in due]
            later = next_due(session, now=now)
        for lane, identifier in begun:
            self._begin(lane, identifier)
        return _seconds_until(later, now)

    @contextmanager
    def _taking_heard(self) -> Iterator[frozenset[str] | None]:
        """The types that something was heard of, None for all; kept when they were not woken."""
        with self._lock:
            tables, missed = frozenset(self._heard), self._missed
            self._heard.clear()
            self._missed = False
        woken = False
        try:
            every = (TYPES_OF_TABLE[table] for table in tables)
            yield None if missed else frozenset[str]().union(*every)
            woken = True
        finally:
            if not woken:
                with self._lock:
                    self._heard |= tables
                    self._missed |= missed

    def _begin(self, lane: Lane, identifier: UUID) -> None:
        with self._lock:
            lane.going.add(identifier)

        def ended(future: "Future[None]") -> None:
            with self._lock:
                lane.going.discard(identifier)
            failure = future.exception()
            if isinstance(failure, DatabaseUnavailable):
                log.warning("notice.interrupted", extra={"subscription": str(identifier)})
            elif failure is not None:
                log.error("notice.broken", exc_info=failure,
                          extra={"subscription": str(identifier)})  # fmt: skip
            self._awake.set()

        lane.pool.submit(self._serve, identifier).add_done_callback(ended)

    def _serve(self, identifier: UUID) -> None:
        """One subscription, from its claim to the note of how it went."""
        prepared = self._prepared(identifier)
        if prepared is None:
            return
        outcome = self.teller.send(prepared)
        chance = self.chance()
        again = self._insist(lambda: self.teller.conclude(prepared, outcome, chance=chance))
        self._tell_how_it_went(prepared, outcome, again)

    def _prepared(self, identifier: UUID) -> Prepared | None:
        with self._looking:
            claimed = self.teller.claim(identifier)
            if claimed is None:
                return None
            try:
                return self.teller.prepare(claimed)
            except DatabaseUnavailable:
                self._insist(lambda: self.teller.give_back(claimed))
                return None

    def _insist(self, act: Callable[[], T]) -> T:
        """Wait for the database rather than for the end of a lease. Raises DatabaseUnavailable.

        When the worker must stop meanwhile, the lease has to do.
        """
        while True:
            try:
                return act()
            except DatabaseUnavailable:
                if self._stopping.wait(PAUSE_WITHOUT_DATABASE):
                    raise

    def _tell_how_it_went(
        self, prepared: Prepared, outcome: Outcome, again: datetime | None
    ) -> None:
        event = "notice.told"
        if isinstance(outcome, Failure):
            event = "notice.failed" if again is not None else "notice.parked"
        else:
            age = self.authenticator.clock() - prepared.begun
            SECONDS_TO_ACCEPTANCE.observe(age.total_seconds())
        SENT.labels(prepared.client_id, event.removeprefix("notice.")).inc()
        log.log(
            logging.WARNING if event == "notice.parked" else logging.INFO,
            event,
            extra={
                "subscription": str(prepared.claimed.id),
                "consumer": prepared.client_id,
                "notice": prepared.notice_id,
                "answer": outcome.answer,
                "nextTry": again and again.isoformat(),
            },
        )

    def _now_and_then(self, due: dict[Callable[[], float], float]) -> None:
        moment = time.monotonic()
        for act, at in due.items():
            if moment >= at:
                due[act] = moment + act()

    def _measure(self) -> float:
        now = self.authenticator.clock()
        with self.database.transaction() as session:
            figures = queue_figures(session, now=now)
        for state, count in figures.states.items():
            SUBSCRIPTIONS.labels(state).set(count)
        waiting = now - (figures.oldest_notice or now)
        OLDEST_NOTICE.set(waiting.total_seconds())
        return FIGURES_EVERY

    def _tidy(self) -> float:
        now = self.authenticator.clock()
        with self.database.transaction() as session:
            forget_ended(session, now=now)
        # Of the service as a whole, whose own processes do so only when they start.
        with self.database.transaction() as session:
            forget_what_is_over(session, now=now)
        return TIDY_EVERY


def _seconds_until(later: datetime | None, now: datetime) -> float:
    if later is None:
        return LONGEST_WAIT
    return min(LONGEST_WAIT, max(0.0, (later - now).total_seconds()))
