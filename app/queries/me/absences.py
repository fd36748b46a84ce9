"""Absences of the persons in view, with what became of each report; withdrawn ones too."""

from functools import lru_cache
from uuid import UUID

from sqlmodel import Session

from app.database import Database
from app.queries.access import Access
from app.queries.json_text import json_object, listed_or_empty, member, plain, text
from app.queries.me import timetable as tt
from app.queries.me.answering import (
    recorded,
    render_of,
    run,
    values_for,
    view_of,
    with_version,
)
from app.queries.me.lessons import Period
from app.queries.me.whereabouts import report_of
from app.queries.reading import Found
from app.queries.resource import Render, Shape

IN_PERIOD = "{a}.start_time <= %(ends)s AND {a}.end_time > %(begins)s"
THIS_ONE = "{a}.id = %(id)s"
# A withdrawn absence is there no longer; its report is.
TOLD = """told AS MATERIALIZED (
    SELECT ab.id, ab.start_time, ab.end_time, ab.type, ab.student_id
      FROM asked JOIN absence ab ON ab.student_id = asked.id
     WHERE {of_absences} AND {absences}
     UNION ALL
    SELECT ar.id, ar.start_time, ar.end_time, ar.type, ar.student_id
      FROM asked JOIN absence_report ar ON ar.student_id = asked.id
     WHERE {of_reports} AND {reports}
       AND NOT EXISTS (SELECT 1 FROM absence ab WHERE ab.id = ar.id)
)"""


def read_absences(database: Database, access: Access, period: Period, *, request_id: str) -> Found:
    """The absences that touch the period as an array; logged when this returns.

    Raises DatabaseUnavailable.
    """
    everyone = view_of(access).own
    people = everyone if period.student is None else everyone & {period.student}
    values = values_for(access, "me.absences", request_id, filters=period.filters, people=people)
    found = run(database, access, absences_statement(Shape.of(access)), values | period.values)
    assert found is not None, "an array is always answered"
    return found


def read_absence(
    database: Database, access: Access, absence_id: UUID, *, request_id: str
) -> Found | None:
    """One absence; None when there is none of a person in view. Raises DatabaseUnavailable."""
    values = values_for(
        access, "me.absences.byId", request_id,
        filters={"id": [str(absence_id)]}, people=view_of(access).own,
    )  # fmt: skip
    return run(database, access, absence_statement(Shape.of(access)), values | {"id": absence_id})


def absence_within(
    session: Session, access: Access, absence_id: UUID, *, operation: str, request_id: str
) -> bytes | None:
    """As `read_absence`, within a transaction that writes; logged as that operation."""
    values = values_for(
        access, operation, request_id,
        filters={"id": [str(absence_id)]}, people=view_of(access).own,
    )  # fmt: skip
    statement = absence_statement(Shape.of(access)).decode()
    found = session.connection().exec_driver_sql(statement, values | {"id": absence_id}).one()
    document: str | None = found[0]
    return None if document is None else document.encode()


@lru_cache(maxsize=256)
def absences_statement(shape: Shape) -> bytes:
    """One row: the absences, and the version of the tables."""
    render = render_of(shape)
    listed = listed_or_empty(_document(), "told", "told.start_time, told.id")
    return _statement(render, IN_PERIOD, listed)


@lru_cache(maxsize=256)
def absence_statement(shape: Shape) -> bytes:
    """One row: the absence or NULL, and the version of the tables."""
    return _statement(render_of(shape), THIS_ONE, f"(SELECT {_document()} FROM told)")


def _statement(render: Render, which: str, answer: str) -> bytes:
    told = TOLD.format(
        of_absences=which.format(a="ab"), absences=render.visible("absences", "ab"),
        of_reports=which.format(a="ar"), reports=render.visible("absenceReports", "ar"),
    )  # fmt: skip
    return with_version(f"""
WITH {tt.asked(render)}, {told},
{recorded("count(*)", "array_agg(DISTINCT told.student_id)", of="told")}
SELECT {answer}, {{version}}""")


def _document() -> str:
    report = f"(SELECT {report_of('rep')} FROM absence_report rep WHERE rep.id = told.id)"
    return json_object(
        member("id", plain("told.id")),
        member("student", plain("told.student_id")),
        member("startTime", text("told.start_time")),
        member("endTime", text("told.end_time")),
        member("type", text("told.type")),
        member("report", report),
    )
