"""GET /ical/{secret}.ics: one person's lessons for a calendar program."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.feed_access import FeedAccess, feed_access
from app.errors import NotFound
from app.local_time import local_day
from app.queries.me.feeds import read_calendar, window
from app.routers.calendar_feeds.rendering import rendered
from app.web.conditional import asked

ROUTE = "GET /ical/{secret}.ics"
MEDIA_TYPE = "text/calendar; charset=utf-8"

router = APIRouter()


@router.get("/ical/{secret}.ics", include_in_schema=False)
async def get_calendar(request: Request, secret: str) -> Response:
    """The lessons; the same 404 for every address that gives nothing, whatever the reason."""
    # The address is never written anywhere: logs and metrics have its template.
    request.state.route = ROUTE
    return await run_in_threadpool(_answer, request, secret)


def _answer(request: Request, secret: str) -> Response:
    feed = _feed(request, secret)
    access = feed.access
    request.state.client_id = access.client_id
    state = request.app.state
    limits = state.rate_limits.hit_feed(feed.id)
    with state.database.transaction() as session:
        lessons = read_calendar(session, access, feed.student, request_id=request.state.request_id)
    first, last = window(access.today)
    return asked(request.scope, request.app.state, access, limits).answer_made_of(
        lessons,
        lambda: rendered(lessons, student=feed.student, first=first, last=last),
        media_type=MEDIA_TYPE,
    )


def _feed(request: Request, secret: str) -> FeedAccess:
    authenticator = request.app.state.authenticator
    now = authenticator.clock()
    tree = authenticator.organisation_tree()
    with request.app.state.database.transaction() as session:
        found = feed_access(
            session, secret, tree=tree,
            today=local_day(now), now=now,
        )  # fmt: skip
    if found is None:
        raise NotFound("There is no such calendar. Make a new address in the app, if you can.")
    return found
