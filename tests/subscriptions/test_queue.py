"""The queue, act by act: who is woken, who has a subscription now, and which comes next."""

import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from app.queries.subscription_queue import due_subscriptions, next_due, queue_figures
from app.services.subscription_queue import claim, forget_ended, wake
from tests.backends import wait_for_waiting
from tests.subscriptions.conftest import Stage, client_id
from tests.subscriptions.receivers import PROMPTLY, status

SECOND = timedelta(seconds=1)


def woken(stage: Stage, types: set[str] | None, *, at: datetime) -> None:
    """A worker has heard that something changed."""
    with stage.town.database.transaction() as session:
        wake(session, resource_types=types, at=at, now=stage.clock())


def test_a_change_wakes_those_who_subscribe_to_its_type(stage: Stage) -> None:
    """When it is not known what changed, everyone is woken."""
    caller = stage.town.caller()
    rooms, duties = (stage.subscribe(caller, f"/{name}", name) for name in ("Room", "Duty"))
    for made in (rooms, duties):
        stage.look(made)
    later = stage.row(duties["id"]).due_at
    soon = stage.clock() + SECOND
    woken(stage, {"Room", "Person"}, at=soon)
    assert (stage.row(rooms["id"]).due_at, stage.row(duties["id"]).due_at) == (soon, later)
    woken(stage, None, at=soon)
    assert stage.row(duties["id"]).due_at == soon


def test_a_change_does_not_shorten_the_pause_of_a_receiver_that_failed(stage: Stage) -> None:
    """In a busy city nobody who is broken would ever be left alone."""
    made = stage.subscribe(stage.town.caller(), "/broken", "Room")
    stage.receivers.answers["/broken"] = status(500)
    stage.change("room", "north-room")
    stage.look(made)
    again = stage.row(made["id"]).due_at
    woken(stage, {"Room"}, at=stage.clock())
    assert stage.row(made["id"]).due_at == again


def test_a_further_change_does_not_put_off_the_look(stage: Stage) -> None:
    """What changes all the time would never be told."""
    made = stage.subscribe(stage.town.caller(), "/busy", "Room")
    stage.look(made)
    first = stage.clock() + SECOND
    for at in (first, first + SECOND):
        woken(stage, {"Room"}, at=at)
    assert stage.row(made["id"]).due_at == first


def test_of_two_workers_at_the_same_moment_the_second_goes_on_without_waiting(
    stage: Stage,
) -> None:
    """The first has not even committed its claim."""
    made = stage.subscribe(stage.town.caller(), "/claimed", "Room")
    database, identifier, now = stage.town.database, UUID(made["id"]), stage.clock()
    with database.transaction() as first:
        assert claim(first, identifier, now=now) is not None
        first.flush()
        with database.transaction() as second:
            second.connection().exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            assert claim(second, identifier, now=now) is None


def test_what_was_given_back_can_be_claimed_at_once(stage: Stage) -> None:
    """Not when the lease would have ended: what interrupted the first worker is over."""
    made = stage.subscribe(stage.town.caller(), "/back", "Room")
    first, second = stage.teller(), stage.teller()
    claimed = first.claim(UUID(made["id"]))
    assert claimed is not None
    assert second.claim(UUID(made["id"])) is None
    first.give_back(claimed)
    assert second.claim(UUID(made["id"])) is not None


def test_a_change_while_there_is_nothing_to_tell_is_looked_for_at_once(stage: Stage) -> None:
    """It may have been committed just after the worker looked."""
    made = stage.subscribe(stage.town.caller(), "/meanwhile", "Room")
    teller = stage.teller()
    claimed = teller.claim(UUID(made["id"]))
    assert claimed is not None
    soon = stage.clock() + SECOND
    woken(stage, {"Room"}, at=soon)
    assert teller.prepare(claimed) is None
    row = stage.row(made["id"])
    assert (row.lease, row.due_at) == (None, soon)


def test_workers_that_heard_of_the_same_change_take_subscriptions_in_one_order(
    stage: Stage,
) -> None:
    """By their ids, however the table lies, so that no two ever wait for each other."""
    caller = stage.town.caller()
    for number in range(3):
        stage.subscribe(caller, f"/{number}", "Room")
    # The table now lies in the other order.
    stage.sql(
        "UPDATE subscription SET due_at = now() + interval '1 hour', "
        "id = ('00000000-0000-4000-8000-00000000000' || 9 - right(name, 1)::int)::uuid"
    )
    _, middle, highest = sorted(row for (row,) in stage.sql("SELECT id FROM subscription"))
    with ExitStack() as opened:
        holder, other = (
            opened.enter_context(psycopg.connect(stage.town.database.url)) for _ in range(2)
        )
        holder.execute("SELECT 1 FROM subscription WHERE id = %s FOR UPDATE", (middle,))
        worker = threading.Thread(
            target=woken, args=(stage, {"Room"}), kwargs={"at": stage.clock()}
        )
        worker.start()
        wait_for_waiting(stage.town.database.url, 1)
        free = other.execute("SELECT id FROM subscription FOR UPDATE SKIP LOCKED").fetchall()
        for connection in (other, holder):
            connection.rollback()
        worker.join(PROMPTLY)
    assert free == [(highest,)]


def test_a_lease_lasts_as_long_as_the_receiver_may_take(stage: Stage) -> None:
    """Otherwise another worker would send the notice to a slow receiver a second time."""
    made = stage.subscribe(stage.town.caller(), "/slow", "Room")
    stage.change("room", "north-room")
    patient = replace(stage.teller(), seconds=60.0)
    assert stage.prepare(patient, made) is not None
    stage.clock.ahead = timedelta(seconds=60)
    assert stage.teller().claim(UUID(made["id"])) is None
    stage.clock.ahead = timedelta(seconds=70)
    assert stage.teller().claim(UUID(made["id"])) is not None


def test_a_worker_sleeps_until_a_lease_ends_though_its_subscription_was_woken(
    stage: Stage,
) -> None:
    """It would be looked for in vain before, and not be looked for when the time has come."""
    made = stage.subscribe(stage.town.caller(), "/leased", "Room")
    assert stage.teller().claim(UUID(made["id"])) is not None
    ends = stage.row(made["id"]).leased_until
    woken(stage, {"Room"}, at=stage.clock())
    with stage.town.database.transaction() as session:
        assert next_due(session, now=stage.clock() + SECOND) == ends


def test_those_that_failed_most_wait_longest(stage: Stage) -> None:
    """And of those that failed alike whoever has been due longest comes first."""
    caller = stage.town.caller()
    expected = []
    for failures, ago in ((1, 1), (2, 9), (2, 5), (3, 30)):
        made = stage.subscribe(caller, f"/{failures}-{ago}", "Room")
        stage.sql("UPDATE subscription SET failures = %(failures)s, due_at = %(at)s "
                  "WHERE id = %(id)s", failures=failures, id=made["id"],
                  at=stage.clock() - ago * SECOND)  # fmt: skip
        expected.append(UUID(made["id"]))
    # As a table is read that has seen updates: in no order that could be relied on.
    for identifier in (expected[1], expected[0]):
        stage.sql("UPDATE subscription SET name = name || '!' WHERE id = %(id)s", id=identifier)
    with stage.town.database.transaction() as session:
        asked: dict[str, Any] = {"failing": True, "now": stage.clock(), "except_for": ()}
        assert due_subscriptions(session, **asked, limit=9) == expected
        assert due_subscriptions(session, **asked, limit=2) == expected[:2]
        asked["except_for"] = expected[:1]
        assert due_subscriptions(session, **asked, limit=2) == expected[1:3]


def test_a_notice_that_nobody_waits_for_is_not_the_oldest_one(stage: Stage) -> None:
    """A parked subscription would let the operator's alarm ring for ever."""
    caller = stage.town.caller()
    for path, answer in (("/parked", 410), ("/failing", 500)):
        made = stage.subscribe(caller, path, "Room")
        stage.receivers.answers[path] = status(answer)
        stage.change("room", "north-room")
        stage.look(made)
    with stage.town.database.transaction() as session:
        figures = queue_figures(session, now=stage.clock())
    assert figures.states == {"active": 0, "failing": 1, "parked": 1, "expired": 0}
    assert figures.oldest_notice == stage.row(made["id"]).notice_begun


def test_a_notice_waits_since_its_first_try_whatever_it_says_by_now(stage: Stage) -> None:
    """What is added to it does not make it younger, nor its receiver's failures fewer."""
    made = stage.subscribe(stage.town.caller(), "/waiting", "Room", "Duty")
    stage.receivers.answers["/waiting"] = status(500)
    stage.change("room", "north-room")
    stage.look(made)
    first = stage.row(made["id"])
    stage.clock.ahead = timedelta(minutes=5)
    stage.change("duty", "north-teacher-duty")
    stage.look(made)
    second = stage.row(made["id"])
    assert (second.notice_begun, second.failing_since) == (first.notice_begun, first.failing_since)
    assert second.notice_id != first.notice_id
    assert second.failures == 2
    assert first.last_tried is not None and second.last_tried is not None
    assert second.last_tried - first.last_tried >= stage.clock.ahead


def test_a_notice_that_became_void_is_dropped_with_its_failures(stage: Stage) -> None:
    """The consumer may no longer see what it was about; the receiver has nothing to make good."""
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/void", "Person", "Room")
    stage.receivers.answers["/void"] = status(500)
    stage.change("person", "bo")
    stage.look(made)
    assert stage.row(made["id"]).failures == 1
    stage.sql(
        "UPDATE consumer_grant SET scopes = array_remove(scopes, 'people:read') "
        "WHERE application_id = (SELECT id FROM application WHERE client_id = %(client_id)s)",
        client_id=client_id(caller),
    )
    stage.look(made)
    row = stage.row(made["id"])
    assert (row.notice_id, row.notice_begun, row.failures, row.failing_since) == (
        None, None, 0, None,
    )  # fmt: skip


def test_a_look_in_vain_is_remembered(stage: Stage) -> None:
    """Whoever has little to be told would else seem to have been away, and have to begin anew."""
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/quiet", "Room")
    before = stage.row(made["id"])
    stage.change("duty", "north-teacher-duty")
    # More rights, which take nothing from the consumer's view.
    stage.sql(
        "UPDATE consumer_grant SET sees_protected = TRUE "
        "WHERE application_id = (SELECT id FROM application WHERE client_id = %(client_id)s)",
        client_id=client_id(caller),
    )
    stage.look(made)
    after = stage.row(made["id"])
    ((stamp,),) = stage.sql("SELECT stamp FROM change_clock")
    assert "/quiet" not in stage.receivers.received
    assert after.told_until == stamp > before.told_until
    assert after.told_rights != before.told_rights


def test_what_ended_is_forgotten_when_it_can_be_renewed_no_more(stage: Stage) -> None:
    """Thirty days later, and not before."""
    caller = stage.town.caller()
    made = {}
    for name, ago in (("old", timedelta(days=30, minutes=1)), ("new", timedelta(days=29))):
        made[name] = stage.subscribe(caller, f"/{name}", "Room")["id"]
        stage.sql("UPDATE subscription SET expires = %(at)s WHERE id = %(id)s",
                  at=stage.clock() - ago, id=made[name])  # fmt: skip
    with stage.town.database.transaction() as session:
        forget_ended(session, now=stage.clock())
    kept = {str(identifier) for (identifier,) in stage.sql("SELECT id FROM subscription")}
    assert kept == {made["new"]}
