"""Who a signed-in person may see today, by the relations that the register holds of them.

This decides whose data a person's app may ever show: read it together with `own_view.py`, which
applies it, and `docs/adr/0015`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from app.queries.access import View
from app.queries.organisation_tree import OrganisationTree
from app.schemas.enums import AssignmentRoleType, DutyRole, RelationType

OF_AGE = 18
# "Annan ansvarig" is somebody who may be called, not somebody who decides.
GUARDIAN_RELATIONS = [
    RelationType.VARDNADSHAVARE,
    RelationType.GOD_MAN,
    RelationType.UTSEDD_BEHORIG,
]
CHARGE_ROLES = [
    AssignmentRoleType.MENTOR,
    AssignmentRoleType.FORSKOLLARARE,
    AssignmentRoleType.BARNSKOTARE,
    AssignmentRoleType.FRITIDSPEDAGOG,
]
HEAD_ROLES = [DutyRole.REKTOR, DutyRole.FORSKOLECHEF]

PERSON = """
SELECT id, given_name, family_name, birth_date, civic_no, security_marking <> 'Ingen' AS protected
  FROM person WHERE id = ANY(:ids) AND person_status IS DISTINCT FROM 'Avliden'"""
CHILDREN = """
SELECT DISTINCT c.id, c.given_name, c.family_name, c.birth_date, c.civic_no,
       c.security_marking <> 'Ingen' AS protected
  FROM responsible re JOIN person c ON c.id = re.child_id
 WHERE re.person_id = :me AND re.relation_type = ANY(:relations)
   AND c.person_status IS DISTINCT FROM 'Avliden'
 ORDER BY c.birth_date NULLS LAST, c.given_name, c.id"""
HOLDS = (
    "coalesce({a}.start_date, '-infinity') <= :today "
    "AND coalesce({a}.end_date, 'infinity') >= :today"
)
DUTIES = f"""duty d WHERE d.person_id = :me AND {HOLDS.format(a="d")}"""
MENTEES = f"""
SELECT DISTINCT gm.person_id FROM duty d JOIN assignment_role ar ON ar.duty_id = d.id
  JOIN group_membership gm ON gm.group_id = ar.group_id JOIN person p ON p.id = gm.person_id
 WHERE d.person_id = :me AND ar.assignment_role_type = ANY(:charges)
   AND p.security_marking = 'Ingen'
   AND {HOLDS.format(a="d")} AND {HOLDS.format(a="ar")} AND {HOLDS.format(a="gm")}"""
TAUGHT = f"""
SELECT DISTINCT gm.person_id FROM duty d JOIN activity_teacher te ON te.duty_id = d.id
  JOIN activity_group ag ON ag.activity_id = te.activity_id
  JOIN group_membership gm ON gm.group_id = ag.group_id JOIN person p ON p.id = gm.person_id
 WHERE d.person_id = :me AND p.security_marking = 'Ingen'
   AND {HOLDS.format(a="d")} AND {HOLDS.format(a="te")} AND {HOLDS.format(a="gm")}"""
HEADED = f"""
SELECT DISTINCT d.organisation_id FROM {DUTIES} AND d.duty_role = ANY(:heads)"""
PUPILS_AT = f"""
SELECT en.person_id FROM enrolment en JOIN person p ON p.id = en.person_id
 WHERE en.school_unit_id = ANY(:units) AND en.cancelled IS NOT TRUE
   AND p.security_marking = 'Ingen' AND {HOLDS.format(a="en")}
UNION
SELECT pl.child_id FROM placement pl JOIN person p ON p.id = pl.child_id
 WHERE pl.school_unit_id = ANY(:units)
   AND p.security_marking = 'Ingen' AND {HOLDS.format(a="pl")}"""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as decisions about them need it; `of_age` is None where their age is not known."""

    id: UUID
    given_name: str
    family_name: str
    protected: bool
    of_age: bool | None


@dataclass(frozen=True, slots=True)
class Family:
    """A person, and the children that they answer for today: those under eighteen."""

    person: Someone
    children: tuple[Someone, ...]


def family_of(session: Session, *, person_id: UUID, today: date) -> Family | None:
    """The person and their children; None for someone the register does not hold.

    A child whose age is not known is nobody's: at eighteen it would be a leak.
    """
    found = _people(session, PERSON, {"ids": [person_id]}, today)
    if not found:
        return None
    values = {"me": person_id, "relations": [str(one) for one in GUARDIAN_RELATIONS]}
    children = _people(session, CHILDREN, values, today)
    return Family(found[0], tuple(child for child in children if child.of_age is False))


def view_of(
    session: Session, family: Family, *, consented: Collection[UUID], cleared: bool, today: date,
    tree: OrganisationTree,
) -> View:  # fmt: skip
    """Whom the person's app may show. `cleared`: its grant covers protected identity."""
    me = family.person
    children = frozenset(
        child.id
        for child in family.children
        if child.id in consented and (cleared or not child.protected)
    )
    myself = frozenset({me.id}) if cleared or not me.protected else frozenset()
    values = {"me": me.id, "today": today}
    charges = values | {"charges": [str(one) for one in CHARGE_ROLES]}
    heads = values | {"heads": [str(one) for one in HEAD_ROLES]}
    units = tree.subtree(_ids(session, HEADED, heads))
    pupils = _ids(session, TAUGHT, values)
    if units:
        pupils |= _ids(session, PUPILS_AT, {"units": list(units), "today": today})
    return View(
        own=myself | children | _ids(session, MENTEES, charges),
        children=children,
        pupils=pupils,
        units=units,
        may_report=children | (myself if me.of_age else frozenset()),
    )


def turns_eighteen(born: date) -> date:
    """The first day as an adult; who was born on 29 February comes of age on the 28th."""
    day = 28 if (born.month, born.day) == (2, 29) else born.day
    return date(born.year + OF_AGE, born.month, day)


def _people(session: Session, sql: str, values: dict[str, object], today: date) -> list[Someone]:
    rows = session.execute(text(sql), values)
    return [
        Someone(
            row.id, row.given_name, row.family_name, row.protected,
            of_age=_of_age(row.birth_date, row.civic_no, today),
        )
        for row in rows
    ]  # fmt: skip


def _of_age(birth_date: date | None, civic_no: str | None, today: date) -> bool | None:
    born = birth_date or _born(civic_no)
    return None if born is None else turns_eighteen(born) <= today


def _born(civic_no: str | None) -> date | None:
    """The date that a personal number of twelve digits begins with; a coordination number's day
    is 60 too high.
    """
    digits = (civic_no or "")[:8]
    if len(digits) < len("YYYYMMDD") or not digits.isdecimal():
        return None
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    try:
        return date(year, month, day - 60 if day > 60 else day)
    except ValueError:
        return None


def _ids(session: Session, sql: str, values: dict[str, object]) -> frozenset[UUID]:
    found: Iterable[UUID] = session.execute(text(sql), values).scalars()
    return frozenset(found)
