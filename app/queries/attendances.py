"""Attendances as SS 12000 answers them."""

from app.queries import own_view
from app.queries.access import Scope
from app.queries.activities import of_school_type
from app.queries.json_text import identified, literal, member, text
from app.queries.registrars import registrar
from app.queries.resource import Filter, Kind, LookupKey, Render, Resource, Sort
from app.queries.shared_filters import ids_key


def document(render: Render, a: str) -> str:
    """A row as JSON text. A calendar event has no name, so its reference has none either."""
    return identified(
        a,
        member("calendarEvent", f"""'{{"id":"' || {a}.calendar_event_id || '"}}'"""),
        member("student", render.person(f"{a}.student_id")),
        member("reporter", registrar(render, f"{a}.reporter_id")),
        member("isReported", literal(f"{a}.is_reported")),
        member("attendanceMinutes", literal(f"{a}.attendance_minutes")),
        member("validAbsenceMinutes", literal(f"{a}.valid_absence_minutes")),
        member("invalidAbsenceMinutes", literal(f"{a}.invalid_absence_minutes")),
        member("otherAttendanceMinutes", literal(f"{a}.other_attendance_minutes")),
        member("absenceReason", text(f"{a}.absence_reason")),
        member("reportedTimestamp", text(f"{a}.reported_timestamp")),
    )


def visible(render: Render, a: str) -> str:
    """At one of the caller's units and school forms, of a pupil it may know of."""
    return " AND ".join(
        (
            render.within(f"{a}.school_unit_id"),
            of_school_type(render, f"{a}.activity_id"),
            render.unprotected(f"{a}.student_id"),
            own_view.attendance(render, a),
        )
    )


BY_LESSON = Sort("", "{a}.event_start", "timestamptz")

ATTENDANCES = Resource(
    name="attendances",
    path="attendances",
    tag="Närvaro",
    object_type="Attendance",
    scope=Scope.ATTENDANCE_READ,
    table="attendance",
    document=document,
    visible=visible,
    of_persons="SELECT id FROM attendance WHERE student_id = ANY({p})",
    summary="pupils' attendance at lessons",
    about="ARRAY[{a}.student_id]",
    filters=(
        Filter("student", Kind.PERSON, "{a}.student_id = {p}", "student equals."),
        Filter("organisation", Kind.ORGANISATION, "{a}.school_unit_id = ANY({p})",
               "The lesson's organisation is this one or one below it.", below=True),
        Filter("calendarEvent", Kind.UUID, "{a}.calendar_event_id = {p}",
               "calendarEvent equals."),
    ),
    default_sort=BY_LESSON,
    lookup=(
        ids_key("attendance"),
        LookupKey("activities", Kind.UUID,
                  "SELECT id FROM attendance WHERE activity_id = ANY({p})",
                  "Attendance at lessons of these activities."),
        LookupKey("students", Kind.PERSON,
                  "SELECT id FROM attendance WHERE student_id = ANY({p})",
                  "Attendance of these pupils."),
        LookupKey("calendareEvents", Kind.UUID,
                  "SELECT id FROM attendance WHERE calendar_event_id = ANY({p})",
                  "Attendance at these lessons. Misspelt in the standard; calendarEvents is "
                  "accepted too.", aliases=("calendarEvents",)),
    ),
)  # fmt: skip
