"""Where a pupil belongs, and what absence there is already."""

from datetime import date
from uuid import UUID

from sqlmodel import Session

from app.queries.absences import not_enrolled
from app.queries.access import Access
from app.queries.facts.asking import ask, visible
from app.queries.resource import Render, Shape
from app.queries.ss12000 import CATALOGUE

# Where the pupil is enrolled or placed on some day of the period.
UNITS = """
SELECT DISTINCT tie.organisation_id
  FROM person_relation tie
 WHERE tie.person_id = %(student)s AND {kinds}
   AND tie.start_date <= %(last_day)s AND coalesce(tie.end_date, 'infinity') >= %(first_day)s
   AND {within} AND {school_type}"""


def units_of_pupil(
    session: Session, access: Access, *, student: UUID, first_day: date, last_day: date
) -> frozenset[UUID]:
    """The units, of those and in the school forms that the caller may see.

    As `visible` of absences has it: to a grant for school forms a placement counts where the pupil
    is not enrolled.
    """
    render = Render(Shape.of(access), CATALOGUE)
    placed = "tie.kind = 'placement.child'"
    if not render.shape.every_school_type:
        pupil = ("tie.person_id", "tie.organisation_id")
        placed += f" AND {not_enrolled(*pupil, '%(first_day)s', '%(last_day)s')}"
    sql = UNITS.format(
        kinds=f"(tie.kind = 'enrolment' OR {placed})",
        within=render.within("tie.organisation_id"),
        school_type=render.school_type("tie.school_type"),
    )
    period = {"student": student, "first_day": first_day, "last_day": last_day}
    return frozenset(row["organisation_id"] for row in ask(session, access, sql, period))


def absent_already(access: Access) -> str:
    """A selection of absences of the same kind at the same time, those that the caller may see."""
    return (
        "SELECT 1 FROM absence other WHERE other.student_id = %(student_id)s "
        "AND other.type = %(type)s AND other.start_time < %(end_time)s "
        "AND other.end_time > %(start_time)s "
        "AND (other.school_unit_id = %(school_unit_id)s OR other.school_unit_id IS NULL) "
        f"AND {visible(access, 'absences', 'other')}"
    )
