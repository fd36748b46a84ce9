"""A fortnight of the town's school: lessons that are changed and cancelled, care, absences."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from app.local_time import STOCKHOLM
from app.models.absence_reports import AbsenceDelivery, AbsenceReport
from app.models.absences import Absence
from app.models.activities import Activity, ActivityGroup
from app.models.attendance_events import AttendanceEvent
from app.models.attendance_schedules import AttendanceSchedule, AttendanceScheduleState
from app.models.attendances import Attendance
from app.models.calendar_events import CalendarEvent, StudentException, TeacherException
from app.models.groups import Group, GroupMembership
from app.models.sources import Source
from app.schemas.attendance_schedules import DayOfWeek
from tests.make import MADE, START, add, base, named
from tests.ss12000.families import families

# A Monday; the Monday after it; and the Wednesday on which the timetable ends.
MONDAY, NEXT_MONDAY = date(2026, 11, 16), date(2026, 11, 23)
TUESDAY, FRIDAY = date(2026, 11, 17), date(2026, 11, 20)
CLOCKS_BACK = date(2026, 10, 25)


def school(session: Session) -> None:
    """The families, and a timetable with everything in it that a screen must tell."""
    families(session)
    for day in (MONDAY, TUESDAY, FRIDAY, NEXT_MONDAY):
        for unit in ("north", "south"):
            lesson(session, f"{unit}-{day}-1", unit, day, "08:10", "09:00")
            lesson(session, f"{unit}-{day}-2", unit, day, "13:00", "14:00")
    _changed(session)
    _without_syllabus(session)
    _care(session)
    _absent(session)
    _attended(session)
    # Anna was in her brother's school until August.
    add(session, GroupMembership(group_id=named("south-class"), position=9, person_id=named("anna"),
                                 end_date=date(2026, 8, 31)))  # fmt: skip
    for unit in ("north", "south"):
        # What is told of today does not end with the year of the timetable.
        session.get_one(Group, named(f"{unit}-class")).end_date = None
    lesson(session, "before-clocks", "north", CLOCKS_BACK, "00:30", "01:30")
    lesson(session, "after-clocks", "north", CLOCKS_BACK, "23:30", "23:59")


def moment(day: date, clock: str) -> datetime:
    """A time of day in Stockholm."""
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=STOCKHOLM)


def lesson(
    session: Session, name: str, unit: str, day: date, begins: str, ends: str,
    *, activity: str | None = None, **more: Any,
) -> UUID:  # fmt: skip
    """A lesson, in mathematics unless an activity is named."""
    event = CalendarEvent(
        **base(name), activity_id=named(activity or f"{unit}-maths"), school_unit_id=named(unit),
        start_time=moment(day, begins), end_time=moment(day, ends),
        room_ids=[named(f"{unit}-room")], **more,
    )  # fmt: skip
    add(session, event)
    return event.id


def _changed(session: Session) -> None:
    """On Tuesday between 10 and 12 in the north: one lesson for each thing that can be changed."""

    def changed(name: str, begins: str, **more: Any) -> tuple[UUID, datetime]:
        start = moment(TUESDAY, begins)
        ends = (start + timedelta(minutes=20)).strftime("%H:%M")
        event = lesson(session, name, "north", TUESDAY, begins, ends,
                       has_exceptions=True, **more)  # fmt: skip
        return event, start

    lesson(session, "cancelled", "north", TUESDAY, "09:10", "09:30", cancelled=True,
           comment="Studiedag")  # fmt: skip
    event, start = changed("left-out", "10:00")
    add(session, StudentException(event_id=event, event_start=start, position=0,
                                  person_id=named("anna"), participates=False))  # fmt: skip
    event, start = changed("later", "10:20")
    add(session, StudentException(event_id=event, event_start=start, position=0,
                                  person_id=named("anna"), participates=True,
                                  start_time=start + timedelta(minutes=5)))  # fmt: skip
    event, start = changed("substituted", "10:40")
    _teacher(session, event, start, 0, "north-teacher", participates=False)
    _teacher(session, event, start, 1, "sub-teacher", participates=True)
    event, start = changed("secretly-substituted", "11:00")
    _teacher(session, event, start, 0, "north-teacher", participates=False)
    _teacher(session, event, start, 1, "hidden-teacher", participates=True)
    event, start = changed("secretly-away", "11:20")
    _teacher(session, event, start, 0, "hidden-teacher", participates=False)
    # Bo comes to a lesson of the other school.
    event, start = changed("guest", "11:40")
    add(session, StudentException(event_id=event, event_start=start, position=0,
                                  person_id=named("bo"), participates=True))  # fmt: skip


def _teacher(
    session: Session, event: UUID, start: datetime, position: int, teacher: str, *,
    participates: bool,
) -> None:  # fmt: skip
    add(session, TeacherException(event_id=event, event_start=start, position=position,
                                  duty_id=named(f"{teacher}-duty"),
                                  participates=participates))  # fmt: skip


def _without_syllabus(session: Session) -> None:
    """An outing, on Friday."""
    add(
        session,
        Activity(**base("outing"), organisation_id=named("north"), display_name="Utflykt",
                 sort_name="utflykt", start_date=START, calendar_events_required=True),
        ActivityGroup(activity_id=named("outing"), position=0, group_id=named("north-class")),
    )  # fmt: skip
    lesson(session, "outing-1", "north", FRIDAY, "10:00", "12:00", activity="outing")


def entry(day: DayOfWeek, begins: str, ends: str, week: int = 0) -> dict[str, Any]:
    """An entry of an attendance schedule."""
    return {"weekOffset": week, "dayOfWeek": day, "startTime": begins, "endTime": ends}


def hours(
    session: Session, name: str, child: str, entries: list[dict[str, Any]], *,
    weeks: int = 1, state: str | None = "Godkänt", first: date = START, **more: Any,
) -> None:  # fmt: skip
    """A schedule of a child's place."""
    schedule = AttendanceSchedule(
        **base(name), placement_id=named(f"{child}-place"), number_of_weeks=weeks,
        start_date=first, schedule_entries=entries, **more,
    )  # fmt: skip
    add(session, schedule)
    if state:
        add(session, AttendanceScheduleState(attendance_schedule_id=schedule.id, position=0,
                                             state=state, registered_at=MADE))  # fmt: skip


def _care(session: Session) -> None:
    """Anna is in care on Mondays, and on Tuesdays of every other week, Monday 17 August first."""
    hours(session, "anna-mondays", "anna", [entry(DayOfWeek.MANDAG, "14:00", "17:00")])
    hours(session, "anna-tuesdays", "anna",
          [entry(DayOfWeek.TISDAG, "14:00", "16:00", 0),
           entry(DayOfWeek.TISDAG, "15:00", "17:30", 1),
           entry(DayOfWeek.TISDAG, "99:99", "17:30", 1)],
          weeks=2, first=date(2026, 8, 17))  # fmt: skip
    hours(session, "anna-refused", "anna", [entry(DayOfWeek.MANDAG, "05:00", "06:00")],
          state="Nekat")  # fmt: skip
    hours(session, "bo-mondays", "bo", [entry(DayOfWeek.MANDAG, "06:30", "07:45")])
    hours(session, "bo-this-week", "bo", [entry(DayOfWeek.MANDAG, "07:00", "07:50")],
          first=MONDAY, end_date=FRIDAY, temporary=True)  # fmt: skip
    hours(session, "bo-wish", "bo", [entry(DayOfWeek.MANDAG, "22:00", "06:00")], state="Begärt")
    for day, clock, kind in ((MONDAY, "07:31", "In"), (TUESDAY, "16:05", "Ut")):
        add(session, AttendanceEvent(**base(f"anna {kind}"), time=moment(day, clock),
                                     event_type=kind, person_id=named("anna"),
                                     group_id=named("north-class"),
                                     school_unit_id=named("north")))  # fmt: skip


def _absent(session: Session) -> None:
    """Anna on Monday morning, reported and delivered to one of two systems; attendance of it."""
    start, end = moment(MONDAY, "08:00"), moment(MONDAY, "12:00")
    about: dict[str, Any] = {
        "start_time": start, "end_time": end, "type": "Anmäld frånvaro",
        "student_id": named("anna"), "school_unit_id": named("north"),
    }  # fmt: skip
    add(session, Source(name="tempus", url="https://t.example", takes_absences=True),
        Source(name="skola24", url="https://s.example", takes_absences=True),
        Absence(**base("anna-ill"), **about),
        AbsenceReport(id=named("anna-ill"), created=MADE, modified=MADE, status="reported",
                      reason_category="illness", reported_through="test", **about))  # fmt: skip
    rows = session.connection().execute(text("SELECT name, id FROM source"))
    sources = {row.name: row.id for row in rows}
    for name, state in (("tempus", "delivered"), ("skola24", "pending")):
        add(session, AbsenceDelivery(report_id=named("anna-ill"), source_id=sources[name],
                                     state=state, changed=MADE))  # fmt: skip
    for pupil, unit, valid in (("anna", "north", 50), ("bo", "south", 0)):
        add(session, Attendance(
            **base(f"{pupil}-monday"), event_start=moment(MONDAY, "08:10"),
            calendar_event_id=named(f"{unit}-{MONDAY}-1"), activity_id=named(f"{unit}-maths"),
            school_unit_id=named(unit), student_id=named(pupil), is_reported=True,
            attendance_minutes=50 - valid, valid_absence_minutes=valid,
        ))  # fmt: skip


def attended(
    session: Session, name: str, event: str, start: datetime, *, activity: str = "north-maths",
    **minutes: Any,
) -> None:  # fmt: skip
    """Anna's attendance at a lesson of the north school."""
    add(session, Attendance(
        **base(name), event_start=start, calendar_event_id=named(event),
        activity_id=named(activity), school_unit_id=named("north"), student_id=named("anna"),
        **({"is_reported": True} | minutes),
    ))  # fmt: skip


def _attended(session: Session) -> None:
    """Anna, around the new year, whose week is the fifty-third; at the outing; and unreported."""
    for day, minutes in ((date(2026, 12, 31), 45), (date(2027, 1, 3), 30), (date(2027, 1, 4), 20)):
        lesson(session, f"winter-{day}", "north", day, "23:00", "23:45")
        attended(session, f"anna-{day}", f"winter-{day}", moment(day, "23:00"),
                 attendance_minutes=minutes)  # fmt: skip
    attended(session, "anna-out", "outing-1", moment(FRIDAY, "10:00"), activity="outing",
             attendance_minutes=100, invalid_absence_minutes=20,
             absence_reason="Sen ankomst")  # fmt: skip
    attended(session, "anna-unknown", f"north-{FRIDAY}-2", moment(FRIDAY, "13:00"),
             is_reported=False)  # fmt: skip
