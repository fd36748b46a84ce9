"""Calendar events (lessons) as SS 12000 answers them."""

from app.queries import own_view
from app.queries.access import Scope
from app.queries.activities import ACTIVITIES_OF_MEMBER, ACTIVITIES_OF_TEACHER, of_school_type
from app.queries.json_text import identified, json_object, listed, literal, member, text
from app.queries.resource import Filter, Kind, LookupKey, Render, Resource, Sort
from app.queries.shared_filters import MODIFIED_DESC, ids_key


def document(render: Render, a: str) -> str:
    """A row as JSON text. Protected persons' exceptions are left out."""
    return identified(
        a,
        member("activity", render.reference(f"{a}.activity_id", "activity")),
        member("startTime", text(f"{a}.start_time")),
        member("endTime", text(f"{a}.end_time")),
        member("cancelled", literal(f"{a}.cancelled")),
        member("teachingLengthTeacher", literal(f"{a}.teaching_length_teacher")),
        member("teachingLengthStudent", literal(f"{a}.teaching_length_student")),
        member("comment", text(f"{a}.comment")),
        member("studentExceptions", student_exceptions(render, a)),
        member("teacherExceptions", teacher_exceptions(render, a)),
        member("rooms", references(render, f"{a}.room_ids", "room")),
        member("resources", references(render, f"{a}.resource_ids", "resource")),
    )


def references(render: Render, column: str, table: str) -> str:
    """References to every id of an array column."""
    if not render.shape.names:
        joined = f"""array_to_string({column}, '"}},{{"id":"')"""
        return f"""'[{{"id":"' || nullif({joined}, '') || '"}}]'"""
    rows = f"unnest({column}) WITH ORDINALITY part(id, n)"
    return listed(render.reference("part.id", table), rows, "part.n")


def student_exceptions(render: Render, a: str) -> str:
    """Pupils who take part otherwise than their groups say."""
    body = json_object(
        member("student", render.person("se.person_id")),
        member("participates", literal("se.participates")),
        member("startTime", text("se.start_time")),
        member("endTime", text("se.end_time")),
        member("teachingLength", literal("se.teaching_length")),
    )
    rows = (
        f"student_exception se WHERE se.event_id = {a}.id AND se.event_start = {a}.start_time "
        f"AND {render.unprotected('se.person_id')}"
    )
    return f"CASE WHEN {a}.has_exceptions THEN {listed(body, rows, 'se.position')} END"


def teacher_exceptions(render: Render, a: str) -> str:
    """Teachers who take part otherwise than the activity says."""
    body = json_object(
        member("duty", render.duty("tx.duty_id")),
        member("participates", literal("tx.participates")),
        member("startTime", text("tx.start_time")),
        member("endTime", text("tx.end_time")),
        member("teachingLength", literal("tx.teaching_length")),
    )
    rows = (
        f"teacher_exception tx WHERE tx.event_id = {a}.id AND tx.event_start = {a}.start_time "
        f"AND {render.unprotected_duty('tx.duty_id')}"
    )
    return f"CASE WHEN {a}.has_exceptions THEN {listed(body, rows, 'tx.position')} END"


def visible(render: Render, a: str) -> str:
    """Of one of the caller's units and school forms."""
    return " AND ".join(
        (
            render.within(f"{a}.school_unit_id"),
            of_school_type(render, f"{a}.activity_id"),
            own_view.lesson(render, a),
        )
    )


def embed_activity(render: Render, a: str) -> str:
    """The activity."""
    return render.embedded("activities", f"{a}.activity_id")


def embed_attendance(render: Render, a: str) -> str:
    """The attendance at the lesson."""
    rows = (
        f"attendance at WHERE at.calendar_event_id = {a}.id AND at.event_start = {a}.start_time "
        f"AND {render.visible('attendances', 'at')}"
    )
    return listed(render.document("attendances", "at"), rows, "at.id")


BY_START = Sort("StartTimeAsc", "{a}.start_time", "timestamptz")

CALENDAR_EVENTS = Resource(
    name="calendarEvents",
    path="calendarEvents",
    tag="Kalenderhändelser",
    object_type="CalendarEvent",
    scope=Scope.SCHEDULE_READ,
    table="calendar_event",
    document=document,
    visible=visible,
    summary="lessons",
    about="ARRAY(SELECT se.person_id FROM student_exception se WHERE se.event_id = {a}.id)",
    filters=(
        Filter("startTime.onOrAfter", Kind.DATE_TIME, "{a}.start_time >= {p}",
               "startTime at or after this instant.", required=True),
        Filter("startTime.onOrBefore", Kind.DATE_TIME, "{a}.start_time <= {p}",
               "startTime at or before this instant.", required=True),
        Filter("endTime.onOrBefore", Kind.DATE_TIME, "{a}.end_time <= {p}",
               "endTime at or before this instant."),
        Filter("endTime.onOrAfter", Kind.DATE_TIME, "{a}.end_time >= {p}",
               "endTime at or after this instant."),
        Filter("activity", Kind.UUID, "{a}.activity_id = {p}", "activity equals."),
        Filter("student", Kind.PERSON,
               f"({{a}}.activity_id = ANY(ARRAY({ACTIVITIES_OF_MEMBER} = {{p}})) "
               "OR {a}.has_exceptions AND EXISTS (SELECT 1 FROM student_exception own "
               "WHERE own.event_id = {a}.id AND own.event_start = {a}.start_time "
               "AND own.person_id = {p}))",
               "The person is a member of one of the activity's groups, or named in "
               "studentExceptions."),
        Filter("teacher", Kind.DUTY,
               f"({{a}}.activity_id = ANY(ARRAY({ACTIVITIES_OF_TEACHER} = {{p}})) "
               "OR {a}.has_exceptions AND EXISTS (SELECT 1 FROM teacher_exception own "
               "WHERE own.event_id = {a}.id AND own.event_start = {a}.start_time "
               "AND own.duty_id = {p}))",
               "The duty (not person) teaches the activity or is named in teacherExceptions."),
        Filter("organisation", Kind.ORGANISATION, "{a}.school_unit_id = ANY({p})",
               "The activity's organisation is this one or one below it.", below=True),
        Filter("group", Kind.UUID,
               "{a}.activity_id = ANY(ARRAY(SELECT activity_id FROM activity_group "
               "WHERE group_id = {p}))",
               "The activity's groups contain this group."),
    ),
    sorts=(
        MODIFIED_DESC,
        BY_START,
        Sort("StartTimeDesc", "{a}.start_time", "timestamptz", descending=True),
    ),
    default_sort=BY_START,
    lookup=(
        ids_key("calendar_event"),
        LookupKey("activities", Kind.UUID,
                  "SELECT id FROM calendar_event WHERE activity_id = ANY({p})",
                  "Lessons of these activities."),
        LookupKey("student", Kind.PERSON,
                  "SELECT id FROM calendar_event WHERE activity_id IN "
                  f"({ACTIVITIES_OF_MEMBER} = ANY({{p}})) "
                  "UNION SELECT event_id FROM student_exception WHERE person_id = ANY({p})",
                  "Lessons of these persons (an array under a singular name)."),
        LookupKey("teacher", Kind.DUTY,
                  "SELECT id FROM calendar_event WHERE activity_id IN "
                  f"({ACTIVITIES_OF_TEACHER} = ANY({{p}})) "
                  "UNION SELECT event_id FROM teacher_exception WHERE duty_id = ANY({p})",
                  "Lessons of these duties (an array under a singular name)."),
    ),
    expansions={"activity": embed_activity, "attendance": embed_attendance},
    expansion_scopes={"attendance": Scope.ATTENDANCE_READ},
    lookup_expands=False,
)  # fmt: skip
