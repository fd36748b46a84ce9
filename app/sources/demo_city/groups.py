"""Classes, teaching groups, departments, and the staff that works with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.sources.demo_city.organisations import Unit
from app.sources.demo_city.people import Person, Town
from app.sources.demo_city.plan import CityPlan
from app.sources.demo_city.rows import STANDARD, Rows, line
from app.sources.swedish_order import swedish_key

GROUP = (
    *STANDARD, "display_name", "sort_name", "start_date", "end_date", "group_type", "school_type",
    "organisation_id",
)  # fmt: skip
MEMBERSHIP = ("group_id", "position", "person_id", "start_date", "end_date")
DUTY = (
    *STANDARD, "person_id", "organisation_id", "duty_role", "signature", "duty_percent",
    "start_date",
)  # fmt: skip
ASSIGNMENT = ("duty_id", "position", "group_id", "assignment_role_type", "start_date")
ENROLMENT = (
    "person_id", "position", "school_unit_id", "school_year", "school_type", "start_date",
    "programme_id",
)  # fmt: skip


@dataclass(slots=True)
class Duty:
    """Somebody's work at a unit, with what they are to groups."""

    id: str
    person: Person
    role: str
    assignments: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """A group and its members."""

    id: str
    name: str
    kind: str
    school_type: str | None
    members: list[Person]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A pupil's place at a school."""

    person: Person
    year: int | None
    school_type: str
    programme: str | None = None


@dataclass
class Staffed:
    """A unit with its staff, groups and pupils: what timetable, care and attendance build on."""

    plan: CityPlan
    town: Town
    unit: Unit
    guardians: list[Person]
    duties: list[Duty] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = self.plan.chance("unit", self.unit.number)

    def hire(self, role: str) -> Duty:
        """A new member of staff; now and then a guardian whose child goes to school here."""
        if self.guardians and self.chance.random() < 0.05:
            person = self.chance.choice(self.guardians)
            person.kind = "staff"
        else:
            person = self.town.adult("staff")
        identity = self.plan.identity("duty", f"{self.unit.number}/{len(self.duties)}")
        duty = Duty(identity, person, role)
        self.duties.append(duty)
        return duty

    def group(self, name: str, kind: str, school_type: str | None, members: list[Person]) -> Group:
        """A new group."""
        identity = self.plan.identity("group", f"{self.unit.number}/{len(self.groups)}")
        made = Group(identity, name, kind, school_type, members)
        self.groups.append(made)
        return made

    def hire_office(self) -> None:
        """Those whom every unit has."""
        self.hire("Rektor")
        self.hire("Skoladministratör")
        if self.unit.kind in ("compulsory", "upper"):
            for role in ("Skolsköterska", "Kurator", "Studie- och yrkesvägledare",
                         "Speciallärare/specialpedagog"):  # fmt: skip
                self.hire(role)


def staffed_rows(staffed: Staffed) -> Iterator[Rows]:
    """Enrolments, duties, groups, memberships and assignments of one unit."""
    plan, unit = staffed.plan, staffed.unit
    autumn, summer = plan.calendar.first.isoformat(), plan.calendar.last.isoformat()
    yield Rows("enrolment", ENROLMENT, (
        line(each.person.id, 0, unit.id, each.year, each.school_type, autumn, each.programme)
        for each in staffed.enrolments
    ))  # fmt: skip
    yield Rows("duty", DUTY, (_duty(plan, unit, duty) for duty in staffed.duties))
    yield Rows("school_group", GROUP, (
        line(group.id, *plan.stamps(group.id), group.name, swedish_key(group.name), autumn,
             summer, group.kind, group.school_type, unit.id)
        for group in staffed.groups
    ))  # fmt: skip
    yield Rows("group_membership", MEMBERSHIP, (
        line(group.id, place, person.id, autumn, summer)
        for group in staffed.groups for place, person in enumerate(group.members)
    ))  # fmt: skip
    yield Rows("assignment_role", ASSIGNMENT, (
        line(duty.id, place, group, role, autumn)
        for duty in staffed.duties for place, (group, role) in enumerate(duty.assignments)
    ))  # fmt: skip


def _duty(plan: CityPlan, unit: Unit, duty: Duty) -> str:
    person = duty.person
    signature = (person.given_name[:2] + person.family_name[:2]).upper()
    percent = 100 if int(duty.id[:4], 16) % 5 else 75
    return line(duty.id, *plan.stamps(duty.id), person.id, unit.id, duty.role, signature, percent,
                f"{plan.school_year - int(duty.id[:2], 16) % 12}-08-01")  # fmt: skip
