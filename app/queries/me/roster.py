"""Who is to be at a lesson: for whoever teaches it, or heads its unit."""

from dataclasses import replace
from functools import lru_cache
from uuid import UUID

from app.database import Database
from app.queries import own_view
from app.queries.access import Access
from app.queries.json_text import json_object, listed, listed_or_empty, literal, member, plain, text
from app.queries.me import timetable as tt
from app.queries.me.answering import recorded, render_of, run, seen, values_for, with_version
from app.queries.reading import Found
from app.queries.resource import UNPROTECTED, Render, Shape

# No row unless the signed-in person leads the lesson, and may be shown by this app.
LESSON = """timetable AS MATERIALIZED (
    SELECT %(me)s::uuid AS person_id, TRUE AS taught, {columns}
      FROM calendar_event e
     WHERE e.id = %(id)s AND %(me)s::uuid = ANY(%(own)s) AND {led} AND {visible}
)"""
EXCEPTION = (
    "student_exception se WHERE t.has_exceptions AND se.event_id = t.id "
    "AND se.event_start = t.start_time"
)
# A substitute teaches these pupils at this lesson alone: they are told of on its day.
SUBSTITUTES = f"t.start_time::date = %(today)s::date AND {own_view.stands_in('t')}"
PUPILS = """pupils AS MATERIALIZED (
    SELECT p.id, p.given_name, p.family_name, p.sort_name,
           EXISTS (SELECT 1 FROM {exception} AND se.person_id = p.id AND NOT se.participates)
           AS elsewhere, {absences} AS absences, {attendance} AS attendance
      FROM timetable t CROSS JOIN LATERAL (
            SELECT gm.person_id FROM activity_group ag
              JOIN group_membership gm ON gm.group_id = ag.group_id
             WHERE ag.activity_id = t.activity_id AND {member}
            UNION
            SELECT se.person_id FROM {exception} AND se.participates) one
     CROSS JOIN LATERAL (SELECT * FROM person who WHERE who.id = one.person_id OFFSET 0) p
     WHERE p.security_marking = '{unprotected}' AND ({visible} OR {substitutes} AND {granted})
)"""


def read_roster(
    database: Database, access: Access, lesson_id: UUID, *, request_id: str
) -> Found | None:
    """The lesson and its pupils as `Roster`; logged when this returns.

    None when there is no such lesson that the person leads. Raises DatabaseUnavailable.
    """
    values = values_for(
        access, "me.roster", request_id, filters={"lesson": [str(lesson_id)]}, people=()
    )
    statement = roster_statement(Shape.of(access))
    return run(database, access, statement, values | {"id": lesson_id})


@lru_cache(maxsize=256)
def roster_statement(shape: Shape) -> bytes:
    """One row: the roster or NULL, and the version of the tables."""
    render = render_of(shape)
    pupil = json_object(
        member("id", plain("pu.id")),
        member("givenName", text("pu.given_name")),
        member("familyName", text("pu.family_name")),
        member("absent", literal("pu.absences IS NOT NULL")),
        member("participates", "CASE WHEN pu.elsewhere THEN 'false' END"),
        member("absences", "pu.absences"),
        member("attendance", "pu.attendance"),
    )
    order = "pu.absences IS NULL, pu.elsewhere, pu.sort_name, pu.id"
    shown = tt.lessons_shown(render, where="TRUE", with_attendance=False)
    answer = json_object(
        member("lesson", "s.doc"), member("pupils", listed_or_empty(pupil, "pupils pu", order))
    )
    return with_version(f"""
WITH {_lesson(render)}, {shown}, {_pupils(render)},
{recorded("count(*)", "array_agg(pu.id)", of="pupils pu")}
SELECT (SELECT {answer} FROM shown s), {{version}}""")


def _lesson(render: Render) -> str:
    return LESSON.format(
        columns=tt.LESSON_COLUMNS, led=own_view.led("e"),
        visible=seen(render, "calendarEvents", "e"),
    )  # fmt: skip


def _pupils(render: Render) -> str:
    return PUPILS.format(
        exception=EXCEPTION, absences=_absences(render), attendance=_attendance(render),
        member=tt.covers("gm", "t.start_time::date"), unprotected=UNPROTECTED,
        visible=seen(render, "persons", "p"), substitutes=SUBSTITUTES,
        granted=seen(_of_grant(render), "persons", "p"),
    )  # fmt: skip


def _of_grant(render: Render) -> Render:
    """As the app's grant limits it, whoever has signed in: what a lesson itself entitles to."""
    return render_of(replace(render.shape, personal=False))


def _absences(render: Render) -> str:
    """Of each absence from this school only what falls within the lesson, and not why.

    A teacher who is not the pupil's mentor may see no more of it, so nobody does here.
    """
    body = json_object(
        member("startTime", text("greatest(ab.start_time, t.start_time)")),
        member("endTime", text("least(ab.end_time, t.end_time)")),
        member("type", text("ab.type")),
    )
    within_grant = seen(_of_grant(render), "absences", "ab")
    rows = (
        "absence ab WHERE ab.student_id = p.id AND ab.start_time < t.end_time "
        "AND ab.end_time > t.start_time "
        "AND coalesce(ab.school_unit_id, t.school_unit_id) = t.school_unit_id "
        f"AND {within_grant}"
    )
    return listed(body, rows, "ab.start_time, ab.id")


def _attendance(render: Render) -> str:
    return (
        f"(SELECT {tt.minutes('at.{}')} FROM attendance at WHERE at.student_id = p.id "
        "AND at.event_start = t.start_time AND at.calendar_event_id = t.id AND at.is_reported "
        f"AND ({seen(render, 'attendances', 'at')} OR {SUBSTITUTES} "
        f"AND {seen(_of_grant(render), 'attendances', 'at')}) ORDER BY at.id LIMIT 1)"
    )
