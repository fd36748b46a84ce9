"""A worker that listens: prompt, one notice for a burst, and nobody held up by anybody."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from app.errors import DatabaseUnavailable
from app.jobs import deliver_notices
from app.jobs.deliver_notices import NoticeWorker
from app.jobs.tell_consumer import Accepted, Teller
from app.metrics import SECONDS_TO_ACCEPTANCE, SUBSCRIPTIONS
from app.services.subscription_queue import LOOK_EVERY, Failure
from app.services.subscriptions import MOST_SUBSCRIPTIONS
from tests.subscriptions.conftest import Stage, client_id, working
from tests.subscriptions.receivers import PROMPTLY, status

HANGING = 50


def test_a_change_is_told_as_soon_as_it_is_heard_of(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before anyone would have looked by itself, or the worker would have turned round."""
    monkeypatch.setattr(deliver_notices, "LONGEST_WAIT", 60.0)
    made = stage.subscribe(stage.town.caller(), "/prompt", "Room")
    assert LOOK_EVERY.total_seconds() > PROMPTLY
    with working(stage):
        for count in (1, 2):
            stage.receivers.wait_until(lambda: nobody_would_look(stage, made))
            stage.change("room", "north-room")
            stage.receivers.wait("/prompt", count)


def nobody_would_look(stage: Stage, made: dict[str, Any]) -> bool:
    """Whether the next look is so far off that only a notice can bring it about in time."""
    row = stage.row(made["id"])
    return row.lease is None and row.due_at > stage.clock() + timedelta(seconds=PROMPTLY + 5)


def test_what_changed_while_no_worker_listened_is_told_when_one_starts(stage: Stage) -> None:
    made = stage.subscribe(stage.town.caller(), "/missed", "Room")
    stage.tell(made)
    stage.change("room", "north-room")
    with working(stage):
        stage.receivers.wait("/missed", 1)


def test_a_worker_that_lost_its_connections_goes_on(stage: Stage) -> None:
    """And what changed meanwhile is told."""
    stage.subscribe(stage.town.caller(), "/lost", "Room")
    with working(stage):
        stage.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        # The test's own connections are gone too.
        with suppress(DatabaseUnavailable):
            stage.change("room", "north-room")
        stage.change("room", "north-room")
        stage.receivers.wait("/lost", 1)


@pytest.mark.parametrize("missed", [False, True])
def test_what_was_heard_while_the_database_was_away_is_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, missed: bool
) -> None:
    """A table by its name, or that anything may have been missed: the next turn wakes for it."""
    made = stage.subscribe(stage.town.caller(), "/kept", "Room")
    stage.tell(made)
    asleep = stage.row(made["id"]).due_at
    worker = NoticeWorker(stage.town.database, stage.town.settings)
    worker._miss() if missed else worker._hear("room")
    with monkeypatch.context() as away:

        def unavailable(*_given: object, **_more: object) -> None:
            raise DatabaseUnavailable

        away.setattr(deliver_notices, "wake", unavailable)
        with suppress(DatabaseUnavailable):
            worker._turn()
    assert stage.row(made["id"]).due_at == asleep
    worker._turn()
    assert stage.row(made["id"]).due_at < asleep
    worker._turn()
    for lane in worker.lanes:
        lane.pool.shutdown()


def test_a_burst_is_told_by_few_notices(stage: Stage) -> None:
    """One for what came while it gathered, and one for what came after."""
    stage.town.settings.webhook_debounce_seconds = 0.5
    made = stage.subscribe(stage.town.caller(), "/burst", "Room", "Duty")
    with working(stage):
        began = time.monotonic()
        for _ in range(40):
            stage.change("room", "north-room")
            stage.change("duty", "south-teacher-duty")
        took = time.monotonic() - began
        ((last,),) = stage.sql("SELECT stamp FROM change_clock")
        stage.receivers.wait_until(lambda: stage.row(made["id"]).told_until >= last)
    assert len(stage.receivers.received["/burst"]) <= 2 + took / 0.5


@pytest.fixture(autouse=True)
def settings_of_this_test(stage: Stage) -> Iterator[None]:
    """The town is shared; its settings are as they were."""
    before = stage.town.settings.model_copy()
    yield
    for name in ("webhook_debounce_seconds", "webhook_timeout_seconds"):
        setattr(stage.town.settings, name, getattr(before, name))


def subscribe_many(stage: Stage, count: int) -> list[str]:
    """So many subscriptions to rooms, each with a receiver of its own that hangs."""
    paths = [f"/hanging-{number}" for number in range(count)]
    for position, path in enumerate(paths):
        if position % MOST_SUBSCRIPTIONS == 0:
            caller = stage.town.caller()
        stage.subscribe(caller, path, "Room")
        stage.receivers.answers[path] = stage.receivers.hang
    return paths


@pytest.mark.parametrize("failed_before", [False, True])
def test_fifty_receivers_that_hang_do_not_hold_up_one_that_answers(
    stage: Stage, failed_before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they hang for the first time, or have failed and are being tried again.

    Those that have failed would not find enough room among the others.
    """
    if failed_before:
        monkeypatch.setattr(deliver_notices, "SLOTS", 4)
    stage.town.settings.webhook_timeout_seconds = 30.0
    paths = subscribe_many(stage, HANGING)
    if failed_before:
        stage.sql("UPDATE subscription SET failures = 3, failing_since = now()")
    stage.subscribe(stage.town.caller(), "/healthy", "Room")
    stage.change("room", "north-room")
    with working(stage):
        stage.receivers.wait("/healthy", 1)
        hang = deliver_notices.SLOTS_OF_FAILING if failed_before else HANGING
        stage.receivers.wait_until(lambda: have_come(stage, paths) >= hang)
        stage.change("room", "north-room")
        stage.receivers.wait("/healthy", 2)
        # No more of them than have room.
        assert have_come(stage, paths) == hang


def have_come(stage: Stage, paths: list[str]) -> int:
    """How many of the receivers have got something."""
    return sum(path in stage.receivers.received for path in paths)


def test_several_workers_tell_each_change_once(stage: Stage) -> None:
    made = stage.subscribe(stage.town.caller(), "/shared", "Room")
    with ExitStack() as workers:
        for _ in range(3):
            workers.enter_context(working(stage))
        for count in range(1, 6):
            stage.change("room", "north-room")
            stage.receivers.wait("/shared", count)
            stage.receivers.wait_until(lambda: stage.row(made["id"]).notice_id is None)
    assert len(stage.receivers.received["/shared"]) == 5


def test_stopping_ends_what_was_begun(stage: Stage) -> None:
    """The worker stays until the receiver has answered, and the answer counts."""
    made = stage.subscribe(stage.town.caller(), "/last", "Room")
    answering = threading.Event()

    def answer(handler: Any) -> None:
        answering.wait(PROMPTLY)
        status(200)(handler)

    stage.town.settings.webhook_timeout_seconds = 20.0
    stage.receivers.answers["/last"] = answer
    stage.change("room", "north-room")
    worker = NoticeWorker(stage.town.database, stage.town.settings)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    stage.receivers.wait("/last", 1)
    worker.stop()
    thread.join(2)
    assert thread.is_alive()
    answering.set()
    thread.join(PROMPTLY)
    assert not thread.is_alive()
    assert stage.row(made["id"]).last_told is not None


def test_metrics_count_what_was_told_and_what_waits(stage: Stage) -> None:
    """By consumer, and nothing about anyone."""
    caller = stage.town.caller()
    stage.subscribe(caller, "/counted", "Room")
    stage.subscribe(caller, "/broken", "Room")
    stage.receivers.answers["/broken"] = status(500)

    def count(outcome: str) -> float:
        labels = {"consumer": client_id(caller), "outcome": outcome}
        return REGISTRY.get_sample_value("skolnav_change_notices_total", labels) or 0.0

    with working(stage) as worker:
        stage.change("room", "north-room")
        stage.receivers.wait_until(lambda: count("told") == 1 == count("failed"))
        worker._measure()
    assert REGISTRY.get_sample_value("skolnav_subscriptions", {"state": "active"}) == 1
    assert REGISTRY.get_sample_value("skolnav_subscriptions", {"state": "failing"}) == 1
    assert (REGISTRY.get_sample_value("skolnav_oldest_change_notice_seconds") or 0) > 0


def test_how_a_notice_went_is_noted_down_once_the_database_is_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was accepted; without the note it would be sent again when its lease ends."""
    made = stage.subscribe(stage.town.caller(), "/noted", "Room")
    stage.tell(made)
    tried: list[str] = []
    conclude = Teller.conclude

    def away_at_first(self: Any, *given: Any, **more: Any) -> Any:
        tried.append("tried")
        if len(tried) == 1:
            raise DatabaseUnavailable
        return conclude(self, *given, **more)

    monkeypatch.setattr(deliver_notices, "PAUSE_WITHOUT_DATABASE", 0.01)
    monkeypatch.setattr(Teller, "conclude", away_at_first)
    with working(stage):
        stage.change("room", "north-room")
        stage.receivers.wait_until(lambda: len(tried) == 2)
        stage.receivers.wait_until(lambda: stage.row(made["id"]).notice_id is None)
    assert len(stage.receivers.received["/noted"]) == 1


def test_a_worker_keeps_the_figures_of_the_queue(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, again and again."""
    monkeypatch.setattr(deliver_notices, "FIGURES_EVERY", 0.01)
    monkeypatch.setattr(deliver_notices, "LONGEST_WAIT", 0.05)

    def figure() -> float | None:
        return REGISTRY.get_sample_value("skolnav_subscriptions", {"state": "parked"})

    with working(stage):
        for _ in range(2):
            SUBSCRIPTIONS.labels("parked").set(-1)
            stage.receivers.wait_until(lambda: (figure() or 0) >= 0)


def test_a_worker_forgets_subscriptions_that_ended_long_ago(stage: Stage) -> None:
    """At its start."""
    made = stage.subscribe(stage.town.caller(), "/ended", "Room")
    stage.sql("UPDATE subscription SET expires = now() - interval '400 days' WHERE id = %(id)s",
              id=made["id"])  # fmt: skip
    count = "SELECT count(*) FROM subscription WHERE id = %(id)s"
    with working(stage):
        stage.receivers.wait_until(lambda: stage.sql(count, id=made["id"]) == [(0,)])


def test_a_worker_waits_no_longer_than_until_the_next_is_due(stage: Stage) -> None:
    """And no longer than it may miss a notice."""
    made = stage.subscribe(stage.town.caller(), "/next", "Room")
    stage.tell(made)
    worker = NoticeWorker(stage.town.database, stage.town.settings)
    stage.sql("UPDATE subscription SET due_at = now() + interval '1 day' WHERE id <> %(id)s",
              id=made["id"])  # fmt: skip
    for seconds, longest in ((2, 2.0), (3_600, deliver_notices.LONGEST_WAIT)):
        stage.sql("UPDATE subscription SET due_at = now() + %(ahead)s * interval '1 second' "
                  "WHERE id = %(id)s", id=made["id"], ahead=seconds)  # fmt: skip
        assert longest - 1 < worker._turn() <= longest
    for lane in worker.lanes:
        lane.pool.shutdown()


def test_what_is_parked_is_told_as_parked_and_what_is_accepted_by_its_age(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log as a warning, and in the metrics."""
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/parked", "Room")
    stage.change("room", "north-room")
    stage.sql("UPDATE subscription SET due_at = now() WHERE id = %(id)s", id=made["id"])
    teller = stage.teller()
    prepared = stage.prepare(teller, made)
    assert prepared is not None
    worker = NoticeWorker(stage.town.database, stage.town.settings)

    def counted(outcome: str) -> float:
        labels = {"consumer": client_id(caller), "outcome": outcome}
        return REGISTRY.get_sample_value("skolnav_change_notices_total", labels) or 0.0

    def ages() -> float:
        name = f"{SECONDS_TO_ACCEPTANCE._name}_count"
        return REGISTRY.get_sample_value(name) or 0.0

    before = ages()
    worker._tell_how_it_went(prepared, Failure("500"), None)
    assert (counted("parked"), counted("failed"), ages()) == (1, 0, before)
    (told,) = [one for one in caplog.records if one.message == "notice.parked"]
    assert told.levelname == "WARNING"
    worker._tell_how_it_went(prepared, Accepted("204"), None)
    assert (counted("told"), ages()) == (1, before + 1)
    teller.conclude(prepared, Accepted("204"), chance=1.0)
    for lane in worker.lanes:
        lane.pool.shutdown()
