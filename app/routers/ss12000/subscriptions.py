"""The endpoints of subscriptions: a consumer's own, and nobody else's."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request
from pydantic import ValidationError

from app.auth.secret import WEBHOOK_SECRETS, derived_key, installation_secret
from app.auth.webhook_signatures import unseal_webhook_secret
from app.errors import BadBody, shown
from app.local_time import STOCKHOLM
from app.models.subscriptions import Subscription as Row
from app.queries.access import Access
from app.queries.page_tokens import PagePosition, seal
from app.queries.subscriptions import subscriptions_of
from app.schemas.base import WireModel
from app.schemas.subscriptions import (
    NewSubscription,
    RenewedSubscription,
)
from app.services import subscriptions as acts
from app.services.idempotency import Answer, Attempt, answer_once
from app.web.bodies import read_object
from app.web.headers import read_idempotency_key
from app.web.parameters import (
    canonical,
    continued,
    no_parameters,
    page_rules,
    read_query,
    single,
)
from app.web.values import read_limit, read_uuid

PATH = "subscriptions"


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation answers; no content where it has nothing to say."""

    content: dict[str, Any] | None
    headers: Mapping[str, str] = field(default_factory=dict)


Act = Callable[[Request, Access, bytes], Reply]
M = TypeVar("M", bound=WireModel)


def shown_subscription(row: Row) -> dict[str, Any]:
    """As the standard has it."""
    return {
        "id": str(row.id),
        "expires": row.expires.astimezone(STOCKHOLM).isoformat(),
        "name": row.name,
        "target": row.target,
        "resourceTypes": [{"resource": name} for name in row.resource_types],
    }


def list_own(request: Request, access: Access, _body: bytes) -> Reply:
    """GET /subscriptions."""
    state = request.app.state
    rules = page_rules(state, now=int(time.time()))
    sent = read_query(request.scope["query_string"])
    given = single("limit", sent.pop("limit", []))
    token = single("pageToken", sent.pop("pageToken", []))
    asked = canonical(PATH, sent, {})
    after = continued(asked, token, PATH, access, rules)[1].uuid if token is not None else None
    limit = read_limit(given, most=rules.largest_size) if given else rules.default_size
    with state.database.transaction() as session:
        rows = subscriptions_of(session, access, after=after, limit=limit + 1)
    page: dict[str, Any] = {"data": [shown_subscription(row) for row in rows[:limit]]}
    if len(rows) > limit:
        end = PagePosition(PATH, asked, None, str(rows[limit - 1].id), rules.now)
        page["pageToken"] = seal(end, client_id=access.client_id, secret=rules.secret)
    return Reply(page)


def create(request: Request, access: Access, body: bytes) -> Reply:
    """POST /subscriptions."""
    no_parameters(request.scope["query_string"])
    state = request.app.state
    asked = _read(NewSubscription, body)
    acts.check_resource_types(access, asked.types)
    # Before the transaction: looking up a host can take a while.
    acts.check_webhook_target(asked.target, allowed_hosts=state.settings.allowed_webhook_hosts)
    wanted = acts.NewSubscription(name=asked.name, target=asked.target, resource_types=asked.types)
    tree, now = state.authenticator.organisation_tree(), state.authenticator.clock()
    key = read_idempotency_key(request)
    attempt = Attempt(key, "subscriptions.create", read_object(body), now, request.state.request_id)
    with state.database.transaction() as session:

        def subscribed() -> Answer:
            row = acts.subscribe(
                session, access, wanted, tree=tree, lifetime=_lifetime(request),
                sealing_key=_sealing_key(request), now=now,
            )  # fmt: skip
            return Answer(json.dumps(shown_subscription(row)).encode(), status=201)

        answer = answer_once(session, access, attempt, subscribed)
        content: dict[str, Any] = json.loads(answer.content)
        row = acts.own_subscription(session, access, UUID(content["id"]))
    # The secret is not among what is kept for a repeat; it is opened anew.
    secret = unseal_webhook_secret(
        row.secret_sealed, _sealing_key(request), subscription=str(row.id)
    )
    headers = {"Idempotent-Replayed": "true"} if answer.is_replay else {}
    return Reply(content | {"secret": secret}, headers)


def read_one(request: Request, access: Access, _body: bytes) -> Reply:
    """GET /subscriptions/{id}."""
    no_parameters(request.scope["query_string"])
    with request.app.state.database.transaction() as session:
        row = acts.own_subscription(session, access, _identifier(request))
    return Reply(shown_subscription(row))


def renew(request: Request, access: Access, body: bytes) -> Reply:
    """PATCH /subscriptions/{id}, with a body or without."""
    no_parameters(request.scope["query_string"])
    asked = _read(RenewedSubscription, body).expires if body.strip() else None
    with request.app.state.database.transaction() as session:
        row = acts.renew(
            session, access, _identifier(request), asked=asked, lifetime=_lifetime(request),
            now=request.app.state.authenticator.clock(),
        )  # fmt: skip
    return Reply(shown_subscription(row))


def delete(request: Request, access: Access, _body: bytes) -> Reply:
    """DELETE /subscriptions/{id}."""
    no_parameters(request.scope["query_string"])
    now: datetime = request.app.state.authenticator.clock()
    with request.app.state.database.transaction() as session:
        acts.unsubscribe(session, access, _identifier(request), now=now)
    return Reply(None)


def _identifier(request: Request) -> UUID:
    return read_uuid("id", request.path_params["id"])


def _lifetime(request: Request) -> timedelta:
    return timedelta(days=request.app.state.settings.subscription_days)


def _sealing_key(request: Request) -> bytes:
    return derived_key(installation_secret(request.app.state.settings), WEBHOOK_SECRETS)


def _read(shape: type[M], body: bytes) -> M:
    """A body in its shape. Raises BadBody, which names every fault."""
    try:
        return shape.from_wire(body)
    except ValidationError as invalid:
        faults = "; ".join(
            f"{shown('.'.join(map(str, error['loc'])) or 'the body')}: {error['msg']}"
            for error in invalid.errors(include_url=False, include_input=False)
        )
        raise BadBody(f"The body is not what this operation takes: {faults}.") from invalid
