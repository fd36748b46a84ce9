"""The endpoints of `/me/v1`."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RouteClass
from app.errors import BadParameter, NotFound
from app.queries.access import Access, Scope
from app.queries.me.attendance import read_attendance
from app.queries.me.children import read_children
from app.queries.me.lessons import Period, read_lessons
from app.queries.me.roster import read_roster
from app.queries.me.today import read_today
from app.queries.reading import Found
from app.web.admission import Caller, admit
from app.web.conditional import Asked, asked
from app.web.parameters import Parameters, no_parameters, only_parameters, single
from app.web.reading import count_call
from app.web.values import read_date, read_uuid

PREFIX = "/me/v1"
MOST_DAYS = 31
PERIOD = ("from", "to", "student")
# Whoever may see the lessons sees whose they are.
CHILDREN_SCOPES = (Scope.PEOPLE_READ, Scope.SCHEDULE_READ)


async def today(request: Request) -> Response:
    """GET /today."""
    access, conditional = await begin(request, [Scope.SCHEDULE_READ], "/today")

    def read() -> Found:
        no_parameters(request.scope["query_string"])
        now: datetime = request.app.state.authenticator.clock()
        return read_today(
            request.app.state.database, access, now=now, request_id=request.state.request_id
        )

    return await answer_found(conditional, read)


async def lessons(request: Request) -> Response:
    """GET /lessons."""
    access, conditional = await begin(request, [Scope.SCHEDULE_READ], "/lessons")

    def read() -> Found:
        period = read_period(only_parameters(request.scope["query_string"], PERIOD))
        return read_lessons(
            request.app.state.database, access, period, request_id=request.state.request_id
        )

    return await answer_found(conditional, read)


async def attendance(request: Request) -> Response:
    """GET /attendance."""
    access, conditional = await begin(request, [Scope.ATTENDANCE_READ], "/attendance")

    def read() -> Found:
        period = read_period(only_parameters(request.scope["query_string"], PERIOD))
        return read_attendance(
            request.app.state.database, access, period, request_id=request.state.request_id
        )

    return await answer_found(conditional, read)


async def roster(request: Request) -> Response:
    """GET /lessons/{id}/roster. It needs both scopes."""
    access, conditional = await begin(request, [Scope.SCHEDULE_READ], "/lessons/{id}/roster")
    request.app.state.authenticator.require(request, access, Scope.ATTENDANCE_READ)

    def read() -> Found:
        no_parameters(request.scope["query_string"])
        lesson_id = read_uuid("id", request.path_params["id"])
        found = read_roster(
            request.app.state.database, access, lesson_id, request_id=request.state.request_id
        )
        if found is None:
            raise NotFound(
                "There is no such lesson that this person teaches, or heads the unit of."
            )
        return found

    return await answer_found(conditional, read)


async def children(request: Request) -> Response:
    """GET /children."""
    access, conditional = await begin(request, CHILDREN_SCOPES, "/children")

    def read() -> Found:
        no_parameters(request.scope["query_string"])
        return read_children(
            request.app.state.database, access, request_id=request.state.request_id
        )

    return await answer_found(conditional, read)


async def begin(request: Request, scopes: Sequence[str], path: str) -> tuple[Access, Asked]:
    """Admit a reader of this path, count the call, and read what they have already."""
    access = await admit(request, scopes, f"GET {PREFIX}{path}", caller=Caller.PERSON)
    limits = await count_call(request.app.state, access, RouteClass.READ)
    return access, asked(request.scope, request.app.state, access, limits)


async def answer_found(conditional: Asked, read: Callable[[], Found]) -> Response:
    """What is read, with its tag; nothing is read when the caller has it."""
    if unchanged := await conditional.unchanged():
        return unchanged

    def act() -> Response:
        found = read()
        return conditional.answer(found.document, found.document, found.version, until=found.until)

    return await run_in_threadpool(act)


def read_period(sent: Parameters) -> Period:
    """from, to and student. Raises BadParameter."""
    first, last = _day("from", sent), _day("to", sent)
    if not 0 <= (last - first).days < MOST_DAYS:
        message = (
            f"to must be the day of from or a later one, at most {MOST_DAYS} days in all; "
            f"got {first} to {last}."
        )
        raise BadParameter(message)
    student = single("student", sent.get("student", []))
    return Period(first, last, None if student is None else read_uuid("student", student))


def _day(name: str, sent: Parameters) -> date:
    given = single(name, sent.get(name, []))
    if given is None:
        message = f"{name} is required: a date, YYYY-MM-DD."
        raise BadParameter(message)
    return read_date(name, given)
