"""What is known of a group and a person's belonging to it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session

from app.queries.access import Access
from app.queries.facts.asking import ask, visible

GROUP = """
SELECT g.organisation_id, EXISTS (
           SELECT 1 FROM group_membership gm
            WHERE gm.group_id = g.id AND gm.person_id = %(person)s
              AND %(day)s BETWEEN greatest(gm.start_date, g.start_date)
                              AND least(gm.end_date, g.end_date, 'infinity')
       ) OR EXISTS (
           SELECT 1 FROM placement pl
            WHERE pl.group_id = g.id AND pl.child_id = %(person)s AND pl.start_date <= %(day)s
              AND coalesce(pl.end_date, 'infinity') >= %(day)s
       ) AS belongs
  FROM school_group g WHERE g.id = %(group)s AND """

REGISTERED_ALREADY = """
SELECT 1 FROM attendance_event other
 WHERE other.time = %(time)s AND other.person_id = %(person_id)s
   AND other.group_id = %(group_id)s AND other.event_type = %(event_type)s"""


@dataclass(frozen=True, slots=True)
class GroupOfDay:
    """A group that the caller may see, and whether one person belongs to it one day."""

    organisation_id: UUID
    belongs: bool


def group_of_day(
    session: Session, access: Access, *, group: UUID, person: UUID | None, day: date | None
) -> GroupOfDay | None:
    """The group, unless there is none that the caller may see."""
    sql = GROUP + visible(access, "groups", "g")
    rows = ask(session, access, sql, {"group": group, "person": person, "day": day})
    return GroupOfDay(**rows[0]) if rows else None
