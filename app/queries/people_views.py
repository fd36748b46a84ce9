"""Who a signed-in person may see today, by the relations that the register holds of them.

This decides whose data a person's app may ever show: read it together with `own_view.py`, which
applies it, and `docs/adr/0015`.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.database import Database
from app.queries.access import View
from app.schemas.enums import AssignmentRoleType, DutyRole, RelationType

OF_AGE = 18
# "Annan ansvarig" is somebody who may be called, not somebody who decides.
GUARDIAN_RELATIONS = (
    RelationType.VARDNADSHAVARE,
    RelationType.GOD_MAN,
    RelationType.UTSEDD_BEHORIG,
)
CHARGE_ROLES = (
    AssignmentRoleType.MENTOR,
    AssignmentRoleType.FORSKOLLARARE,
    AssignmentRoleType.BARNSKOTARE,
    AssignmentRoleType.FRITIDSPEDAGOG,
)
HEAD_ROLES = (DutyRole.REKTOR, DutyRole.FORSKOLECHEF)


def _among(values: Collection[str]) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


def _holds(alias: str) -> str:
    return (
        f"coalesce({alias}.start_date, '-infinity') <= %(today)s::date "
        f"AND coalesce({alias}.end_date, 'infinity') >= %(today)s::date"
    )


SOMEONE = (
    "json_build_object('id', {a}.id, 'givenName', {a}.given_name, 'familyName', {a}.family_name, "
    "'birthDate', {a}.birth_date, 'civicNo', {a}.civic_no, "
    "'protected', {a}.security_marking <> 'Ingen')"
)
LIVES = "person_status IS DISTINCT FROM 'Avliden'"
# A JSON object of the person `%(me)s` and everyone whose guardian they are.
FAMILY = f"""json_build_object(
    'person', (SELECT {SOMEONE.format(a="p")} FROM person p WHERE p.id = %(me)s AND p.{LIVES}),
    'children', (SELECT coalesce(json_agg({SOMEONE.format(a="c")}
                                          ORDER BY c.birth_date NULLS LAST, c.given_name, c.id),
                                 '[]')
                   FROM person c WHERE c.{LIVES} AND c.id IN (
                        SELECT re.child_id FROM responsible re WHERE re.person_id = %(me)s
                           AND re.relation_type IN {_among(GUARDIAN_RELATIONS)})))"""
# What the parts of WORK are about: the person's duties of today, as a CTE.
MINE = f"mine AS MATERIALIZED (SELECT d.* FROM duty d WHERE d.person_id = %(me)s AND {_holds('d')})"
MEMBERS = (
    "group_membership gm JOIN person p ON p.id = gm.person_id AND p.security_marking = 'Ingen'"
)
# A JSON object of whom the person has charge of and teaches, and of what they head.
WORK = f"""json_build_object(
    'mentees', (SELECT json_agg(DISTINCT gm.person_id) FROM mine
                  JOIN assignment_role ar ON ar.duty_id = mine.id AND {_holds("ar")}
                   AND ar.assignment_role_type IN {_among(CHARGE_ROLES)}
                  JOIN {MEMBERS} ON gm.group_id = ar.group_id WHERE {_holds("gm")}),
    'taught', (SELECT json_agg(DISTINCT gm.person_id) FROM mine
                 JOIN activity_teacher te ON te.duty_id = mine.id AND {_holds("te")}
                 JOIN activity_group ag ON ag.activity_id = te.activity_id
                 JOIN {MEMBERS} ON gm.group_id = ag.group_id WHERE {_holds("gm")}),
    'headed', (SELECT json_agg(DISTINCT mine.organisation_id) FROM mine
                WHERE mine.duty_role IN {_among(HEAD_ROLES)}))"""
PUPILS_AT = f"""
SELECT coalesce(json_agg(pupil.person_id), '[]')::text FROM (
SELECT en.person_id FROM enrolment en JOIN person p ON p.id = en.person_id
 WHERE en.school_unit_id = ANY(%(units)s) AND en.cancelled IS NOT TRUE
   AND p.security_marking = 'Ingen' AND {_holds("en")}
UNION
SELECT pl.child_id FROM placement pl JOIN person p ON p.id = pl.child_id
 WHERE pl.school_unit_id = ANY(%(units)s)
   AND p.security_marking = 'Ingen' AND {_holds("pl")}) pupil"""


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


@dataclass(frozen=True, slots=True)
class Work:
    """Whom a person has charge of and teaches, and which organisations they head, today.

    Nobody under protected identity is among them.
    """

    mentees: frozenset[UUID]
    taught: frozenset[UUID]
    headed: frozenset[UUID]


def family_of(session: Session, *, person_id: UUID, today: date) -> Family | None:
    """The person and their children; None for someone the register does not hold."""
    found = session.connection().exec_driver_sql(f"SELECT {FAMILY}", {"me": person_id})
    return read_family(found.scalar_one(), today)


def read_family(found: Mapping[str, Any], today: date) -> Family | None:
    """What FAMILY answered. A child whose age is not known is nobody's: at eighteen it would be a
    leak.
    """
    if found["person"] is None:
        return None
    children = (_someone(child, today) for child in found["children"])
    minors = tuple(child for child in children if child.of_age is False)
    return Family(_someone(found["person"], today), minors)


def read_work(found: Mapping[str, Any]) -> Work:
    """What WORK answered."""
    return Work(*(_ids(found[part]) for part in ("mentees", "taught", "headed")))


def pupils_at(database: Database, *, units: frozenset[UUID], today: date) -> frozenset[UUID]:
    """Who is enrolled or placed at the units today, but for those under protected identity."""
    values = {"units": list(units), "today": today}
    (found,) = database.read_bytes(PUPILS_AT.encode(), values)
    assert found is not None, "an array, empty or not"
    return _ids(json.loads(found))


def view_of(
    family: Family, work: Work, *, consented: Collection[UUID], cleared: bool,
    units: frozenset[UUID], pupils: frozenset[UUID],
) -> View:  # fmt: skip
    """Whom the person's app may show. `cleared`: its grant covers protected identity; `units` are
    what the person heads with all below, `pupils` those there.

    Whom a protected person works with would tell where they are: only a cleared app is told.
    """
    me = family.person
    children = frozenset(
        child.id
        for child in family.children
        if child.id in consented and (cleared or not child.protected)
    )
    if me.protected and not cleared:
        return View(own=children, children=children, may_report=children)
    myself = frozenset({me.id})
    return View(
        own=myself | children | work.mentees,
        children=children,
        pupils=work.taught | pupils,
        units=units,
        may_report=children | (myself if me.of_age else frozenset()),
    )


def turns_eighteen(born: date) -> date:
    """The first day as an adult; who was born on 29 February comes of age on the 28th."""
    day = 28 if (born.month, born.day) == (2, 29) else born.day
    return date(born.year + OF_AGE, born.month, day)


def _someone(found: Mapping[str, Any], today: date) -> Someone:
    birth_date, civic_no = found["birthDate"], found["civicNo"]
    born = date.fromisoformat(birth_date) if birth_date else _born(civic_no)
    return Someone(
        UUID(found["id"]), found["givenName"], found["familyName"], found["protected"],
        of_age=None if born is None else turns_eighteen(born) <= today,
    )  # fmt: skip


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


def _ids(found: Collection[str] | None) -> frozenset[UUID]:
    return frozenset(map(UUID, found or ()))
