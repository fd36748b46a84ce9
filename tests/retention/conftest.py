"""A town with an archive: the same rows in each of four school years, at their very first and last
instants."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr
from sqlmodel import Session

from app.database import Database
from app.jobs.retention import Outcome, apply
from app.models.absence_reports import AbsenceDelivery, AbsenceReport
from app.models.absences import Absence
from app.models.access_records import AccessRecord
from app.models.attendance_events import AttendanceEvent
from app.models.attendances import Attendance
from app.models.calendar_events import CalendarEvent, StudentException, TeacherException
from app.models.sources import Source
from app.settings import Settings
from tests.make import add, base, named, town

# In the middle of the school year 2026/27, in Stockholm's winter time.
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
YEARS = (2023, 2024, 2025, 2026)
KEEP_ONE = {
    "keep_attendance_school_years": 1, "keep_care_school_years": 1, "keep_lessons_school_years": 1,
}  # fmt: skip
PARENTS = (
    "attendance", "attendance_event", "calendar_event", "student_exception", "teacher_exception",
    "access_record",
)  # fmt: skip
COUNTED = (
    *PARENTS, "absence", "absence_report", "absence_delivery", "attendance_schedule",
    "attendance_schedule_state", "tombstone", "log_entry", "statistics_entry", "person",
    "audit_record",
)  # fmt: skip


def first_instant(year: int) -> datetime:
    """1 July, 00:00 in Stockholm: still 30 June in UTC."""
    return datetime(year, 6, 30, 22, tzinfo=UTC)


def last_instant(year: int) -> datetime:
    """The last microsecond of the school year that begins then."""
    return first_instant(year + 1) - timedelta(microseconds=1)


def edges(year: int) -> dict[str, datetime]:
    """A school year's first and last instant, by names for ids."""
    return {f"{year}-first": first_instant(year), f"{year}-last": last_instant(year)}


def archive(session: Session) -> None:
    """One of everything at both edges of each school year, about Anna."""
    session.connection().exec_driver_sql(
        "SELECT skolnav_ensure_partitions('2023-07-01', '2026-07-01')"
    )
    at: dict[str, Any] = {"school_unit_id": named("north")}
    care = Source(name="frånvaro", url="https://source.example")
    add(session, care)
    assert care.id is not None
    me, maths, teacher = named("anna"), named("north-maths"), named("north-teacher-duty")
    for year in YEARS:
        for name, moment in edges(year).items():
            lesson = named(f"lesson-{name}")
            add(
                session,
                CalendarEvent(**base(f"lesson-{name}"), **at, activity_id=maths, start_time=moment,
                              end_time=moment + timedelta(hours=1), has_exceptions=True),
                StudentException(event_id=lesson, event_start=moment, position=0, person_id=me,
                                 participates=False),
                TeacherException(event_id=lesson, event_start=moment, position=0,
                                 duty_id=teacher, participates=True),
                Attendance(**base(f"attendance-{name}"), **at, event_start=moment,
                           calendar_event_id=lesson, activity_id=maths, student_id=me,
                           is_reported=True, attendance_minutes=60),
                AttendanceEvent(**base(f"event-{name}"), **at, time=moment, event_type="In",
                                person_id=me, group_id=named("north-class")),
                Absence(**base(f"absence-{name}"), **at, start_time=moment - timedelta(hours=1),
                        end_time=moment, type="Anmäld frånvaro", student_id=me),
                AbsenceReport(**base(f"absence-{name}"), **at, status="registered",
                              start_time=moment - timedelta(hours=1), end_time=moment,
                              type="Anmäld frånvaro", student_id=me, reported_through="c"),
                AbsenceDelivery(report_id=named(f"absence-{name}"), source_id=care.id,
                                state="waiting", changed=moment),
            )  # fmt: skip


def access_record(session: Session, at: datetime) -> None:
    """Somebody read about Anna then."""
    add(session, AccessRecord(
        at=at, request_id="r", client_id="c", operation="persons.byId", field_groups=[],
        row_count=1, filters={}, person_ids=[named("anna")],
    ))  # fmt: skip


@dataclass
class Archive:
    """The database of the town, and what is in it."""

    database: Database

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        with psycopg.connect(self.database.url) as connection:
            return {
                table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()[0][0]
                for table in COUNTED
            }

    def ids(self, table: str) -> set[UUID]:
        """The ids in a table."""
        with psycopg.connect(self.database.url) as connection:
            rows = connection.execute(f"SELECT id FROM {table}".encode()).fetchall()
        return {identity for (identity,) in rows}

    def partitions(self) -> set[str]:
        """The names of all partitions."""
        with psycopg.connect(self.database.url) as connection:
            rows = connection.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits i JOIN pg_class c "
                "ON c.oid = inhrelid WHERE c.relkind IN ('r', 'p')"
            ).fetchall()
        return {name for (name,) in rows}

    def audit(self) -> list[tuple[str, str, str, dict[str, Any]]]:
        """Every record of retention: who, what, to what, and the details."""
        with psycopg.connect(self.database.url) as connection:
            return connection.execute(
                "SELECT actor, act, subject, details FROM audit_record "
                "WHERE act = 'applyRetention' ORDER BY id"
            ).fetchall()

    def apply(self, kept: Mapping[str, int], *, now: datetime = NOW) -> list[Outcome]:
        """Apply rules."""
        return apply(self.database, settings(**kept), now=now, actor="test")


def settings(**kept: Any) -> Settings:
    """An installation's settings with these rules."""
    return Settings(_env_file=None, secret=SecretStr("x" * 40), **kept)


@contextmanager
def holding(archive: Archive, statement: str) -> Iterator[None]:
    """Somebody else's transaction that has run a statement and does not end."""
    with psycopg.connect(archive.database.url) as connection:
        connection.execute(statement.encode())
        yield
        connection.rollback()


@pytest.fixture
def the_archive(database: Database) -> Archive:
    """The town with its archive, in a database of the test's own."""
    with database.transaction() as session:
        town(session)
        archive(session)
    return Archive(database)


@pytest.fixture
def terminal(the_archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command finds the archive's database as an installation does."""
    monkeypatch.setenv("DATABASE_URL", the_archive.database.url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
