"""Acts on reports of absences: opened with the absence, categorised, withdrawn, delivered.

A delivery says whether a source system has taken the report as it now stands, so whatever changes
the report makes it due again (docs/adr/0009).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from app.errors import Conflict, Forbidden, NotFound
from app.queries.access import Access
from app.queries.facts.absence_reports import ReportFacts, report_facts, source_acted_for
from app.queries.reading import read_within
from app.queries.ss12000 import CATALOGUE
from app.schemas.absence_reports import DeliveryOutcome, ReasonCategory, ReportStatus
from app.schemas.enums import AbsenceType
from app.services.change_clock import next_stamp
from app.services.inserting import insert_unless
from app.services.preconditions import IfMatch, check_tag
from app.services.tombstones import bury

DELIVERIES = text("""
INSERT INTO absence_delivery (report_id, source_id, state, changed)
SELECT :id, source.id, 'pending', :stamp FROM source WHERE source.takes_absences""")
CATEGORISE = text("UPDATE absence_report SET reason_category = :category, modified = :stamp "
                  "WHERE id = :id")  # fmt: skip
WITHDRAW = text("""
UPDATE absence_report SET status = 'withdrawn', withdrawn_at = :stamp, modified = :stamp,
       withdrawn_through = :through WHERE id = :id""")
DUE_AGAIN = text("""
UPDATE absence_delivery SET state = 'pending', changed = :stamp, message = NULL
 WHERE report_id = :id AND state = 'delivered'""")
SETTLE = text("""
UPDATE absence_delivery SET state = :state, message = :message, changed = :stamp
 WHERE report_id = :id AND source_id = :source""")
TOUCH = text("UPDATE absence_report SET modified = :stamp WHERE id = :id")
DELETE_ABSENCE = text("DELETE FROM absence WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one report: by whom, and the state that the caller believes it to be in.

    `show`: the report as the caller reads it, logged as the act of that name.
    """

    access: Access
    report: UUID
    if_match: IfMatch
    request_id: str
    show: "Show"


Show = Callable[[Session, Change, str], bytes | None]


def as_report(session: Session, change: Change, name: str) -> bytes | None:
    """The report as its own API answers it."""
    return read_within(
        session,
        change.access,
        CATALOGUE["absenceReports"],
        change.report,
        operation=f"absenceReports.{name}",
        request_id=change.request_id,
    )


def open_report(
    session: Session, absence: Mapping[str, Any], *, through: str,
    reason: ReasonCategory | None = None,
) -> None:  # fmt: skip
    """Begin the report of an absence that was just stored, to be delivered to every source."""
    row = {
        **absence, "status": ReportStatus.REPORTED, "reported_through": through,
        "reason_category": reason,
    }  # fmt: skip
    insert_unless(session, "absence_report", row, unless="FALSE", values={})
    session.execute(DELIVERIES, {"id": absence["id"], "stamp": absence["created"]})


def set_reason_category(session: Session, change: Change, category: ReasonCategory) -> bytes:
    """Say why, by category. Raises NotFound, PreconditionFailed, Conflict."""

    def act(facts: ReportFacts, stamp: datetime) -> None:
        if facts.status == ReportStatus.WITHDRAWN:
            raise Conflict("The report is withdrawn and is kept as it is. Report a new absence.")
        values = {"id": change.report, "stamp": stamp}
        session.execute(CATEGORISE, {**values, "category": category})
        session.execute(DUE_AGAIN, values)

    return _changed(session, change, "setReasonCategory", act)


def withdraw(session: Session, change: Change) -> bytes:
    """End the absence; its report stays. Withdrawing again changes nothing.

    Raises NotFound, PreconditionFailed, Conflict.
    """

    def act(facts: ReportFacts, stamp: datetime) -> None:
        if change.access.view is not None and facts.type != AbsenceType.ANMALD_FRANVARO:
            raise Conflict("This is leave that the school granted; ask the school to change it.")
        if facts.status == ReportStatus.WITHDRAWN:
            return
        values = {"id": change.report, "stamp": stamp}
        bury(session, "absences", [change.report], stamp=stamp)
        session.execute(DELETE_ABSENCE, {"id": change.report})
        session.execute(WITHDRAW, {**values, "through": change.access.client_id})
        session.execute(DUE_AGAIN, values)

    return _changed(session, change, "withdraw", act)


def settle_delivery(
    session: Session, change: Change, outcome: DeliveryOutcome, message: str | None
) -> bytes:
    """Say what became of the report in the source system that the caller acts for.

    Raises Forbidden for a caller that acts for none, NotFound, PreconditionFailed.
    """
    source = source_acted_for(session, change.access)
    if source is None:
        raise Forbidden(
            "This consumer acts for no source system, so it has no delivery to tell of. Ask the "
            "city for it."
        )

    def act(facts: ReportFacts, stamp: datetime) -> None:
        if facts.own_delivery is None:
            raise NotFound("There is no delivery of this report to this consumer's source system.")
        values = {"id": change.report, "stamp": stamp}
        said = {"state": outcome, "message": message, "source": source}
        session.execute(SETTLE, {**values, **said})
        session.execute(TOUCH, values)

    return _changed(session, change, "settleDelivery", act, source=source)


def _changed(
    session: Session,
    change: Change,
    name: str,
    act: Callable[[ReportFacts, datetime], None],
    *,
    source: int | None = None,
) -> bytes:
    """Do the act under the clock, with what is true then; the report as it is afterwards."""
    # A wrong id must make nobody wait for the clock.
    _known(session, change, source)
    stamp = next_stamp(session)
    facts = _known(session, change, source)
    if change.if_match is not None:
        check_tag(change.access, change.if_match, _document(session, change, "compare"))
    act(facts, stamp)
    return _document(session, change, name)


def _known(session: Session, change: Change, source: int | None) -> ReportFacts:
    facts = report_facts(session, change.access, report=change.report, source=source)
    # Whoever has signed in changes nothing but reports of those whose absence they may report.
    view = change.access.view
    if facts is None or (view is not None and facts.student_id not in view.may_report):
        raise _absent()
    return facts


def _absent() -> NotFound:
    return NotFound("There is no such report for this consumer.")


def _document(session: Session, change: Change, name: str) -> bytes:
    document = change.show(session, change, name)
    if document is None:
        raise _absent()
    return document
