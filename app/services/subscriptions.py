"""Acts on subscriptions: consumers subscribe, renew and leave; admins wake and rotate secrets."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlmodel import Session, func, select

from app.auth.consumer_access import access_of_application
from app.auth.outbound import AddressRefused, checked_target
from app.auth.webhook_signatures import new_webhook_secret, seal_webhook_secret
from app.errors import BadBody, Conflict, Forbidden, NotFound
from app.models.change_stamps import ChangeClock
from app.models.consumers import Application
from app.models.subscriptions import Subscription
from app.queries.access import Access
from app.queries.entity_tags import rights
from app.queries.organisation_tree import OrganisationTree
from app.queries.subscriptions import SUBSCRIBABLE, subscription_of
from app.services.audit_records import record_act
from app.services.consumers import checked_name, locked_application
from app.services.subscription_queue import unpark

MOST_SUBSCRIPTIONS = 24
LONGEST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """What a consumer asks for. The target has been checked."""

    name: str
    target: str
    resource_types: Collection[str]


def check_webhook_target(target: str, *, allowed_hosts: Collection[str]) -> None:
    """Raise BadBody for an address that notices may not be sent to."""
    hosts = frozenset(host.lower() for host in allowed_hosts)
    try:
        checked_target(target, allowed_hosts=hosts, inner_http=True, named="target")
    except AddressRefused as refusal:
        raise BadBody(str(refusal)) from refusal


def check_resource_types(access: Access, resource_types: Collection[str]) -> None:
    """Raise BadBody for types that are not offered, Forbidden for those it may not read."""
    if not resource_types:
        raise BadBody("resourceTypes must name at least one type of object.")
    unknown = sorted(set(resource_types) - SUBSCRIBABLE.keys())
    if unknown:
        raise BadBody(
            f"resourceTypes holds {', '.join(unknown)}, which this city does not offer. "
            f"Offered are: {', '.join(sorted(SUBSCRIBABLE))}."
        )
    for name in sorted(resource_types):
        scope = SUBSCRIBABLE[name].scope
        if scope not in access.scopes:
            raise Forbidden(f"A subscription to {name} needs the scope {scope}.")


def subscribe(
    session: Session,
    access: Access,
    wanted: NewSubscription,
    *,
    tree: OrganisationTree,
    lifetime: timedelta,
    sealing_key: bytes,
    now: datetime,
) -> Subscription:
    """Begin a subscription.

    It tells of what is committed from now on. Raises Conflict when the consumer has very many.
    """
    name = checked_name(wanted.name)
    check_resource_types(access, wanted.resource_types)
    application = locked_application(session, client_id=access.client_id)
    held = select(func.count()).where(Subscription.application_id == application.id)
    if session.exec(held).one() >= MOST_SUBSCRIPTIONS:
        raise Conflict(
            f"This consumer has {MOST_SUBSCRIPTIONS} subscriptions, and may have no more. Renew "
            "one, or delete one first."
        )
    whole = access_of_application(session, application, now=now, tree=tree) or access
    identifier, secret = uuid4(), new_webhook_secret()
    subscription = Subscription(
        id=identifier,
        application_id=application.id,
        name=name,
        target=wanted.target,
        resource_types=sorted(set(wanted.resource_types)),
        created=now,
        expires=now + lifetime,
        secret_sealed=seal_webhook_secret(secret, sealing_key, subscription=str(identifier)),
        told_until=session.exec(select(ChangeClock.stamp)).one(),
        told_rights=rights(whole, whose=False),
        # At once: who committed something meanwhile woke nobody.
        due_at=now,
    )
    session.add(subscription)
    _record(session, subscription, "subscribe", f"consumer:{access.client_id}", now)
    return subscription


def renew(
    session: Session,
    access: Access,
    identifier: UUID,
    *,
    asked: datetime | None,
    lifetime: timedelta,
    now: datetime,
) -> Subscription:
    """Let a subscription live on, as long as asked for and the city allows; wake it if parked.

    Raises NotFound, BadBody.
    """
    subscription = own_subscription(session, access, identifier)
    if asked is not None and asked <= now:
        raise BadBody("expires must lie in the future. To end a subscription, delete it.")
    subscription.expires = min(asked or now + lifetime, now + lifetime)
    if subscription.failures:
        unpark(subscription, now=now)
    session.add(subscription)
    session.flush()
    return subscription


def unsubscribe(session: Session, access: Access, identifier: UUID, *, now: datetime) -> None:
    """End a subscription. Raises NotFound."""
    subscription = own_subscription(session, access, identifier)
    _record(session, subscription, "unsubscribe", f"consumer:{access.client_id}", now)
    session.delete(subscription)


def own_subscription(session: Session, access: Access, identifier: UUID) -> Subscription:
    """The consumer's own. Raises NotFound, alike for another's and for none."""
    found = subscription_of(session, access, identifier)
    if found is None:
        raise NotFound("This consumer has no such subscription.")
    return found


def wake_subscription(
    session: Session, identifier: UUID, *, now: datetime, actor: str
) -> Subscription:
    """Try a subscription again at once, with all that it has not been told. Raises NotFound."""
    subscription = _any_subscription(session, identifier)
    unpark(subscription, now=now)
    session.add(subscription)
    _record(session, subscription, "wakeSubscription", actor, now)
    return subscription


def rotate_webhook_secret(
    session: Session,
    identifier: UUID,
    *,
    overlap: timedelta,
    sealing_key: bytes,
    now: datetime,
    actor: str,
) -> str:
    """Make a new secret, which can be seen this once; notices are signed with both meanwhile.

    Raises NotFound, BadBody.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise BadBody("The overlap is between 0 and 30 days.")
    subscription = _any_subscription(session, identifier)
    secret = new_webhook_secret()
    subscription.former_secret_sealed = subscription.secret_sealed if overlap else None
    subscription.former_secret_until = now + overlap if overlap else None
    subscription.secret_sealed = seal_webhook_secret(
        secret, sealing_key, subscription=str(subscription.id)
    )
    session.add(subscription)
    _record(session, subscription, "rotateWebhookSecret", actor, now)
    return secret


def _any_subscription(session: Session, identifier: UUID) -> Subscription:
    found = session.get(Subscription, identifier, with_for_update=True)
    if found is None:
        raise NotFound(
            f"There is no subscription {identifier}. `skolnav consumers subscriptions` shows all."
        )
    return found


def _record(
    session: Session, subscription: Subscription, act: str, actor: str, now: datetime
) -> None:
    client_id = session.get_one(Application, subscription.application_id).client_id
    # Of the target only where it leads: what comes after the path may be a secret.
    host = urlsplit(subscription.target).netloc
    details = {"subscription": str(subscription.id), "name": subscription.name, "host": host}
    record_act(session, now=now, actor=actor, act=act, subject=client_id, details=details)
