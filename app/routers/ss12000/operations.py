"""The endpoints of SS 12000: three kinds, made for each resource from its declaration."""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RouteClass
from app.errors import MethodNotAllowed
from app.queries.access import Access
from app.queries.reading import Shaping, read_lookup
from app.queries.resource import Resource
from app.routers.ss12000.lookups import LARGEST_LOOKUP, read_lookup_keys
from app.routers.ss12000.whole_sets import answer_whole_set
from app.web.admission import Caller, admit, for_systems
from app.web.alias_uses import count_aliases
from app.web.answers import answer
from app.web.bodies import read_body
from app.web.negotiation import JSON, NDJSON
from app.web.parameters import only_parameters, read_shaping
from app.web.reading import answer_by_id, answer_list

Endpoint = Callable[[Request], Awaitable[Response]]


def list_endpoint(resource: Resource) -> Endpoint:
    """GET /<resource>."""
    route = f"GET /ss12000/v2.0/{resource.path}"

    async def endpoint(request: Request) -> Response:
        access = await admit(
            request, [resource.scope], route, offered=(JSON, NDJSON), caller=Caller.BOTH
        )
        if request.state.media_type == NDJSON:
            for_systems(access)
            return await answer_whole_set(request, resource, access)
        return await answer_list(request, resource, access)

    return endpoint


def by_id_endpoint(resource: Resource) -> Endpoint:
    """GET /<resource>/{id}."""
    route = f"GET /ss12000/v2.0/{resource.path}/{{id}}"

    async def endpoint(request: Request) -> Response:
        if resource.lookup and request.path_params["id"] == "lookup":
            message = "GET is not offered here; use POST."
            raise MethodNotAllowed(message, headers={"Allow": "POST"})
        access = await admit(request, [resource.scope], route, caller=Caller.BOTH)
        return await answer_by_id(request, resource, access)

    return endpoint


def lookup_endpoint(resource: Resource) -> Endpoint:
    """POST /<resource>/lookup."""
    route = f"POST /ss12000/v2.0/{resource.path}/lookup"

    async def endpoint(request: Request) -> Response:
        access = await admit(request, [resource.scope], route, caller=Caller.BOTH)
        body = await read_body(request, most=LARGEST_LOOKUP)
        return await run_in_threadpool(answer_lookup, request, resource, access, body)

    return endpoint


def answer_lookup(request: Request, resource: Resource, access: Access, body: bytes) -> Response:
    """A bare array of what matches any of the keys; ids that are unknown are missing."""
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.LOOKUP)
    sent = only_parameters(request.scope["query_string"], ("expand", "expandReferenceNames"))
    shaping = read_shaping(resource, sent, access)
    keys, aliases = read_lookup_keys(resource, body, access)
    count_aliases(aliases, route=request.state.route, client_id=access.client_id)
    if not keys:
        return answer(b"[]", limits)
    documents = read_lookup(
        state.database,
        access,
        resource,
        keys,
        shaping=shaping if resource.lookup_expands else Shaping(shaping.names),
        most=state.settings.lookup_max_rows,
        request_id=request.state.request_id,
    )
    return answer(b"[" + documents + b"]", limits)
