"""Reads single parameter values; each refusal names the parameter, the fault and the remedy."""

import re
from datetime import date, datetime
from uuid import UUID

from app.errors import BadParameter, shown
from app.queries.resource import Kind

# An unencoded "+" arrives as a space: 2026-08-17T08:00:00 02:00.
LOST_PLUS = re.compile(r"^(\d{4}-\d{2}-\d{2}T[\d:.]+) (\d{2}:?\d{2})$")
DATE_TIME = re.compile(
    r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})$"
)
DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
UUID_TEXT = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
LONGEST_VALUE = 500


def read_uuid(name: str, value: str) -> UUID:
    """A UUID in its usual 36-character form."""
    if not UUID_TEXT.match(value):
        message = (
            f"{name} must be a UUID, such as 7a6f0a4e-2f4b-5c1d-9b1e-3d2c1b0a9f8e; "
            f"got {shown(value)!r}."
        )
        raise BadParameter(message)
    return UUID(value)


def read_date(name: str, value: str) -> date:
    """A calendar date."""
    try:
        if DATE.match(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    message = f"{name} must be a date, YYYY-MM-DD; got {shown(value)!r}."
    raise BadParameter(message)


def read_date_time(name: str, value: str) -> datetime:
    """An instant. The offset is required; a "+" that became a space is put back."""
    repaired = LOST_PLUS.sub(r"\1+\2", value)
    try:
        if DATE_TIME.match(repaired):
            return datetime.fromisoformat(repaired.upper().replace(",", "."))
    except ValueError:
        pass
    message = (
        f"{name} must be an RFC 3339 date-time with an offset, such as "
        f"2026-08-17T08:00:00+02:00 (write + as %2B) or 2026-08-17T06:00:00Z; got {shown(value)!r}."
    )
    raise BadParameter(message)


def read_text(name: str, value: str) -> str:
    """A text that PostgreSQL can hold and that is not absurdly long."""
    if "\x00" in value or len(value) > LONGEST_VALUE:
        message = f"{name} must be a text of at most {LONGEST_VALUE} characters without NUL."
        raise BadParameter(message)
    return value


def read_name_part(name: str, value: str) -> str:
    """A part of a name as the LIKE pattern that finds it; its own wildcards mean themselves."""
    part = read_text(name, value).lower()
    if not part.strip():
        message = f"{name} must hold at least one character that is not a space."
        raise BadParameter(message)
    for sign in ("\\", "%", "_"):
        part = part.replace(sign, f"\\{sign}")
    return f"%{part}%"


def read_value(name: str, kind: Kind, value: str) -> UUID | date | datetime | str:
    """One value of a declared kind. Raises BadParameter."""
    if kind is Kind.DATE:
        return read_date(name, value)
    if kind is Kind.DATE_TIME:
        return read_date_time(name, value)
    if kind is Kind.NAME_PART:
        return read_name_part(name, value)
    if kind is Kind.TEXT:
        return read_text(name, value)
    return read_uuid(name, value)


def read_boolean(name: str, value: str) -> bool:
    """true or false, in any case, as published clients send it."""
    folded = value.lower()
    if folded in ("true", "false"):
        return folded == "true"
    message = f"{name} must be true or false; got {shown(value)!r}."
    raise BadParameter(message)


def read_limit(value: str, *, most: int) -> int:
    """A page size. More than the server gives is answered with what it gives."""
    if not re.fullmatch(r"[0-9]{1,18}", value) or int(value) < 1:
        message = f"limit must be a whole number, 1 or more; got {shown(value)!r}."
        raise BadParameter(message)
    return min(int(value), most)
