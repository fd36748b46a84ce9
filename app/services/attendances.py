"""Reports a pupil's attendance at a lesson."""

from datetime import timedelta

from sqlmodel import Session

from app.errors import Conflict
from app.queries.facts.attendances import (
    ATTENDED_ALREADY,
    LESSON_GONE,
    Lesson,
    lesson_of_pupil,
)
from app.schemas.attendances import NewAttendance
from app.schemas.drafts import Draft
from app.services.change_clock import next_stamp
from app.services.findings import Findings
from app.services.inserting import insert_unless
from app.services.writing import Writing, Written, find_persons

MINUTES = {
    "attendance_minutes": "attendanceMinutes",
    "valid_absence_minutes": "validAbsenceMinutes",
    "invalid_absence_minutes": "invalidAbsenceMinutes",
    "other_attendance_minutes": "otherAttendanceMinutes",
}
MINUTE = timedelta(minutes=1)


def create_attendance(session: Session, writing: Writing, draft: Draft[NewAttendance]) -> Written:
    """Report a pupil's attendance. Raises BadBody, NotFound, Conflict."""
    body, findings = draft.body, Findings(draft.faults)
    named = {"student": body.student, "reporter": body.reporter}
    seen = find_persons(session, writing.access, findings, named)
    student = body.student.id if draft.has("student") and body.student.id in seen else None
    lesson = None
    if draft.has("calendar_event"):
        lesson = lesson_of_pupil(
            session, writing.access, event=body.calendar_event.id, student=student
        )
        if lesson is None:
            findings.miss("calendarEvent.id", "calendar event")
    if lesson is not None:
        findings.require(not lesson.cancelled, "calendarEvent.id", "the lesson is cancelled")
        if student is not None:
            findings.require(
                lesson.takes_part, "student.id", "the pupil does not take part in this lesson"
            )
    _check_minutes(findings, draft, lesson if student else None)
    if draft.has("reported_timestamp") and body.reported_timestamp is not None:
        findings.require(
            body.reported_timestamp <= writing.latest,
            "reportedTimestamp",
            "is in the future; send when it was reported",
        )
    findings.raise_any()
    assert lesson is not None
    _store(session, writing, body, lesson)
    return Written(writing.new_id, seen)


def _check_minutes(findings: Findings, draft: Draft[NewAttendance], lesson: Lesson | None) -> None:
    body = draft.body
    if not draft.has("is_reported"):
        return
    given = {path: getattr(body, name) for name, path in MINUTES.items()}
    given = {path: minutes for path, minutes in given.items() if minutes is not None}
    if not body.is_reported:
        for path in given:
            findings.require(
                False, path, "stands beside isReported false; leave it out, or send true"
            )
    elif lesson is not None and draft.has(*MINUTES):
        total = sum(given.values())
        findings.require(
            bool(given) and total == lesson.minutes,
            next(iter(given), "attendanceMinutes"),
            f"the four kinds of minutes add up to {total}, but the lesson is {lesson.minutes} "
            "minutes for this pupil",
        )


def _store(session: Session, writing: Writing, body: NewAttendance, lesson: Lesson) -> None:
    stamp = next_stamp(session)
    row = {
        "id": writing.new_id,
        "created": stamp,
        "modified": stamp,
        "event_start": lesson.start_time,
        "calendar_event_id": body.calendar_event.id,
        "activity_id": lesson.activity_id,
        "school_unit_id": lesson.school_unit_id,
        "student_id": body.student.id,
        "reporter_id": body.reporter.id if body.reporter else None,
        "is_reported": body.is_reported,
        **{name: getattr(body, name) for name in MINUTES},
        "absence_reason": body.absence_reason,
        "reported_timestamp": body.reported_timestamp,
    }
    unless = f"EXISTS ({ATTENDED_ALREADY}) OR {LESSON_GONE}"
    if not insert_unless(session, "attendance", row, unless=unless, values={}):
        raise Conflict(
            "This pupil has an attendance at this lesson already. Delete that one first, with "
            "DELETE /attendances/{id}, then send the new one."
        )
