"""The endpoints of SS 12000: three kinds, made for each resource from its declaration."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RouteClass
from app.errors import BadParameter, MethodNotAllowed, NotFound
from app.queries.access import Access
from app.queries.reading import Shaping, read_by_id, read_lookup, read_page
from app.queries.resource import Resource
from app.routers.ss12000.alias_uses import count_aliases
from app.routers.ss12000.bodies import read_body, read_lookup_keys
from app.routers.ss12000.conditional import asked as asked_if_changed
from app.routers.ss12000.list_requests import read_list_request
from app.routers.ss12000.negotiation import JSON, NDJSON, VARY, accepted_type
from app.routers.ss12000.parameters import Parameters, read_query, read_shaping
from app.routers.ss12000.values import read_uuid, shown
from app.routers.ss12000.whole_sets import answer_whole_set

Endpoint = Callable[[Request], Awaitable[Response]]
NOT_KEPT = {"Cache-Control": "private, no-store", "Vary": VARY}


def answer(body: bytes, limits: dict[str, str]) -> Response:
    """JSON that PostgreSQL rendered, never to be kept by a cache."""
    return Response(body, media_type="application/json", headers=NOT_KEPT | limits)


async def admit(
    request: Request, scopes: Sequence[str], route: str, *, offered: tuple[str, ...] = (JSON,)
) -> Access:
    """Who calls and that they may: one of the scopes will do.

    `request.state.media_type` becomes the one of the offered that they like best.
    Raises NotAuthenticated, ScopeMissing, NotAcceptable.
    """
    request.state.route = route
    request.state.media_type = accepted_type(request, offered)
    authenticator = request.app.state.authenticator
    access: Access = await authenticator.authenticate(request)
    request.state.client_id = access.client_id
    authenticator.require(access, *scopes)
    return access


def list_endpoint(resource: Resource) -> Endpoint:
    """GET /<resource>."""
    route = f"GET /ss12000/v2.0/{resource.path}"

    async def endpoint(request: Request) -> Response:
        access = await admit(request, [resource.scope], route, offered=(JSON, NDJSON))
        if request.state.media_type == NDJSON:
            return await answer_whole_set(request, resource, access)
        return await run_in_threadpool(answer_list, request, resource, access)

    return endpoint


def answer_list(request: Request, resource: Resource, access: Access) -> Response:
    """One page as `{data, pageToken?}`."""
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.READ)
    asked = read_list_request(request, resource, access)
    # A token grows old though its page stays the same: in time the caller gets a new one.
    period = asked.rules.now // (asked.rules.lifetime_seconds // 2)
    conditional = asked_if_changed(request, access, limits, period=period)
    if unchanged := conditional.unchanged():
        return unchanged
    page = read_page(
        state.database, access, resource, asked.question, request_id=request.state.request_id
    )
    if page.next is None:
        return conditional.answer(b'{"data":[' + page.objects + b"]}", page.objects, page.version)
    token = asked.token_after(page.next).encode()
    body = b'{"data":[' + page.objects + b'],"pageToken":"' + token + b'"}'
    content = page.objects + f"\n{page.next.id} {period}".encode()
    return conditional.answer(body, content, page.version)


def _shaping_only(query: bytes, taken: tuple[str, ...]) -> Parameters:
    """By-id and lookup take no filters: any other name is refused."""
    sent = read_query(query)
    for name in sent:
        if name not in taken:
            message = (
                f"{shown(name)} is not a parameter here. Known are: {', '.join(taken) or 'none'}."
            )
            raise BadParameter(message)
    return sent


def by_id_endpoint(resource: Resource) -> Endpoint:
    """GET /<resource>/{id}."""
    route = f"GET /ss12000/v2.0/{resource.path}/{{id}}"

    async def endpoint(request: Request) -> Response:
        if resource.lookup and request.path_params["id"] == "lookup":
            message = "GET is not offered here; use POST."
            raise MethodNotAllowed(message, headers={"Allow": "POST"})
        access = await admit(request, [resource.scope], route)
        return await run_in_threadpool(answer_by_id, request, resource, access)

    return endpoint


def answer_by_id(request: Request, resource: Resource, access: Access) -> Response:
    """The object; 404 alike for one that is not there and one that the caller may not see."""
    limits = request.app.state.rate_limits.hit(access, RouteClass.READ)
    identifier = read_uuid("id", request.path_params["id"])
    sent = _shaping_only(request.scope["query_string"], ("expand", "expandReferenceNames"))
    shaping = read_shaping(resource, sent, access)
    conditional = asked_if_changed(request, access, limits)
    if unchanged := conditional.unchanged():
        return unchanged
    found = read_by_id(
        request.app.state.database,
        access,
        resource,
        identifier,
        shaping=shaping,
        request_id=request.state.request_id,
    )
    if found is None:
        message = f"There is no such object in {resource.path} for this consumer."
        raise NotFound(message)
    return conditional.answer(found.document, found.document, found.version)


def lookup_endpoint(resource: Resource) -> Endpoint:
    """POST /<resource>/lookup."""
    route = f"POST /ss12000/v2.0/{resource.path}/lookup"

    async def endpoint(request: Request) -> Response:
        access = await admit(request, [resource.scope], route)
        body = await read_body(request)
        return await run_in_threadpool(answer_lookup, request, resource, access, body)

    return endpoint


def answer_lookup(request: Request, resource: Resource, access: Access, body: bytes) -> Response:
    """A bare array of what matches any of the keys; ids that are unknown are missing."""
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.LOOKUP)
    sent = _shaping_only(request.scope["query_string"], ("expand", "expandReferenceNames"))
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
