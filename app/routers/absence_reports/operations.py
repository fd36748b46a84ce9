"""The endpoints of the absence reports."""

from collections.abc import Callable

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RouteClass
from app.database import Session
from app.queries.access import Access, Scope
from app.queries.entity_tags import entity_tag
from app.queries.ss12000 import CATALOGUE
from app.schemas.absence_reports import DeliveryResult, ReportChange
from app.schemas.drafts import read_draft
from app.services.absence_reports import (
    Change,
    as_report,
    set_reason_category,
    settle_delivery,
    withdraw,
)
from app.services.findings import sound
from app.web.admission import admit
from app.web.answers import answer
from app.web.bodies import read_body, read_object
from app.web.headers import read_if_match
from app.web.parameters import no_parameters
from app.web.reading import answer_by_id, answer_list
from app.web.values import read_uuid

PREFIX = "/absence-reports/v1"
LARGEST_BODY = 10_000
REPORTS = CATALOGUE["absenceReports"]
Act = Callable[[Session, Change], bytes]


async def list_reports(request: Request) -> Response:
    """GET /reports."""
    access = await admit(request, [Scope.ATTENDANCE_READ], f"GET {PREFIX}/reports")
    return await answer_list(request, REPORTS, access)


async def get_report(request: Request) -> Response:
    """GET /reports/{id}."""
    access = await admit(request, [Scope.ATTENDANCE_READ], f"GET {PREFIX}/reports/{{id}}")
    return await answer_by_id(request, REPORTS, access)


async def change_report(request: Request) -> Response:
    """PATCH /reports/{id}."""
    access = await admit(request, [Scope.ABSENCES_WRITE], f"PATCH {PREFIX}/reports/{{id}}")
    body = await read_body(request, most=LARGEST_BODY)

    def act(session: Session, change: Change) -> bytes:
        wanted = sound(read_draft(ReportChange, read_object(body)))
        return set_reason_category(session, change, wanted.reason_category)

    return await run_in_threadpool(answer_change, request, access, act)


async def withdraw_report(request: Request) -> Response:
    """PUT /reports/{id}/withdrawal."""
    access = await admit(request, [Scope.ABSENCES_WRITE], f"PUT {PREFIX}/reports/{{id}}/withdrawal")
    return await run_in_threadpool(answer_change, request, access, withdraw)


async def settle(request: Request) -> Response:
    """PUT /reports/{id}/delivery."""
    access = await admit(request, [Scope.ABSENCES_WRITE], f"PUT {PREFIX}/reports/{{id}}/delivery")
    body = await read_body(request, most=LARGEST_BODY)

    def act(session: Session, change: Change) -> bytes:
        result = sound(read_draft(DeliveryResult, read_object(body)))
        return settle_delivery(session, change, result.state, result.message)

    return await run_in_threadpool(answer_change, request, access, act)


def answer_change(request: Request, access: Access, act: Act) -> Response:
    """The report as it is after the act, when that is stored durably."""
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.WRITE)
    no_parameters(request.scope["query_string"])
    change = Change(
        access,
        read_uuid("id", request.path_params["id"]),
        read_if_match(request),
        request.state.request_id,
        as_report,
    )
    with state.database.transaction() as session:
        document = act(session, change)
    return answer(document, limits | {"ETag": entity_tag(access, document)})
