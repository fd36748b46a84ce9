"""What is known of a placement that hours are written for."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session

from app.queries.access import Access
from app.queries.facts.asking import ask, visible

PLACEMENT = """
SELECT pl.child_id, pl.start_date, pl.end_date, pl.max_weekly_schedule_hours
  FROM placement pl WHERE pl.id = %(placement)s AND """

# A schedule that was refused holds at no time.
SCHEDULED_ALREADY = """
SELECT 1 FROM attendance_schedule other
 WHERE other.placement_id = %(placement_id)s
   AND coalesce(other.temporary, FALSE) = coalesce(%(temporary)s::boolean, FALSE)
   AND other.start_date <= coalesce(%(end_date)s::date, 'infinity')
   AND coalesce(other.end_date, 'infinity') >= %(start_date)s
   AND (SELECT st.state FROM attendance_schedule_state st
         WHERE st.attendance_schedule_id = other.id ORDER BY st.position DESC LIMIT 1)
       IS DISTINCT FROM 'Nekat'"""


@dataclass(frozen=True, slots=True)
class PlacementTerms:
    """A placement that the caller may see: whose, when, and how much care it holds."""

    child_id: UUID
    start_date: date
    end_date: date | None
    max_weekly_schedule_hours: int | None


def placement_terms(session: Session, access: Access, *, placement: UUID) -> PlacementTerms | None:
    """The placement, unless there is none that the caller may see."""
    sql = PLACEMENT + visible(access, "placements", "pl")
    rows = ask(session, access, sql, {"placement": placement})
    return PlacementTerms(**rows[0]) if rows else None
