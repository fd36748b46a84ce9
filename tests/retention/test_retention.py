"""What the rules no longer keep is gone, exactly that, and everybody who must know is told."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import Session, col, update

from app.database import partitions as partitions_module
from app.database.advisory_locks import advisory_lock
from app.database.maintenance import ensure_school_years
from app.database.partitions import LOCK_TIMEOUT, partitions
from app.errors import ConfigurationError
from app.jobs.retention import LOCK, Outcome, RetentionAlreadyRunning, check_clocks, planned
from app.models.attendance_schedules import AttendanceSchedule
from app.models.change_stamps import Tombstone
from app.models.consumer_reports import LogEntry, StatisticsEntry
from app.models.placements import Placement
from app.queries.access_records import log_begins, who_read
from app.services import retention as service
from tests.make import add, named
from tests.retention.conftest import (
    KEEP_ONE,
    NOW,
    PARENTS,
    YEARS,
    Archive,
    access_record,
    first_instant,
    holding,
    settings,
)

ATTENDANCE = {"keep_attendance_school_years": 1}
OLD_YEARS, KEPT_YEARS = YEARS[:2], YEARS[2:]
TOWN = ("anna", "bo", "hidden-pupil")
BY_YEAR = {"attendance": "attendance", "attendance_event": "event", "calendar_event": "lesson"}


def table_of(outcome: Outcome) -> str | None:
    """The table that lost something."""
    return outcome.removal.table if outcome.removal else None


def test_a_dry_run_says_what_would_go_and_changes_nothing(the_archive: Archive) -> None:
    """Partition, period and rows; not even an audit record is written."""
    before, parts = the_archive.counts(), the_archive.partitions()
    plan = planned(the_archive.database, settings(**KEEP_ONE), now=NOW)
    said = {
        (one.table, one.partition.name if one.partition else None, one.rows)
        for _, found in plan
        for one in found
    }
    assert said == {
        ("absence", None, 5),
        ("absence_report", None, 5),
        *((table, f"{table}_y{year}", 2)
          for table in PARENTS if table != "access_record" for year in OLD_YEARS),
    }  # fmt: skip
    assert (the_archive.counts(), the_archive.partitions()) == (before, parts)


def test_old_school_years_are_gone_and_the_next_one_is_untouched(the_archive: Archive) -> None:
    """To the microsecond: the last of June goes, the first of July stays."""
    before = the_archive.partitions()
    outcomes = the_archive.apply(KEEP_ONE)
    assert [one.problem for one in outcomes] == [None] * len(outcomes)
    gone = {f"{table}_y{year}" for table in PARENTS[:-1] for year in OLD_YEARS}
    assert before - the_archive.partitions() == gone
    for table, name in BY_YEAR.items():
        ids = the_archive.ids(table)
        kept = {named(f"{name}-{year}-{edge}") for year in KEPT_YEARS for edge in ("first", "last")}
        lost = {named(f"{name}-{year}-{edge}") for year in OLD_YEARS for edge in ("first", "last")}
        assert kept <= ids and not lost & ids
    counts = the_archive.counts()
    # Two edges in each of two years, and the town's own lessons.
    assert counts["student_exception"] == 4 + 3
    assert counts["teacher_exception"] == 4 + 3
    with the_archive.database.transaction() as session:
        (oldest, *_) = partitions(session, "attendance")
    assert oldest.begins == first_instant(2025)


def test_absences_go_when_they_have_ended(the_archive: Archive) -> None:
    """By their end: what reaches into a school year that is kept is kept, whole."""
    the_archive.apply(ATTENDANCE)
    ids = the_archive.ids("absence")
    assert the_archive.ids("absence_report") == ids - {named(f"{one}-away") for one in TOWN}
    assert the_archive.counts()["absence_delivery"] == 3
    # Ending on the stroke of midnight is ending in the old year.
    lost = [f"absence-{year}-{edge}" for year in OLD_YEARS for edge in ("first", "last")]
    assert not {named(name) for name in [*lost, "absence-2025-first"]} & ids
    assert {named("absence-2025-last"), named("absence-2026-first"), named("bo-away")} <= ids


def test_an_absence_that_crosses_the_boundary_stays(the_archive: Archive) -> None:
    """A microsecond in the kept year is enough."""
    with the_archive.database.transaction() as session:
        session.execute(text("UPDATE absence SET end_time = end_time + interval '1 microsecond' "
                             "WHERE id = :id"), {"id": named("absence-2025-first")})  # fmt: skip
    the_archive.apply(ATTENDANCE)
    assert named("absence-2025-first") in the_archive.ids("absence")


@pytest.mark.parametrize(
    ("ends", "placement_ends", "stays"),
    [
        (date(2025, 6, 30), None, False),
        (date(2025, 7, 1), None, True),
        (None, date(2025, 6, 30), False),
        (None, date(2025, 7, 1), True),
        (date(2026, 6, 1), date(2025, 6, 30), False),
        (date(2025, 6, 30), date(2026, 6, 1), False),
        (None, None, True),
    ],
)
def test_care_schedules_go_when_they_or_their_placements_have_ended(
    the_archive: Archive, ends: date | None, placement_ends: date | None, stays: bool
) -> None:
    """With the steps of their handling."""
    schedule = named("anna-hours")
    with the_archive.database.transaction() as session:
        session.execute(update(AttendanceSchedule).values(end_date=ends)
                        .where(col(AttendanceSchedule.id) == schedule))  # fmt: skip
        session.execute(update(Placement).values(end_date=placement_ends)
                        .where(col(Placement.id) == named("anna-place")))  # fmt: skip
    the_archive.apply({"keep_care_school_years": 1})
    assert (schedule in the_archive.ids("attendance_schedule")) == stays
    assert the_archive.counts()["attendance_schedule_state"] == 2 + stays


def test_without_rules_nothing_goes(the_archive: Archive) -> None:
    """However old it is."""
    before, parts = the_archive.counts(), the_archive.partitions()
    assert the_archive.apply({}, now=NOW + timedelta(days=36_500)) == []
    assert (the_archive.counts(), the_archive.partitions()) == (before, parts)


def test_each_rule_removes_its_own_data_only(the_archive: Archive) -> None:
    """Lessons stay when only attendance goes, and the other way about for care."""
    before = the_archive.counts()
    the_archive.apply(ATTENDANCE)
    changed = {name for name, rows in the_archive.counts().items() if rows != before[name]}
    assert changed == {
        "attendance", "absence", "absence_report", "absence_delivery", "audit_record",
    }  # fmt: skip
    before = the_archive.counts()
    the_archive.apply({"keep_care_school_years": 1})
    changed = {name for name, rows in the_archive.counts().items() if rows != before[name]}
    assert changed == {"attendance_event", "audit_record"}


def test_the_current_year_stays_on_its_first_and_last_day(the_archive: Archive) -> None:
    """A minute before midnight on 30 June the year before last is still kept, then not."""
    the_archive.apply(KEEP_ONE, now=datetime(2025, 6, 30, 21, 59, tzinfo=UTC))
    assert "attendance_y2023" in the_archive.partitions()
    the_archive.apply(KEEP_ONE, now=datetime(2025, 6, 30, 22, 0, tzinfo=UTC))
    assert "attendance_y2023" not in the_archive.partitions()
    assert {f"attendance_y{year}" for year in (2024, 2025, 2026)} <= the_archive.partitions()


def test_the_access_log_goes_by_month_and_stays_append_only(the_archive: Archive) -> None:
    """No row can be deleted alone; a month is dropped whole, and the next is untouched."""
    boundary = datetime(2025, 10, 31, 23, tzinfo=UTC)
    with the_archive.database.transaction() as session:
        session.execute(text("SELECT skolnav_ensure_months('2025-08-15', '2025-12-15')"))
        for at in (boundary - timedelta(days=40), boundary - timedelta(microseconds=1), boundary):
            access_record(session, at)
    the_archive.apply({"keep_access_log_months": 12})
    with the_archive.database.transaction() as session:
        found = who_read(session, person_id=named("anna"), since=boundary - timedelta(days=99))
        assert [one.at for one in found] == [boundary]
        assert log_begins(session) == boundary
    gone = {"access_record_y2025m08", "access_record_y2025m09", "access_record_y2025m10"}
    assert not gone & the_archive.partitions()
    assert "access_record_y2025m11" in the_archive.partitions()
    with (
        pytest.raises(psycopg.errors.RaiseException),
        psycopg.connect(the_archive.database.url) as connection,
    ):
        connection.execute("DELETE FROM access_record")


def old_rows(session: Session) -> None:
    """Tombstones and reports on both sides of ninety days, five old ones and two young of each."""
    edge = datetime(2026, 8, 26, 22, tzinfo=UTC)
    for number in range(7):
        at = edge - timedelta(microseconds=1) if number < 5 else edge
        said: dict[str, Any] = {"received": at, "client_id": "c"}
        add(
            session,
            Tombstone(resource="rooms", object_id=uuid4(), deleted=at, seen_by=["c"]),
            LogEntry(**said, message="x", severity_level="Info"),
            StatisticsEntry(**said, resource_type="Room", new_count=1, updated_count=1,
                            deleted_count=1),
        )  # fmt: skip


def test_rows_without_partitions_go_in_batches_each_with_its_record(
    the_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is cut off has removed whole batches and recorded each of them."""
    monkeypatch.setattr(service, "BATCH", 2)
    with the_archive.database.transaction() as session:
        old_rows(session)
    outcomes = the_archive.apply({"keep_deletions_days": 90, "keep_reports_days": 90})
    assert [(table_of(one), one.rows) for one in outcomes] == [
        ("tombstone", 5), ("log_entry", 5), ("statistics_entry", 5)
    ]  # fmt: skip
    counts = the_archive.counts()
    assert [counts[name] for name in ("tombstone", "log_entry", "statistics_entry")] == [2, 2, 2]
    rows = [details["rows"] for _, _, _, details in the_archive.audit()]
    assert rows == [2, 2, 1] * 3


def test_every_removal_is_on_record(the_archive: Archive) -> None:
    """Who, under which rule, what, and how many; in the words of the setting that is to blame."""
    the_archive.apply(ATTENDANCE)
    actor, act, subject, details = the_archive.audit()[0]
    assert (actor, act, subject) == ("test", "applyRetention", "attendance_y2023")
    assert {name: details[name] for name in ("setting", "rows", "kept")} == {
        "setting": "SKOLNAV_KEEP_ATTENDANCE_SCHOOL_YEARS", "rows": 2,
        "kept": "this school year and 1 before it",
    }  # fmt: skip
    assert datetime.fromisoformat(details["from"]) == first_instant(2023)
    assert datetime.fromisoformat(details["before"]) == first_instant(2024)
    subjects = [subject for _, _, subject, _ in the_archive.audit()]
    assert subjects == [
        "attendance_y2023", "attendance_y2024", "absence", "absence_report"
    ]  # fmt: skip


def test_a_second_run_changes_nothing(the_archive: Archive) -> None:
    """Not even the audit record."""
    rules: dict[str, int] = KEEP_ONE | {"keep_deletions_days": 90, "keep_reports_days": 90}
    the_archive.apply(rules)
    before = the_archive.counts()
    assert the_archive.apply(rules) == []
    assert the_archive.counts() == before


def test_two_runs_exclude_each_other(the_archive: Archive) -> None:
    """The second is told so at once and has removed nothing."""
    before = the_archive.counts()
    with advisory_lock(the_archive.database, LOCK) as taken:
        assert taken
        with pytest.raises(RetentionAlreadyRunning):
            the_archive.apply(KEEP_ONE)
    assert the_archive.counts() == before
    assert the_archive.apply(KEEP_ONE)


@pytest.mark.parametrize("mode", ["ACCESS SHARE", "ACCESS EXCLUSIVE"])
def test_a_table_that_is_in_use_is_left_for_the_next_run(
    the_archive: Archive, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """After five seconds at most; the others are done, and this one says why it is not."""
    assert "'5s'" in str(LOCK_TIMEOUT)
    monkeypatch.setattr(partitions_module, "LOCK_TIMEOUT", text("SET LOCAL lock_timeout = '50ms'"))
    with holding(the_archive, f"LOCK TABLE attendance_y2023 IN {mode} MODE"):
        outcomes = the_archive.apply(KEEP_ONE)
    (busy,) = [one for one in outcomes if one.problem]
    assert busy.problem and busy.problem.startswith("attendance is in use")
    assert busy.rule.name == "attendance and absences"
    done = {subject for _, _, subject, _ in the_archive.audit()}
    assert "attendance_y2023" in the_archive.partitions() and "attendance_y2023" not in done
    assert {"attendance_event_y2023", "calendar_event_y2023"} <= done
    # The one that is merely read can be told apart from its neighbours, which go.
    assert ("attendance_y2024" in done) == (mode == "ACCESS SHARE")
    assert [one.problem for one in the_archive.apply(KEEP_ONE) if one.problem] == []
    assert "attendance_y2023" not in the_archive.partitions()


def test_rows_that_are_in_use_are_left_for_the_next_run(
    the_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As tables are."""
    monkeypatch.setattr(partitions_module, "LOCK_TIMEOUT", text("SET LOCAL lock_timeout = '50ms'"))
    one = f"SELECT 1 FROM absence WHERE id = '{named('absence-2023-first')}' FOR UPDATE"
    with holding(the_archive, one):
        outcomes = the_archive.apply(ATTENDANCE)
    assert [(table_of(one), bool(one.problem)) for one in outcomes] == [
        ("attendance", False), ("attendance", False), ("absence", True), ("absence_report", False)
    ]  # fmt: skip
    assert [one.rows for one in the_archive.apply(ATTENDANCE)] == [5]


def test_a_partition_without_bounds_of_time_is_never_dropped(the_archive: Archive) -> None:
    """Names decide nothing: a default partition, one that is open, and one across the boundary."""
    with the_archive.database.transaction() as session:
        session.execute(text("CREATE TABLE access_record_y2001m01 PARTITION OF access_record "
                             "FOR VALUES FROM ('2025-10-15') TO ('2025-11-15')"))  # fmt: skip
        session.execute(text("CREATE TABLE attendance_y2001 PARTITION OF attendance DEFAULT"))
        session.execute(text("CREATE TABLE attendance_event_y2001 PARTITION OF attendance_event "
                             "FOR VALUES FROM (MINVALUE) TO ('2002-07-01')"))  # fmt: skip
    the_archive.apply(KEEP_ONE | {"keep_access_log_months": 12})
    odd = {"attendance_y2001", "attendance_event_y2001", "access_record_y2001m01"}
    assert odd <= the_archive.partitions()


def test_rows_are_estimated_where_postgresql_has_an_estimate(the_archive: Archive) -> None:
    """A dry run reads no partition that was analysed."""
    with the_archive.database.transaction() as session:
        session.execute(text("ANALYZE attendance_y2023"))
        session.execute(text("DELETE FROM attendance_y2023"))
    with the_archive.database.transaction() as session:
        rows = {one.name: one.rows for one in partitions(session, "attendance")}
    assert (rows["attendance_y2023"], rows["attendance_y2024"]) == (2, 2)
    outcomes = the_archive.apply(ATTENDANCE)
    # What is done is counted, not estimated.
    assert outcomes[0].rows == 0


def test_an_import_may_bring_a_school_year_back(the_archive: Archive) -> None:
    """Its partitions are made anew, and go again with the next run."""
    the_archive.apply(KEEP_ONE)
    ensure_school_years(the_archive.database, first=date(2023, 9, 1), last=date(2023, 9, 2))
    assert "attendance_y2023" in the_archive.partitions()
    the_archive.apply(KEEP_ONE)
    assert "attendance_y2023" not in the_archive.partitions()


def test_clocks_that_disagree_stop_the_run(the_archive: Archive) -> None:
    """A machine that believes it is 2046 would remove everything."""
    check_clocks(the_archive.database, now=datetime.now(UTC))
    with pytest.raises(ConfigurationError, match="clocks"):
        check_clocks(the_archive.database, now=datetime.now(UTC) + timedelta(days=7_300))


def test_readers_are_not_held_up_by_a_run_and_see_all_or_nothing(the_archive: Archive) -> None:
    """A reader that began before sees the old year whole; the run waits for it, then goes on."""
    done: list[Any] = []
    with psycopg.connect(the_archive.database.url) as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        (count,) = reader.execute("SELECT count(*) FROM attendance").fetchone() or (0,)
        run = threading.Thread(target=lambda: done.extend(the_archive.apply(ATTENDANCE)))
        run.start()
        with psycopg.connect(the_archive.database.url, autocommit=True) as watcher:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while not (watcher.execute(waiting).fetchone() or (0,))[0]:
                assert run.is_alive()
        assert (reader.execute("SELECT count(*) FROM attendance").fetchone() or (0,))[0] == count
        reader.rollback()
        run.join(timeout=20)
    assert [one.problem for one in done] == [None] * 4
