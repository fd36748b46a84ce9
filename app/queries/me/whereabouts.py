"""Absences, hours in care and check-ins of one person on one day. All need `attendance:read`."""

from app.queries.json_text import json_object, listed, listed_or_empty, member, plain, text
from app.queries.me.answering import seen
from app.queries.me.timetable import covers
from app.queries.resource import Render
from app.schemas.attendance_schedules import AttendanceScheduleState, DayOfWeek

# A source may hold what no clock shows; such an entry is left out.
CLOCK = "'^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'"
DAYS = ", ".join(f"'{day}'" for day in DayOfWeek)


def report_of(report: str) -> str:
    """What became of a report: its status, its reason, and each source's delivery."""
    delivery = json_object(
        member("source", text("so.name")),
        member("state", text("de.state")),
        member("changed", text("de.changed")),
    )
    rows = (
        "absence_delivery de JOIN source so ON so.id = de.source_id "
        f"WHERE de.report_id = {report}.id"
    )
    return json_object(
        member("status", text(f"{report}.status")),
        member("reasonCategory", text(f"{report}.reason_category")),
        member("deliveries", listed_or_empty(delivery, rows, "so.name")),
    )


def absences(render: Render, person: str, day: str) -> str:
    """Absences that touch the day, each with what became of its report."""
    body = json_object(
        member("id", plain("ab.id")),
        member("startTime", text("ab.start_time")),
        member("endTime", text("ab.end_time")),
        member("type", text("ab.type")),
        member("report", f"CASE WHEN ar.id IS NOT NULL THEN {report_of('ar')} END"),
    )
    rows = (
        f"absence ab LEFT JOIN absence_report ar ON ar.id = ab.id WHERE ab.student_id = {person} "
        f"AND ab.start_time < ({day} + 1)::timestamptz AND ab.end_time > {day}::timestamptz "
        f"AND {seen(render, 'absences', 'ab')}"
    )
    return listed_or_empty(body, rows, "ab.start_time, ab.id")


# The newest step counts; a schedule that was refused is nobody's hours.
SCHEDULES = """(
    SELECT sc.id, sc.placement_id, sc.temporary, sc.start_date, sc.number_of_weeks,
           CASE WHEN jsonb_typeof(sc.schedule_entries) = 'array' THEN sc.schedule_entries
                ELSE '[]' END AS entries, last.state
      FROM placement pl JOIN attendance_schedule sc ON sc.placement_id = pl.id
      LEFT JOIN LATERAL (
        SELECT st.state FROM attendance_schedule_state st
         WHERE st.attendance_schedule_id = sc.id
         ORDER BY st.registered_at DESC, st.position DESC LIMIT 1
      ) last ON TRUE
     WHERE pl.child_id = {person} AND {placed} AND {counts} AND {visible}
       AND last.state IS DISTINCT FROM '{refused}'
)"""


def care_hours(render: Render, person: str, day: str) -> str:
    """The hours that the child is meant to be in care on the day. NULL when there are none.

    A temporary schedule that is approved stands in for the others of its placement.
    """
    schedules = SCHEDULES.format(
        person=person, placed=covers("pl", day), counts=covers("sc", day),
        visible=seen(render, "attendanceSchedules", "sc"),
        refused=AttendanceScheduleState.NEKAT,
    )  # fmt: skip
    begins, ends = (
        f"({day} + (one.entry ->> '{name}')::time)" for name in ("startTime", "endTime")
    )
    # Who is in care at night is fetched on the day after.
    ends = f"CASE WHEN {ends} > {begins} THEN {ends} ELSE {ends} + interval '1 day' END"
    body = json_object(
        member("startTime", text(f"({begins})::timestamptz")),
        member("endTime", text(f"({ends})::timestamptz")),
        member("approved", f"(one.state = '{AttendanceScheduleState.GODKANT}')::text"),
    )
    requested = AttendanceScheduleState.BEGART
    week = (
        f"mod((date_trunc('week', {day})::date - date_trunc('week', hours.start_date)::date) / 7, "
        "greatest(hours.number_of_weeks, 1))"
    )
    rows = f"""(
        SELECT hours.state, entry.value AS entry,
               hours.temporary IS TRUE AND hours.state IS DISTINCT FROM '{requested}' AS instead,
               bool_or(hours.temporary IS TRUE AND hours.state IS DISTINCT FROM '{requested}')
                   OVER (PARTITION BY hours.placement_id) AS replaced,
               hours.temporary, {week} AS week
          FROM {schedules} hours
          LEFT JOIN LATERAL jsonb_array_elements(hours.entries) entry ON TRUE
    ) one WHERE (one.instead OR NOT one.replaced OR one.state = '{requested}' AND one.temporary)
        AND one.entry ->> 'weekOffset' = one.week::text
        AND one.entry ->> 'dayOfWeek' = (ARRAY[{DAYS}])[date_part('isodow', {day})::int]
        AND one.entry ->> 'startTime' ~ {CLOCK} AND one.entry ->> 'endTime' ~ {CLOCK}"""
    return listed(body, rows, "one.entry ->> 'startTime', one.entry ->> 'endTime', one.state")


def check_ins(render: Render, person: str) -> str:
    """When the child came and left today. NULL when nothing is known of it."""
    kind = "CASE ae.event_type WHEN 'In' THEN 'in' ELSE 'out' END"
    body = json_object(member("time", text("ae.time")), member("type", text(kind)))
    rows = (
        f"attendance_event ae WHERE ae.person_id = {person} AND ae.time >= %(begins)s "
        "AND ae.time < (%(today)s::date + 1)::timestamptz "
        f"AND {seen(render, 'attendanceEvents', 'ae')}"
    )
    return listed(body, rows, "ae.time, ae.id")
