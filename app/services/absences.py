"""Registers a pupil's absence, and opens the report of it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.errors import Conflict, TooManyRequests
from app.local_time import local_day
from app.queries.access import Access
from app.queries.deletions import visible_ids
from app.queries.facts.absence_reports import reported_often
from app.queries.facts.absences import absent_already, units_of_pupil
from app.queries.reading import rights_values
from app.queries.ss12000 import CATALOGUE
from app.schemas.absence_reports import ReasonCategory
from app.schemas.absences import NewAbsence
from app.schemas.drafts import Draft
from app.schemas.enums import AbsenceType
from app.services.absence_reports import open_report
from app.services.change_clock import next_stamp
from app.services.findings import Findings
from app.services.inserting import insert_unless
from app.services.writing import Writing, Written, find_persons

LONGEST = timedelta(days=366)
# Of one person through all their apps: more than any family needs, too few to flood a school.
MOST_REPORTS = 20
REPORTS_WITHIN = timedelta(hours=24)


def create_absence(session: Session, writing: Writing, draft: Draft[NewAbsence]) -> Written:
    """Register an absence. Raises BadBody, NotFound, Conflict, TooManyRequests."""
    return register(session, writing, draft, Findings(draft.faults))


def register(
    session: Session, writing: Writing, draft: Draft[NewAbsence], findings: Findings, *,
    reason: ReasonCategory | None = None,
) -> Written:  # fmt: skip
    """As `create_absence`, with what was found before and the reason, if one was given."""
    body = draft.body
    seen = _find_persons(session, writing.access, findings, draft)
    in_order = draft.has("start_time", "end_time")
    if in_order:
        _check_period(findings, body)
        in_order = body.start_time < body.end_time
    is_known = _find_organisation(session, writing.access, findings, draft)
    unit = None
    if is_known and in_order and draft.has("student") and body.student.id in seen:
        unit = _unit(session, writing.access, findings, body)
    findings.raise_any()
    assert unit is not None
    _store(session, writing, body, unit, reason)
    return Written(writing.new_id, seen)


def _find_persons(
    session: Session, access: Access, findings: Findings, draft: Draft[NewAbsence]
) -> frozenset[UUID]:
    """Those whom the absence names. Of whoever signed in: only whose absence they may report."""
    body = draft.body
    if access.view is None:
        named = {"student": body.student, "registeredBy": body.registered_by}
        return find_persons(session, access, findings, named)
    if draft.has("type"):
        findings.require(
            body.type == AbsenceType.ANMALD_FRANVARO,
            "type",
            f"must be {AbsenceType.ANMALD_FRANVARO}; leave is granted by the school",
        )
    if body.registered_by is not None and body.registered_by.id != access.acting_person_id:
        findings.miss("registeredBy.id", "person")
    if not draft.has("student"):
        return frozenset()
    if body.student.id in access.view.may_report:
        return find_persons(session, access, findings, {"student": body.student})
    findings.miss("student.id", "person")
    return frozenset()


def _check_period(findings: Findings, body: NewAbsence) -> None:
    findings.require(body.start_time < body.end_time, "endTime", "must be after startTime")
    findings.require(
        body.end_time - body.start_time <= LONGEST,
        "endTime",
        f"must be at most {LONGEST.days} days after startTime; send a longer absence in parts",
    )


def _find_organisation(
    session: Session, access: Access, findings: Findings, draft: Draft[NewAbsence]
) -> bool:
    """Whether the organisation can be relied on; also when none was named."""
    organisation = draft.body.organisation
    if not draft.has("organisation") or organisation is None:
        return draft.has("organisation")
    if visible_ids(session, access, CATALOGUE["organisations"], [organisation.id]):
        return True
    findings.miss("organisation.id", "organisation")
    return False


def _unit(session: Session, access: Access, findings: Findings, body: NewAbsence) -> UUID | None:
    """The unit that the pupil is absent from, as named or as there is only one."""
    # An absence until midnight is not of the day that begins then.
    last = body.end_time - timedelta(microseconds=1)
    units = units_of_pupil(
        session,
        access,
        student=body.student.id,
        first_day=local_day(body.start_time),
        last_day=local_day(last),
    )
    if body.organisation is not None:
        findings.require(
            body.organisation.id in units,
            "organisation.id",
            "the pupil is neither enrolled nor placed there at that time",
        )
        return body.organisation.id
    findings.require(
        len(units) != 0,
        "student.id",
        "is neither enrolled nor placed at that time at a unit of this consumer's",
    )
    findings.require(
        len(units) < 2,
        "organisation",
        "is needed here: the pupil belongs to several units at that time",
    )
    return next(iter(units), None)


def _store(
    session: Session, writing: Writing, body: NewAbsence, unit: UUID, reason: ReasonCategory | None
) -> None:
    # Under the clock nobody else reports, so that the count holds.
    stamp = next_stamp(session)
    _check_count(session, writing.access, stamp)
    row = {
        "id": writing.new_id,
        "created": stamp,
        "modified": stamp,
        "start_time": body.start_time,
        "end_time": body.end_time,
        "type": body.type,
        "student_id": body.student.id,
        "school_unit_id": unit,
        "registered_by_id": _registrar(writing.access, body),
    }
    unless = f"EXISTS ({absent_already(writing.access)})"
    rights = rights_values(writing.access)
    if not insert_unless(session, "absence", row, unless=unless, values=rights):
        raise Conflict(
            "This pupil has an absence of this type at this time already. Withdraw that one "
            "first, at /absence-reports/v1/reports/{id}/withdrawal, or in the system that it came "
            "from; or send another time."
        )
    open_report(session, row, through=writing.access.client_id, reason=reason)


def _registrar(access: Access, body: NewAbsence) -> UUID | None:
    if access.acting_person_id is not None:
        return access.acting_person_id
    return body.registered_by.id if body.registered_by else None


def _check_count(session: Session, access: Access, now: datetime) -> None:
    """Raise TooManyRequests when the signed-in person has reported too often of late."""
    if access.view is None:
        return
    first = reported_often(session, access, most=MOST_REPORTS, since=now - REPORTS_WITHIN)
    if first is None:
        return
    seconds = max(1, round((first + REPORTS_WITHIN - now).total_seconds()))
    message = (
        f"One person may report {MOST_REPORTS} absences within 24 hours, withdrawn ones included. "
        f"Try again in {seconds} seconds, or call the school."
    )
    raise TooManyRequests(message, headers={"Retry-After": str(seconds)})
