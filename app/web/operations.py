"""One operation of a door: as it is served and as it is described."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.queries.access import Scope
from app.schemas.problems import BodyProblem
from app.web.descriptions import ETAG, IF_NONE_MATCH, REPLAYED
from app.web.documents import needs, needs_each, request_body
from app.web.problems import PROBLEM_TYPE

WITH_BODY = {413: "The body is too large.", 415: "The body is not application/json."}
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The caller has this answer already.", "headers": ETAG}
}
MADE: dict[str, Any] = {
    "Location": {"description": "Where it is.", "schema": {"type": "string"}},
}


@dataclass(frozen=True)
class Operation:
    """One operation. One of the scopes will do, unless it `needs_all`; without any, it is for
    everybody, who may send a token to see more.

    `answers` None: 204. `tagged`: the answer carries an ETag. `media_types`: what it can be
    answered as, where that is not JSON alone.
    """

    path: str
    endpoint: Callable[[Request], Awaitable[Response]]
    name: str
    summary: str
    scopes: tuple[Scope, ...]
    answers: Any
    description: str
    parameters: tuple[dict[str, Any], ...] = ()
    refusals: Mapping[int, str] = field(default_factory=dict)
    needs_all: bool = False
    method: str = "GET"
    body: type[BaseModel] | None = None
    tagged: bool = True
    status: int | None = None
    media_types: tuple[str, ...] = ()
    example: dict[str, Any] | None = None
    # The body as the document has it, where it is not JSON alone.
    sent: dict[str, Any] | None = None


def add(door: FastAPI, operation: Operation, refusals: Mapping[int, str]) -> None:
    """Serve and describe it. `refusals` are those of every operation of the door."""
    extra: dict[str, Any] = {
        "parameters": [*operation.parameters],
        "security": _security(operation),
    }
    if operation.body is not None:
        extra["requestBody"] = request_body(operation.body, operation.example)
    elif operation.sent is not None:
        extra["requestBody"] = operation.sent
    if operation.method == "GET" and operation.tagged:
        extra["parameters"].append(IF_NONE_MATCH)
    usual = {"POST": 201, "DELETE": 204}.get(operation.method, 200)
    status = operation.status or usual
    door.add_api_route(
        operation.path,
        operation.endpoint,
        methods=[operation.method],
        status_code=status,
        operation_id=operation.name,
        summary=operation.summary,
        description=operation.description,
        response_model=None,
        response_class=JSONResponse if operation.answers is not None else Response,
        responses=_answers(operation, status, refusals),
        openapi_extra=extra,
    )


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if not operation.scopes:
        return [{}, {"oauth2": []}]
    return (needs_each if operation.needs_all else needs)(*operation.scopes)


def _answers(
    operation: Operation, status: int, refused_by_all: Mapping[int, str]
) -> dict[int | str, dict[str, Any]]:
    found: dict[int | str, dict[str, Any]] = {}
    if operation.answers is not None:
        found[status] = {"model": operation.answers, "headers": _headers(operation)}
    if operation.media_types:
        # Their shape is another standard's.
        content: dict[str, Any] = {name: {"schema": {}} for name in operation.media_types}
        found[status] = {"description": "The document.", "content": content, "headers": ETAG}
    if operation.method == "GET" and operation.tagged:
        found |= UNCHANGED
    refusals = dict(refused_by_all) | dict(operation.refusals)
    if operation.body is not None:
        refusals |= WITH_BODY
    for refused, meaning in sorted(refusals.items()):
        schema = {"$ref": f"#/components/schemas/{BodyProblem.__name__}"}
        found[refused] = {"description": meaning, "content": {PROBLEM_TYPE: {"schema": schema}}}
    return found


def _headers(operation: Operation) -> dict[str, Any]:
    tag = ETAG if operation.tagged else {}
    if operation.method == "POST":
        return {**tag, **MADE, **(REPLAYED if operation.tagged else {})}
    return tag
