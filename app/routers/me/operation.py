"""One operation of the door: as it is served and as it is described."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from app.queries.access import Scope
from app.schemas.problems import BodyProblem
from app.schemas.written import WrittenModel
from app.web.descriptions import ETAG, IF_NONE_MATCH, REPLAYED
from app.web.documents import needs, needs_each, request_body
from app.web.problems import PROBLEM_TYPE

REFUSALS = {
    400: "A parameter, a header or the body is wrong or missing; `errors` names every fault of "
    "the body.",
    401: "No valid access token.",
    403: "The token lacks the scope that the message names, or acts for nobody.",
    406: "Accept excludes application/json.",
    414: "The query string is too long.",
    429: "The rate limit is used up; see Retry-After.",
    503: "Try again later.",
}
WITH_BODY = {413: "The body is too large.", 415: "The body is not application/json."}
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The caller has this answer already.", "headers": ETAG}
}
MADE: dict[str, Any] = {
    "Location": {"description": "Where it is.", "schema": {"type": "string"}},
}


@dataclass(frozen=True)
class Operation:
    """One operation. One of the scopes will do, unless it `needs_all`.

    `answers` None: 204. `tagged`: the answer carries an ETag.
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
    body: type[WrittenModel] | None = None
    tagged: bool = True


def add(door: FastAPI, operation: Operation) -> None:
    """Serve and describe it."""
    extra: dict[str, Any] = {
        "parameters": [*operation.parameters],
        "security": needs_each(*operation.scopes)
        if operation.needs_all
        else needs(*operation.scopes),
    }
    if operation.body is not None:
        extra["requestBody"] = request_body(operation.body)
    if operation.method == "GET" and operation.tagged:
        extra["parameters"].append(IF_NONE_MATCH)
    status = {"POST": 201, "DELETE": 204}.get(operation.method, 200)
    door.add_api_route(
        operation.path,
        operation.endpoint,
        methods=[operation.method],
        status_code=status,
        operation_id=operation.name,
        summary=operation.summary,
        description=operation.description,
        response_model=None,
        response_class=Response if operation.answers is None else JSONResponse,
        responses=_answers(operation, status),
        openapi_extra=extra,
    )


def _answers(operation: Operation, status: int) -> dict[int | str, dict[str, Any]]:
    found: dict[int | str, dict[str, Any]] = {}
    if operation.answers is not None:
        found[status] = {"model": operation.answers, "headers": _headers(operation)}
    if operation.method == "GET" and operation.tagged:
        found |= UNCHANGED
    refusals = REFUSALS | dict(operation.refusals)
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
