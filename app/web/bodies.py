"""Reads JSON bodies: of one media type, of bounded size, each key once."""

import json
from typing import Any, NoReturn

from fastapi import Request

from app.errors import BadBody, BodyTooLarge, UnsupportedMediaType, shown


async def read_body(request: Request, *, most: int) -> bytes:
    """The body, at most so many bytes. Raises BodyTooLarge, UnsupportedMediaType."""
    media_type = (
        request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    )
    if media_type != "application/json" and not media_type.endswith("+json"):
        message = f"Send the body as application/json; got {shown(media_type)!r}."
        raise UnsupportedMediaType(message)
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > most:
            message = f"The body may hold {most} bytes here. Split what you send, or shorten it."
            raise BodyTooLarge(message)
    return bytes(chunks)


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is. Raises BadBody."""
    try:
        parsed = json.loads(body, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as failure:
        message = "The body must be a JSON object, each key once."
        raise BadBody(message) from failure
    if not isinstance(parsed, dict):
        message = "The body must be a JSON object."
        raise BadBody(message)
    return parsed


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a key stands twice"
        raise ValueError(message)
    return found
