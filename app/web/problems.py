"""Refusals as RFC 9457 problems, for every API but SS 12000's."""

from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from app.errors import Refusal

PROBLEM_TYPE = "application/problem+json"


def render_problem(refusal: Refusal) -> Response:
    """`{type, title, status, detail}`, and `errors` when there are several."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": refusal.code,
        "status": refusal.status,
        "detail": refusal.message,
    }
    if refusal.faults:
        body["errors"] = refusal.errors
    headers = {"Cache-Control": "no-store"} | refusal.headers
    return JSONResponse(body, status_code=refusal.status, media_type=PROBLEM_TYPE, headers=headers)
