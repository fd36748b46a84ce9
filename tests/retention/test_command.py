"""`skolnav retention`, as an admin or a scheduler runs it, and what consumers notice of it."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session
from typer.testing import CliRunner, Result

from app.cli import cli
from app.database.advisory_locks import advisory_lock
from app.jobs.retention import LOCK, apply
from app.models.change_stamps import Tombstone
from app.services.retention_rules import rules
from app.settings import get_settings
from tests.make import add, named
from tests.retention.conftest import (
    KEEP_ONE,
    NOW,
    Archive,
    archive,
    first_instant,
    holding,
    last_instant,
    settings,
)
from tests.ss12000.conftest import Town, own_town

__all__ = ["own_town"]


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str, at: datetime = NOW) -> Result:
    """Run the command, keeping one school year, in November 2026; `at`: the database's clock."""
    for name, value in KEEP_ONE.items():
        monkeypatch.setenv(f"SKOLNAV_{name.upper()}", str(value))
    # By its module: the package has a function of the same name.
    monkeypatch.setattr(sys.modules["app.cli.retention"], "now", lambda: NOW)
    monkeypatch.setattr("app.jobs.retention.database_clock", lambda _: at)
    get_settings.cache_clear()
    result = CliRunner().invoke(cli, ["retention", *arguments])
    get_settings.cache_clear()
    return result


@pytest.mark.usefixtures("terminal")
def test_the_command_shows_first_and_removes_only_when_told(
    the_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan names partition, period and rows, and says that nothing was removed."""
    before = the_archive.counts()
    shown = command(monkeypatch)
    assert shown.exit_code == 0 and the_archive.counts() == before
    (line,) = [one for one in shown.stdout.splitlines() if "attendance_y2023" in one]
    assert "2023-07-01 to 2024-06-30" in line and "2" in line
    assert "to 2025-06-30" in next(one for one in shown.stdout.splitlines() if " absence " in one)
    assert "SKOLNAV_KEEP_ACCESS_LOG_MONTHS is not set" in shown.stdout
    assert "Nothing was removed" in shown.stdout
    done = command(monkeypatch, "--apply")
    assert done.exit_code == 0 and "attendance_y2023" in done.stdout
    assert the_archive.counts()["attendance"] < before["attendance"]
    assert the_archive.audit()[0][0].startswith("cli:")
    again = command(monkeypatch, "--apply")
    assert (again.exit_code, again.stdout) == (0, "There was nothing to remove.\n")


@pytest.mark.usefixtures("terminal")
def test_programs_read_the_same_as_json(
    the_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every rule, also those that are not set; and every removal with its rows."""
    plan = json.loads(command(monkeypatch, "--json").stdout)
    assert [one["rule"] for one in plan] == [one.name for one in rules(settings(), now=NOW)]
    attendance = plan[0]["goes"][0]
    assert (attendance["partition"], attendance["rows"]) == ("attendance_y2023", 2)
    assert datetime.fromisoformat(attendance["before"]) == first_instant(2024)
    assert plan[3]["before"] is None and plan[3]["goes"] == []
    done = json.loads(command(monkeypatch, "--apply", "--json").stdout)
    assert {one["problem"] for one in done} == {None}
    assert sum(one["rows"] for one in done if one["table"] == "attendance") == 4


@pytest.mark.usefixtures("terminal")
def test_what_was_in_use_is_told_by_the_exit_code(
    the_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2, so that a scheduler notices; the second of two runs at once is refused in words."""
    monkeypatch.setattr(
        "app.database.partitions.LOCK_TIMEOUT.text", "SET LOCAL lock_timeout = '50ms'"
    )
    with holding(the_archive, "LOCK TABLE attendance IN ACCESS SHARE MODE"):
        busy = command(monkeypatch, "--apply")
    assert busy.exit_code == 2 and "attendance is in use" in busy.stdout
    with advisory_lock(the_archive.database, LOCK):
        refused = command(monkeypatch, "--apply")
    assert "running already" in str(refused.exception)


@pytest.mark.usefixtures("terminal")
def test_a_clock_that_is_wrong_removes_nothing(
    the_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command compares its clock with the database's before anything else."""
    before = the_archive.counts()
    refused = command(monkeypatch, "--apply", at=NOW - timedelta(days=2))
    assert "clocks" in str(refused.exception) and the_archive.counts() == before


@pytest.mark.usefixtures("terminal")
def test_doctor_names_the_rules_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """That nothing is ever removed is no fault, but somebody has to have meant it."""
    monkeypatch.setenv("SKOLNAV_SECRET", "x" * 40)
    monkeypatch.setenv("SKOLNAV_KEEP_REPORTS_DAYS", "90")
    get_settings.cache_clear()
    said = CliRunner().invoke(cli, ["doctor"]).stdout
    get_settings.cache_clear()
    (line,) = [one for one in said.splitlines() if "for ever" in one]
    assert line.startswith("ok") and "SKOLNAV_KEEP_CARE_SCHOOL_YEARS" in line
    assert "SKOLNAV_KEEP_REPORTS_DAYS" not in line


def test_lists_answer_afterwards_and_no_tag_stands_for_what_is_gone(own_town: Town) -> None:
    """A page that held a dropped lesson or attendance is answered anew, not with 304."""
    with own_town.database.transaction() as session:
        archive(session)
    caller = own_town.caller()
    old = {"startTime.onOrAfter": first_instant(2023).isoformat(),
           "startTime.onOrBefore": last_instant(2023).isoformat()}  # fmt: skip
    questions = {"/attendances": {"student": str(named("anna"))}, "/calendarEvents": old,
                 "/absences": {"student": str(named("anna"))}}  # fmt: skip
    before = {path: caller.get(path, **asked) for path, asked in questions.items()}
    page = caller.get("/attendances", limit=2).json()
    assert len(before["/attendances"].json()["data"]) == 9
    assert len(before["/calendarEvents"].json()["data"]) == 2
    apply(own_town.database, settings(**KEEP_ONE), now=NOW, actor="test")
    for path, asked in questions.items():
        tag = {"If-None-Match": before[path].headers["etag"]}
        after = caller.request("GET", path, params=asked, headers=tag)
        assert after.status_code == 200, path
        lost = len(before[path].json()["data"]) - len(after.json()["data"])
        assert lost == {"/attendances": 4, "/calendarEvents": 2, "/absences": 5}[path]
    for gone in ("attendances/" + str(named("attendance-2023-first")),
                 "calendarEvents/" + str(named("lesson-2023-first"))):  # fmt: skip
        assert caller.get(f"/{gone}").status_code == 404
    assert caller.get("/attendances", pageToken=page["pageToken"]).status_code == 200
    sums = caller.get("/aggregatedAttendance", startDate="2023-08-01", endDate="2024-06-30")
    assert (sums.status_code, sums.json()) == (200, {"data": []})
    # Consumers' copies follow the same rule by themselves.
    assert caller.get("/deletedEntities").json() == {"data": {}}


def buried(session: Session, client_id: str, **deleted: datetime) -> None:
    """Rooms that were deleted, and seen by a consumer."""
    add(session, *(
        Tombstone(resource="rooms", object_id=named(name), deleted=at, seen_by=[client_id])
        for name, at in deleted.items()
    ))  # fmt: skip


def test_who_asks_for_deletions_that_are_forgotten_is_told_to_begin_anew(own_town: Town) -> None:
    """410 for what lies before; from then on as ever; without a time, all that is known."""
    edge = datetime(2026, 8, 26, 22, tzinfo=UTC)
    caller = own_town.caller()
    assert caller.consumer is not None
    with own_town.database.transaction() as session:
        buried(session, caller.consumer.client_id, old=edge - timedelta(days=1),
               young=edge + timedelta(days=1))  # fmt: skip
    early, late = edge - timedelta(days=2), edge
    assert len(caller.get("/deletedEntities", after=early.isoformat()).json()["data"]["rooms"]) == 2
    apply(own_town.database, settings(keep_deletions_days=90), now=NOW, actor="test")
    refused = caller.get("/deletedEntities", after=early.isoformat())
    assert (refused.status_code, refused.json()["code"]) == (410, "deletionsForgotten")
    known = {"data": {"rooms": [str(named("young"))]}}
    assert caller.get("/deletedEntities", after=late.isoformat()).json() == known
    assert caller.get("/deletedEntities").json() == known
    # A shorter rule that is made longer again brings nothing back.
    with own_town.database.transaction() as session:
        buried(session, caller.consumer.client_id, older=edge - timedelta(days=300))
    apply(own_town.database, settings(keep_deletions_days=200), now=NOW, actor="test")
    assert caller.get("/deletedEntities", after=early.isoformat()).status_code == 410
