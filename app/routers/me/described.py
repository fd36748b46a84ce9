"""Parameters that several operations take, as the document describes them."""

from typing import Any

from app.schemas.examples import PUPIL_ID


def _day_parameter(name: str, meaning: str) -> dict[str, Any]:
    return {
        "name": name, "in": "query", "required": True, "description": meaning,
        "schema": {"type": "string", "format": "date"}, "example": "2026-11-03",
    }  # fmt: skip


PERIOD = (
    _day_parameter("from", "The first day, in Swedish time."),
    _day_parameter("to", "The last day, itself included: at most 31 days in all."),
    {
        "name": "student",
        "in": "query",
        "description": "Of this person only: the signed-in one, or a child of theirs. Somebody "
        "else is answered as nobody is.",
        "schema": {"type": "string", "format": "uuid"},
        "example": PUPIL_ID,
    },
)
LANG = {
    "name": "lang",
    "in": "query",
    "description": "The language of texts; without it, what Accept-Language says.",
    "schema": {"type": "string", "enum": ["sv", "en"]},
}
