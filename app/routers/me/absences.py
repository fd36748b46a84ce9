"""The endpoints of absences: read, reported, withdrawn."""

from uuid import uuid4

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RouteClass
from app.errors import NotFound
from app.queries.access import Scope
from app.queries.entity_tags import entity_tag
from app.queries.me.absences import read_absence, read_absences
from app.queries.reading import Found
from app.routers.me.operations import PERIOD, PREFIX, answer_found, begin, read_period
from app.services.absence_reports import Change, withdraw
from app.services.idempotency import Attempt
from app.services.own_absences import as_own_absence, report_absence
from app.services.writing import Writing
from app.web.admission import Caller, admit
from app.web.answers import answer, answer_written
from app.web.bodies import read_body, read_object
from app.web.headers import read_idempotency_key, read_if_match
from app.web.parameters import no_parameters, only_parameters
from app.web.values import read_uuid

PATH = f"{PREFIX}/absences"
LARGEST_BODY = 10_000


async def list_absences(request: Request) -> Response:
    """GET /absences."""
    access, conditional = await begin(request, [Scope.ATTENDANCE_READ], "/absences")

    def read() -> Found:
        period = read_period(only_parameters(request.scope["query_string"], PERIOD))
        return read_absences(
            request.app.state.database, access, period, request_id=request.state.request_id
        )

    return await answer_found(conditional, read)


async def get_absence(request: Request) -> Response:
    """GET /absences/{id}."""
    access, conditional = await begin(request, [Scope.ATTENDANCE_READ], "/absences/{id}")

    def read() -> Found:
        no_parameters(request.scope["query_string"])
        absence_id = read_uuid("id", request.path_params["id"])
        found = read_absence(
            request.app.state.database, access, absence_id, request_id=request.state.request_id
        )
        if found is None:
            raise NotFound("There is no such absence of a person in view.")
        return found

    return await answer_found(conditional, read)


async def create_absence(request: Request) -> Response:
    """POST /absences."""
    access = await admit(request, [Scope.ABSENCES_WRITE], f"POST {PATH}", caller=Caller.PERSON)
    body = await read_body(request, most=LARGEST_BODY)

    def act() -> Response:
        state = request.app.state
        limits = state.rate_limits.hit(access, RouteClass.WRITE)
        no_parameters(request.scope["query_string"])
        now, given = state.authenticator.clock(), read_object(body)
        key, request_id = read_idempotency_key(request), request.state.request_id
        attempt = Attempt(key, "me.absences.create", given, now, request_id)
        with state.database.transaction() as session:
            written = report_absence(
                session, attempt, Writing(access, now, uuid4()), given, below=PATH
            )
        # Only now is it committed.
        return answer_written(written, limits)

    return await run_in_threadpool(act)


async def withdraw_absence(request: Request) -> Response:
    """PUT /absences/{id}/withdrawal."""
    route = f"PUT {PATH}/{{id}}/withdrawal"
    access = await admit(request, [Scope.ABSENCES_WRITE], route, caller=Caller.PERSON)

    def act() -> Response:
        state = request.app.state
        limits = state.rate_limits.hit(access, RouteClass.WRITE)
        no_parameters(request.scope["query_string"])
        report = read_uuid("id", request.path_params["id"])
        change = Change(
            access, report, read_if_match(request), request.state.request_id, as_own_absence
        )
        with state.database.transaction() as session:
            document = withdraw(session, change)
        return answer(document, limits | {"ETag": entity_tag(access, document)})

    return await run_in_threadpool(act)
