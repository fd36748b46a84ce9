"""Which operations subscriptions have, and what the OpenAPI document says of them."""

from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from app.auth.rate_limits import RouteClass
from app.queries.access import Access
from app.queries.subscriptions import SUBSCRIBABLE
from app.routers.ss12000.operations import Endpoint
from app.routers.ss12000.responses import ABSENT, BODY, ERROR, ERRORS, EXPIRED
from app.routers.ss12000.subscriptions import PATH, Act, create, delete, list_own, read_one, renew
from app.schemas.base import WireModel
from app.schemas.subscriptions import (
    CreatedSubscription,
    NewSubscription,
    Notice,
    RenewedSubscription,
    Subscription,
    SubscriptionsPage,
)
from app.web.admission import admit
from app.web.answers import NOT_KEPT
from app.web.bodies import read_body
from app.web.descriptions import IDEMPOTENCY_KEY, PAGING, REPLAYED

NO_CONTENT = 204
LARGEST_BODY = 64_000
# Threads of their own: the others are as many as there are database connections.
LOOKUPS_AT_ONCE = 4
SCOPES = tuple(dict.fromkeys(str(resource.scope) for resource in SUBSCRIBABLE.values()))
Responses = dict[int | str, dict[str, Any]]
FULL: Responses = {
    409: {
        "content": ERROR,
        "description": "The consumer has as many as it may have, or its Idempotency-Key came with "
        "something else.",
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: what it does, and what the OpenAPI document says of it."""

    method: str
    name: str
    summary: str
    act: Act
    by_id: bool = False
    takes: type[WireModel] | None = None
    body_required: bool = True
    status: int = 200
    gives: type[WireModel] | None = None
    route_class: RouteClass = RouteClass.LOOKUP
    parameters: tuple[dict[str, Any], ...] = ()
    notice: bool = False
    # Looks up a host that the caller names, which can take seconds.
    looks_up: bool = False

    @property
    def answer(self) -> dict[str, Any]:
        """The answer when all is well."""
        if self.gives is None:
            return {"description": "Done."}
        return {"model": self.gives} | ({"headers": REPLAYED} if self.notice else {})

    @property
    def described(self) -> dict[str, Any]:
        """Parameters, body and callback."""
        described: dict[str, Any] = {
            "parameters": [*([ID] if self.by_id else []), *self.parameters]
        }
        if self.takes is not None:
            described["requestBody"] = {
                "required": self.body_required,
                "content": _content(self.takes.__name__),
            }
        if self.notice:
            described["callbacks"] = {"notice": {"{$request.body#/target}": {"post": NOTICE}}}
        return described


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The subscription's id.",
    "schema": {"type": "string", "format": "uuid"},
}
NOTICE: dict[str, Any] = {
    "summary": "Something has changed",
    "description": "Signed as Standard Webhooks defines it: webhook-id, webhook-timestamp and "
    "webhook-signature. Sent again until it is accepted, so that it can come more than once.",
    "requestBody": {"required": True, "content": _content(Notice.__name__)},
    "responses": {
        "2XX": {"description": "Accepted."},
        "410": {"description": "Send nothing more until the subscription is renewed."},
    },
}
OPERATIONS = (
    Operation(
        method="GET", name="listSubscriptions", summary="List the consumer's own subscriptions",
        act=list_own, gives=SubscriptionsPage, route_class=RouteClass.READ,
        parameters=(*PAGING,),
    ),
    Operation(
        method="POST", name="createSubscription", summary="Subscribe to notices of changes",
        act=create, takes=NewSubscription, status=201, gives=CreatedSubscription, notice=True,
        looks_up=True,
        parameters=(IDEMPOTENCY_KEY,),
    ),
    Operation(
        method="GET", name="getSubscriptionById", summary="One of the consumer's subscriptions",
        act=read_one, by_id=True, gives=Subscription, route_class=RouteClass.READ,
    ),
    Operation(
        method="PATCH", name="renewSubscription", summary="Let a subscription live on",
        act=renew, by_id=True, takes=RenewedSubscription, body_required=False, gives=Subscription,
    ),
    Operation(
        method="DELETE", name="deleteSubscription", summary="End a subscription",
        act=delete, by_id=True, status=NO_CONTENT,
    ),
)  # fmt: skip


def add_subscriptions(door: FastAPI) -> None:
    """Route and describe the operations."""
    security = [{"oauth2": [scope]} for scope in SCOPES]
    for one in OPERATIONS:
        path = f"/{PATH}/{{id}}" if one.by_id else f"/{PATH}"
        responses = {one.status: one.answer} | ERRORS
        responses |= ABSENT if one.by_id else {}
        responses |= BODY if one.takes else {}
        responses |= FULL if one.notice else {}
        responses |= EXPIRED if one.gives is SubscriptionsPage else {}
        door.add_api_route(
            path,
            endpoint(one),
            methods=[one.method],
            tags=["Prenumeration"],
            operation_id=one.name,
            summary=one.summary,
            status_code=one.status,
            response_model=None,
            response_class=Response if one.status == NO_CONTENT else JSONResponse,
            responses=responses,
            openapi_extra={"security": security, **one.described},
        )


def endpoint(operation: Operation) -> Endpoint:
    """Admits the caller, reads the request and answers it."""
    route = f"{operation.method} /ss12000/v2.0/{PATH}{'/{id}' if operation.by_id else ''}"

    # Of the application that is being built: a limiter belongs to one event loop.
    threads = anyio.CapacityLimiter(LOOKUPS_AT_ONCE) if operation.looks_up else None

    async def answer_request(request: Request) -> Response:
        access = await admit(request, SCOPES, route)
        body = await read_body(request, most=LARGEST_BODY) if operation.takes else b""
        return await anyio.to_thread.run_sync(answer_act, request, access, body, limiter=threads)

    def answer_act(request: Request, access: Access, body: bytes) -> Response:
        headers = NOT_KEPT | request.app.state.rate_limits.hit(access, operation.route_class)
        reply = operation.act(request, access, body)
        if reply.content is None:
            return Response(status_code=operation.status, headers=headers)
        headers |= reply.headers
        return JSONResponse(reply.content, status_code=operation.status, headers=headers)

    return answer_request
