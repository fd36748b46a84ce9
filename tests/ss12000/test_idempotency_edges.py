"""An Idempotency-Key at the very end of its time, and what it stands for afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.errors import IdempotencyKeyReused
from app.queries.access import Access, Scope
from app.services.idempotency import KEPT, Answer, Attempt, answer_once, forget_old_keys
from tests.ss12000.conftest import Town

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
DAY_OVER = NOON + KEPT


def someone() -> Access:
    """A consumer of the test's own."""
    return Access(
        client_id=f"test-{uuid4().hex}", grant_id=uuid4(), scopes=frozenset(Scope),
        organisation_ids=None, school_types=None, field_groups=frozenset(), sees_protected=False,
        rate_tier="city", expires=NOON + timedelta(days=2), today=NOON.date(),
    )  # fmt: skip


def asking(town: Town, access: Access) -> Callable[..., Answer]:
    """Asks as this consumer, under one key; done anew, the answer is another."""

    def ask(at: datetime, operation: str = "rooms.create", body: object = "body") -> Answer:
        attempt = Attempt("key", operation, body, at, "r")
        with town.database.transaction() as session:
            return answer_once(session, access, attempt, lambda: Answer(uuid4().bytes))

    return ask


def sweep(town: Town, at: datetime) -> None:
    """What a worker does now and then."""
    with town.database.transaction() as session:
        forget_old_keys(session, now=at)


@pytest.mark.parametrize("swept", [False, True])
def test_a_key_lives_for_a_day_to_the_microsecond(written_town: Town, swept: bool) -> None:
    """Then it is free, and not before; alike whether or not it has been swept away."""
    ask = asking(written_town, someone())
    first = ask(NOON)
    for at, replayed in ((DAY_OVER - MOMENT, True), (DAY_OVER, False)):
        if swept:
            sweep(written_town, at)
        answer = ask(at)
        assert (answer.is_replay, answer.content == first.content) == (replayed, replayed)


def test_sweeping_takes_what_is_over_and_no_more(written_town: Town) -> None:
    """Seen in the table, since a key whose time is over answers for nothing anyway."""
    access = someone()
    asking(written_town, access)(NOON)
    for at, left in ((DAY_OVER - MOMENT, 1), (DAY_OVER, 0)):
        sweep(written_town, at)
        with written_town.database.transaction() as session:
            found = session.connection().exec_driver_sql(
                "SELECT count(*) FROM idempotency_key WHERE client_id = %s", (access.client_id,)
            )
            assert found.scalar_one() == left


def test_a_key_that_is_used_anew_stands_for_the_new_request_alone(written_town: Town) -> None:
    """Another operation and body than a day ago: they are repeated, the old ones are a conflict."""
    ask = asking(written_town, someone())
    ask(NOON)
    fresh = ask(DAY_OVER, "rooms.other", "other body")
    again = ask(DAY_OVER + MOMENT, "rooms.other", "other body")
    assert again.is_replay and again.content == fresh.content
    for operation, body in (("rooms.create", "other body"), ("rooms.other", "body")):
        with pytest.raises(IdempotencyKeyReused):
            ask(DAY_OVER + MOMENT, operation, body)
