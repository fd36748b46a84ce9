"""JSON from outside, read in one way only, and the texts that stand in it."""

import hmac
import json
from typing import Any, NoReturn, TypeGuard


def read_object(text: bytes | str) -> dict[str, Any]:
    """A JSON object in which no name stands twice and no number is NaN. Raises ValueError."""
    try:
        found = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
    except RecursionError as failure:
        raise ValueError("nested too deeply") from failure
    if not isinstance(found, dict):
        # TypeError would be the language's word, but to callers this is one more malformed text.
        raise ValueError("not an object")  # noqa: TRY004
    return found


def same_text(one: str, other: str) -> bool:
    """Compares without telling by its time where they differ."""
    return hmac.compare_digest(*(text.encode(errors="surrogatepass") for text in (one, other)))


def is_plain_text(value: object, longest: int) -> TypeGuard[str]:
    """Whether a claim is a text that can be stored and compared; half a character cannot."""
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # Two readers of the same text must not read two things.
        raise ValueError("a name stands twice")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("not a number")
