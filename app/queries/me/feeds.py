"""Calendar feeds: those that an app made for a person, and the lessons that one holds."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

from sqlmodel import Session

from app.local_time import STOCKHOLM
from app.queries.access import Access
from app.queries.json_text import json_object, listed_or_empty, literal, member, plain, text
from app.queries.me import timetable as tt
from app.queries.me.answering import people_of, recorded, render_of, values_for
from app.queries.resource import Shape

DAYS_BACK, DAYS_AHEAD = 14, 120
# Of the signed-in person's permission to the app that asks.
MADE = """made AS MATERIALIZED (
    SELECT fe.id, fe.child_id, fe.created, fe.last_used
      FROM calendar_feed fe JOIN consent co ON co.id = fe.consent_id
      JOIN application ap ON ap.id = co.application_id
     WHERE co.person_id = %(me)s AND ap.client_id = %(client_id)s AND co.revoked_at IS NULL
       AND fe.revoked_at IS NULL AND fe.child_id = ANY(%(people)s::uuid[])
)"""


def read_feeds(session: Session, access: Access, *, request_id: str) -> bytes:
    """The feeds as an array, the oldest first; logged when the transaction ends."""
    feed = json_object(
        member("id", plain("made.id")),
        member("student", plain("made.child_id")),
        member("created", text("made.created")),
        member("lastUsed", text("made.last_used")),
    )
    statement = f"""
WITH {MADE}, {recorded("count(*)", "array_agg(DISTINCT made.child_id)", of="made")}
SELECT {listed_or_empty(feed, "made", "made.created, made.id")}"""
    values = values_for(access, "me.feeds", request_id, filters={}, people=people_of(access))
    document: str = session.connection().exec_driver_sql(statement, values).scalar_one()
    return document.encode()


def window(today: date) -> tuple[date, date]:
    """The first and the last day of a feed."""
    return today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)


def read_calendar(session: Session, access: Access, student: UUID, *, request_id: str) -> bytes:
    """One person's lessons of the feed's window as an array; logged when the transaction ends."""
    first, last = window(access.today)
    values = values_for(
        access, "ical.read", request_id, filters={"student": [str(student)]}, people=[student]
    )
    values |= {
        "begins": datetime.combine(first, time(), STOCKHOLM),
        "ends": datetime.combine(last, time.max, STOCKHOLM),
    }
    statement = _calendar_statement(Shape.of(access))
    document: str = session.connection().exec_driver_sql(statement, values).scalar_one()
    return document.encode()


@lru_cache(maxsize=256)
def _calendar_statement(shape: Shape) -> str:
    render = render_of(shape)
    entry = json_object(
        member("lesson", "s.doc"),
        member("modified", text("s.modified")),
        member("takesPlace", literal("s.takes_place")),
    )
    shown = tt.lessons_shown(render, where="NOT t.taught", with_attendance=False)
    # That the lessons of this person were asked for is logged, also where there are none.
    return f"""
WITH {tt.asked(render)}, {tt.timetable(render)}, {shown},
{recorded("(SELECT count(*) FROM shown)", "array_agg(asked.id)", of="asked")}
SELECT {listed_or_empty(entry, "shown s", "s.starts, s.id")}"""
