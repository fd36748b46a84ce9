"""Acts of whoever has signed in on absences: their children's, or an adult pupil's own."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from app.errors import NotFound
from app.local_time import STOCKHOLM
from app.queries.entity_tags import entity_tag
from app.queries.me.absences import absence_within
from app.schemas.absences import NewAbsence
from app.schemas.drafts import Draft, read_draft
from app.schemas.enums import AbsenceType
from app.schemas.me_absences import NewOwnAbsence
from app.schemas.written import Reference
from app.services.absence_reports import Change
from app.services.absences import register
from app.services.findings import Findings
from app.services.idempotency import Answer, Attempt, answer_once
from app.services.writing import Writing

# Here a reference is the id itself.
PATHS = {"student.id": "student", "organisation.id": "organisation"}


def report_absence(
    session: Session, attempt: Attempt, writing: Writing, given: Mapping[str, Any], *, below: str
) -> Answer:
    """Register an absence and answer it as reading it answers; `below`: under which path.

    Raises BadBody, NotFound, Conflict, TooManyRequests.
    """

    def made() -> Answer:
        draft = read_draft(NewOwnAbsence, given)
        findings = Findings(draft.faults, paths=PATHS)
        standard = _as_standard(draft, findings)
        reason = draft.body.reason_category
        written = register(session, writing, standard, findings, reason=reason)
        document = absence_within(
            session, writing.access, written.id,
            operation=attempt.operation, request_id=attempt.request_id,
        )  # fmt: skip
        if document is None:
            # Meanwhile a marking or a unit changed: it is not for this caller to write.
            raise NotFound("There is no such absence for this consumer.")
        headers = {
            "ETag": entity_tag(writing.access, document),
            "Location": f"{below}/{written.id}",
        }
        return Answer(document, 201, headers, written.person_ids)

    return answer_once(session, writing.access, attempt, made)


def as_own_absence(session: Session, change: Change, name: str) -> bytes | None:
    """The absence as `/me/v1` answers it."""
    return absence_within(
        session, change.access, change.report,
        operation=f"me.absences.{name}", request_id=change.request_id,
    )  # fmt: skip


def _as_standard(draft: Draft[NewOwnAbsence], findings: Findings) -> Draft[NewAbsence]:
    body, unusable = draft.body, set(draft.unusable) - {"date", "reason_category"}
    begins, ends = body.start_time, body.end_time
    if not draft.has("date", "start_time", "end_time"):
        unusable |= {"start_time", "end_time"}
    elif body.date is not None:
        findings.require(
            begins is None and ends is None, "date", "stands for startTime and endTime; send one"
        )
        begins = datetime.combine(body.date, time(), STOCKHOLM)
        ends = datetime.combine(body.date + timedelta(days=1), time(), STOCKHOLM)
    else:
        for path, sent in (("startTime", begins), ("endTime", ends)):
            findings.require(sent is not None, path, "is required where there is no date")
        if begins is None or ends is None:
            unusable |= {"start_time", "end_time"}
    values: dict[str, Any] = {
        "start_time": begins, "end_time": ends, "type": AbsenceType.ANMALD_FRANVARO,
        "student": Reference(id=body.student) if draft.has("student") else None,
        "organisation": None if body.organisation is None else Reference(id=body.organisation),
    }  # fmt: skip
    return Draft(NewAbsence.model_construct(**values), (), frozenset(unusable))
