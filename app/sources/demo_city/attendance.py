"""Who was at the latest lessons, who was ill, and who has leave."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.sources.demo_city.groups import Staffed
from app.sources.demo_city.lessons import Held
from app.sources.demo_city.people import Person
from app.sources.demo_city.rows import STANDARD, Rows, line
from app.sources.demo_city.school_days import SchoolDay, offset

ATTENDANCE = (
    *STANDARD, "event_start", "calendar_event_id", "activity_id", "school_unit_id", "student_id",
    "reporter_id", "is_reported", "attendance_minutes", "valid_absence_minutes",
    "invalid_absence_minutes", "other_attendance_minutes", "absence_reason", "reported_timestamp",
)  # fmt: skip
ABSENCE = (
    *STANDARD, "start_time", "end_time", "type", "student_id", "school_unit_id", "registered_by_id",
)  # fmt: skip
ILL_TIMES = (0, 0, 1, 1, 2, 4)
TRUANT, LATE, ELSEWHERE, ON_LEAVE = 0.01, 0.02, 0.01, 0.02
LATE_MINUTES = 10
DAY_BEGINS, DAY_ENDS = 480, 960


@dataclass
class Presence:
    """Attendance and absences of one unit; the two agree."""

    staffed: Staffed
    held: list[Held]
    ill: dict[tuple[str, date], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plan = self.staffed.plan
        self.chance = plan.chance("presence", self.staffed.unit.number)
        self.past = [day for day in plan.calendar.days if day.day < plan.today]

    def rows(self) -> Iterator[Rows]:
        """Absences first, since attendance follows them."""
        yield Rows("absence", ABSENCE, self._absences())
        yield Rows("attendance", ATTENDANCE, self._attendances())

    def _absences(self) -> Iterator[str]:
        for enrolment in self.staffed.enrolments:
            pupil = enrolment.person
            days = self.chance.sample(self.past, min(len(self.past), self.chance.choice(ILL_TIMES)))
            for day in days:
                self.ill[pupil.id, day.day] = True
                yield self._illness(pupil, day)
            if self.chance.random() < ON_LEAVE:
                yield self._leave(pupil)

    def _illness(self, pupil: Person, day: SchoolDay) -> str:
        identity = self.staffed.plan.identity("absence", f"{pupil.id}/{day.day}")
        by = pupil.guardians[0] if pupil.guardians else pupil
        reported = day.at(DAY_BEGINS - 60)
        return line(identity, reported, reported, day.at(DAY_BEGINS), day.at(DAY_ENDS),
                    "Anmäld frånvaro", pupil.id, self.staffed.unit.id, by.id)  # fmt: skip

    def _leave(self, pupil: Person) -> str:
        """Some days off in the spring, granted before the year began."""
        plan = self.staffed.plan
        identity = plan.identity("absence", f"{pupil.id}/leave")
        first = self.chance.choice(plan.calendar.days[120:160])
        last = first.day + timedelta(days=2)
        principal = self.staffed.duties[0].person
        return line(identity, *plan.stamps(identity), first.at(DAY_BEGINS),
                    f"{last}T16:00{offset(last)}", "Beviljad ledighet", pupil.id,
                    self.staffed.unit.id, principal.id)  # fmt: skip

    def _attendances(self) -> Iterator[str]:
        identity_of = self.staffed.plan.identity
        unit = self.staffed.unit.id
        for lesson in self.held:
            teachers = lesson.activity.teachers
            reporter = teachers[0].person.id if teachers else "\\N"
            shared = f"{lesson.start}\t{lesson.id}\t{lesson.activity.id}\t{unit}"
            for group in lesson.activity.groups:
                for pupil in group.members:
                    identity = identity_of("attendance", f"{lesson.id}/{pupil.id}")
                    minutes = self._minutes(pupil, lesson)
                    yield (
                        f"{identity}\t{lesson.start}\t{lesson.start}\t{shared}\t{pupil.id}\t"
                        f"{reporter}\t{minutes}\t{lesson.start}\n"
                    )

    def _minutes(self, pupil: Person, lesson: Held) -> str:
        """Reported or not, minutes present, validly and invalidly absent and elsewhere, reason."""
        length = lesson.length
        if (pupil.id, lesson.day.day) in self.ill:
            return f"t\t0\t{length}\t0\t0\tSjuk"
        luck = self.chance.random()
        if luck < TRUANT:
            return f"t\t0\t0\t{length}\t0\t\\N"
        if luck < TRUANT + LATE:
            return f"t\t{length - LATE_MINUTES}\t0\t{LATE_MINUTES}\t0\tSen ankomst"
        if luck < TRUANT + LATE + ELSEWHERE:
            return f"t\t0\t0\t0\t{length}\t\\N"
        return f"t\t{length}\t0\t0\t0\t\\N"
