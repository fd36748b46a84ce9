"""The boundaries that the edge town's rows stand around, and the names and ids of those rows.

Every row's id is its name spelt in bytes, so that rows sort by id as their names do.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

# The boundaries: a first day, a last day, and midnight in Stockholm between two days.
START, END = date(2026, 8, 17), date(2027, 6, 11)
BEGIN = datetime(2026, 8, 31, 22, tzinfo=UTC)
FINISH = BEGIN + timedelta(hours=1)
CREATED = datetime(2026, 8, 1, 8, 0, 0, 123456, tzinfo=UTC)
MODIFIED = datetime(2026, 9, 2, 8, 0, 0, 123456, tzinfo=UTC)
DAY, MINUTE, TICK = timedelta(days=1), timedelta(minutes=1), timedelta(microseconds=1)

# Every row by its resource: created just before CREATED and modified just after MODIFIED;
# created and modified exactly then; created just after and modified just before.
Moments = tuple[str, str, str]
MOMENTS: Mapping[str, Moments] = {
    "organisations": ("area city", "north o-old south", "o-edge o-new"),
    "persons": ("ada bea cid", "dan eva fia gun", "hal iri jon kim liv mio"),
    "placements": ("place-1 place-4", "place-2", "place-3 place-5"),
    "duties": ("duty-1", "duty-2 duty-3", "duty-4"),
    "groups": ("g-care", "g-class g-open", "g-teach g-zeta"),
    "programmes": ("prog-1 prog-2", "prog-3", "prog-4 prog-5"),
    "syllabuses": ("syl-1", "syl-2 syl-3", "syl-4 syl-5"),
    "schoolUnitOfferings": ("offer-2", "offer-3", "offer-1 offer-4"),
    "activities": ("act-1", "act-2 act-3", "act-4"),
    "calendarEvents": ("les-1", "les-2 les-3", "les-4"),
    "rooms": ("room-1", "room-2", "room-3 room-4"),
    "resources": ("res-1 res-2", "res-3", "res-4"),
    "attendances": ("att-1", "att-2 att-3", "att-4"),
    "attendanceEvents": ("event-1", "event-2 event-3", "event-4"),
    "attendanceSchedules": ("hours-1 hours-2", "hours-3", "hours-4"),
    "absences": ("abs-3", "abs-1", "abs-2 abs-4"),
}


def spelt(name: str) -> UUID:
    """The id of the row of this name."""
    return UUID(bytes=name.encode("ascii").ljust(16, b"\0"))


def base(name: str) -> dict[str, Any]:
    """A row's identity and its place on both sides of the two meta boundaries."""
    for moments in MOMENTS.values():
        for step, names in enumerate(moments, start=-1):
            if name in names.split():
                created, modified = CREATED + step * TICK, MODIFIED - step * TICK
                return {"id": spelt(name), "created": created, "modified": modified}
    message = f"{name} has no place in MOMENTS"
    raise KeyError(message)


def period(start: int | None, end: int | None) -> dict[str, Any]:
    """A period, in days from the two boundaries; None leaves an end open."""
    return {
        "start_date": None if start is None else START + start * DAY,
        "end_date": None if end is None else END + end * DAY,
    }


def row(name: str) -> str:
    """A row's id as a client sends it."""
    return str(spelt(name))


def rows(names: str) -> list[str]:
    """Several ids, as a repeated parameter."""
    return [row(name) for name in names.split()]
