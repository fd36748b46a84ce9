"""`POST /log/` and `POST /statistics/`: what consumers report of their own reading."""

import json
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.auth.rate_limits import RouteClass
from app.errors import BadBody, Fault
from app.queries.access import Access
from app.routers.ss12000.operations import Endpoint
from app.routers.ss12000.responses import BODY, ERRORS, REUSED
from app.schemas.consumer_reports import LogEntry, Received, Report, StatisticsEntry
from app.services.consumer_reports import keep_report
from app.services.idempotency import Answer, Attempt, answer_once
from app.web.admission import ANY_GRANT, admit
from app.web.answers import answer_written
from app.web.bodies import read_body, read_object
from app.web.descriptions import IDEMPOTENCY_KEY, REPLAYED
from app.web.headers import read_idempotency_key
from app.web.parameters import no_parameters

REPORTS: Mapping[str, type[LogEntry] | type[StatisticsEntry]] = MappingProxyType(
    {"log": LogEntry, "statistics": StatisticsEntry}
)
LARGEST_BODY = 64_000
R = TypeVar("R", bound=Report)


def add_to(door: FastAPI) -> None:
    """Route and describe both."""
    for name, model in REPORTS.items():
        add = partial(
            door.add_api_route,
            endpoint=_endpoint(name, model),
            methods=["POST"],
            response_model=None,
            status_code=HTTPStatus.CREATED,
        )
        # The standard's path ends in a slash; several clients leave it out.
        add(f"/{name}", include_in_schema=False)
        add(
            f"/{name}/",
            operation_id=f"create{model.__name__}",
            summary=f"Report a {model.__name__}",
            description=model.__doc__,
            tags=["Loggning"],
            response_class=JSONResponse,
            responses={HTTPStatus.CREATED: {"model": Received, "headers": REPLAYED}}
            | ERRORS
            | BODY
            | REUSED,
            openapi_extra={
                # Any consumer that has a grant; no scope besides.
                "security": [{"oauth2": []}],
                "parameters": [IDEMPOTENCY_KEY],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"$ref": f"#/components/schemas/{model.__name__}"}
                        }
                    },
                },
            },
        )


def _endpoint(name: str, model: type[LogEntry] | type[StatisticsEntry]) -> Endpoint:
    route = f"POST /ss12000/v2.0/{name}/"

    async def endpoint(request: Request) -> Response:
        access = await admit(request, ANY_GRANT, route)
        body = await read_body(request, most=LARGEST_BODY)
        return await run_in_threadpool(_answer, request, access, model, body)

    return endpoint


def _answer(
    request: Request, access: Access, model: type[LogEntry] | type[StatisticsEntry], body: bytes
) -> Response:
    state = request.app.state
    limits = state.rate_limits.hit(access, RouteClass.READ)
    no_parameters(request.scope["query_string"])
    report = read_report(model, body)
    now, name = state.authenticator.clock(), f"{model.__name__}.create"
    attempt = Attempt(
        read_idempotency_key(request), name, read_object(body), now, request.state.request_id
    )
    with state.database.transaction() as session:

        def kept() -> Answer:
            keep_report(
                session,
                report,
                client_id=access.client_id,
                most_per_day=state.settings.reports_per_day,
                now=now,
            )
            return Answer(b"{}", HTTPStatus.CREATED)

        written = answer_once(session, access, attempt, kept)
    return answer_written(written, limits)


def read_report(model: type[R], body: bytes) -> R:
    """The report. Properties that it does not have, and null, are passed over.

    Published clients send both. Raises BadBody with every fault.
    """
    names = {field.alias or name for name, field in model.model_fields.items()}
    given = {
        # No property holds more than one value, and what is deep could not be written again.
        name: [] if isinstance(value, dict | list) else value
        for name, value in read_object(body).items()
        if name in names and value is not None
    }
    try:
        return model.from_wire(json.dumps(given))
    except ValidationError as invalid:
        faults = [_fault(error) for error in invalid.errors(include_url=False)]
        told = "; ".join(f"{fault.path} {fault.message}".strip() for fault in faults)
        raise BadBody(f"The report was not stored: {told}.", faults=faults) from invalid


def _fault(error: ErrorDetails) -> Fault:
    path = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return Fault(path, "is required")
    if error["type"] == "value_error":
        return Fault(path, str(error["ctx"]["error"]))
    return Fault(
        path, error["msg"].replace("Input should", "must").replace("String should", "must")
    )
