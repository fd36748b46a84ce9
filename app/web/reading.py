"""Answers what the engine reads: a page of a list, or one object."""

from dataclasses import replace
from datetime import UTC, datetime

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import State

from app.auth.rate_limits import RateLimits, RouteClass
from app.errors import NotFound
from app.queries.access import Access
from app.queries.reading import read_by_id, read_page
from app.queries.resource import Resource
from app.web.conditional import Asked as Conditional
from app.web.conditional import asked as asked_if_changed
from app.web.list_requests import read_list_request
from app.web.negotiation import JSON
from app.web.parameters import only_parameters, read_shaping
from app.web.values import read_uuid


async def answer_list(request: Request, resource: Resource, access: Access) -> Response:
    """One page as `{data, pageToken?}`; 304 when it is the one that the caller has."""
    limits = await count_call(request.app.state, access, RouteClass.READ)
    conditional = asked_if_changed(request.scope, request.app.state, access, limits)
    if unchanged := await conditional.unchanged():
        return unchanged
    return await _page(request, resource, access, conditional)


async def answer_by_id(request: Request, resource: Resource, access: Access) -> Response:
    """The object; 404 alike for one that is not there and one that the caller may not see."""
    limits = await count_call(request.app.state, access, RouteClass.READ)
    conditional = asked_if_changed(request.scope, request.app.state, access, limits)
    if unchanged := await conditional.unchanged():
        return unchanged
    return await _object(request, resource, access, conditional)


async def count_call(state: State, access: Access, kind: RouteClass) -> dict[str, str]:
    """Count against the caller's limit; the headers that tell of it. Raises TooManyRequests."""
    counts: RateLimits = state.rate_limits
    if counts.shared:
        return await run_in_threadpool(counts.hit, access, kind)
    return counts.hit(access, kind)


async def _page(
    request: Request, resource: Resource, access: Access, conditional: Conditional
) -> Response:
    state = request.app.state
    tree = await state.authenticator.tree_in_loop()
    asked = read_list_request(request, resource, access, tree)
    page = await read_page(
        state.database, access, resource, asked.question, request_id=request.state.request_id
    )
    content, until, end = page.objects, None, b"]}"
    if page.next is not None:
        # A token grows old though its page stays the same: in time the caller gets a new one.
        half_a_life = state.settings.page_token_lifetime_seconds // 2
        period = asked.rules.now // half_a_life
        until = datetime.fromtimestamp((period + 1) * half_a_life, UTC)
        content += f"\n{page.next.id} {period}".encode()
        end = b'],"pageToken":"' + asked.token_after(page.next).encode() + b'"}'
    body = b'{"data":[' + page.objects + end
    if asked.question.after is not None:
        # The token that it came with may be too old the next time, which only reading it tells.
        return conditional.answer_made_of(content, lambda: body, media_type=JSON)
    version = replace(page.version, tree=asked.tree_version)
    return conditional.answer(body, content, version, asked.aliases, until=until)


async def _object(
    request: Request, resource: Resource, access: Access, conditional: Conditional
) -> Response:
    identifier = read_uuid("id", request.path_params["id"])
    sent = only_parameters(request.scope["query_string"], ("expand", "expandReferenceNames"))
    shaping = read_shaping(resource, sent, access)
    found = await read_by_id(
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
