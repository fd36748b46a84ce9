"""A school year of lessons: also cancelled, moved and substituted ones, and pupils' exceptions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from app.sources.demo_city.groups import Duty, Staffed
from app.sources.demo_city.people import OPEN
from app.sources.demo_city.rows import STANDARD, Rows, line
from app.sources.demo_city.school_days import SchoolDay
from app.sources.demo_city.timetable import PUPILS, STAFF, TEACHING, Activity, Slot, Timetable

LESSON = (
    *STANDARD, "start_time", "end_time", "activity_id", "school_unit_id", "cancelled",
    "teaching_length_teacher", "teaching_length_student", "comment", "room_ids", "resource_ids",
    "has_exceptions",
)  # fmt: skip
STUDENT = (
    "event_id", "event_start", "position", "person_id", "participates", "start_time", "end_time",
    "teaching_length",
)  # fmt: skip
TEACHER = ("event_id", "event_start", "position", "duty_id", "participates")
# One lesson in so many, by the lesson's identity.
CANCELLED, MOVED, SUBSTITUTE, STUDENT_DIFFERS, COMMENTED, WITH_RESOURCE = 101, 89, 61, 151, 53, 71
MOVED_TO = 910
COMMENTS = ("Ta med räknare", "Prov", "Utelektion", "Gästföreläsare", "Redovisning")
HALF_A_LESSON = 2


@dataclass(frozen=True, slots=True)
class Held:
    """A lesson that took place lately, for its attendance."""

    id: str
    activity: Activity
    day: SchoolDay
    start: str
    length: int


@dataclass
class Lessons:
    """The lessons of one unit. Exceptions and recent lessons are known once `lines` are read."""

    timetable: Timetable
    held: list[Held] = field(default_factory=list)
    students: list[str] = field(default_factory=list)
    teachers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        staffed = self.staffed
        plan = staffed.plan
        self.recent = set(plan.calendar.past_days(plan.today, plan.attendance_days))
        self.substitutes = [duty for duty in staffed.duties if duty.role == "Lärare"]
        self.seen_students: set[str] = set()
        self.seen_teachers: set[str] = set()

    @property
    def staffed(self) -> Staffed:
        """The unit's people and groups."""
        return self.timetable.staffed

    def rows(self, finished: int) -> Iterator[Rows]:
        """Lessons, then what differs in them."""
        yield Rows("calendar_event", LESSON, self._lines(), finished)
        yield Rows("student_exception", STUDENT, self.students)
        yield Rows("teacher_exception", TEACHER, self.teachers)

    def _lines(self) -> Iterator[str]:
        by_weekday = self.staffed.plan.calendar.days_by_weekday
        for activity in self.timetable.activities:
            stamps = self.staffed.plan.stamps(activity.id)
            for place, slot in enumerate(activity.slots):
                for day in by_weekday[slot.weekday]:
                    if not slot.weeks or day.week % 2 == slot.weeks % 2:
                        yield self._lesson(activity, slot, place, day, stamps)

    def _lesson(
        self, activity: Activity, slot: Slot, place: int, day: SchoolDay, stamps: tuple[str, str]
    ) -> str:
        plan = self.staffed.plan
        identity = plan.identity("lesson", f"{activity.id}/{place}/{day.name}")
        number = int(identity[:8], 16)
        taught = activity.kind == TEACHING
        cancelled = taught and number % CANCELLED == 0
        moved = taught and not cancelled and number % MOVED == 0
        begin, length = MOVED_TO if moved else slot.period.start, slot.period.length
        start = day.at(begin)
        made, changed = stamps
        if (cancelled or moved) and day.day < plan.today:
            changed = (day.day - timedelta(days=1)).isoformat() + "T06:30:00Z"
        differs = taught and not cancelled and self._exceptions(activity, identity, start, number)
        if day in self.recent and not cancelled and activity.kind not in (PUPILS, STAFF):
            self.held.append(Held(identity, activity, day, start, length))
        teacher_length = length if activity.teachers else "\\N"
        room = "{" + slot.room + "}" if slot.room else "\\N"
        resource = "\\N"
        if taught and number % WITH_RESOURCE == 0:
            resource = "{" + self.staffed.unit.resources[number % 3] + "}"
        comment = self._comment(number, moved=moved) if taught else "\\N"
        student_length = length if activity.kind != STAFF else "\\N"
        return (
            f"{identity}\t{made}\t{changed}\t{start}\t{day.at(begin + length)}\t{activity.id}\t"
            f"{self.staffed.unit.id}\t{'t' if cancelled else 'f'}\t"
            f"{teacher_length}\t{student_length}\t{comment}\t{room}\t"
            f"{resource}\t{'t' if differs else 'f'}\n"
        )

    def _comment(self, number: int, *, moved: bool) -> str:
        if moved:
            return "Flyttad lektion"
        return COMMENTS[number % len(COMMENTS)] if number % COMMENTED == 0 else "\\N"

    def _exceptions(self, activity: Activity, identity: str, start: str, number: int) -> bool:
        """Write down what differs in a lesson; whether anything does."""
        differs = False
        protected = self._first_protected(activity)
        if activity.teachers and (number % SUBSTITUTE == 0 or self._teacher_is_new(activity)):
            self._substitute(activity.teachers[0], identity, start, number)
            differs = True
        if protected or number % STUDENT_DIFFERS == 0:
            members = activity.groups[0].members
            person = protected or members[number % len(members)].id
            stays_away = bool(number & 1)
            length = None if stays_away else HALF_A_LESSON * 15
            self.students.append(
                line(identity, start, 0, person, not stays_away, None, None, length)
            )
            differs = True
        return differs

    def _substitute(self, teacher: Duty, identity: str, start: str, number: int) -> None:
        substitute = self.substitutes[number % len(self.substitutes)]
        self.teachers.append(line(identity, start, 0, teacher.id, False))
        if substitute is not teacher:
            self.teachers.append(line(identity, start, 1, substitute.id, True))

    def _teacher_is_new(self, activity: Activity) -> bool:
        """Whether it is a protected teacher's first lesson: each has one exception at least."""
        teacher = activity.teachers[0]
        if teacher.person.marking == OPEN or teacher.id in self.seen_teachers:
            return False
        self.seen_teachers.add(teacher.id)
        return True

    def _first_protected(self, activity: Activity) -> str | None:
        """A protected pupil without an exception so far: each has one at least."""
        for person in activity.groups[0].members:
            if person.marking != OPEN and person.id not in self.seen_students:
                self.seen_students.add(person.id)
                return person.id
        return None
