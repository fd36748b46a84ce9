"""The same page of lessons written the plain way, for comparison.

ORM rows become SQLModel objects, those become the response model, that becomes JSON; the token
is verified at every request; nothing is logged. Nobody under protected identity is hidden, so
this does less than the service.
"""

import os
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Query, Request
from sqlmodel import Session, col, select

from app.auth.signing_keys import key_ring
from app.auth.tokens import verify_token
from app.database import Database, open_database
from app.models.calendar_events import CalendarEvent, StudentException, TeacherException
from app.schemas.calendar_events import CalendarEventsPage

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def as_wire(
    event: CalendarEvent, students: list[StudentException], teachers: list[TeacherException]
) -> dict[str, object]:
    """A row in the shape of the standard."""
    return {
        "id": event.id,
        "meta": {
            "created": event.created.astimezone(STOCKHOLM),
            "modified": event.modified.astimezone(STOCKHOLM),
        },
        "activity": {"id": event.activity_id},
        "startTime": event.start_time.astimezone(STOCKHOLM),
        "endTime": event.end_time.astimezone(STOCKHOLM),
        **({} if event.cancelled is None else {"cancelled": event.cancelled}),
        **({} if event.comment is None else {"comment": event.comment}),
        **(
            {}
            if event.teaching_length_student is None
            else {"teachingLengthStudent": event.teaching_length_student}
        ),
        **(
            {}
            if event.teaching_length_teacher is None
            else {"teachingLengthTeacher": event.teaching_length_teacher}
        ),
        **({"rooms": [{"id": room} for room in event.room_ids]} if event.room_ids else {}),
        **(
            {
                "studentExceptions": [
                    {"student": {"id": row.person_id}, "participates": row.participates}
                    for row in students
                ]
            }
            if students
            else {}
        ),
        **(
            {
                "teacherExceptions": [
                    {"duty": {"id": row.duty_id}, "participates": row.participates}
                    for row in teachers
                ]
            }
            if teachers
            else {}
        ),
    }


def create_plain_app() -> FastAPI:
    """The comparison service on BENCH_DATABASE_URL."""
    app = FastAPI()
    database: Database = open_database(os.environ["BENCH_DATABASE_URL"])
    issuer = os.environ["BENCH_ISSUER"]
    with database.transaction() as session:
        ring = key_ring(session)

    def consumer(request: Request) -> str:
        token = request.headers["authorization"].removeprefix("Bearer ")
        return verify_token(token, ring=ring, issuer=issuer, now=datetime.now(UTC)).client_id

    @app.get("/calendarEvents", response_model=CalendarEventsPage,
             response_model_exclude_none=True)  # fmt: skip
    def calendar_events(
        organisation: UUID,
        after: Annotated[datetime, Query(alias="startTime.onOrAfter")],
        before: Annotated[datetime, Query(alias="startTime.onOrBefore")],
        _client: Annotated[str, Depends(consumer)],
        limit: int = 100,
    ) -> dict[str, object]:
        with Session(database.writing) as session:
            wanted = (
                select(CalendarEvent)
                .where(
                    col(CalendarEvent.school_unit_id) == organisation,
                    col(CalendarEvent.start_time) >= after,
                    col(CalendarEvent.start_time) <= before,
                )
                .order_by(col(CalendarEvent.start_time), col(CalendarEvent.id))
                .limit(limit)
            )
            events = session.exec(wanted).all()
            ids = [event.id for event in events if event.has_exceptions]
            students: dict[UUID, list[StudentException]] = {}
            for row in session.exec(
                select(StudentException).where(col(StudentException.event_id).in_(ids))
            ):
                students.setdefault(row.event_id, []).append(row)
            teachers: dict[UUID, list[TeacherException]] = {}
            for absent in session.exec(
                select(TeacherException).where(col(TeacherException.event_id).in_(ids))
            ):
                teachers.setdefault(absent.event_id, []).append(absent)
            return {
                "data": [
                    as_wire(event, students.get(event.id, []), teachers.get(event.id, []))
                    for event in events
                ]
            }

    return app
