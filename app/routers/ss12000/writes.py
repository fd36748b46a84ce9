"""The endpoints that write: POST and DELETE, for the resources where the standard has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from uuid import uuid4

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RouteClass
from app.errors import MethodNotAllowed
from app.queries.access import Access, Scope
from app.queries.resource import Resource
from app.routers.ss12000.operations import Endpoint
from app.schemas.absences import NewAbsence
from app.schemas.attendance_events import NewAttendanceEvent
from app.schemas.attendance_schedules import NewAttendanceSchedule
from app.schemas.attendances import NewAttendance
from app.schemas.drafts import read_draft
from app.schemas.written import WrittenModel
from app.services.absences import create_absence
from app.services.attendance_events import create_attendance_event
from app.services.attendance_schedules import create_attendance_schedule
from app.services.attendances import create_attendance
from app.services.deleting import delete_object
from app.services.idempotency import Attempt
from app.services.writing import Create, Writing, create
from app.web.admission import Caller, admit
from app.web.answers import NOT_KEPT, answer_written
from app.web.bodies import read_body, read_object
from app.web.headers import read_idempotency_key, read_if_match
from app.web.parameters import no_parameters
from app.web.values import read_uuid

LARGEST_BODY = 300_000


@dataclass(frozen=True, slots=True)
class Write:
    """What may be written of a resource, with which scope."""

    scope: Scope
    body: type[WrittenModel]
    act: Create
    deletable: bool = True
    caller: Caller = Caller.SYSTEM


WRITES: Mapping[str, Write] = MappingProxyType(
    {
        "attendances": Write(Scope.ATTENDANCE_WRITE, NewAttendance, create_attendance),
        "attendanceEvents": Write(
            Scope.ATTENDANCE_WRITE, NewAttendanceEvent, create_attendance_event
        ),
        "attendanceSchedules": Write(
            Scope.ATTENDANCE_WRITE, NewAttendanceSchedule, create_attendance_schedule
        ),
        # The standard has no DELETE: an absence is withdrawn with its report.
        # An app may report for a guardian or an adult pupil.
        "absences": Write(
            Scope.ABSENCES_WRITE, NewAbsence, create_absence, deletable=False, caller=Caller.BOTH
        ),
    }
)


def create_endpoint(resource: Resource, write: Write) -> Endpoint:
    """POST /<resource>."""
    route = f"POST /ss12000/v2.0/{resource.path}"

    async def endpoint(request: Request) -> Response:
        access = await admit(request, [write.scope], route, caller=write.caller)
        body = await read_body(request, most=LARGEST_BODY)
        return await run_in_threadpool(answer_create, request, resource, write, access, body)

    return endpoint


def answer_create(
    request: Request, resource: Resource, write: Write, access: Access, body: bytes
) -> Response:
    """The new object, when it is stored durably; or what a first request was answered."""
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.WRITE)
    no_parameters(request.scope["query_string"])
    now = state.authenticator.clock()
    given = read_object(body)
    attempt = Attempt(
        read_idempotency_key(request),
        f"{resource.name}.create",
        given,
        now,
        request.state.request_id,
    )
    with state.database.transaction() as session:
        written = create(
            session,
            resource,
            attempt,
            Writing(access, now, uuid4()),
            draft=partial(read_draft, write.body, given),
            act=write.act,
        )
    # Only now is it committed.
    return answer_written(written, limits)


def delete_endpoint(resource: Resource, write: Write) -> Endpoint:
    """DELETE /<resource>/{id}."""
    route = f"DELETE /ss12000/v2.0/{resource.path}/{{id}}"

    async def endpoint(request: Request) -> Response:
        if request.path_params["id"] == "lookup":
            message = "DELETE is not offered here; use POST."
            raise MethodNotAllowed(message, headers={"Allow": "POST"})
        access = await admit(request, [write.scope], route)
        return await run_in_threadpool(answer_delete, request, resource, access)

    return endpoint


def answer_delete(request: Request, resource: Resource, access: Access) -> Response:
    """Nothing, when the object is gone durably."""
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.WRITE)
    no_parameters(request.scope["query_string"])
    identity = read_uuid("id", request.path_params["id"])
    if_match = read_if_match(request)
    with state.database.transaction() as session:
        delete_object(
            session,
            access,
            resource,
            identity,
            if_match=if_match,
            request_id=request.state.request_id,
        )
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=NOT_KEPT | limits)
