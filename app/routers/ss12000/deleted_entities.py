"""`GET /deletedEntities`: what the caller must drop, also because it may no longer see it."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from app.auth.rate_limits import RouteClass
from app.database import Database
from app.errors import BadParameter, DeletionsForgotten, shown
from app.queries.access import Access
from app.queries.deletions import (
    DeletedPage,
    DeletedQuestion,
    Past,
    Position,
    read_deleted,
)
from app.queries.forgotten import DELETIONS, remembered_since
from app.queries.page_tokens import PagePosition, seal
from app.queries.resource import Resource
from app.queries.ss12000 import OFFERED
from app.routers.ss12000.responses import ERROR, ERRORS
from app.schemas.deleted_entities import DeletedEntities
from app.schemas.enums import ObjectType
from app.web.admission import admit
from app.web.alias_uses import count_aliases
from app.web.answers import answer
from app.web.descriptions import PAGING, OpenApiObject
from app.web.parameters import (
    PageRules,
    Parameters,
    canonical,
    continued,
    page_rules,
    read_query,
    single,
)
from app.web.values import read_date_time, read_limit

NAME = "deletedEntities"
ROUTE = f"GET /ss12000/v2.0/{NAME}"
KNOWN: dict[str, tuple[str, ...]] = {"after": ("meta.modified.after",), "entities": ()}
DELETABLE = tuple(resource for resource in OFFERED if resource.has_by_id)
SCOPES = tuple(sorted({str(resource.scope) for resource in DELETABLE}))
DESCRIPTION = """Ids of objects that the consumer could see since `after` and must drop now: they
were deleted, or a grant shrank, or a person came under protected identity. Which of these is not
told. Ask with an overlap of some minutes: an id may be told twice, never too seldom."""
PARAMETERS: list[OpenApiObject] = [
    {
        "name": "after",
        "in": "query",
        "description": "What has gone after this instant. Absent: all that is still remembered.",
        "schema": {"type": "string", "format": "date-time"},
    },
    {
        "name": "entities",
        "in": "query",
        "description": "Only these kinds of objects.",
        "schema": {"type": "array", "items": {"type": "string", "enum": list(ObjectType)}},
        "style": "form",
        "explode": True,
    },
    *PAGING,
]
FORGOTTEN: dict[int | str, dict[str, Any]] = {
    410: {
        "content": ERROR,
        "description": "The pageToken has expired (start again without it), or deletions since "
        "`after` are no longer remembered (`deletionsForgotten`: read everything anew).",
    }
}
# Before anything was deleted here.
EVER = datetime(2000, 1, 1, tzinfo=UTC)


def add_to(door: FastAPI) -> None:
    """Route and describe it."""
    door.add_api_route(
        f"/{NAME}",
        deleted_entities,
        methods=["GET"],
        operation_id="listDeletedEntities",
        summary="List what is deleted, or has left the consumer's view",
        description=DESCRIPTION,
        tags=["Borttag"],
        response_model=None,
        response_class=JSONResponse,
        responses={200: {"model": DeletedEntities}} | ERRORS | FORGOTTEN,
        openapi_extra={
            "parameters": PARAMETERS,
            "security": [{"oauth2": [scope]} for scope in SCOPES],
        },
    )


async def deleted_entities(request: Request) -> Response:
    """Ids by kind of object, in the standard's shape."""
    access = await admit(request, SCOPES, ROUTE)
    return await run_in_threadpool(_answer, request, access)


def _answer(request: Request, access: Access) -> Response:
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.READ)
    rules = page_rules(state, now=int(time.time()))
    sent = read_query(request.scope["query_string"])
    limit = single("limit", sent.pop("limit", []))
    token = single("pageToken", sent.pop("pageToken", []))
    asked = canonical(NAME, sent, KNOWN)
    count_aliases(sent.keys() - asked.keys(), route=ROUTE, client_id=access.client_id)
    position = None
    if token is not None:
        asked, ended = continued(asked, token, NAME, access, rules)
        position = Position(str(ended.key), ended.uuid)
    granted, past = state.authenticator.rights_since(access, _since(state.database, asked))
    question = DeletedQuestion(
        resources=_resources(request, asked, access, granted, past),
        limit=read_limit(limit, most=rules.largest_size) if limit else rules.default_size,
        position=position,
        record=asked,
    )
    page = read_deleted(
        state.database, granted, past, question, request_id=request.state.request_id
    )
    return answer(_body(page, asked, access, rules), limits)


def _since(database: Database, asked: Parameters) -> datetime:
    """The instant asked about. Raises DeletionsForgotten when not all since then is known."""
    value = single("after", asked.get("after", []))
    if not value:
        return EVER
    after, remembered = read_date_time("after", value), remembered_since(database, DELETIONS)
    if remembered is not None and after < remembered:
        message = (
            f"Deletions before {remembered.isoformat()} are no longer remembered. Read "
            "everything anew, drop what is not there, and ask with a later `after` from then on."
        )
        raise DeletionsForgotten(message)
    return after


def _body(page: DeletedPage, asked: Parameters, access: Access, rules: PageRules) -> bytes:
    ids = dict(page.ids)
    if "activities" in ids:
        ids["activitites"] = ids["activities"]
    body: dict[str, object] = {"data": ids}
    if page.next is not None:
        place = PagePosition(NAME, asked, page.next.resource, str(page.next.id), rules.now)
        body["pageToken"] = seal(place, client_id=access.client_id, secret=rules.secret)
    return json.dumps(body).encode()


def _resources(
    request: Request, asked: Parameters, access: Access, granted: Access, past: Past
) -> Sequence[Resource]:
    """Those asked for, or all that the token reads, and those that the grant once let it read.

    Raises BadParameter for an unknown kind, ScopeMissing for one that was never the caller's.
    """
    lost = {scope for rights in past.rights for scope in rights.scopes} - granted.scopes
    named = {part for value in asked.get("entities", []) for part in value.split(",")}
    unknown = sorted(named - set(ObjectType))
    if unknown:
        message = f"entities must be of {', '.join(ObjectType)}; got {shown(unknown[0])!r}."
        raise BadParameter(message)
    for resource in DELETABLE:
        if resource.object_type in named and resource.scope not in lost:
            request.app.state.authenticator.require(request, access, resource.scope)
    readable = access.scopes | lost
    return [
        resource
        for resource in DELETABLE
        if resource.scope in readable and (not named or resource.object_type in named)
    ]
