"""The lessons of the persons in view between two days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.database import Database
from app.local_time import STOCKHOLM
from app.queries.access import Access
from app.queries.json_text import listed_or_empty
from app.queries.me import timetable as tt
from app.queries.me.answering import (
    people_of,
    recorded,
    render_of,
    run,
    values_for,
    with_version,
)
from app.queries.reading import Found
from app.queries.resource import Shape


@dataclass(frozen=True, slots=True)
class Period:
    """Days in Stockholm, the last one included. `student`: of one person only."""

    first: date
    last: date
    student: UUID | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The first instant and the last one."""
        return {
            "begins": datetime.combine(self.first, time(), STOCKHOLM),
            "ends": datetime.combine(self.last, time.max, STOCKHOLM),
        }

    @property
    def filters(self) -> dict[str, list[str]]:
        """What the access record says of it."""
        asked = {"from": [str(self.first)], "to": [str(self.last)]}
        return asked | ({"student": [str(self.student)]} if self.student else {})

    def people(self, access: Access) -> Collection[UUID]:
        """Whom it asks about. Somebody who is not in view is as if nobody."""
        everyone = people_of(access)
        return everyone if self.student is None else everyone & {self.student}


def read_lessons(database: Database, access: Access, period: Period, *, request_id: str) -> Found:
    """The lessons as an array, in order of time; logged when this returns.

    Raises DatabaseUnavailable.
    """
    values = values_for(
        access, "me.lessons", request_id, filters=period.filters, people=period.people(access)
    )
    values |= period.values | {"teaching": period.student is None}
    found = run(database, access, lessons_statement(Shape.of(access)), values)
    assert found is not None, "an array is always answered"
    return found


@lru_cache(maxsize=256)
def lessons_statement(shape: Shape) -> bytes:
    """One row: the lessons, and the version of the tables."""
    render = render_of(shape)
    where = "(%(teaching)s::boolean OR NOT t.taught)"
    shown = tt.lessons_shown(render, where=where, with_attendance=tt.reads_attendance(render))
    listed = listed_or_empty("s.doc", "shown s", "s.starts, s.id, s.taught, s.person_id")
    return with_version(f"""
WITH {tt.asked(render)}, {tt.timetable(render)}, {shown},
{recorded("count(*)", "array_agg(DISTINCT s.person_id)", of="shown s")}
SELECT {listed}, {{version}}""")
