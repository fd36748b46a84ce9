"""A consumer's own subscriptions, and what one may subscribe to."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.models.consumers import Application
from app.models.subscriptions import Subscription
from app.queries.access import Access
from app.queries.resource import Resource
from app.queries.ss12000 import OFFERED
from app.schemas.enums import ObjectType

# Sums of attendance are no objects of their own: Attendance tells of them too.
SUBSCRIBABLE: dict[str, Resource] = {
    resource.object_type: resource
    for resource in OFFERED
    if resource.object_type in set(ObjectType)
}


def subscriptions_of(
    session: Session, access: Access, *, after: UUID | None, limit: int
) -> Sequence[Subscription]:
    """A consumer's own subscriptions, in the order of their ids."""
    found = _own(access)
    if after is not None:
        found = found.where(col(Subscription.id) > after)
    return session.exec(found.order_by(col(Subscription.id)).limit(limit)).all()


def subscription_of(session: Session, access: Access, identifier: UUID) -> Subscription | None:
    """One of a consumer's own subscriptions."""
    return session.exec(_own(access).where(Subscription.id == identifier)).first()


def _own(access: Access) -> SelectOfScalar[Subscription]:
    return select(Subscription).join(Application).where(Application.client_id == access.client_id)
