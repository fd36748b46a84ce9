"""The service itself: whether it lives, what it has counted, and where its APIs are described."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from app.metrics import rendered
from app.schemas.responses import AGAIN, ANYWHERE, CACHED, problem_response
from app.web.doors import public_document

DOCUMENT_PATH = "/openapi.json"
DESCRIPTION = """For whoever runs the service, and to find the documents of its APIs. Nothing here
is about anyone, and nothing asks for a token; a proxy keeps what is for operators from callers."""
TEXT = {"text/plain": {"schema": {"type": "string"}}}
JSON = {"application/json": {"schema": {"type": "object"}}}

router = APIRouter()


@router.get(
    "/healthz",
    operation_id="isAlive",
    summary="Whether the process answers",
    response_class=PlainTextResponse,
    responses={200: {"description": "It does.", "content": TEXT}},
)
async def healthz(request: Request) -> Response:
    """For whoever restarts processes: 200 also while the database is away."""
    request.state.route = "GET /healthz"
    return PlainTextResponse("ok")


@router.get(
    "/readyz",
    operation_id="isReady",
    summary="Whether the database answers too",
    response_class=PlainTextResponse,
    responses={
        200: {"description": "It does.", "content": TEXT},
        503: problem_response("It does not.", AGAIN),
    },
)
def readyz(request: Request) -> Response:
    """For load balancers."""
    request.state.route = "GET /readyz"
    request.app.state.database.read_bytes(b"SELECT stamp FROM change_clock", {})
    return PlainTextResponse("ready")


@router.get(
    "/metrics",
    operation_id="readMetrics",
    summary="What has been counted",
    response_class=PlainTextResponse,
    responses={200: {"description": "Prometheus's text format.", "content": TEXT}},
)
async def metrics(request: Request) -> Response:
    """Requests, times and outages, without personal data; summed over the worker processes."""
    request.state.route = "GET /metrics"
    return Response(rendered(), media_type=CONTENT_TYPE_LATEST)


def document(documents: Iterable[str]) -> dict[str, Any]:
    """The OpenAPI document of all this, and of where the other doors' documents are."""
    described = APIRouter()
    for path in sorted({*documents, DOCUMENT_PATH}):
        described.add_api_route(
            path,
            _elsewhere,
            operation_id="get" + "".join(map(str.title, path.replace(".", "/").split("/"))),
            summary="This document" if path == DOCUMENT_PATH else "An API's OpenAPI document",
            responses={
                200: {
                    "description": "OpenAPI 3.1, as JSON.",
                    "headers": CACHED | ANYWHERE,
                    "content": JSON,
                }
            },
        )
    return get_openapi(
        title="Skolnav service",
        version="1.0.0",
        description=DESCRIPTION,
        routes=[*router.routes, *described.routes],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
    )


async def openapi_json(request: Request) -> Response:
    """The document, for everyone."""
    return public_document(request, "service.json")


router.add_api_route(DOCUMENT_PATH, openapi_json, include_in_schema=False)


async def _elsewhere() -> Response:
    """Without login; may be kept for five minutes."""
    raise NotImplementedError
