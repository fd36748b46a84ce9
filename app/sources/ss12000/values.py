"""Readers of single JSON values, lenient in form and strict in meaning.

Each takes a value that is neither null nor an empty string and answers what the table holds,
or raises Unreadable.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID

from app.local_time import STOCKHOLM

Reader = Callable[[object], object]

LARGEST_INTEGER = 2**31 - 1
LONGEST_TEXT = 20_000
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(:[0-5]\d(\.\d+)?)?")
FIRST_YEAR, LAST_YEAR = 1990, 2100
# Older versions of the standard, in values that a later one folded into another.
RENAMED = {"Stadsdel": "Övrigt", "Introduktionsprogram": "Intruduktionsprogram"}


class Unreadable(ValueError):
    """The value at `path` cannot be stored; the message says what was expected."""

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.problem = problem
        self.path = path

    def under(self, name: str) -> "Unreadable":
        """The same problem, seen from the object that holds the value as `name`."""
        return Unreadable(self.problem, f"{name}.{self.path}" if self.path else name)


def text(value: object) -> str:
    """A string that PostgreSQL can store."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unreadable("expected a string")
    written = str(value)
    if len(written) > LONGEST_TEXT:
        raise Unreadable(f"longer than {LONGEST_TEXT} characters")
    if "\x00" in written or any("\ud800" <= letter <= "\udfff" for letter in written):
        raise Unreadable("holds a character that is not text")
    return written


def uuid(value: object) -> UUID:
    """An object id."""
    if not isinstance(value, str):
        raise Unreadable("expected a UUID")
    try:
        return UUID(value.strip())
    except ValueError:
        raise Unreadable("expected a UUID") from None


def reference(value: object) -> UUID:
    """The id of `{id, displayName?}`; a bare id is taken too."""
    return uuid(value.get("id") if isinstance(value, dict) else value)


def references(value: object) -> list[UUID]:
    """The ids of a list of references, each once."""
    if not isinstance(value, list):
        raise Unreadable("expected a list")
    return list(dict.fromkeys(reference(item) for item in value))


def boolean(value: object) -> bool:
    """True or false; also as a word."""
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else None
    if word not in ("true", "false"):
        raise Unreadable("expected true or false")
    return word == "true"


def integer(value: object) -> int:
    """A whole number; also as `60.0` or `"60"`."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,10}", value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable("expected a whole number")
    if abs(value) > LARGEST_INTEGER:
        raise Unreadable("the number is too large")
    return value


def day(value: object) -> date:
    """A date; of a date and time, the day in Stockholm."""
    if not isinstance(value, str):
        raise Unreadable("expected a date, YYYY-MM-DD")
    try:
        return date.fromisoformat(value) if len(value) <= 10 else _moment(value).date()
    except (ValueError, OverflowError):
        raise Unreadable("expected a date, YYYY-MM-DD") from None


def instant(value: object) -> datetime:
    """A date and time. Without offset it is Stockholm's clock: such servers send local time."""
    if not isinstance(value, str):
        raise Unreadable("expected a date and time, RFC 3339")
    try:
        return _moment(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("expected a date and time, RFC 3339") from None


def event_instant(value: object) -> datetime:
    """A date and time in a year that lessons are kept for."""
    moment = instant(value)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Unreadable(f"expected a year from {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def clock_time(value: object) -> str:
    """A time of day as HH:MM; seconds are cut off."""
    found = CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Unreadable("expected a time, HH:MM")
    return f"{int(found[1]):02}:{found[2]}"


def one_of(choices: type[StrEnum]) -> Reader:
    """One of the standard's values."""

    allowed = frozenset(choice.value for choice in choices)

    def read(value: object) -> str:
        written = text(value)
        written = written if written in allowed else RENAMED.get(written, written)
        if written not in allowed:
            raise Unreadable(f"not a value of {choices.__name__}")
        return written

    return read


def list_of(read: Reader) -> Callable[[object], list[object]]:
    """A list whose items are all readable, each value once."""

    def read_all(value: object) -> list[object]:
        if not isinstance(value, list):
            raise Unreadable("expected a list")
        items = [read(item) for item in value]
        return [item for position, item in enumerate(items) if item not in items[:position]]

    return read_all


def texts(value: object) -> list[object] | None:
    """A list of strings, or None when it is empty."""
    return list_of(text)(value) or None


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value.strip().replace(" ", "T", 1))
    return moment.replace(tzinfo=STOCKHOLM) if moment.tzinfo is None else moment
