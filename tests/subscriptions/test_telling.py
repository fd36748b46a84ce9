"""One notice at a time: what is in it, when it is sent again, and when no more."""

import itertools
import socket
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.auth.outbound import NotReached
from app.jobs import tell_consumer
from app.services.consumers import disable_application, enable_application
from app.services.subscription_queue import GIVEN_UP_AFTER, LONGEST_PAUSE, next_try, wake
from app.services.subscriptions import rotate_webhook_secret, wake_subscription
from tests.make import named
from tests.subscriptions.conftest import TIMEOUT, Stage, client_id
from tests.subscriptions.receivers import status

BEGAN = datetime(2026, 11, 2, 8, tzinfo=UTC)
SOON = timedelta(seconds=30)


def test_a_change_is_told_once_in_both_spellings_and_without_any_data(stage: Stage) -> None:
    """And before the change there was nothing to tell."""
    made = stage.subscribe(stage.town.caller(), "/one", "Room", "Person")
    stage.tell(made)
    assert stage.receivers.received == {}
    stage.change("room", "north-room", display_name="B2")
    for _ in range(2):
        stage.look(made)
    (notice,) = stage.receivers.received["/one"]
    assert notice.json == {
        "modifiedEntites": ["Room"], "modifiedEntities": ["Room"], "deletedEntities": False,
    }  # fmt: skip


def test_an_independent_library_accepts_the_signature(stage: Stage) -> None:
    """And refuses it with another secret or for another body."""
    made = stage.subscribe(stage.town.caller(), "/signed", "Room")
    stage.change("room", "north-room")
    stage.look(made)
    (notice,) = stage.receivers.received["/signed"]
    assert Webhook(made["secret"]).verify(notice.body, notice.headers) == notice.json
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(notice.body, notice.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(notice.body + b" ", notice.headers)


def test_after_a_rotation_both_secrets_serve_until_the_overlap_is_over(stage: Stage) -> None:
    made = stage.subscribe(stage.town.caller(), "/rotated", "Room")
    with stage.town.database.transaction() as session:
        secret = rotate_webhook_secret(
            session, UUID(made["id"]), overlap=timedelta(hours=1),
            sealing_key=stage.teller().sealing_key, now=stage.clock(), actor="test",
        )  # fmt: skip
    stage.change("room", "north-room")
    stage.look(made)
    stage.clock.ahead = timedelta(hours=2)
    stage.change("room", "north-room")
    stage.look(made)
    during, after = stage.receivers.received["/rotated"]
    for known in (made["secret"], secret):
        Webhook(known).verify(during.body, during.headers)
    assert len(after.headers["webhook-signature"].split()) == 1


def test_a_notice_is_sent_again_under_its_own_id_until_it_is_accepted(stage: Stage) -> None:
    made = stage.subscribe(stage.town.caller(), "/again", "Room")
    stage.receivers.answers["/again"] = status(500)
    stage.change("room", "north-room")
    for _ in range(2):
        stage.look(made)
    stage.receivers.answers["/again"] = status(204)
    for _ in range(2):
        stage.look(made)
    first, second, third = stage.receivers.received["/again"]
    assert first.id == second.id == third.id
    assert first.body == second.body == third.body
    assert stage.row(made["id"]).failures == 0


def test_a_notice_that_says_something_else_is_another_notice(stage: Stage) -> None:
    """A receiver that took the first and drops what it knows must not drop what is new."""
    made = stage.subscribe(stage.town.caller(), "/more", "Room", "Duty")
    stage.receivers.answers["/more"] = status(500)
    stage.change("room", "north-room")
    stage.look(made)
    stage.change("duty", "north-teacher-duty")
    stage.look(made)
    first, second = stage.receivers.received["/more"]
    assert (first.types, second.types) == (["Room"], ["Duty", "Room"])
    assert first.id != second.id


def test_a_notice_that_now_tells_of_something_gone_is_another_notice(stage: Stage) -> None:
    """Of the same types as before."""
    made = stage.subscribe(stage.town.caller(), "/gone-too", "Person")
    stage.receivers.answers["/gone-too"] = status(500)
    stage.change("person", "anna")
    stage.look(made)
    stage.change("person", "bo", security_marking="Sekretessmarkering")
    stage.look(made)
    stage.change("person", "bo", security_marking="Ingen")
    first, second = stage.receivers.received["/gone-too"]
    assert first.types == second.types == ["Person"]
    assert (first.json["deletedEntities"], second.json["deletedEntities"]) == (False, True)
    assert first.id != second.id


def test_what_changes_while_a_notice_waits_is_told_by_the_next_one(stage: Stage) -> None:
    """Although the waiting one names the same type: it may have been taken already."""
    made = stage.subscribe(stage.town.caller(), "/later", "Room")
    stage.receivers.answers["/later"] = status(500)
    stage.change("room", "north-room")
    stage.look(made)
    stage.change("room", "south-room")
    stage.receivers.answers["/later"] = status(200)
    for _ in range(3):
        stage.look(made)
    failed, taken, following = stage.receivers.received["/later"]
    assert failed.id == taken.id
    assert following.id != taken.id
    assert following.types == ["Room"]


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_every_2xx_is_an_acceptance(stage: Stage, code: int) -> None:
    made = stage.subscribe(stage.town.caller(), "/ok", "Room")
    stage.receivers.answers["/ok"] = status(code)
    stage.change("room", "north-room")
    stage.look(made)
    row = stage.row(made["id"])
    assert (row.failures, row.last_answer, row.notice_id) == (0, str(code), None)


@pytest.mark.parametrize("code", [300, 301, 302, 307, 308, 400, 401, 404, 500, 503])
def test_anything_else_is_a_failure_and_no_redirect_is_followed(stage: Stage, code: int) -> None:
    made = stage.subscribe(stage.town.caller(), "/not-ok", "Room")
    elsewhere = stage.receivers.target("/elsewhere")
    stage.receivers.answers["/not-ok"] = status(code, Location=elsewhere)
    stage.change("room", "north-room")
    stage.look(made)
    row = stage.row(made["id"])
    assert (row.failures, row.last_answer, row.parked_at) == (1, str(code), None)
    assert "/elsewhere" not in stage.receivers.received


def test_a_receiver_that_does_not_answer_is_given_up_in_time(stage: Stage) -> None:
    made = stage.subscribe(stage.town.caller(), "/hangs", "Room")
    stage.receivers.answers["/hangs"] = stage.receivers.hang
    stage.change("room", "north-room")
    began = datetime.now(UTC)
    stage.look(made)
    assert stage.row(made["id"]).last_answer == "timeout"
    assert datetime.now(UTC) - began < timedelta(seconds=TIMEOUT + 5)


def test_a_receiver_may_ask_for_a_pause_of_up_to_an_hour(stage: Stage) -> None:
    made = stage.subscribe(stage.town.caller(), "/busy", "Room")
    stage.receivers.answers["/busy"] = status(429, Retry_After="600")
    stage.change("room", "north-room")
    stage.look(made)
    pause = stage.row(made["id"]).due_at - stage.clock()
    assert timedelta(seconds=590) < pause <= timedelta(seconds=600)
    stage.receivers.answers["/busy"] = status(503, Retry_After="999999")
    stage.look(made)
    assert stage.row(made["id"]).due_at - stage.clock() <= timedelta(hours=1)


def test_gone_parks_at_once_and_a_renewal_starts_anew(stage: Stage) -> None:
    """With all that was not told meanwhile."""
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/gone", "Room")
    stage.receivers.answers["/gone"] = status(410)
    stage.change("room", "north-room")
    stage.look(made)
    assert stage.row(made["id"]).parked_at is not None
    stage.look(made)
    assert len(stage.receivers.received["/gone"]) == 1
    stage.receivers.answers["/gone"] = status(200)
    renewed = caller.request("PATCH", f"/subscriptions/{made['id']}")
    assert renewed.status_code == 200
    stage.tell(made)
    assert len(stage.receivers.received["/gone"]) == 2
    assert stage.row(made["id"]).parked_at is None


def test_a_dead_receiver_is_tried_for_a_day_ever_less_often_and_then_parked(stage: Stage) -> None:
    """Until an admin wakes it."""
    made = stage.subscribe(stage.town.caller(), "/dead", "Room")
    stage.receivers.answers["/dead"] = status(500)
    stage.change("room", "north-room")
    stage.look(made)
    tries = [datetime.now(UTC)]
    while (row := stage.row(made["id"])).parked_at is None:
        assert len(tries) < 30
        tries.append(row.due_at)
        stage.clock.ahead = row.due_at - datetime.now(UTC) + timedelta(milliseconds=1)
        stage.tell(made)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses[0] <= timedelta(seconds=6)
    assert max(pauses) == pytest.approx(LONGEST_PAUSE, abs=timedelta(seconds=10))
    assert tries[-1] - tries[0] == pytest.approx(GIVEN_UP_AFTER, abs=timedelta(seconds=10))
    sent = stage.receivers.received["/dead"]
    assert len(sent) == len(tries) > 10
    assert len({notice.id for notice in sent}) == 1
    stage.clock.ahead += timedelta(days=2)
    stage.look(made)
    assert len(sent) == len(tries)
    with stage.town.database.transaction() as session:
        wake_subscription(session, UUID(made["id"]), now=stage.clock(), actor="test")
    stage.tell(made)
    assert len(sent) == len(tries) + 1
    # For a day again, not for one try.
    assert (stage.row(made["id"]).failures, stage.row(made["id"]).parked_at) == (1, None)


@pytest.mark.parametrize(("failures", "longest"), [
    (1, timedelta(seconds=5)), (2, timedelta(seconds=10)), (7, timedelta(seconds=320)),
    (12, timedelta(seconds=10_240)), (13, LONGEST_PAUSE), (10_000, LONGEST_PAUSE),
])  # fmt: skip
def test_pauses_double_and_are_spread_over_their_second_half(
    failures: int, longest: timedelta
) -> None:
    soonest, latest = (
        next_try(failures, since=BEGAN, now=BEGAN, chance=chance) for chance in (0.0, 1.0)
    )
    assert (soonest, latest) == (BEGAN + longest / 2, BEGAN + longest)


def test_the_last_try_is_a_day_after_the_first_failure() -> None:
    almost = BEGAN + GIVEN_UP_AFTER - timedelta(minutes=1)
    assert next_try(20, since=BEGAN, now=almost, chance=1.0) == BEGAN + GIVEN_UP_AFTER
    assert next_try(20, since=BEGAN, now=BEGAN + GIVEN_UP_AFTER, chance=1.0) is None


def test_a_receiver_cannot_ask_for_a_shorter_pause_than_its_failures_bring() -> None:
    """Nor put off the last try."""
    short, hour = timedelta(seconds=1), timedelta(hours=1)
    assert next_try(12, since=BEGAN, now=BEGAN, chance=1.0, asked=short) == next_try(
        12, since=BEGAN, now=BEGAN, chance=1.0
    )
    almost = BEGAN + GIVEN_UP_AFTER - timedelta(minutes=1)
    assert next_try(1, since=BEGAN, now=almost, chance=1.0, asked=hour) == BEGAN + GIVEN_UP_AFTER


def test_a_disabled_consumer_is_told_nothing_and_what_it_missed_when_it_is_enabled(
    stage: Stage,
) -> None:
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/disabled", "Room")
    client = client_id(caller)
    with stage.town.database.transaction() as session:
        disable_application(session, client_id=client, reason="t", now=stage.clock(), actor="t")
    stage.change("room", "north-room")
    stage.look(made)
    assert stage.receivers.received == {}
    with stage.town.database.transaction() as session:
        enable_application(session, client_id=client, now=stage.clock(), actor="t")
    stage.look(made)
    assert len(stage.receivers.received["/disabled"]) == 1


def test_without_a_grant_of_today_nothing_is_sent(stage: Stage) -> None:
    """Not even what was begun before."""
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/ended", "Room")
    stage.receivers.answers["/ended"] = status(500)
    stage.change("room", "north-room")
    stage.look(made)
    stage.sql(
        "UPDATE consumer_grant SET revoked_at = now() WHERE application_id = "
        "(SELECT id FROM application WHERE client_id = %(client_id)s)", client_id=client_id(caller),
    )  # fmt: skip
    stage.look(made)
    assert len(stage.receivers.received["/ended"]) == 1


def test_a_type_that_the_grant_no_longer_holds_is_not_told(stage: Stage) -> None:
    """The others of the subscription are."""
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/less", "Person", "Room")
    stage.sql(
        "UPDATE consumer_grant SET scopes = array_remove(scopes, 'people:read') "
        "WHERE application_id = (SELECT id FROM application WHERE client_id = %(client_id)s)",
        client_id=client_id(caller),
    )
    stage.change("person", "bo")
    stage.look(made)
    assert stage.receivers.received == {}
    stage.change("room", "north-room")
    stage.look(made)
    (notice,) = stage.receivers.received["/less"]
    assert notice.types == ["Room"]


def test_a_subscription_that_has_ended_is_silent_until_it_is_renewed(stage: Stage) -> None:
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/expired", "Room")
    stage.sql("UPDATE subscription SET expires = now() - interval '1 s'")
    stage.change("room", "north-room")
    stage.look(made)
    assert stage.receivers.received == {}
    assert caller.request("PATCH", f"/subscriptions/{made['id']}").status_code == 200
    stage.look(made)
    assert len(stage.receivers.received["/expired"]) == 1


def test_a_worker_that_died_is_followed_by_another_when_its_lease_ends(stage: Stage) -> None:
    """Under the same id; and what the first one says after that counts for nothing."""
    made = stage.subscribe(stage.town.caller(), "/died", "Room")
    stage.change("room", "north-room")
    first, second = stage.teller(), stage.teller()
    begun = stage.prepare(first, made)
    assert begun is not None
    assert stage.prepare(second, made) is None
    stage.clock.ahead = SOON
    again = stage.prepare(second, made)
    assert again is not None
    assert again.notice_id == begun.notice_id
    first.conclude(begun, first.send(begun), chance=0.0)
    assert stage.row(made["id"]).notice_id == begun.notice_id
    second.conclude(again, second.send(again), chance=0.0)
    row = stage.row(made["id"])
    assert (row.notice_id, row.lease) == (None, None)


def test_a_change_meanwhile_does_not_bring_a_second_worker(stage: Stage) -> None:
    """It waits until the first has its answer."""
    made = stage.subscribe(stage.town.caller(), "/one-at-a-time", "Room")
    stage.change("room", "north-room")
    first, second = stage.teller(), stage.teller()
    begun = stage.prepare(first, made)
    assert begun is not None
    now = stage.clock()
    with stage.town.database.transaction() as session:
        wake(session, resource_types={"Room"}, at=now, now=now)
    assert stage.row(made["id"]).due_at == now
    assert second.claim(UUID(made["id"])) is None
    first.conclude(begun, first.send(begun), chance=0.0)
    stage.clock.ahead = timedelta(seconds=1)
    assert second.claim(UUID(made["id"])) is not None


def test_an_object_that_is_gone_is_told_to_those_who_subscribe_to_its_type(stage: Stage) -> None:
    """Protected identity takes a person out of the view of whoever is not cleared."""
    uncleared, cleared = stage.town.caller(), stage.town.caller(sees_protected=True)
    persons = stage.subscribe(uncleared, "/persons", "Person")
    rooms = stage.subscribe(uncleared, "/rooms", "Room")
    all_persons = stage.subscribe(cleared, "/cleared", "Person")
    stage.change("person", "bo", security_marking="Sekretessmarkering")
    for made in (persons, rooms, all_persons):
        stage.look(made)
    stage.change("person", "bo", security_marking="Ingen")
    assert stage.receivers.received["/persons"][0].json["deletedEntities"] is True
    assert "/rooms" not in stage.receivers.received
    assert stage.receivers.received["/cleared"][0].json["deletedEntities"] is False


def test_a_grant_that_shrank_is_told_once(stage: Stage) -> None:
    """What is no longer seen is to be dropped; nothing of it has changed."""
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/shrunk", "Room")
    stage.sql(
        "WITH old AS (UPDATE consumer_grant SET revoked_at = now() WHERE application_id = "
        "(SELECT id FROM application WHERE client_id = %(client_id)s) RETURNING *) "
        "INSERT INTO consumer_grant (id, application_id, agreement_reference, purpose, scopes, "
        "organisation_ids, school_types, field_groups, sees_protected, rate_tier, valid_from, "
        "valid_to, created) SELECT gen_random_uuid(), application_id, 'T-2', purpose, scopes, "
        "ARRAY[%(north)s::uuid], school_types, field_groups, sees_protected, rate_tier, "
        "valid_from, valid_to, now() FROM old", client_id=client_id(caller), north=named("north"),
    )  # fmt: skip
    for _ in range(3):
        stage.look(made)
    (notice,) = stage.receivers.received["/shrunk"]
    assert notice.json == {
        "modifiedEntites": [], "modifiedEntities": [], "deletedEntities": True,
    }  # fmt: skip


def test_a_name_that_leads_inside_later_is_not_called(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It led to a public host when the consumer subscribed."""
    leads_to = ["8.8.8.8"]

    def look_up(_host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads_to[0], port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    made = stage.town.caller().post("/subscriptions", {
        "name": "x", "target": "https://hooks.example/", "resourceTypes": ["Room"],
    })  # fmt: skip
    assert made.status_code == 201
    leads_to[0] = "127.0.0.1"
    stage.change("room", "north-room")
    stage.look(made.json())
    assert stage.row(made.json()["id"]).last_answer == "addressRefused"


@pytest.mark.parametrize("said", ["soon", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1e3", "9" * 9])
def test_a_pause_that_is_no_number_of_seconds_counts_for_nothing(stage: Stage, said: str) -> None:
    """The notice has failed as any other, and is tried again in its time."""
    made = stage.subscribe(stage.town.caller(), "/pause", "Room")
    stage.receivers.answers["/pause"] = status(503, **{"Retry-After": said})
    stage.change("room", "north-room")
    stage.look(made)
    row = stage.row(made["id"])
    assert row.failures == 1
    assert row.due_at < stage.clock() + timedelta(minutes=5)


def test_who_may_no_longer_read_what_it_subscribed_to_is_not_told_of_it(stage: Stage) -> None:
    """Not even that something happened; the grant for other things goes on."""
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/narrowed", "Room")
    stage.tell(made)
    stage.change("room", "north-room")
    stage.sql(
        "UPDATE consumer_grant SET scopes = ARRAY['people:read'] WHERE application_id = "
        "(SELECT id FROM application WHERE client_id = %(client)s)", client=client_id(caller),
    )  # fmt: skip
    teller = stage.teller()
    stage.sql("UPDATE subscription SET due_at = %(now)s WHERE id = %(id)s", now=stage.clock(),
              id=made["id"])  # fmt: skip
    assert stage.prepare(teller, made) is None
    assert "/narrowed" not in stage.receivers.received


def test_the_time_that_resolving_took_is_not_given_to_the_receiver_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a delivery has one deadline, on which the lease rests."""
    made = stage.subscribe(stage.town.caller(), "/deadline", "Room")
    stage.tell(made)
    stage.change("room", "north-room")
    stage.sql("UPDATE subscription SET due_at = %(now)s WHERE id = %(id)s", now=stage.clock(),
              id=made["id"])  # fmt: skip
    teller = stage.teller()
    prepared = stage.prepare(teller, made)
    assert prepared is not None
    times, given = iter((100.0, 100.4)), []

    def call(*_given: object, seconds: float, **_more: object) -> None:
        given.append(seconds)
        raise NotReached("stopped")

    clock = SimpleNamespace(monotonic=lambda: next(times))
    monkeypatch.setattr(tell_consumer, "time", clock)
    monkeypatch.setattr(tell_consumer, "call", call)
    outcome = teller.send(prepared)
    monkeypatch.undo()
    assert given == [pytest.approx(TIMEOUT - 0.4)]
    teller.conclude(prepared, outcome, chance=1.0)
