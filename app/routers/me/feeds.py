"""The endpoints that manage calendar feeds."""

from http import HTTPStatus

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RouteClass
from app.local_time import STOCKHOLM
from app.queries.access import Access, Scope
from app.queries.me.feeds import read_feeds
from app.routers.me.operations import PREFIX
from app.schemas.drafts import read_draft
from app.schemas.me_feeds import MadeFeed, NewCalendarFeed
from app.services.calendar_feeds import end_feed, make_feed
from app.services.findings import sound
from app.web.admission import Caller, admit
from app.web.answers import NOT_KEPT, answer
from app.web.bodies import read_body, read_object
from app.web.parameters import no_parameters
from app.web.reading import count_call
from app.web.values import read_uuid

PATH = f"{PREFIX}/calendar-feeds"
LARGEST_BODY = 1_000


async def list_feeds(request: Request) -> Response:
    """GET /calendar-feeds."""
    access = await _admit(request, f"GET {PATH}")
    limits = await count_call(request.app.state, access, RouteClass.READ)

    def act() -> Response:
        no_parameters(request.scope["query_string"])
        with request.app.state.database.transaction() as session:
            document = read_feeds(session, access, request_id=request.state.request_id)
        return answer(document, limits)

    return await run_in_threadpool(act)


async def create_feed(request: Request) -> Response:
    """POST /calendar-feeds. It takes no Idempotency-Key: its answer must not be kept."""
    access = await _admit(request, f"POST {PATH}")
    request.app.state.authenticator.require(request, access, Scope.SCHEDULE_READ)
    body = await read_body(request, most=LARGEST_BODY)

    def act() -> Response:
        state = request.app.state
        limits = state.rate_limits.hit(access, RouteClass.WRITE)
        no_parameters(request.scope["query_string"])
        wanted = sound(read_draft(NewCalendarFeed, read_object(body)))
        now = state.authenticator.clock()
        with state.database.transaction() as session:
            made = make_feed(session, access, student=wanted.student, now=now)
            feed_id = made.feed.id
        told = MadeFeed(
            id=feed_id, student=wanted.student, created=now.astimezone(STOCKHOLM),
            url=f"{state.settings.public_url}/ical/{made.secret}.ics",
        )  # fmt: skip
        headers = limits | {"Location": f"{PATH}/{feed_id}"}
        document = told.model_dump_json(by_alias=True, exclude_none=True).encode()
        return answer(document, headers, status=HTTPStatus.CREATED)

    return await run_in_threadpool(act)


async def delete_feed(request: Request) -> Response:
    """DELETE /calendar-feeds/{id}."""
    access = await _admit(request, f"DELETE {PATH}/{{id}}")

    def act() -> Response:
        state = request.app.state
        limits = state.rate_limits.hit(access, RouteClass.WRITE)
        no_parameters(request.scope["query_string"])
        feed_id = read_uuid("id", request.path_params["id"])
        with state.database.transaction() as session:
            end_feed(session, access, feed_id=feed_id, now=state.authenticator.clock())
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=NOT_KEPT | limits)

    return await run_in_threadpool(act)


async def _admit(request: Request, route: str) -> Access:
    return await admit(request, [Scope.CALENDAR_FEEDS], route, caller=Caller.PERSON)
