"""Registers a check-in or a check-out."""

from sqlmodel import Session

from app.errors import Conflict
from app.local_time import local_day
from app.queries.facts.attendance_events import (
    REGISTERED_ALREADY,
    GroupOfDay,
    group_of_day,
)
from app.schemas.attendance_events import NewAttendanceEvent
from app.schemas.drafts import Draft
from app.services.change_clock import next_stamp
from app.services.findings import Findings
from app.services.inserting import insert_unless
from app.services.writing import Writing, Written, find_persons


def create_attendance_event(
    session: Session, writing: Writing, draft: Draft[NewAttendanceEvent]
) -> Written:
    """Register that someone came or left. Raises BadBody, NotFound, Conflict."""
    body, findings = draft.body, Findings(draft.faults)
    named = {"person": body.person, "registeredBy": body.registered_by}
    seen = find_persons(session, writing.access, findings, named)
    person = body.person.id if draft.has("person") and body.person.id in seen else None
    day = local_day(body.time) if draft.has("time") else None
    group = None
    if draft.has("group"):
        group = group_of_day(session, writing.access, group=body.group.id, person=person, day=day)
        if group is None:
            findings.miss("group.id", "group")
    if group is not None and person is not None and day is not None:
        findings.require(
            group.belongs,
            "person.id",
            f"is neither a member of the group nor placed in it on {day}",
        )
    if draft.has("time"):
        findings.require(
            body.time <= writing.latest, "time", "is in the future; send when it happened"
        )
    findings.raise_any()
    assert group is not None
    _store(session, writing, body, group)
    return Written(writing.new_id, seen)


def _store(session: Session, writing: Writing, body: NewAttendanceEvent, group: GroupOfDay) -> None:
    stamp = next_stamp(session)
    row = {
        "id": writing.new_id,
        "created": stamp,
        "modified": stamp,
        "time": body.time,
        "event_type": body.event_type,
        "person_id": body.person.id,
        "registered_by_id": body.registered_by.id if body.registered_by else None,
        "group_id": body.group.id,
        "school_unit_id": group.organisation_id,
    }
    unless = f"EXISTS ({REGISTERED_ALREADY})"
    if not insert_unless(session, "attendance_event", row, unless=unless, values={}):
        raise Conflict(
            "This event is registered already: the same person, group, kind and time. Nothing "
            "needs to be sent again."
        )
