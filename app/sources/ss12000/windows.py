"""The time that lessons are asked for, and how it is cut: servers refuse more than a month."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from app.local_time import STOCKHOLM, local_day

LONGEST_WINDOW = timedelta(days=30)
JULY = 7


def school_year_of(day: date) -> int:
    """The year in which the day's school year began, on 1 July."""
    return day.year if day.month >= JULY else day.year - 1


def whole_window(
    first_day: date | None, last_day: date | None, *, now: datetime
) -> tuple[datetime, datetime]:
    """From the first day's midnight to the last one's; unset, the current school year."""
    first = first_day or date(school_year_of(local_day(now)), JULY, 1)
    last = last_day or date(school_year_of(first) + 1, JULY, 1) - timedelta(days=1)
    return _midnight(first), _midnight(last + timedelta(days=1))


def windows(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The time in parts of at most thirty days. Both ends belong to a part."""
    while begin < end:
        stop = min(begin + LONGEST_WINDOW, end)
        yield begin, stop
        begin = stop


def wire_time(moment: datetime) -> str:
    """As a filter's value. In UTC, so that no `+` can be lost on the way."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=STOCKHOLM).astimezone(UTC)
