"""Reads the headers that make writing safe: Idempotency-Key and If-Match."""

import re

from fastapi import Request

from app.errors import BadHeader
from app.services.preconditions import ANY, IfMatch

LONGEST_KEY = 255
KEY = re.compile(rf"[\x20-\x7e]{{1,{LONGEST_KEY}}}")
TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
TAGS = re.compile(rf"{TAG}(?:[ \t]*,[ \t]*{TAG})*")
MOST_TAGS = 4_000


def read_idempotency_key(request: Request) -> str | None:
    """The key, if one was sent. Raises BadHeader."""
    sent = request.headers.getlist("idempotency-key")
    if not sent:
        return None
    if len(sent) > 1 or not KEY.fullmatch(sent[0]):
        raise BadHeader(
            f"Send one Idempotency-Key of 1 to {LONGEST_KEY} printable ASCII characters, a new one "
            "for each new request; a UUID will do."
        )
    return sent[0]


def read_if_match(request: Request) -> IfMatch:
    """The tags that the object may have. Raises BadHeader.

    A weak tag matches nothing: If-Match compares strongly (RFC 9110 section 13.1.1).
    """
    sent = request.headers.getlist("if-match")
    if not sent:
        return None
    value = ", ".join(sent).strip()
    if value == ANY:
        return frozenset({ANY})
    if len(value) > MOST_TAGS or not TAGS.fullmatch(value):
        raise BadHeader(
            "If-Match must be * or entity tags in double quotes, as an ETag header gave them."
        )
    return frozenset(tag for tag in re.findall(TAG, value) if not tag.startswith("W/"))
