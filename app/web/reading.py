"""Answers what the engine reads: a page of a list, or one object."""

from fastapi import Request, Response

from app.auth.rate_limits import RouteClass
from app.errors import NotFound
from app.queries.access import Access
from app.queries.reading import read_by_id, read_page
from app.queries.resource import Resource
from app.web.conditional import asked as asked_if_changed
from app.web.list_requests import read_list_request
from app.web.parameters import only_parameters, read_shaping
from app.web.values import read_uuid


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


def answer_by_id(request: Request, resource: Resource, access: Access) -> Response:
    """The object; 404 alike for one that is not there and one that the caller may not see."""
    limits = request.app.state.rate_limits.hit(access, RouteClass.READ)
    identifier = read_uuid("id", request.path_params["id"])
    sent = only_parameters(request.scope["query_string"], ("expand", "expandReferenceNames"))
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
