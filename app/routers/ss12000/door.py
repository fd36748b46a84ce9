"""Builds the SS 12000 door as an application of its own, with its own OpenAPI document."""

import logging
from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from app.errors import BadParameter, MethodNotAllowed, NotFound, NotOffered, Refusal
from app.queries.resource import Resource
from app.queries.ss12000 import OFFERED
from app.routers.ss12000 import deleted_entities
from app.routers.ss12000.descriptions import (
    ETAG,
    chosen_parameters,
    list_parameters,
    lookup_body,
)
from app.routers.ss12000.operations import by_id_endpoint, list_endpoint, lookup_endpoint
from app.routers.ss12000.responses import ABSENT, BODY, ERRORS, EXPIRED, UNCHANGED, WHOLE_SET
from app.routers.ss12000.wire import WIRE

log = logging.getLogger("skolnav")

NOT_OFFERED = ("grades", "studyplans")
# The first part of every path below the door.
PATHS = (*(resource.path for resource in OFFERED), *NOT_OFFERED, deleted_entities.NAME)
DESCRIPTION = """Schedule, attendance and the people around them, as SS 12000:2020/korr 1:2022
(API 2.1.0) defines it. Every answer holds what the caller's grant allows, and nothing tells
whether there is more. Properties without a value are absent, never null. Times carry the offset
of Europe/Stockholm."""


def render_refusal(refusal: Refusal) -> Response:
    """The standard's error body: `{code, message}`."""
    body = {"code": refusal.code, "message": refusal.message}
    headers = {"Cache-Control": "no-store"} | refusal.headers
    return JSONResponse(body, status_code=refusal.status, headers=headers)


async def on_refusal(_request: Request, refusal: Exception) -> Response:
    """A named refusal."""
    assert isinstance(refusal, Refusal)
    return render_refusal(refusal)


async def on_routing(request: Request, problem: Exception) -> Response:
    """What the router refuses by itself: unknown path, wrong method."""
    assert isinstance(problem, HTTPException)
    if problem.status_code == MethodNotAllowed.status:
        allowed = (problem.headers or {}).get("Allow", "GET")
        message = f"{request.method} is not offered here; use {allowed}."
        return render_refusal(MethodNotAllowed(message, headers={"Allow": allowed}))
    if problem.status_code == NotFound.status:
        message = "There is no such path in this API. See openapi.json beside it."
        return render_refusal(NotFound(message))
    return render_refusal(BadParameter("The request could not be read."))


async def on_failure(request: Request, failure: Exception) -> Response:
    """A fault of ours: told with the request id, logged with its cause."""
    log.error("request.failed", exc_info=failure, extra={"requestId": request.state.request_id})
    message = (
        "The service failed to answer; the fault is ours and was logged. "
        f"When you report it, name request id {request.state.request_id}."
    )
    # The server ends the connection after a fault; unsaid, the client's next request on it is lost.
    headers = {"Cache-Control": "no-store", "Connection": "close"}
    return JSONResponse(
        {"code": "internalError", "message": message}, status_code=500, headers=headers
    )


def build_door() -> FastAPI:
    """The application to be mounted at `/ss12000/v2.0`."""
    door = FastAPI(
        title="Skolnav SS 12000",
        version="2.1.0",
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for resource in OFFERED:
        add_resource(door, resource)
    for name in NOT_OFFERED:
        add_not_offered(door, name)
    deleted_entities.add_to(door)
    door.add_exception_handler(Refusal, on_refusal)
    door.add_exception_handler(HTTPException, on_routing)
    door.add_exception_handler(Exception, on_failure)
    door.openapi = lambda: document(door)  # type: ignore[method-assign] # FastAPI's own way

    async def openapi_json() -> Response:
        return JSONResponse(door.openapi(), headers={"Cache-Control": "public, max-age=300"})

    door.add_api_route("/openapi.json", openapi_json, methods=["GET"], include_in_schema=False)
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
    return {"parameters": parameters, "security": [{"oauth2": [str(resource.scope)]}]}


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
    if door.openapi_schema:
        return door.openapi_schema
    made = get_openapi(
        title=door.title, version=door.version, description=door.description, routes=door.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/ss12000/v2.0"}],
    )  # fmt: skip
    scopes = {str(resource.scope): f"Read {resource.scope.split(':')[0]}" for resource in OFFERED}
    components = made.setdefault("components", {})
    components["securitySchemes"] = {
        "oauth2": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": scopes}},
        }
    }
    schemas = components.setdefault("schemas", {})
    for wire in WIRE.values():
        if wire.lookup is not None:
            _add_schema(schemas, wire.lookup)
    # FastAPI documents its own 422, which this door never answers.
    for path in made["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    door.openapi_schema = made
    return made


def _add_schema(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, definition in schema.pop("$defs", {}).items():
        schemas.setdefault(name, definition)
    schemas[model.__name__] = schema
