"""Stores the hours that a child is meant to be in care."""

from collections import defaultdict
from datetime import datetime
from itertools import pairwise

from sqlmodel import Session

from app.errors import Conflict
from app.queries.facts.attendance_schedules import (
    SCHEDULED_ALREADY,
    PlacementTerms,
    placement_terms,
)
from app.schemas.attendance_schedules import (
    AttendanceScheduleState,
    NewAttendanceSchedule,
    NewScheduleEntry,
    NewScheduleState,
)
from app.schemas.drafts import Draft
from app.services.change_clock import next_stamp
from app.services.findings import Findings
from app.services.inserting import insert_unless
from app.services.writing import Writing, Written, find_persons


def create_attendance_schedule(
    session: Session, writing: Writing, draft: Draft[NewAttendanceSchedule]
) -> Written:
    """Store a schedule of a placement. Raises BadBody, NotFound, Conflict."""
    body, findings = draft.body, Findings(draft.faults)
    steps, entries = body.state or [], body.schedule_entries or []
    named = {f"state[{n}].registeredBy": step.registered_by for n, step in enumerate(steps)}
    seen = find_persons(session, writing.access, findings, named)
    _check_steps(findings, steps, writing.latest)
    entries = (body.schedule_entries or []) if draft.has("schedule_entries") else []
    _check_entries(
        findings, entries, body.number_of_weeks if draft.has("number_of_weeks") else None
    )
    placement = None
    if draft.has("placement"):
        placement = placement_terms(session, writing.access, placement=body.placement.id)
        if placement is None:
            findings.miss("placement.id", "placement")
    _check_period(findings, draft, placement)
    if placement is not None:
        _check_hours(findings, entries, placement)
    findings.raise_any()
    assert placement is not None
    _store(session, writing, body, steps or [_asked_for(writing.now)])
    return Written(writing.new_id, seen | {placement.child_id})


def _asked_for(now: datetime) -> NewScheduleState:
    """The step that a schedule begins with when it comes without any."""
    return NewScheduleState.model_construct(
        state=AttendanceScheduleState.BEGART, registered_at=now, comment=None, registered_by=None
    )


def _check_steps(findings: Findings, steps: list[NewScheduleState], latest: datetime) -> None:
    for number, step in enumerate(steps):
        path = f"state[{number}].registeredAt"
        findings.require(step.registered_at <= latest, path, "is in the future")
        if number:
            findings.require(
                step.registered_at >= steps[number - 1].registered_at,
                path,
                "is before the step that precedes it; send the oldest step first",
            )


def _check_entries(findings: Findings, entries: list[NewScheduleEntry], weeks: int | None) -> None:
    days: dict[tuple[int, str], list[tuple[str, str, int]]] = defaultdict(list)
    for number, entry in enumerate(entries):
        path = f"scheduleEntries[{number}]"
        if weeks is not None:
            findings.require(
                entry.week_offset < weeks,
                f"{path}.weekOffset",
                f"must be less than numberOfWeeks, which is {weeks}",
            )
        findings.require(
            entry.start_time < entry.end_time, f"{path}.endTime", "must be after startTime"
        )
        day = days[entry.week_offset, entry.day_of_week]
        day.append((entry.start_time, entry.end_time, number))
    for day in days.values():
        for (_, ends, first), (starts, _, second) in pairwise(sorted(day)):
            findings.require(
                ends <= starts,
                f"scheduleEntries[{second}].startTime",
                f"is before scheduleEntries[{first}] of the same day ends",
            )


def _check_period(
    findings: Findings, draft: Draft[NewAttendanceSchedule], placement: PlacementTerms | None
) -> None:
    body = draft.body
    if draft.has("start_date", "end_date") and body.end_date is not None:
        findings.require(
            body.end_date >= body.start_date, "endDate", "must not be before startDate"
        )
    if placement is None:
        return
    for path, name in (("startDate", "start_date"), ("endDate", "end_date")):
        day = getattr(body, name) if draft.has(name) else None
        if day is None:
            continue
        findings.require(
            day >= placement.start_date, path, f"the placement begins {placement.start_date}"
        )
        if placement.end_date is not None:
            findings.require(
                day <= placement.end_date, path, f"the placement ends {placement.end_date}"
            )


def _check_hours(
    findings: Findings, entries: list[NewScheduleEntry], placement: PlacementTerms
) -> None:
    most = placement.max_weekly_schedule_hours
    if most is None:
        return
    weeks: dict[int, int] = defaultdict(int)
    for entry in entries:
        weeks[entry.week_offset] += _minute(entry.end_time) - _minute(entry.start_time)
    for week, minutes in sorted(weeks.items()):
        findings.require(
            minutes <= most * 60,
            "scheduleEntries",
            f"week {week} holds {minutes / 60:.4g} hours; the placement's "
            f"maxWeeklyScheduleHours is {most}",
        )


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _store(
    session: Session,
    writing: Writing,
    body: NewAttendanceSchedule,
    steps: list[NewScheduleState],
) -> None:
    stamp = next_stamp(session)
    entries = body.schedule_entries
    row = {
        "id": writing.new_id,
        "created": stamp,
        "modified": stamp,
        "placement_id": body.placement.id,
        "number_of_weeks": body.number_of_weeks,
        "start_date": body.start_date,
        "end_date": body.end_date,
        "temporary": body.temporary,
        "schedule_entries": None
        if entries is None
        else [entry.model_dump(mode="json", by_alias=True) for entry in entries],
    }
    refused = steps[-1].state is AttendanceScheduleState.NEKAT
    unless = "FALSE" if refused else f"EXISTS ({SCHEDULED_ALREADY})"
    if not insert_unless(session, "attendance_schedule", row, unless=unless, values={}):
        raise Conflict(
            "The placement has a schedule of this kind (temporary or not) for a part of this time "
            "already. Delete that one first, with DELETE /attendanceSchedule/{id}, or send dates "
            "that do not overlap."
        )
    for position, step in enumerate(steps):
        state = {
            "attendance_schedule_id": writing.new_id,
            "position": position,
            "state": step.state,
            "registered_at": step.registered_at,
            "comment": step.comment,
            "registered_by_id": step.registered_by.id if step.registered_by else None,
        }
        insert_unless(session, "attendance_schedule_state", state, unless="FALSE", values={})
