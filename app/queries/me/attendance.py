"""What was reported of the attendance of the persons in view, lesson by lesson and summed."""

from functools import lru_cache

from app.database import Database
from app.queries.access import Access
from app.queries.json_text import json_object, listed_or_empty, literal, member, plain, text
from app.queries.me import timetable as tt
from app.queries.me.answering import recorded, render_of, run, seen, values_for, with_version
from app.queries.me.lessons import Period
from app.queries.reading import Found
from app.queries.resource import Render, Shape

REPORTED = """reported AS MATERIALIZED (
    SELECT at.id, at.student_id, at.calendar_event_id, at.event_start, at.is_reported,
           at.absence_reason, at.reported_timestamp, {columns},
           to_char(at.event_start, 'IYYY"-W"IW') AS week, {subject} AS subject,
           coalesce(sy.subject_name_sort, ac.sort_name) AS subject_order
      FROM asked {of_persons} {of_activity}
     WHERE {visible}
)"""
COLUMNS = ", ".join(f"at.{column}" for _name, column in tt.MINUTES)
SUM = "sum(re.{})"


def read_attendance(
    database: Database, access: Access, period: Period, *, request_id: str
) -> Found:
    """The attendance as `OwnAttendance`; logged when this returns. Raises DatabaseUnavailable."""
    values = values_for(
        access, "me.attendance", request_id, filters=period.filters, people=period.people(access)
    )
    found = run(database, access, attendance_statement(Shape.of(access)), values | period.values)
    assert found is not None, "there are always lists"
    return found


@lru_cache(maxsize=256)
def attendance_statement(shape: Shape) -> bytes:
    """One row: the attendance, and the version of the tables."""
    render = render_of(shape)
    answer = json_object(
        member("lessons", _lessons()),
        member("subjects", _sums("subject", "re.subject", order="min(re.subject_order)")),
        member("weeks", _sums("week", text("re.week"), order="re.week")),
    )
    return with_version(f"""
WITH {tt.asked(render)}, {_reported(render)},
{recorded("count(*)", "array_agg(DISTINCT re.student_id)", of="reported re")}
SELECT {answer}, {{version}}""")


def _reported(render: Render) -> str:
    return REPORTED.format(
        columns=COLUMNS, of_persons=tt.ATTENDANCE_OF_PERSONS, subject=tt.subject(),
        of_activity=tt.of_activity(render, "at.activity_id"),
        visible=seen(render, "attendances", "at"),
    )  # fmt: skip


def _lessons() -> str:
    body = json_object(
        member("lesson", plain("re.calendar_event_id")),
        member("student", plain("re.student_id")),
        member("startTime", text("re.event_start")),
        member("subject", "re.subject"),
        member("isReported", literal("re.is_reported")),
        member("minutes", tt.minutes("re.{}")),
        member("absenceReason", text("re.absence_reason")),
        member("reportedTime", text("re.reported_timestamp")),
    )
    return listed_or_empty(body, "reported re", "re.event_start, re.id")


def _sums(name: str, value: str, *, order: str) -> str:
    """Sums by student and the column `name`. What was not reported counts in none."""
    document = json_object(
        member("student", plain("re.student_id")),
        member(name, value),
        member("lessons", literal("count(*)")),
        member("minutes", tt.minutes(SUM)),
    )
    rows = (
        f"(SELECT {document} AS doc, re.student_id, {order} AS place FROM reported re "
        f"WHERE re.is_reported GROUP BY re.student_id, re.{name}) one"
    )
    return listed_or_empty("one.doc", rows, "one.student_id, one.place, one.doc")
