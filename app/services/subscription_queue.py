"""The workers' acts on subscriptions: claim one, begin its notice, and say how it ended.

The row is the queue. Whoever has claimed it names its lease with every further act; a lease that
ran out and was given to another makes the act do nothing. See docs/adr/0012.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Text, cast, update
from sqlmodel import Session, col, delete, select

from app.models.consumers import Application
from app.models.subscriptions import Subscription
from app.queries.subscription_queue import SubscriptionRow, is_alive, is_claimable

# Each subscription is looked at this often, whether or not something was heard. As long lasts the
# lease under which it is looked at.
LOOK_EVERY = timedelta(seconds=30)
# Beyond the time that the receiver has: for noting down what it answered.
LEASE_MARGIN = timedelta(seconds=5)
SHORTEST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=4)
GIVEN_UP_AFTER = timedelta(hours=24)
LONGEST_ASKED_PAUSE = timedelta(hours=1)
RENEWABLE_AFTER_END = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Found:
    """What a consumer is to be told: types of objects that changed, and whether some are gone.

    It was so at the stamp `until`, under `rights`.
    """

    types: frozenset[str]
    deletions: bool
    until: datetime
    rights: bytes

    def __bool__(self) -> bool:
        return bool(self.types) or self.deletions


@dataclass(frozen=True, slots=True)
class Claimed:
    """A subscription that is ours until its lease ends."""

    row: SubscriptionRow
    lease: UUID

    @property
    def id(self) -> UUID:
        """The subscription's id."""
        return self.row.subscription.id


@dataclass(frozen=True, slots=True)
class Failure:
    """A notice that was not accepted. `pause` is what the receiver asked for, if it did."""

    answer: str
    gone: bool = False
    pause: timedelta | None = None


def wake(
    session: Session, *, resource_types: Collection[str] | None, at: datetime, now: datetime
) -> None:
    """Have subscriptions to these types (None: all) looked at then, unless they are sooner.

    Those that failed keep their pause.
    """
    later = select(Subscription.id).where(
        is_alive(now), col(Subscription.failures) == 0, col(Subscription.due_at) > at
    )
    if resource_types is not None:
        wanted = cast(sorted(resource_types), ARRAY(Text()))
        later = later.where(col(Subscription.resource_types).bool_op("&&")(wanted))
    # In one order, so that two workers that heard of the same change do not lock each other out.
    locked = later.order_by(col(Subscription.id)).with_for_update()
    session.execute(update(Subscription).where(col(Subscription.id).in_(locked)).values(due_at=at))


def claim(session: Session, identifier: UUID, *, now: datetime) -> Claimed | None:
    """Take a due subscription; None when it is no longer due, or another has it."""
    found = session.exec(
        select(Subscription, Application)
        .join(Application)
        .where(Subscription.id == identifier, is_claimable(now))
        .with_for_update(of=Subscription, skip_locked=True)
    ).first()
    if found is None:
        return None
    subscription, application = found
    subscription.lease = uuid4()
    # Were the worker killed now, it would be due again when the lease ends.
    subscription.leased_until = subscription.due_at = now + LOOK_EVERY
    session.add(subscription)
    return Claimed(SubscriptionRow(subscription, application), subscription.lease)


def release(session: Session, claimed: Claimed, *, found: Found | None, now: datetime) -> None:
    """There is nothing to tell: `found` says until when; None when that could not be asked."""
    row = _leased(session, claimed)
    if row is None:
        return
    if found is not None:
        row.told_until, row.told_rights = found.until, found.rights
        _forget_notice(row)
    if row.due_at == row.leased_until:
        # Otherwise it was woken meanwhile.
        row.due_at = now + LOOK_EVERY
    row.lease = row.leased_until = None
    session.add(row)


def give_back(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """Nothing could be found out or sent: whoever comes next may try at once."""
    row = _leased(session, claimed)
    if row is not None:
        row.lease = row.leased_until = None
        row.due_at = now
        session.add(row)


def begin_notice(
    session: Session, claimed: Claimed, *, found: Found, now: datetime, seconds: float
) -> Subscription | None:
    """Note what is about to be told; None when the lease was lost.

    A notice that was begun and says the same is sent again under its own id: the receiver may have
    accepted it already, and then drops it. It is no promise about anything after its `until`.
    """
    row = _leased(session, claimed)
    if row is None:
        return None
    begun = (frozenset(row.notice_types or ()), row.notice_deletions)
    if row.notice_id is None or begun != (found.types, found.deletions):
        row.notice_id = f"msg_{uuid4().hex}"
        row.notice_types, row.notice_deletions = sorted(found.types), found.deletions
        row.notice_until, row.notice_rights = found.until, found.rights
        row.notice_begun = row.notice_begun or now
    row.last_tried = now
    row.leased_until = row.due_at = now + timedelta(seconds=seconds) + LEASE_MARGIN
    session.add(row)
    return row


def notice_body(row: Subscription) -> bytes:
    """What is sent: types of objects, and nothing about any of them."""
    types = list(row.notice_types or ())
    # The standard misspells the first; clients that read the second exist too.
    body = {"modifiedEntites": types, "modifiedEntities": types,
            "deletedEntities": bool(row.notice_deletions)}  # fmt: skip
    return json.dumps(body, separators=(",", ":")).encode()


def told(
    session: Session, claimed: Claimed, *, answer: str, now: datetime, look_again: timedelta
) -> bool:
    """The receiver has accepted. False when the lease was lost, so that it will be told again."""
    row = _leased(session, claimed)
    if row is None:
        return False
    assert row.notice_until is not None and row.notice_rights is not None
    row.told_until, row.told_rights = row.notice_until, row.notice_rights
    row.last_told, row.last_answer = now, answer
    _forget_notice(row)
    row.lease = row.leased_until = None
    # What changed since the notice was begun may have woken nobody.
    row.due_at = now + look_again
    session.add(row)
    return True


def failed(
    session: Session, claimed: Claimed, *, failure: Failure, now: datetime, chance: float
) -> datetime | None:
    """The receiver has not accepted. When it is tried again; None when it was parked."""
    row = _leased(session, claimed)
    if row is None:
        return now
    row.failures += 1
    row.failing_since = row.failing_since or now
    row.last_answer = failure.answer
    row.lease = row.leased_until = None
    again = None
    if not failure.gone:
        again = next_try(row.failures, since=row.failing_since, now=now, chance=chance,
                         asked=failure.pause)  # fmt: skip
    if again is None:
        row.parked_at = now
    else:
        row.due_at = again
    session.add(row)
    return again


def next_try(
    failures: int, *, since: datetime, now: datetime, chance: float, asked: timedelta | None = None
) -> datetime | None:
    """When to try again: in seconds at first, in hours later, the last time after a day.

    `chance` from 0 to 1 spreads the tries of receivers that failed at the same moment.
    """
    end = since + GIVEN_UP_AFTER
    if now >= end:
        return None
    # Bounded, so that nothing overflows.
    longest = min(SHORTEST_PAUSE * (1 << min(failures - 1, 16)), LONGEST_PAUSE)
    pause = longest * (0.5 + chance / 2)
    if asked is not None:
        pause = max(pause, min(asked, LONGEST_ASKED_PAUSE))
    return min(now + pause, end)


def unpark(row: Subscription, *, now: datetime) -> None:
    """Start anew, at once, with what the consumer was last told."""
    row.parked_at = row.failing_since = None
    row.failures = 0
    row.due_at = now


def forget_ended(session: Session, *, now: datetime) -> None:
    """Delete subscriptions that ended so long ago that they cannot be renewed any more."""
    session.execute(
        delete(Subscription).where(col(Subscription.expires) < now - RENEWABLE_AFTER_END)
    )


def _forget_notice(row: Subscription) -> None:
    row.notice_id = row.notice_types = row.notice_deletions = None
    row.notice_until = row.notice_rights = row.notice_begun = None
    row.failures, row.failing_since = 0, None


def _leased(session: Session, claimed: Claimed) -> Subscription | None:
    found: Sequence[Subscription] = session.exec(
        select(Subscription)
        .where(Subscription.id == claimed.id, Subscription.lease == claimed.lease)
        .with_for_update()
    ).all()
    return found[0] if found else None
