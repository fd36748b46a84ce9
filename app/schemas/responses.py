"""What the OpenAPI documents of several doors say alike of responses."""

from typing import Any

from app.schemas.problems import Problem


def header(description: str, kind: str = "string") -> dict[str, Any]:
    """A response header."""
    return {"description": description, "schema": {"type": kind}}


AGAIN = {"Retry-After": header("Seconds after which to try again.", "integer")}
CACHED = {"Cache-Control": header("How long the answer may be kept.")}
ANYWHERE = {"Access-Control-Allow-Origin": header("`*`: pages of any origin may read it.")}


def problem_response(description: str, headers: dict[str, Any]) -> dict[str, Any]:
    """A response that holds a problem."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {"description": description, "headers": headers, "content": content}
