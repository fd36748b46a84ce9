"""Preschool and after-school care: departments, placements, hours, and who came and left when."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from app.sources.demo_city.groups import Duty, Group, Staffed
from app.sources.demo_city.names import DEPARTMENTS, pick
from app.sources.demo_city.people import Person
from app.sources.demo_city.plan import CityPlan
from app.sources.demo_city.rows import STANDARD, Rows, line

PLACEMENT = (
    *STANDARD, "school_unit_id", "group_id", "child_id", "school_type", "start_date", "reason",
    "max_weekly_schedule_hours",
)  # fmt: skip
OWNER = ("placement_id", "position", "person_id")
SCHEDULE = (
    *STANDARD, "placement_id", "number_of_weeks", "start_date", "end_date", "temporary",
    "schedule_entries",
)  # fmt: skip
STATE = (
    "attendance_schedule_id", "position", "state", "registered_at", "comment", "registered_by_id",
)  # fmt: skip
EVENT = (
    *STANDARD, "time", "event_type", "person_id", "registered_by_id", "group_id", "school_unit_id",
)  # fmt: skip
DEPARTMENT_SIZE = 17
CENTRE_SIZE = 30
WEEKDAYS = ("Måndag", "Tisdag", "Onsdag", "Torsdag", "Fredag")
AWAY = 0.08
STAFF = {"FS": ("Förskollärare", "Barnskötare"), "FTH": ("Fritidspedagog", "Barnskötare")}
# Share of a grade's pupils with after-school care.
CARE_BY_AGE = {6: 0.9, 7: 0.85, 8: 0.8, 9: 0.6, 10: 0.2, 11: 0.1, 12: 0.05}


@dataclass(slots=True)
class Placement:
    """A child's place, with its hours in minutes after midnight."""

    id: str
    child: Person
    group: Group
    staff: Duty
    arrives: int
    leaves: int


@dataclass
class Care:
    """The care at one unit."""

    staffed: Staffed
    placements: list[Placement] = field(default_factory=list)

    def place_preschool(self, children: list[Person]) -> None:
        """Every child has a place in a department."""
        self._place(sorted(children, key=lambda child: child.age), "FS", DEPARTMENT_SIZE)

    def place_after_school(self, children: list[Person]) -> None:
        """Most of the younger pupils have a place; a school's first pupil always has one."""
        chance = self.staffed.chance
        cared = [
            child for place, child in enumerate(sorted(children, key=lambda child: child.age))
            if place == 0 or chance.random() < CARE_BY_AGE.get(child.age, 0)
        ]  # fmt: skip
        self._place(cared, "FTH", CENTRE_SIZE)

    def _place(self, children: list[Person], school_type: str, size: int) -> None:
        staffed, chance = self.staffed, self.staffed.chance
        for place in range(ceil(len(children) / size)):
            members = children[place * size : (place + 1) * size]
            name = pick(DEPARTMENTS, place) if school_type == "FS" else f"Fritids {place + 1}"
            group = staffed.group(name, "Avdelning", school_type, members)
            staff = [staffed.hire(role) for role in STAFF[school_type]]
            for duty in staff:
                duty.assignments.append((group.id, duty.role))
            for child in members:
                identity = staffed.plan.identity("placement", child.id)
                arrives = chance.randrange(390, 540, 15) if school_type == "FS" else 810
                leaves = chance.randrange(900, 1050, 15)
                self.placements.append(
                    Placement(identity, child, group, chance.choice(staff), arrives, leaves)
                )

    def rows(self) -> Iterator[Rows]:
        """Placements with owners, schedules with states, and check-ins."""
        unit, plan = self.staffed.unit, self.staffed.plan
        yield Rows("placement", PLACEMENT, (
            line(each.id, *plan.stamps(each.id), unit.id, each.group.id, each.child.id,
                 each.group.school_type, _began(plan, each), "Omsorgsbehov", 50)
            for each in self.placements
        ))  # fmt: skip
        yield Rows("placement_owner", OWNER, (
            line(each.id, position, guardian.id)
            for each in self.placements for position, guardian in enumerate(each.child.guardians)
        ))  # fmt: skip
        yield Rows("attendance_schedule", SCHEDULE, self._schedules())
        yield Rows("attendance_schedule_state", STATE, self._states())
        yield Rows("attendance_event", EVENT, self._events())

    def _schedules(self) -> Iterator[str]:
        plan = self.staffed.plan
        for each in self.placements:
            identity = plan.identity("schedule", each.id)
            weeks = 2 if _number(each) % 7 == 0 else 1
            entries = [_entry(each, week, place) for week in range(weeks) for place in range(5)]
            yield line(identity, *plan.stamps(identity), each.id, weeks, plan.calendar.first,
                       None, False, entries)  # fmt: skip
            if _number(each) % 5 == 0:
                # Over the turn of the year, ISO week 53 in the years that have one.
                identity = plan.identity("schedule", f"{each.id}/christmas")
                begin, end = f"{plan.school_year}-12-28", f"{plan.school_year + 1}-01-03"
                yield line(identity, *plan.stamps(identity), each.id, 1, begin, end, True,
                           [_entry(each, 0, place) for place in range(3)])  # fmt: skip

    def _states(self) -> Iterator[str]:
        plan = self.staffed.plan
        for each in self.placements:
            guardian = each.child.guardians[0].id
            identity = plan.identity("schedule", each.id)
            asked, answered = plan.stamps(identity)
            yield line(identity, 0, "Begärt", asked, None, guardian)
            yield line(identity, 1, "Godkänt", answered, None, each.staff.person.id)
            if _number(each) % 5 == 0:
                identity = plan.identity("schedule", f"{each.id}/christmas")
                asked, answered = plan.stamps(identity)
                yield line(identity, 0, "Begärt", asked, "Vi arbetar mellan helgerna.", guardian)
                if _number(each) % 10 == 0:
                    yield line(identity, 1, "Nekat", answered, "Avdelningen är stängd.",
                               each.staff.person.id)  # fmt: skip

    def _events(self) -> Iterator[str]:
        plan = self.staffed.plan
        chance = plan.chance("check-ins", self.staffed.unit.number)
        for day in plan.calendar.past_care_days(plan.today, plan.check_in_days):
            for each in self.placements:
                if chance.random() < AWAY:
                    continue
                late, early = chance.randrange(-10, 11), chance.randrange(-15, 16)
                yield self._event(each, "In", day.at(each.arrives + late), day.day.isoformat())
                yield self._event(each, "Ut", day.at(each.leaves + early), day.day.isoformat())

    def _event(self, each: Placement, kind: str, time: str, day: str) -> str:
        identity = self.staffed.plan.identity("check-in", f"{each.id}/{day}/{kind}")
        guardians = each.child.guardians
        by = guardians[0] if _number(each) % 3 == 0 else each.staff.person
        return line(identity, time, time, time, kind, each.child.id, by.id, each.group.id,
                    self.staffed.unit.id)  # fmt: skip


def _number(placement: Placement) -> int:
    return int(placement.id[:6], 16)


def _began(plan: CityPlan, placement: Placement) -> str:
    """The August when a school child began here, or a preschool child turned one."""
    years = placement.child.age - 1 if placement.group.school_type == "FS" else 0
    return f"{plan.school_year - min(years, 3)}-08-{10 + _number(placement) % 8:02}"


def _entry(placement: Placement, week: int, weekday: int) -> dict[str, str | int]:
    later = 30 * week
    return {"weekOffset": week, "dayOfWeek": WEEKDAYS[weekday],
            "startTime": _clock(placement.arrives),
            "endTime": _clock(placement.leaves + later)}  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
