"""The lessons of persons, as a screen shows them: all names in place, and what is changed said."""

from app.queries.access import Scope
from app.queries.activities import of_school_type
from app.queries.json_text import (
    json_object,
    listed,
    listed_or_empty,
    literal,
    member,
    plain,
    text,
)
from app.queries.me.answering import seen
from app.queries.resource import UNPROTECTED, Render

# Whom the answer is about, as the caller may see them. OFFSET keeps PostgreSQL from reading
# everyone in view, a head's whole school, to find the few who are asked for. The SELECT hides how
# few they are: else a plan for just so many seems cheaper than the kept one, and planning takes
# longer than all the rest.
ASKED = """asked AS MATERIALIZED (
    SELECT p.id, p.given_name, p.family_name, p.birth_date, p.source_id
      FROM unnest((SELECT %(people)s::uuid[])) one(id)
     CROSS JOIN LATERAL (SELECT * FROM person who WHERE who.id = one.id OFFSET 0) p
     WHERE {visible}
)"""
LESSON_COLUMNS = (
    "e.id, e.start_time, e.end_time, e.activity_id, e.school_unit_id, e.cancelled, e.comment, "
    "e.room_ids, e.has_exceptions, e.source_id, e.modified"
)
WITHIN = "e.start_time >= %(begins)s AND e.start_time <= %(ends)s"
# `taught`: a lesson of the signed-in person's own teaching, also as a substitute, not one that they
# take part in.
TIMETABLE = """takes_part AS MATERIALIZED (
    SELECT DISTINCT gm.person_id, ag.activity_id, gm.start_date, gm.end_date
      FROM asked JOIN group_membership gm ON gm.person_id = asked.id
      JOIN activity_group ag ON ag.group_id = gm.group_id
), timetable AS MATERIALIZED (
    SELECT part.person_id, FALSE AS taught, {columns}
      FROM takes_part part JOIN calendar_event e ON e.activity_id = part.activity_id
     WHERE {within} AND {member} AND {limits}
     UNION
    SELECT se.person_id, FALSE, {columns}
      FROM asked JOIN student_exception se ON se.person_id = asked.id
      JOIN calendar_event e ON e.id = se.event_id AND e.start_time = se.event_start
     WHERE se.participates AND se.event_start >= %(begins)s AND se.event_start <= %(ends)s
       AND {within} AND {limits}
     UNION
    SELECT du.person_id, TRUE, {columns}
      FROM asked JOIN duty du ON du.person_id = asked.id
      JOIN activity_teacher lead ON lead.duty_id = du.id
      JOIN calendar_event e ON e.activity_id = lead.activity_id
     WHERE asked.id = %(me)s AND {within} AND {leads} AND {limits}
     UNION
    SELECT du.person_id, TRUE, {columns}
      FROM asked JOIN duty du ON du.person_id = asked.id
      JOIN teacher_exception tx ON tx.duty_id = du.id
      JOIN calendar_event e ON e.id = tx.event_id AND e.start_time = tx.event_start
     WHERE asked.id = %(me)s AND tx.participates AND tx.event_start >= %(begins)s
       AND tx.event_start <= %(ends)s AND {within} AND {on_duty} AND {limits}
)"""

# Person by person: by their lessons whole classes would be read, by the days the whole city.
ATTENDANCE_OF_PERSONS = """CROSS JOIN LATERAL (
        SELECT * FROM attendance one WHERE one.student_id = asked.id
           AND one.event_start >= %(begins)s AND one.event_start <= %(ends)s OFFSET 0) at"""
ATTENDED = """attended AS MATERIALIZED (
    SELECT at.id, at.student_id, at.calendar_event_id, at.event_start, at.attendance_minutes,
           at.valid_absence_minutes, at.invalid_absence_minutes, at.other_attendance_minutes
      FROM asked {of_persons} WHERE at.is_reported AND {visible}
)"""


def covers(alias: str, day: str) -> str:
    """The row's period holds the day."""
    return (
        f"coalesce({alias}.start_date, '-infinity') <= {day} "
        f"AND coalesce({alias}.end_date, 'infinity') >= {day}"
    )


def asked(render: Render) -> str:
    """The CTE `asked`."""
    return ASKED.format(visible=seen(render, "persons", "p"))


def timetable(render: Render) -> str:
    """The CTE `timetable`: each person's lessons that begin between two instants; and `attended`,
    what was reported of their attendance at them, with the scope for it.

    It holds what the grant gives of them; who shows a lesson asks `lessons_shown`, too.
    """
    of_form = of_school_type(render, "e.activity_id")
    limits = f"{render.within('e.school_unit_id')} AND (SELECT {of_form})"
    day = "e.start_time::date"
    lessons = TIMETABLE.format(
        columns=LESSON_COLUMNS, within=WITHIN, limits=limits, member=covers("part", day),
        leads=f"{covers('lead', day)} AND {covers('du', day)}", on_duty=covers("du", day),
    )  # fmt: skip
    if not reads_attendance(render):
        return lessons
    attended = ATTENDED.format(
        of_persons=ATTENDANCE_OF_PERSONS, visible=seen(render, "attendances", "at")
    )
    return f"{lessons}, {attended}"


# A pupil's or a teacher's own exception, and who else teaches than the activity says.
EXCEPTED = f"""
  LEFT JOIN LATERAL (
    SELECT se.participates, se.start_time, se.end_time FROM student_exception se
     WHERE t.has_exceptions AND NOT t.taught AND se.event_id = t.id
       AND se.event_start = t.start_time AND se.person_id = t.person_id
     UNION ALL
    SELECT tx.participates, tx.start_time, tx.end_time FROM teacher_exception tx
      JOIN duty mine ON mine.id = tx.duty_id
     WHERE t.has_exceptions AND t.taught AND tx.event_id = t.id
       AND tx.event_start = t.start_time AND mine.person_id = t.person_id
     LIMIT 1
  ) own ON TRUE
  LEFT JOIN LATERAL (
    SELECT bool_or(tx.participates AND lead.duty_id IS NULL) AS substitute,
           bool_or(NOT tx.participates AND lead.duty_id IS NOT NULL) AS away
      FROM teacher_exception tx JOIN duty du ON du.id = tx.duty_id
      JOIN person staff ON staff.id = du.person_id AND staff.security_marking = '{UNPROTECTED}'
      LEFT JOIN activity_teacher lead ON lead.activity_id = t.activity_id
                                     AND lead.duty_id = tx.duty_id
     WHERE t.has_exceptions AND tx.event_id = t.id AND tx.event_start = t.start_time
  ) staffed ON TRUE"""


def lessons_shown(render: Render, *, where: str, with_attendance: bool) -> str:
    """The CTE `shown`: rows of `timetable` as documents. `where` may speak of the row as `t`."""
    return f"""shown AS MATERIALIZED (
    SELECT t.person_id, t.taught, t.id, t.source_id, t.modified, {STARTS} AS starts, {ENDS} AS ends,
           NOT coalesce(t.cancelled, FALSE) AND coalesce(own.participates, TRUE) AS takes_place,
           {lesson(render, with_attendance=with_attendance)} AS doc
      FROM timetable t {of_activity(render, "t.activity_id")}
      {EXCEPTED}
     WHERE {where} AND {seen(render, "calendarEvents", "t")}
)"""


STARTS = "coalesce(own.start_time, t.start_time)"
ENDS = "coalesce(own.end_time, t.end_time)"
CHANGES = (
    ("notParticipating", "own.participates IS FALSE"),
    ("time", f"own.participates AND ({STARTS} <> t.start_time OR {ENDS} <> t.end_time)"),
    ("substitute", "staffed.substitute"),
    ("teacherAway", "staffed.away"),
)


def lesson(render: Render, *, with_attendance: bool) -> str:
    """A lesson's JSON text, of the row `t` with its `ac`, `sy`, `own` and `staffed`."""
    told = ", ".join(f"""CASE WHEN {when} THEN '"{name}"' END""" for name, when in CHANGES)
    changes = f"nullif(concat_ws(',', {told}), '')"
    status = (
        f"CASE WHEN t.cancelled THEN 'cancelled' WHEN {changes} IS NULL THEN 'planned' "
        "ELSE 'changed' END"
    )
    activity = json_object(member("id", plain("ac.id")), member("name", text("ac.display_name")))
    return json_object(
        member("id", plain("t.id")),
        member("student", f"CASE WHEN NOT t.taught THEN {plain('t.person_id')} END"),
        member("startTime", text(STARTS)),
        member("endTime", text(ENDS)),
        member("status", text(status)),
        member("changes", f"'[' || {changes} || ']'"),
        member("subject", subject()),
        member("activity", activity),
        member("teachers", teachers()),
        member("rooms", rooms(render)),
        member("groups", groups(render)),
        member("comment", text("t.comment")),
        *([member("attendance", ATTENDANCE)] if with_attendance else []),
    )


def subject() -> str:
    """What the activity `ac` is in: by its syllabus `sy`, or else by its own name."""
    return json_object(
        member("name", text("coalesce(sy.subject_name, ac.display_name)")),
        member("code", text("sy.subject_code")),
        member("designation", text("sy.subject_designation")),
        member("course", text("sy.course_name")),
    )


def of_activity(render: Render, activity: str) -> str:
    """What joins the activity and its syllabus, as `ac` and `sy`."""
    return (
        f"JOIN activity ac ON ac.id = {activity} "
        f"LEFT JOIN syllabus sy ON sy.id = ac.syllabus_id AND {render.visible('syllabuses', 'sy')}"
    )


def reads_attendance(render: Render) -> bool:
    """Whether absences, attendance and care may be told."""
    return Scope.ATTENDANCE_READ in render.shape.scopes


def teachers() -> str:
    """Who teaches at this lesson. Staff under protected identity are not there, in any app."""
    named = "staff.given_name || ' ' || staff.family_name"
    body = json_object(
        member("name", text(named)),
        member("signature", text("du.signature")),
        member("substitute", "CASE WHEN who.substitute THEN 'true' END"),
    )
    excepted = "tx.event_id = t.id AND tx.event_start = t.start_time"
    who = f"""(
        SELECT lead.position, lead.duty_id, FALSE AS substitute FROM activity_teacher lead
         WHERE lead.activity_id = t.activity_id AND {covers("lead", "t.start_time::date")}
           AND NOT (t.has_exceptions AND EXISTS (
               SELECT 1 FROM teacher_exception tx
                WHERE {excepted} AND tx.duty_id = lead.duty_id AND NOT tx.participates))
         UNION ALL
        SELECT 1000 + tx.position, tx.duty_id, TRUE FROM teacher_exception tx
         WHERE t.has_exceptions AND {excepted} AND tx.participates AND NOT EXISTS (
               SELECT 1 FROM activity_teacher lead
                WHERE lead.activity_id = t.activity_id AND lead.duty_id = tx.duty_id)
    ) who JOIN duty du ON du.id = who.duty_id
      JOIN person staff ON staff.id = du.person_id AND staff.security_marking = '{UNPROTECTED}'"""
    return listed_or_empty(body, who, "who.position")


def rooms(render: Render) -> str:
    """The names of the rooms."""
    # Not a join, for which all rooms there are would be read.
    name = (
        f"(SELECT {text('rm.display_name')} FROM room rm "
        f"WHERE rm.id = part.id AND {render.visible('rooms', 'rm')})"
    )
    return listed_or_empty(name, "unnest(t.room_ids) WITH ORDINALITY part(id, n)", "part.n")


def groups(render: Render) -> str:
    """To a teacher, which groups the lesson is for."""
    rows = (
        "activity_group ag JOIN school_group gr ON gr.id = ag.group_id "
        f"WHERE ag.activity_id = t.activity_id AND {render.within('gr.organisation_id')} "
        f"AND {render.school_type('gr.school_type')}"
    )
    return f"CASE WHEN t.taught THEN {listed(text('gr.display_name'), rows, 'ag.position')} END"


MINUTES = (
    ("attendanceMinutes", "attendance_minutes"),
    ("validAbsenceMinutes", "valid_absence_minutes"),
    ("invalidAbsenceMinutes", "invalid_absence_minutes"),
    ("otherAttendanceMinutes", "other_attendance_minutes"),
)


def minutes(of: str) -> str:
    """The four kinds of minutes. `of` makes an expression of a column's name."""
    return json_object(*(member(name, literal(of.format(column))) for name, column in MINUTES))


ATTENDANCE = (
    f"(SELECT {minutes('at.{}')} FROM attended at WHERE NOT t.taught "
    "AND at.student_id = t.person_id AND at.calendar_event_id = t.id "
    "AND at.event_start = t.start_time ORDER BY at.id LIMIT 1)"
)
