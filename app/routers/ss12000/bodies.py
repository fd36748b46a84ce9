"""Reads the body of a lookup."""

import json
from typing import Any, NoReturn

from fastapi import Request

from app.errors import BadBody, BodyTooLarge, UnsupportedMediaType
from app.queries.access import Access
from app.queries.resource import LookupKey, Resource
from app.routers.ss12000.parameters import need_field_group
from app.routers.ss12000.values import read_value, shown

LARGEST_BODY = 1_000_000
MOST_VALUES = 20_000


async def read_body(request: Request) -> bytes:
    """The body, at most a megabyte. Raises BodyTooLarge, UnsupportedMediaType."""
    media_type = (
        request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    )
    if media_type != "application/json" and not media_type.endswith("+json"):
        message = f"Send the body as application/json; got {shown(media_type)!r}."
        raise UnsupportedMediaType(message)
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > LARGEST_BODY:
            message = f"A lookup's body may hold {LARGEST_BODY} bytes. Split it and ask again."
            raise BodyTooLarge(message)
    return bytes(chunks)


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a key stands twice"
        raise ValueError(message)
    return found


def read_lookup_keys(
    resource: Resource, body: bytes, access: Access
) -> tuple[dict[str, list[Any]], frozenset[str]]:
    """The values by the lookup's own key names, and the other names that they were sent under.

    Raises BadBody, BadParameter, Forbidden.
    """
    try:
        parsed = json.loads(body, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as failure:
        message = "The body must be a JSON object, each key once."
        raise BadBody(message) from failure
    if not isinstance(parsed, dict):
        message = "The body must be a JSON object."
        raise BadBody(message)
    known = {name: key for key in resource.lookup for name in (key.name, *key.aliases)}
    found: dict[str, list[Any]] = {}
    for name, given in parsed.items():
        if name not in known:
            message = f"{shown(name)} is not a key of this lookup. Known are: {', '.join(known)}."
            raise BadBody(message)
        key = known[name]
        need_field_group(name, key.needs, access)
        found.setdefault(key.name, []).extend(_key_values(key, name, given))
    return found, frozenset(parsed.keys() - found.keys())


def _key_values(key: LookupKey, name: str, given: object) -> list[Any]:
    if not isinstance(given, list) or not all(isinstance(value, str) for value in given):
        message = f"{shown(name)} must be an array of strings."
        raise BadBody(message)
    if len(given) > MOST_VALUES:
        message = f"{shown(name)} may hold {MOST_VALUES} values. Split the lookup and ask again."
        raise BadBody(message)
    return [read_value(name, key.kind, value) for value in given]
