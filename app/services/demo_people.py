"""Whom the demonstration lets one sign in as: one of each kind of person in the made-up city."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

CHILD = """person c ON c.id = re.child_id
  AND c.birth_date > CAST(:today AS date) - interval '17 years'
  AND re.relation_type = 'Vårdnadshavare'
  JOIN enrolment en ON en.person_id = c.id AND en.school_type = 'GR'
   AND coalesce(en.end_date, 'infinity') >= :today"""
OPEN_ONLY = "HAVING bool_and(c.security_marking = 'Ingen')"
# By kind, the id of one person; the same one in the same city.
FOUND_BY = {
    "guardian": f"""SELECT re.person_id FROM responsible re JOIN {CHILD}
        GROUP BY 1 {OPEN_ONLY} AND count(DISTINCT c.id) = 2
        ORDER BY count(DISTINCT en.school_unit_id) DESC, 1""",  # noqa: S608 - our own words
    "separated": f"""SELECT re.person_id FROM responsible re JOIN {CHILD}
        JOIN responsible other ON other.child_id = c.id AND other.person_id <> re.person_id
        JOIN person me ON me.id = re.person_id JOIN person them ON them.id = other.person_id
        WHERE me.addresses <> them.addresses
        GROUP BY 1 {OPEN_ONLY} ORDER BY 1""",  # noqa: S608 - our own words
    "hidden": """SELECT re.person_id FROM responsible re JOIN person c ON c.id = re.child_id
        WHERE c.security_marking <> 'Ingen' AND re.relation_type = 'Vårdnadshavare'
          AND c.birth_date > CAST(:today AS date) - interval '17 years' ORDER BY 1""",
    "pupil": """SELECT p.id FROM person p JOIN enrolment en ON en.person_id = p.id
        WHERE en.school_type = 'GR' AND en.school_year = 8 AND p.security_marking = 'Ingen'
          AND coalesce(en.end_date, 'infinity') >= :today ORDER BY 1""",
    "adult": """SELECT p.id FROM person p JOIN enrolment en ON en.person_id = p.id
        WHERE en.school_type LIKE 'GY%' AND p.security_marking = 'Ingen'
          AND p.birth_date <= CAST(:today AS date) - interval '18 years'
          AND coalesce(en.end_date, 'infinity') >= :today ORDER BY p.birth_date DESC, 1""",
    "teacher": """SELECT d.person_id FROM duty d JOIN activity_teacher te ON te.duty_id = d.id
        JOIN person p ON p.id = d.person_id
        WHERE d.duty_role = 'Lärare' AND p.security_marking = 'Ingen' ORDER BY 1""",
    "head": """SELECT d.person_id FROM duty d JOIN person p ON p.id = d.person_id
        WHERE d.duty_role = 'Rektor' AND p.security_marking = 'Ingen' ORDER BY 1""",
    "admin": """SELECT d.person_id FROM duty d JOIN person p ON p.id = d.person_id
        WHERE d.duty_role = 'Skoladministratör' AND p.security_marking = 'Ingen' ORDER BY 1""",
}
DESCRIBED = {
    "guardian": ("vårdnadshavare till två barn", "guardian of two children"),
    "separated": ("vårdnadshavare som inte bor med den andra", "guardian who lives apart"),
    "hidden": (
        "vårdnadshavare till ett barn med skyddade uppgifter",
        "guardian of a child with a protected identity",
    ),
    "pupil": ("elev i årskurs 8", "pupil in year 8"),
    "adult": ("gymnasieelev som har fyllt 18", "upper secondary pupil who is 18"),
    "teacher": ("lärare", "teacher"),
    "head": ("rektor", "head of a school"),
    "admin": ("skoladministratör", "school administrator"),
}
STRANGER = UUID(int=1)


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to sign in as. `kind` is one of the kinds here, or `stranger`."""

    kind: str
    person_id: UUID
    name: str
    description: Mapping[str, str]


def demo_people(session: Session, *, today: date) -> list[Persona]:
    """One of each kind that the city has, and somebody whom its register does not hold."""
    found = []
    for kind, sql in FOUND_BY.items():
        statement = text(
            "SELECT p.id, p.given_name || ' ' || p.family_name AS name FROM person p "  # noqa: S608
            f"WHERE p.id = ({sql} LIMIT 1)"
        )
        values = {"today": today} if ":today" in sql else {}
        row = session.execute(statement, values).first()
        if row is not None:
            swedish, english = DESCRIBED[kind]
            found.append(Persona(kind, row.id, row.name, {"sv": swedish, "en": english}))
    described = {"sv": "finns inte i skolregistret", "en": "is not in the school register"}
    return [*found, Persona("stranger", STRANGER, "Okänd Person", described)]
