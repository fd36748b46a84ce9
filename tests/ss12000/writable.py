"""What the town lacks to be written about: lessons without attendance, a care group, and bodies."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlmodel import Session

from app.database import Database
from app.models.calendar_events import CalendarEvent
from app.models.groups import Group, GroupMembership
from tests.make import LESSON, PUPILS, UNITS, add, base, named

Body = dict[str, Any]
# Every lesson of a test run at a time of its own.
HOURS = count(24)
CARE_BEGAN = date(2020, 1, 1)
WRITABLE = ("attendances", "attendanceEvents", "attendanceSchedule", "absences")


def care_groups(session: Session) -> None:
    """A group of each unit, with its pupils as members, that holds whatever day it is."""
    session.execute(text("SELECT skolnav_ensure_partitions(current_date - 300, current_date)"))
    for unit in UNITS:
        group = named(f"{unit}-care")
        add(session, Group(**base(f"{unit}-care"), organisation_id=named(unit),
                           display_name="care", sort_name="care", start_date=CARE_BEGAN,
                           group_type="Avdelning", school_type="GR"))  # fmt: skip
        for position, pupil in enumerate(PUPILS[unit]):
            add(session, GroupMembership(group_id=group, position=position,
                                         person_id=named(pupil)))  # fmt: skip


def new_lesson(database: Database, *, unit: str = "north", **changed: Any) -> CalendarEvent:
    """A lesson of an hour that nobody has reported yet, of the unit's class."""
    start = LESSON + timedelta(hours=next(HOURS))
    columns = base(f"lesson {uuid4()}") | {
        "activity_id": named(f"{unit}-maths"), "school_unit_id": named(unit),
        "start_time": start, "end_time": start + timedelta(hours=1),
    }  # fmt: skip
    lesson = CalendarEvent(**(columns | changed))
    with database.transaction() as session:
        add(session, lesson)
    return lesson


def ref(name: str) -> Body:
    """A reference to a row of the town by its name."""
    return {"id": str(named(name))}


def attendance(lesson: CalendarEvent, student: str = "anna", **changed: Any) -> Body:
    """A reported attendance of a whole lesson; None leaves a property out."""
    body = {
        "calendarEvent": {"id": str(lesson.id)},
        "student": ref(student),
        "isReported": True,
        "attendanceMinutes": 60,
    }
    return without_none(body | changed)


def attendance_event(person: str = "anna", unit: str = "north", **changed: Any) -> Body:
    """A check-in a moment ago, each at a time of its own."""
    moment = datetime.now(UTC) - timedelta(seconds=next(HOURS))
    body = {
        "time": moment.isoformat(),
        "eventType": "In",
        "person": ref(person),
        "group": ref(f"{unit}-care"),
    }
    return without_none(body | changed)


def attendance_schedule(child: str = "anna", **changed: Any) -> Body:
    """A temporary schedule of a week of its own."""
    monday = date(2026, 8, 3) + timedelta(weeks=next(HOURS))
    body = {
        "placement": ref(f"{child}-place"),
        "numberOfWeeks": 1,
        "startDate": monday.isoformat(),
        "endDate": (monday + timedelta(days=6)).isoformat(),
        "temporary": True,
        "scheduleEntries": [
            {"weekOffset": 0, "dayOfWeek": "Måndag", "startTime": "07:00", "endTime": "16:30"}
        ],
    }
    return without_none(body | changed)


def absence(student: str = "anna", **changed: Any) -> Body:
    """An hour's absence at a time of its own."""
    start = LESSON + timedelta(hours=next(HOURS))
    body = {
        "startTime": start.isoformat(),
        "endTime": (start + timedelta(hours=1)).isoformat(),
        "type": "Anmäld frånvaro",
        "student": ref(student),
    }
    return without_none(body | changed)


def without_none(body: Body) -> Body:
    """As it is sent."""
    return {name: value for name, value in body.items() if value is not None}


def body_about(database: Database, path: str, person: str, unit: str = "north") -> Body:
    """What could be written about a pupil of a unit, at any of the paths."""
    if path == "attendances":
        return attendance(new_lesson(database, unit=unit), person)
    if path == "attendanceEvents":
        return attendance_event(person, unit)
    return attendance_schedule(person) if path == "attendanceSchedule" else absence(person)


def rows_of(database: Database) -> dict[str, int]:
    """How many rows each table has that a write could add to."""
    tables = (
        "attendance", "attendance_event", "attendance_schedule", "attendance_schedule_state",
        "absence", "absence_report", "absence_delivery", "idempotency_key", "access_record",
        "tombstone",
    )  # fmt: skip
    with database.transaction() as session:
        return {
            table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in tables
        }
