"""Reads bodies: JSON or a page's form, of bounded size, each key of an object once."""

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

from app.auth import strict_json
from app.errors import BadBody, BodyTooLarge, UnsupportedMediaType, shown

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200


async def read_body(request: Request, *, most: int, also: Collection[str] = ()) -> bytes:
    """The body, at most so many bytes: JSON, or one of the media types that are taken `also`.

    Raises BodyTooLarge, UnsupportedMediaType.
    """
    media_type = (
        request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    )
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if not is_json and media_type not in also:
        taken = " or ".join(("application/json", *also))
        message = f"Send the body as {taken}; got {shown(media_type)!r}."
        raise UnsupportedMediaType(message)
    return await _bytes(request, most)


async def read_form(request: Request, *, most: int) -> list[tuple[str, str]]:
    """The fields of a form. Raises BodyTooLarge, UnsupportedMediaType, BadBody."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != FORM:
        message = f"Send the form as {FORM}; got {shown(media_type)!r}."
        raise UnsupportedMediaType(message)
    try:
        text = (await _bytes(request, most)).decode("ascii")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as failure:
        message = "The body is not a well-formed form in UTF-8."
        raise BadBody(message) from failure


async def _bytes(request: Request, most: int) -> bytes:
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
        return strict_json.read_object(body)
    except ValueError as failure:
        message = "The body must be a JSON object, each key once."
        raise BadBody(message) from failure
