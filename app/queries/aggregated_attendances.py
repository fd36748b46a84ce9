"""Aggregated attendance: minutes per pupil and activity over an interval, summed when asked."""

from app.queries import own_view
from app.queries.access import Scope
from app.queries.activities import of_school_type
from app.queries.json_text import json_object, literal, member, text
from app.queries.resource import Filter, Kind, Render, Resource, Sort
from app.schemas.enums import SchoolType

WINDOW = """raw.event_start >= (%(startDate)s)::date::timestamptz
               AND raw.event_start < ((%(endDate)s)::date + 1)::timestamptz"""
# Who attended where. For one unit's or one pupil's sums by an index on them; otherwise person by
# person, so that a page sums what its own pupils have, and not what the whole city has.
OF_FEW = f"SELECT DISTINCT raw.student_id, raw.school_unit_id FROM attendance raw WHERE {WINDOW}"
OF_MANY = f"""
    SELECT someone.id AS student_id, unit.school_unit_id
      FROM person someone CROSS JOIN LATERAL (
           SELECT DISTINCT raw.school_unit_id FROM attendance raw
            WHERE raw.student_id = someone.id AND {WINDOW}) unit"""
# One row per pupil and activity. `id` orders one pupil's rows; it stays inside.
SUMS = f"""(
    SELECT md5(sums.activity_id::text || attended.student_id::text)::uuid AS id,
           attended.student_id, attended.school_unit_id, sums.*
      FROM ({{attended}}) attended
     CROSS JOIN LATERAL (
        SELECT raw.activity_id,
               sum(coalesce(raw.attendance_minutes, 0)) AS attendance_sum,
               sum(raw.valid_absence_minutes) AS valid_absence_sum,
               sum(raw.invalid_absence_minutes) AS invalid_absence_sum,
               sum(raw.other_attendance_minutes) AS other_attendance_sum,
               sum(CASE WHEN raw.is_reported THEN coalesce(raw.attendance_minutes, 0)
                   + coalesce(raw.valid_absence_minutes, 0)
                   + coalesce(raw.invalid_absence_minutes, 0)
                   + coalesce(raw.other_attendance_minutes, 0) ELSE 0 END) AS reported_sum,
               sum((SELECT coalesce(lesson.teaching_length_student,
                           extract(epoch FROM lesson.end_time - lesson.start_time)::int / 60)
                      FROM calendar_event lesson
                     WHERE lesson.id = raw.calendar_event_id
                       AND lesson.start_time = raw.event_start)) AS offered_sum
          FROM attendance raw
         WHERE raw.student_id = attended.student_id
           AND raw.school_unit_id = attended.school_unit_id AND {WINDOW}
         GROUP BY raw.activity_id) sums
)"""


def sums(render: Render, given: frozenset[str]) -> str:
    """The rows to page over."""
    few = render.shape.one_organisation or not given.isdisjoint({"organisation", "student"})
    return SUMS.format(attended=OF_FEW if few else OF_MANY)


def document(render: Render, a: str) -> str:
    """A sum as JSON text; minutes throughout."""
    return json_object(
        member("activity", render.reference(f"{a}.activity_id", "activity")),
        member("student", render.person(f"{a}.student_id")),
        member("startDate", text("%(startDate)s::date")),
        member("endDate", text("%(endDate)s::date")),
        member("attendanceSum", literal(f"{a}.attendance_sum")),
        member("validAbsenceSum", literal(f"{a}.valid_absence_sum")),
        member("invalidAbsenceSum", literal(f"{a}.invalid_absence_sum")),
        member("otherAttendanceSum", literal(f"{a}.other_attendance_sum")),
        member("reportedSum", literal(f"{a}.reported_sum")),
        member("offeredSum", literal(f"{a}.offered_sum")),
    )


def visible(render: Render, a: str) -> str:
    """At one of the caller's units and school forms, of a pupil it may know of."""
    return " AND ".join(
        (
            render.within(f"{a}.school_unit_id"),
            of_school_type(render, f"{a}.activity_id"),
            render.unprotected(f"{a}.student_id"),
            own_view.about(render, f"{a}.student_id", f"{a}.school_unit_id"),
        )
    )


def embed_activity(render: Render, a: str) -> str:
    """The activity."""
    return render.embedded("activities", f"{a}.activity_id")


def embed_student(render: Render, a: str) -> str:
    """The pupil."""
    return render.embedded("persons", f"{a}.student_id")


BY_STUDENT = Sort("", "{a}.student_id", "uuid", narrows=True)

AGGREGATED_ATTENDANCES = Resource(
    name="aggregatedAttendance",
    path="aggregatedAttendance",
    tag="Närvaro",
    object_type="AggregatedAttendance",
    scope=Scope.ATTENDANCE_READ,
    table="attendance",
    rows=sums,
    document=document,
    visible=visible,
    summary="attendance summed per pupil and activity",
    about="ARRAY[{a}.student_id]",
    filters=(
        Filter("startDate", Kind.DATE, "TRUE", "First day of the interval.", required=True,
               aliases=("startDate.onOrBefore",)),
        Filter("endDate", Kind.DATE, "TRUE", "Last day of the interval.", required=True,
               aliases=("endDate.onOrBefore",)),
        Filter("organisation", Kind.UUID, "{a}.school_unit_id = {p}",
               "Only activities of this organisation."),
        Filter("schoolType", Kind.TEXT,
               "EXISTS (SELECT 1 FROM activity_group fg JOIN school_group fs "
               "ON fs.id = fg.group_id WHERE fg.activity_id = {a}.activity_id "
               "AND fs.school_type = ANY({p}))",
               "Only activities of these school forms.", repeat=True, choices=tuple(SchoolType)),
        Filter("student", Kind.PERSON, "{a}.student_id = ANY({p})", "student is one of these.",
               repeat=True),
    ),
    default_sort=BY_STUDENT,
    expansions={"activity": embed_activity, "student": embed_student},
    expansion_scopes={"student": Scope.PEOPLE_READ},
    has_meta=False,
    has_by_id=False,
)  # fmt: skip
