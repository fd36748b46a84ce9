"""Who was away for longer than deletions are remembered must not take silence for nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.jobs.retention import apply
from app.models.change_stamps import Tombstone
from tests.make import add, named
from tests.retention.conftest import settings
from tests.ss12000.conftest import Caller
from tests.subscriptions.conftest import Stage, client_id

# Deletions are remembered for 90 days.
BEFORE, FORGOTTEN, REMEMBERED = (timedelta(days=days) for days in (100, 95, 80))


@pytest.fixture(autouse=True)
def nothing_forgotten(stage: Stage) -> Iterator[None]:
    """The town is shared; each test forgets anew."""
    yield
    stage.sql("DELETE FROM forgotten")
    stage.sql("DELETE FROM tombstone")


def parked(stage: Stage, caller: Caller, path: str, ago: timedelta) -> dict[str, Any]:
    """A subscription that was told everything until then, and parked."""
    made = stage.subscribe(caller, path, "Room")
    at = stage.clock() - ago
    stage.sql("UPDATE subscription SET told_until = %(at)s, parked_at = %(at)s, failures = 9, "
              "failing_since = %(at)s WHERE id = %(id)s", at=at, id=made["id"])  # fmt: skip
    # So long ago nothing of the town was there; what is, is no news.
    stage.sql("UPDATE room SET modified = %(at)s", at=at)
    return made


def deleted(stage: Stage, caller: Caller, ago: timedelta) -> datetime:
    """A room that the consumer saw was deleted then; retention has run since."""
    at = stage.clock() - ago
    with stage.town.database.transaction() as session:
        add(session, Tombstone(resource="rooms", object_id=named("gone"), deleted=at,
                               seen_by=[client_id(caller)]))  # fmt: skip
    rule = settings(keep_deletions_days=90)
    apply(stage.town.database, rule, now=stage.clock(), actor="test")
    return at


def resume(stage: Stage, caller: Caller, made: dict[str, Any]) -> None:
    """The consumer renews its subscription, and a worker looks at it."""
    assert caller.request("PATCH", f"/subscriptions/{made['id']}").status_code == 200
    stage.tell(made)


def test_whoever_may_have_missed_a_deletion_is_told_to_begin_anew(stage: Stage) -> None:
    """The notice says that something is gone, and what is gone cannot be told any more: 410."""
    caller = stage.town.caller()
    made = parked(stage, caller, "/long", BEFORE)
    asked = deleted(stage, caller, FORGOTTEN) - timedelta(days=1)
    resume(stage, caller, made)
    (notice,) = stage.receivers.received["/long"]
    assert notice.json["deletedEntities"] and notice.types == []
    answer = caller.get("/deletedEntities", after=asked.isoformat())
    assert (answer.status_code, answer.json()["code"]) == (410, "deletionsForgotten")
    # Once is enough.
    stage.look(made)
    assert len(stage.receivers.received["/long"]) == 1


def test_whoever_was_away_for_less_is_told_of_what_is_known(stage: Stage) -> None:
    """A deletion as ever, and none when there was none."""
    caller, other = stage.town.caller(), stage.town.caller()
    made = parked(stage, caller, "/short", REMEMBERED + timedelta(days=1))
    quiet = parked(stage, other, "/quiet", REMEMBERED + timedelta(days=1))
    deleted(stage, other, FORGOTTEN)
    stage.sql("DELETE FROM tombstone")
    deleted(stage, caller, REMEMBERED)
    assert stage.sql("SELECT 1 FROM forgotten")
    resume(stage, caller, made)
    resume(stage, other, quiet)
    (notice,) = stage.receivers.received["/short"]
    assert notice.json["deletedEntities"]
    assert "/quiet" not in stage.receivers.received


def test_a_city_in_which_nothing_ever_changes_tells_nothing(stage: Stage) -> None:
    """All that was ever changed has been told, though it lies before what is remembered."""
    caller = stage.town.caller()
    deleted(stage, caller, FORGOTTEN)
    made = parked(stage, caller, "/still", FORGOTTEN)
    stage.sql("UPDATE change_clock SET stamp = "
              "(SELECT told_until FROM subscription WHERE id = %(id)s)", id=made["id"])  # fmt: skip
    resume(stage, caller, made)
    assert "/still" not in stage.receivers.received
