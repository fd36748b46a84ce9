"""Builds the absence reports' door as an application of its own, with its own document."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from app.queries.access import Scope
from app.routers.absence_reports import operations
from app.routers.absence_reports.operations import PREFIX, REPORTS
from app.schemas.absence_reports import (
    AbsenceReport,
    AbsenceReportsPage,
    DeliveryResult,
    ReportChange,
)
from app.schemas.base import WireModel
from app.schemas.problems import BodyProblem
from app.schemas.written import WrittenModel
from app.web.descriptions import (
    ETAG,
    IF_MATCH,
    chosen_parameters,
    id_parameter,
    list_parameters,
)
from app.web.documents import describe, needs, request_body
from app.web.doors import new_door, tell_api_info
from app.web.failures import handle_errors
from app.web.problems import PROBLEM_TYPE, render_problem

VERSION = "1.0.0"
RELEASED = "2026-12-01"
DESCRIPTION = """What SS 12000 lacks about an absence. Each absence that is registered with
`POST /ss12000/v2.0/absences` has a report here, under the same id: whether it still stands, why
(as a category, never a diagnosis), and whether each source system has taken it. Reports show what
the caller's grant allows, as the absences themselves do."""
REFUSALS = {
    400: "A parameter, a header or the body is wrong; `errors` names every fault of the body.",
    401: "No valid access token.",
    403: "The token or grant lacks what the message names.",
    406: "Accept excludes application/json.",
    414: "The query string is too long.",
    429: "The rate limit is used up; see Retry-After.",
    503: "Try again later.",
}
ABSENT = {404: "No such report for this consumer."}
EXPIRED = {410: "The pageToken has expired; start again without it."}
CHANGED = {412: "The report is in another state than If-Match names."}
WITHDRAWN = {409: "The report is withdrawn and is kept as it is."}
BODY = {413: "The body is too large.", 415: "The body is not application/json."}


@dataclass(frozen=True)
class Operation:
    """One operation, as it is served and as it is described."""

    method: str
    path: str
    endpoint: Callable[[Request], Awaitable[Response]]
    name: str
    summary: str
    scope: Scope
    answers: type[WireModel] = AbsenceReport
    refusals: Mapping[int, str] = field(default_factory=dict)
    parameters: tuple[dict[str, Any], ...] = (id_parameter(),)
    body: type[WrittenModel] | None = None


OPERATIONS = (
    Operation(
        "GET", "/reports", operations.list_reports, "listReports",
        "List reports, in the order in which they changed", Scope.ATTENDANCE_READ,
        AbsenceReportsPage, EXPIRED, tuple(list_parameters(REPORTS)),
    ),
    Operation(
        "GET", "/reports/{id}", operations.get_report, "getReport", "One report",
        Scope.ATTENDANCE_READ, refusals=ABSENT,
        parameters=tuple(chosen_parameters(REPORTS, by_id=True)),
    ),
    Operation(
        "PATCH", "/reports/{id}", operations.change_report, "changeReport",
        "Set the reason category", Scope.ABSENCES_WRITE,
        refusals=ABSENT | CHANGED | WITHDRAWN | BODY, parameters=(id_parameter(), IF_MATCH),
        body=ReportChange,
    ),
    Operation(
        "PUT", "/reports/{id}/withdrawal", operations.withdraw_report, "withdrawReport",
        "Withdraw the report: its absence is deleted, the report stays", Scope.ABSENCES_WRITE,
        refusals=ABSENT | CHANGED, parameters=(id_parameter(), IF_MATCH),
    ),
    Operation(
        "PUT", "/reports/{id}/delivery", operations.settle, "settleDelivery",
        "Confirm or refuse the delivery to the source system that the consumer acts for",
        Scope.ABSENCES_WRITE, refusals=ABSENT | CHANGED | BODY,
        parameters=(id_parameter(), IF_MATCH), body=DeliveryResult,
    ),
)  # fmt: skip


def build_door() -> FastAPI:
    """The application to be mounted at `/absence-reports/v1`."""
    door = new_door(
        "Skolnav absence reports", version=VERSION, description=DESCRIPTION, document=document,
        published="absence-reports.json",
    )  # fmt: skip
    for operation in OPERATIONS:
        _add(door, operation)
    tell_api_info(door, name="absence-reports", prefix=PREFIX, released=RELEASED)
    handle_errors(door, render_problem)
    return door


def document(door: FastAPI) -> dict[str, Any]:
    """The door's OpenAPI document."""
    return describe(
        door,
        server=PREFIX,
        scopes={operation.scope for operation in OPERATIONS},
        bodies=[BodyProblem, *(one.body for one in OPERATIONS if one.body is not None)],
    )


def _add(door: FastAPI, operation: Operation) -> None:
    extra: dict[str, Any] = {
        "parameters": list(operation.parameters),
        "security": needs(operation.scope),
    }
    if operation.body is not None:
        extra["requestBody"] = request_body(operation.body)
    answered: dict[int | str, dict[str, Any]] = {200: {"model": operation.answers, "headers": ETAG}}
    if operation.method == "GET":
        answered[304] = {"description": "The caller has this answer already.", "headers": ETAG}
    for status, meaning in sorted((REFUSALS | dict(operation.refusals)).items()):
        schema = {"$ref": f"#/components/schemas/{BodyProblem.__name__}"}
        answered[status] = {"description": meaning, "content": {PROBLEM_TYPE: {"schema": schema}}}
    door.add_api_route(
        operation.path,
        operation.endpoint,
        methods=[operation.method],
        operation_id=operation.name,
        summary=operation.summary,
        response_model=None,
        response_class=JSONResponse,
        responses=answered,
        openapi_extra=extra,
    )
