"""Builds the SS 12000 door as an application of its own, with its own OpenAPI document."""

from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from app.errors import NotOffered, Refusal
from app.queries.resource import Resource
from app.queries.ss12000 import OFFERED
from app.routers.ss12000 import consumer_reports, deleted_entities
from app.routers.ss12000.operations import by_id_endpoint, list_endpoint, lookup_endpoint
from app.routers.ss12000.responses import ABSENT, BODY, ERRORS, EXPIRED, UNCHANGED, WHOLE_SET
from app.routers.ss12000.subscription_routes import add_subscriptions
from app.routers.ss12000.subscriptions import PATH as SUBSCRIPTIONS
from app.routers.ss12000.wire import WIRE
from app.routers.ss12000.write_routes import add_writes
from app.routers.ss12000.writes import WRITES
from app.schemas.base import ErrorBody
from app.schemas.subscriptions import NewSubscription, Notice, RenewedSubscription
from app.web.descriptions import (
    ETAG,
    chosen_parameters,
    list_parameters,
    lookup_body,
)
from app.web.documents import describe, needs
from app.web.doors import new_door
from app.web.failures import handle_errors

NOT_OFFERED = ("grades", "studyplans")
# The first part of every path below the door.
PATHS = (
    *(resource.path for resource in OFFERED),
    *NOT_OFFERED,
    deleted_entities.NAME,
    SUBSCRIPTIONS,
    *consumer_reports.REPORTS,
)
DESCRIPTION = """Schedule, attendance and the people around them, as SS 12000:2020/korr 1:2022
(API 2.1.0) defines it. Every answer holds what the caller's grant allows, and nothing tells
whether there is more. Properties without a value are absent, never null. Times carry the offset
of Europe/Stockholm."""


def render_refusal(refusal: Refusal) -> Response:
    """The standard's error body: `{code, message}`, and `errors` when there are several."""
    body: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if refusal.faults:
        body["errors"] = refusal.errors
    headers = {"Cache-Control": "no-store"} | refusal.headers
    return JSONResponse(body, status_code=refusal.status, headers=headers)


def build_door() -> FastAPI:
    """The application to be mounted at `/ss12000/v2.0`."""
    door = new_door("Skolnav SS 12000", version="2.1.0", description=DESCRIPTION, document=document,
                    published="ss12000.json")  # fmt: skip
    for resource in OFFERED:
        add_resource(door, resource)
        add_writes(door, resource)
    for name in NOT_OFFERED:
        add_not_offered(door, name)
    deleted_entities.add_to(door)
    consumer_reports.add_to(door)
    add_subscriptions(door)
    handle_errors(door, render_refusal)
    return door


def add_resource(door: FastAPI, resource: Resource) -> None:
    """The resource's list, lookup and by-id operations."""
    wire = WIRE[resource.name]
    add = partial(
        door.add_api_route,
        tags=[resource.tag],
        response_model=None,
        response_class=JSONResponse,
    )
    name = resource.path[0].upper() + resource.path[1:]
    add(
        f"/{resource.path}",
        list_endpoint(resource),
        methods=["GET"],
        operation_id=f"list{name}",
        summary=f"List {resource.summary}",
        responses={200: {"model": wire.page, "headers": ETAG, "content": WHOLE_SET}}
        | ERRORS
        | EXPIRED
        | UNCHANGED,
        openapi_extra=_extra(resource, list_parameters(resource)),
    )
    if resource.lookup and wire.lookup:
        add(
            f"/{resource.path}/lookup",
            lookup_endpoint(resource),
            methods=["POST"],
            operation_id=f"lookup{name}",
            summary=f"Look up {resource.summary}",
            responses={200: {"model": list[wire.item]}} | ERRORS | BODY,  # type: ignore[name-defined]
            openapi_extra=_extra(resource, chosen_parameters(resource, by_id=False))
            | {"requestBody": lookup_body(resource, wire.lookup.__name__)},
        )
    if resource.has_by_id:
        add(
            f"/{resource.path}/{{id}}",
            by_id_endpoint(resource),
            methods=["GET"],
            operation_id=f"get{name}ById",
            summary=f"One of {resource.summary}",
            responses={200: {"model": wire.item, "headers": ETAG}} | ERRORS | ABSENT | UNCHANGED,
            openapi_extra=_extra(resource, chosen_parameters(resource, by_id=True)),
        )


def _extra(resource: Resource, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    return {"parameters": parameters, "security": needs(resource.scope)}


def add_not_offered(door: FastAPI, name: str) -> None:
    """A resource of the standard that answers 404 with the reason."""

    async def refuse(request: Request) -> Response:
        message = (
            f"This city does not offer {name}: assessments and study plans are outside what this "
            "service may hold."
        )
        request.state.route = f"/ss12000/v2.0/{name}"
        raise NotOffered(message)

    for path in (f"/{name}", f"/{name}/{{rest:path}}"):
        door.add_api_route(path, refuse, methods=["GET", "POST"], include_in_schema=False)


def document(door: FastAPI) -> dict[str, Any]:
    """The door's OpenAPI document."""
    lookups = [wire.lookup for wire in WIRE.values() if wire.lookup is not None]
    return describe(
        door,
        server="/ss12000/v2.0",
        scopes={resource.scope for resource in OFFERED} | {one.scope for one in WRITES.values()},
        bodies=[
            ErrorBody,
            *lookups,
            *(write.body for write in WRITES.values()),
            NewSubscription,
            RenewedSubscription,
            Notice,
            *consumer_reports.REPORTS.values(),
        ],
    )
