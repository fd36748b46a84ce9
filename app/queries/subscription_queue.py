"""Every consumer's subscriptions: as the workers' queue, and as the admin reads them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from app.models.consumers import Application
from app.models.subscriptions import Subscription

TOLD = ("active", "failing")
STATES = (*TOLD, "parked", "expired")


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription and whose it is."""

    subscription: Subscription
    application: Application


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How the queue stands, for metrics."""

    states: dict[str, int]
    oldest_notice: datetime | None


def every_subscription(
    session: Session, *, client_id: str | None = None
) -> Sequence[SubscriptionRow]:
    """All subscriptions, or one consumer's, for the admin."""
    found = select(Subscription, Application).join(Application)
    if client_id is not None:
        found = found.where(Application.client_id == client_id)
    order = (col(Application.client_id), col(Subscription.created), col(Subscription.id))
    return [SubscriptionRow(*row) for row in session.exec(found.order_by(*order))]


def due_subscriptions(
    session: Session, *, failing: bool, now: datetime, except_for: Collection[UUID], limit: int
) -> Sequence[UUID]:
    """Which subscriptions are to be looked at now. Those that failed most wait longest."""
    return session.exec(
        select(Subscription.id)
        .where(
            is_claimable(now),
            col(Subscription.id).not_in(except_for),
            Subscription.failures > 0 if failing else Subscription.failures == 0,
        )
        .order_by(col(Subscription.failures), col(Subscription.due_at))
        .limit(limit)
    ).all()


def next_due(session: Session, *, now: datetime) -> datetime | None:
    """When the next subscription that is not due yet will be."""
    lease = func.coalesce(col(Subscription.leased_until), now)
    when = func.greatest(col(Subscription.due_at), lease)
    found: datetime | None = session.exec(
        select(func.min(when)).where(is_alive(now), when > now)
    ).one()
    return found


def queue_figures(session: Session, *, now: datetime) -> QueueFigures:
    """How many subscriptions are in which state, and since when the oldest notice waits."""
    states = dict.fromkeys(STATES, 0)
    oldest = None
    for subscription in session.exec(select(Subscription)):
        state = state_of(subscription, now)
        states[state] += 1
        if state in TOLD and subscription.notice_begun is not None:
            oldest = min(oldest or subscription.notice_begun, subscription.notice_begun)
    return QueueFigures(states, oldest)


def state_of(subscription: Subscription, now: datetime) -> str:
    """In one word how a subscription stands."""
    if subscription.expires <= now:
        return "expired"
    if subscription.parked_at is not None:
        return "parked"
    return "failing" if subscription.failures else "active"


def is_alive(now: datetime) -> ColumnElement[bool]:
    """The subscription is neither over nor parked."""
    return col(Subscription.parked_at).is_(None) & (col(Subscription.expires) > now)


def is_claimable(now: datetime) -> ColumnElement[bool]:
    """The subscription is due, and no worker has it."""
    lease = col(Subscription.leased_until)
    return is_alive(now) & (col(Subscription.due_at) <= now) & or_(lease.is_(None), lease <= now)
