"""Activities and their week: who has what, when, where and with whom."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.sources.demo_city.catalogue import Catalogue
from app.sources.demo_city.groups import Duty, Group, Staffed
from app.sources.demo_city.rows import STANDARD, Rows, line
from app.sources.swedish_order import swedish_key

ACTIVITY = (
    *STANDARD, "display_name", "sort_name", "calendar_events_required", "start_date", "end_date",
    "activity_type", "minutes_planned", "syllabus_id", "organisation_id",
)  # fmt: skip
ACTIVITY_GROUP = ("activity_id", "position", "group_id")
ACTIVITY_TEACHER = ("activity_id", "position", "duty_id", "start_date", "grader")
LESSONS_A_TEACHER = 19
WEEKS_A_YEAR = 36
EVERY_WEEK, ODD_WEEKS, EVEN_WEEKS = 0, 1, 2
TEACHING, PUPILS, STAFF = "Undervisning", "Elevaktivitet", "Läraraktivitet"


@dataclass(frozen=True, slots=True)
class Period:
    """A place in the day: minutes after midnight, and for how long."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A weekly time of an activity; `weeks` may be every, odd or even teaching weeks."""

    weekday: int
    period: Period
    room: str | None
    weeks: int = EVERY_WEEK


@dataclass(slots=True)
class Activity:
    """What groups and teachers do together."""

    id: str
    name: str
    kind: str
    syllabus: str | None
    groups: list[Group]
    teachers: list[Duty]
    slots: list[Slot] = field(default_factory=list)


@dataclass
class Timetable:
    """The week of one unit. No teacher and no class is in two places at once."""

    staffed: Staffed
    catalogue: Catalogue
    activities: list[Activity] = field(default_factory=list)
    busy: set[tuple[str, int, int]] = field(default_factory=set)
    teachers: dict[str, list[Duty]] = field(default_factory=lambda: defaultdict(list))
    load: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def activity(
        self, name: str, kind: str, groups: list[Group], teachers: list[Duty],
        *, subject: str | None = None,
    ) -> Activity:  # fmt: skip
        """A new activity, not yet in the week."""
        identity = self.staffed.plan.identity(
            "activity", f"{self.staffed.unit.number}/{len(self.activities)}"
        )
        syllabus = self.catalogue.syllabuses[subject] if subject else None
        made = Activity(identity, name, kind, syllabus, groups, teachers)
        self.activities.append(made)
        return made

    def teacher(self, subject: str, lessons: int) -> Duty:
        """The subject's teacher with the most time left, or a new one."""
        pool = self.teachers[subject]
        free = min(pool, key=lambda duty: self.load[duty.id], default=None)
        if free is None or self.load[free.id] + lessons > LESSONS_A_TEACHER:
            free = self.staffed.hire("Lärare")
            pool.append(free)
        self.load[free.id] += lessons
        return free

    def is_free(self, holders: list[str], weekday: int, place: int) -> bool:
        """Whether teachers (or rooms, or groups) have nothing else at that time."""
        return not any((holder, weekday, place) in self.busy for holder in holders)

    def occupy(self, holders: list[str], weekday: int, place: int) -> None:
        """Nothing else may be put there."""
        self.busy.update((holder, weekday, place) for holder in holders)

    def room(self, wanted: str | None, otherwise: str, weekday: int, place: int) -> str:
        """The wanted special room when it is free, else the usual room."""
        if wanted and self.is_free([wanted], weekday, place):
            self.occupy([wanted], weekday, place)
            return wanted
        return otherwise


def timetable_rows(timetable: Timetable) -> Iterator[Rows]:
    """Activities with their groups and teachers."""
    autumn = timetable.staffed.plan.calendar.first.isoformat()
    activities = timetable.activities
    yield Rows("activity", ACTIVITY, (_activity(timetable, each) for each in activities))
    yield Rows("activity_group", ACTIVITY_GROUP, (
        line(each.id, place, group.id)
        for each in activities for place, group in enumerate(each.groups)
    ))  # fmt: skip
    yield Rows("activity_teacher", ACTIVITY_TEACHER, (
        line(each.id, place, duty.id, autumn, place == 0 and each.kind == TEACHING)
        for each in activities for place, duty in enumerate(each.teachers)
    ))  # fmt: skip


def _activity(timetable: Timetable, activity: Activity) -> str:
    plan = timetable.staffed.plan
    minutes = sum(
        slot.period.length * (1 if slot.weeks else 2) * WEEKS_A_YEAR // 2 for slot in activity.slots
    )
    return line(
        activity.id, *plan.stamps(activity.id), activity.name, swedish_key(activity.name), True,
        plan.calendar.first, plan.calendar.last, activity.kind, minutes, activity.syllabus,
        timetable.staffed.unit.id,
    )  # fmt: skip
