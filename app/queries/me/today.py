"""What a person's day looks like: theirs, their children's, or their teaching. One statement."""

from datetime import datetime, time, timedelta
from functools import lru_cache

from app.database import Database
from app.local_time import STOCKHOLM
from app.queries.access import Access
from app.queries.json_text import json_object, listed_or_empty, member, plain, text
from app.queries.me import timetable as tt
from app.queries.me.answering import (
    recorded,
    render_of,
    run,
    seen,
    values_for,
    view_of,
    with_version,
)
from app.queries.me.freshness import STALE_INTERVAL, sources
from app.queries.me.whereabouts import absences, care_hours, check_ins
from app.queries.reading import Found
from app.queries.resource import Render, Shape

# How far ahead the next day with lessons is looked for.
DAYS_AHEAD = 14
TODAY = "%(today)s::date"
# What is left out of an answer without `attendance:read`.
NEED_ATTENDANCE = ("absences", "attendance", "care")

# Today, until its last lesson is over; then the next day that has any, cancelled or not.
DAYS = """span AS (
    SELECT person_id, taught,
           max(end_time) FILTER (WHERE start_time::date = %(today)s::date) AS over,
           min(start_time::date) FILTER (WHERE start_time::date > %(today)s::date) AS next
      FROM timetable GROUP BY person_id, taught
), day AS MATERIALIZED (
    SELECT who.person_id, who.taught,
           CASE WHEN span.over > %(now)s THEN %(today)s::date
                ELSE coalesce(span.next, %(today)s::date) END AS date,
           CASE WHEN span.over > %(now)s THEN 'lessonsToday'
                WHEN span.next IS NULL THEN 'noLessonsAhead'
                WHEN span.over IS NULL THEN 'noLessonsToday'
                ELSE 'lessonsOver' END AS reason
      FROM (SELECT asked.id AS person_id, FALSE AS taught FROM asked
             WHERE asked.id <> %(me)s OR {pupil}
            UNION ALL
            SELECT asked.id, TRUE FROM asked WHERE asked.id = %(me)s AND {teacher}) who
      LEFT JOIN span USING (person_id, taught)
)"""
# Staff can have lessons too, such as a meeting of their group.
HAS_LESSONS = (
    "EXISTS (SELECT 1 FROM timetable mine WHERE mine.person_id = %(me)s AND {taught} mine.taught)"
)
ENROLLED = """EXISTS (SELECT 1 FROM enrolment en WHERE en.person_id = %(me)s
                   AND en.cancelled IS NOT TRUE AND {today} AND {limits})"""
TEACHES = """EXISTS (SELECT 1 FROM duty du JOIN activity_teacher lead ON lead.duty_id = du.id
                   WHERE du.person_id = %(me)s AND {today} AND {limits})"""
SHOWN_DAY = (
    "t.start_time::date = (SELECT d.date FROM day d "
    "WHERE d.person_id = t.person_id AND d.taught = t.taught)"
)


# When time alone changes the answer, in seconds since 1970: a day's lessons end, or what a source
# told grows old. At midnight the view is another one.
UNTIL = f"""(SELECT extract(epoch FROM min(moment)) FROM (
    SELECT span.over AS moment FROM span
    UNION ALL
    SELECT so.as_of + {STALE_INTERVAL} FROM source so) moments WHERE moment > %(now)s)"""


def read_today(database: Database, access: Access, *, now: datetime, request_id: str) -> Found:
    """The day as `TodayBody`; its access record is written when this returns.

    Raises DatabaseUnavailable.
    """
    values = values_for(access, "me.today", request_id, filters={})
    values |= {
        "now": now,
        "begins": datetime.combine(access.today, time(), STOCKHOLM),
        "ends": datetime.combine(access.today + timedelta(days=DAYS_AHEAD), time.max, STOCKHOLM),
        "head": bool(view_of(access).units),
    }
    found = run(database, access, today_statement(Shape.of(access)), values)
    assert found is not None, "it always tells who is signed in"
    return found


@lru_cache(maxsize=256)
def today_statement(shape: Shape) -> bytes:
    """One row: the answer, the version of the tables, and when time alone changes it."""
    render = render_of(shape)
    shown = tt.lessons_shown(render, where=SHOWN_DAY, with_attendance=tt.reads_attendance(render))
    return with_version(f"""
WITH {tt.asked(render)}, {tt.timetable(render)}, {_days(render)},
{shown},
{recorded("count(*)", "array_agg(asked.id)", of="asked")}
SELECT {_answer(render)}, {{version}}, {UNTIL}""")


def _days(render: Render) -> str:
    holds = f"{tt.covers('du', TODAY)} AND {tt.covers('lead', TODAY)}"
    teaches = TEACHES.format(today=holds, limits=render.within("du.organisation_id"))
    return DAYS.format(
        pupil=f"{HAS_LESSONS.format(taught='NOT')} OR {_enrolled(render)}",
        # Who stands in for others may have no teaching of their own.
        teacher=f"({HAS_LESSONS.format(taught='')} OR {teaches})",
    )


def _enrolled(render: Render) -> str:
    limits = f"{render.within('en.school_unit_id')} AND {render.school_type('en.school_type')}"
    return ENROLLED.format(today=tt.covers("en", TODAY), limits=limits)


def _answer(render: Render) -> str:
    told = tt.reads_attendance(render)
    omitted = "" if told else ",".join(f'"{part}"' for part in NEED_ATTENDANCE)
    person = json_object(
        member("id", plain("asked.id")),
        member("givenName", text("asked.given_name")),
        member("familyName", text("asked.family_name")),
        member("day", _day(render, taught=False)),
        *([member("checkIns", check_ins(render, "asked.id"))] if told else []),
    )
    people = listed_or_empty(
        person,
        "day d JOIN asked ON asked.id = d.person_id WHERE NOT d.taught",
        "asked.id <> %(me)s, asked.birth_date NULLS LAST, asked.given_name, asked.id",
    )
    teaching = f"(SELECT {_day(render, taught=True)} FROM day d WHERE d.taught)"
    return json_object(
        member("user", _user(render)),
        member("people", people),
        member("teaching", teaching),
        member("omitted", f"'[{omitted}]'"),
        member("sources", sources(_rests_on(render))),
    )


def _user(render: Render) -> str:
    shown = "EXISTS (SELECT 1 FROM asked WHERE asked.id = %(me)s)"
    roles = ", ".join(
        f"""CASE WHEN {when} THEN '"{role}"' END"""
        for role, when in (
            ("guardian", "EXISTS (SELECT 1 FROM asked WHERE asked.id <> %(me)s)"),
            ("pupil", f"{shown} AND {_enrolled(render)}"),
            ("teacher", "EXISTS (SELECT 1 FROM day d WHERE d.taught)"),
            ("head", f"{shown} AND %(head)s::boolean"),
        )
    )
    named = "(SELECT {column} FROM asked WHERE asked.id = %(me)s)"
    return json_object(
        member("id", plain("%(me)s::uuid")),
        member("givenName", named.format(column=text("asked.given_name"))),
        member("familyName", named.format(column=text("asked.family_name"))),
        member("roles", f"'[' || concat_ws(',', {roles}) || ']'"),
    )


def _day(render: Render, *, taught: bool) -> str:
    """The day `d`, of a person or of the signed-in person's teaching."""
    of_day = "FROM shown s WHERE s.person_id = d.person_id AND s.taught = d.taught"
    members = [
        member("date", plain("d.date")),
        member("reason", text("d.reason")),
        member("startTime", f"(SELECT {text('min(s.starts)')} {of_day} AND s.takes_place)"),
        member("endTime", f"(SELECT {text('max(s.ends)')} {of_day} AND s.takes_place)"),
        member("lessons", listed_or_empty("s.doc", of_day.removeprefix("FROM "), "s.starts, s.id")),
    ]
    if tt.reads_attendance(render) and not taught:
        members += [
            member("absences", absences(render, "d.person_id", "d.date")),
            member("care", care_hours(render, "d.person_id", "d.date")),
        ]
    return json_object(*members)


def _rests_on(render: Render) -> str:
    """The sources of all that was looked at, also where nothing of it was to be shown."""
    parts = [
        "SELECT asked.source_id FROM asked",
        "SELECT t.source_id FROM timetable t",
        "SELECT ac.source_id FROM takes_part part JOIN activity ac ON ac.id = part.activity_id",
        "SELECT gr.source_id FROM asked JOIN group_membership gm ON gm.person_id = asked.id "
        "JOIN school_group gr ON gr.id = gm.group_id",
        "SELECT du.source_id FROM asked JOIN duty du ON du.person_id = asked.id",
    ]
    if tt.reads_attendance(render):
        parts += [
            f"SELECT pl.source_id FROM asked JOIN placement pl ON pl.child_id = asked.id "
            f"WHERE {seen(render, 'placements', 'pl')}",
            f"SELECT sc.source_id FROM asked JOIN placement pl ON pl.child_id = asked.id "
            f"JOIN attendance_schedule sc ON sc.placement_id = pl.id "
            f"WHERE {seen(render, 'placements', 'pl')}",
            "SELECT ab.source_id FROM day d JOIN absence ab ON ab.student_id = d.person_id "
            "WHERE ab.start_time < (d.date + 1)::timestamptz AND ab.end_time > d.date "
            f"AND {seen(render, 'absences', 'ab')}",
        ]
    return " UNION ".join(parts)
