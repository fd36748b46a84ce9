"""What is known of reports before one is made or changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.queries.access import Access
from app.queries.facts.asking import ask, visible

REPORT = """
SELECT r.status, r.type, r.student_id, r.registered_by_id, own.state AS own_delivery
  FROM absence_report r
  LEFT JOIN absence_delivery own ON own.report_id = r.id AND own.source_id = %(source)s
 WHERE r.id = %(report)s AND """
ACTS_FOR = """
SELECT source.id FROM application JOIN source ON source.name = application.acts_for_source
 WHERE application.client_id = %(client_id)s"""

# The oldest of a person's newest reports, so many.
NTH_NEWEST = """
SELECT created FROM absence_report WHERE registered_by_id = %(me)s AND created > %(since)s
 ORDER BY created DESC OFFSET %(most)s - 1 LIMIT 1"""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """A report that the caller may see. `own_delivery`: the state at the caller's own source."""

    status: str
    type: str
    student_id: UUID
    registered_by_id: UUID | None
    own_delivery: str | None


def report_facts(
    session: Session, access: Access, *, report: UUID, source: int | None = None
) -> ReportFacts | None:
    """The report, unless there is none that the caller may see."""
    sql = REPORT + visible(access, "absenceReports", "r")
    rows = ask(session, access, sql, {"report": report, "source": source})
    return ReportFacts(**rows[0]) if rows else None


def source_acted_for(session: Session, access: Access) -> int | None:
    """The source system that the caller acts for, if any."""
    rows = ask(session, access, ACTS_FOR, {"client_id": access.client_id})
    return rows[0]["id"] if rows else None


def reported_often(
    session: Session, access: Access, *, most: int, since: datetime
) -> datetime | None:
    """When the signed-in person made the first of their last `most` reports; None when they made
    fewer since then, through whichever app.
    """
    rows = ask(session, access, NTH_NEWEST, {"most": most, "since": since})
    return rows[0]["created"] if rows else None
