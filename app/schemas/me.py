"""What a screen of a signed-in person shows. Our own shapes, not SS 12000's."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.schemas.absence_reports import Delivery, ReasonCategory, ReportStatus
from app.schemas.base import WireModel, with_example
from app.schemas.enums import AbsenceType
from app.schemas.me_examples import LESSON, TODAY

PersonId = Annotated[UUID, Field(description="The person's id in SS 12000.")]
GivenName = Annotated[str, Field(description="The person's given name.")]
FamilyName = Annotated[str, Field(description="The person's family name.")]
Begins = Annotated[AwareDatetime, Field(description="When it begins.")]
Ends = Annotated[AwareDatetime, Field(description="When it ends.")]
ShownDay = Annotated[date, Field(description="The day that is shown, in Sweden.")]
SomeMinutes = Annotated[int | None, Field(description="Absent: the source does not say.")]


class Role(StrEnum):
    """What the signed-in person is, of that which this app may show."""

    GUARDIAN = "guardian"
    PUPIL = "pupil"
    TEACHER = "teacher"
    HEAD = "head"


class LessonStatus(StrEnum):
    """Whether a lesson is as planned."""

    PLANNED = "planned"
    CANCELLED = "cancelled"
    CHANGED = "changed"


class LessonChange(StrEnum):
    """What is otherwise than planned."""

    NOT_PARTICIPATING = "notParticipating"
    TIME = "time"
    SUBSTITUTE = "substitute"
    TEACHER_AWAY = "teacherAway"


class DayReason(StrEnum):
    """Why this day is the one that is shown."""

    LESSONS_TODAY = "lessonsToday"
    LESSONS_OVER = "lessonsOver"
    NO_LESSONS_TODAY = "noLessonsToday"
    NO_LESSONS_AHEAD = "noLessonsAhead"


class SourceStatus(StrEnum):
    """What is known of a source system's data."""

    FRESH = "fresh"
    STALE = "stale"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Part(StrEnum):
    """A part of the answer that was left out because the token lacks `attendance:read`."""

    ABSENCES = "absences"
    ATTENDANCE = "attendance"
    CARE = "care"


class CheckInType(StrEnum):
    """Whether a child came or left."""

    IN = "in"
    OUT = "out"


class Named(WireModel):
    """Something with a name to show."""

    id: UUID = Field(description="Its id in SS 12000.")
    name: str = Field(description="Its name, to be shown.")


class Subject(WireModel):
    """What a lesson is in."""

    name: str = Field(
        description="The subject's name in the syllabus; without one, the name of the activity."
    )
    code: str | None = Field(None, description="The subject's code in the syllabus.")
    designation: str | None = Field(
        None, description="The short form of the subject, such as `MA` or `IDH`."
    )
    course: str | None = Field(None, description="The course's name, where it is a course.")


class LessonTeacher(WireModel):
    """Who teaches. Staff under protected identity are never named."""

    name: str = Field(description="Given and family name.")
    signature: str | None = Field(None, description="The short form that the school uses.")
    substitute: bool | None = Field(
        None, description="true: at this lesson only. Absent otherwise."
    )


class Minutes(WireModel):
    """What was reported of a pupil's attendance at a lesson, in minutes."""

    attendance_minutes: SomeMinutes = None
    valid_absence_minutes: SomeMinutes = None
    invalid_absence_minutes: SomeMinutes = None
    other_attendance_minutes: SomeMinutes = None


class Lesson(WireModel):
    """A lesson as one person has it."""

    model_config = with_example(LESSON)

    id: UUID = Field(description="The calendar event's id in SS 12000.")
    student: UUID | None = Field(
        None,
        description="Whose lesson it is. Absent where the signed-in person teaches it. Siblings at "
        "the same lesson have one row each.",
    )
    start_time: AwareDatetime = Field(description="This person's own, where it differs.")
    end_time: AwareDatetime = Field(description="This person's own, where it differs.")
    status: LessonStatus = Field(
        description="`changed`: takes place, and otherwise than planned; `changes` says how."
    )
    changes: list[LessonChange] | None = Field(None, description="Absent: nothing differs.")
    subject: Subject
    activity: Named = Field(description="What the lesson is an occasion of.")
    teachers: list[LessonTeacher] = Field(description="Those who come, substitutes included.")
    rooms: list[str] = Field(description="The names of the rooms.")
    groups: list[str] | None = Field(
        None, description="The names of the groups, where the signed-in person teaches."
    )
    comment: str | None = Field(None, description="What the school says of this lesson.")
    attendance: Minutes | None = Field(
        None, description="Once it is reported. Needs the scope `attendance:read` as well."
    )


class OwnReport(WireModel):
    """What became of the report of an absence."""

    status: ReportStatus
    reason_category: ReasonCategory | None = None
    deliveries: list[Delivery] = Field(
        description="One for each source system that takes absences; empty when none does."
    )


class OwnAbsence(WireModel):
    """An absence that touches the day."""

    id: UUID = Field(description="The absence's id in SS 12000.")
    start_time: Begins
    end_time: Ends
    type: AbsenceType
    report: OwnReport | None = Field(
        None, description="Absent for an absence that a source system told of."
    )


class CareHours(WireModel):
    """Hours that a child is meant to be in care."""

    start_time: Begins
    end_time: Ends
    approved: bool | None = Field(
        None, description="false: asked for. Absent: the source does not say."
    )


class CheckIn(WireModel):
    """A child came or left today."""

    time: AwareDatetime = Field(description="When.")
    type: CheckInType


class TeachingDay(WireModel):
    """A day of the signed-in person's teaching."""

    date: ShownDay
    reason: DayReason = Field(
        description="Why this day. `lessonsToday`: it is today, and its last lesson is not over. "
        "`lessonsOver`, `noLessonsToday`: it is the next day with lessons. `noLessonsAhead`: it is "
        "today, and the next 14 days have no lessons."
    )
    start_time: AwareDatetime | None = Field(
        None, description="When the first lesson that takes place begins."
    )
    end_time: AwareDatetime | None = Field(
        None, description="When the last lesson that takes place ends."
    )
    lessons: list[Lesson] = Field(description="In order of time, cancelled ones included.")


class Day(TeachingDay):
    """A pupil's or child's day."""

    absences: list[OwnAbsence] | None = Field(
        None, description="Absences that touch the day. Absent without `attendance:read`."
    )
    care: list[CareHours] | None = Field(
        None, description="Hours in care on the day. Absent: none are known, or see `omitted`."
    )


class OwnPerson(WireModel):
    """A person in view, with the day that is shown."""

    id: PersonId
    given_name: GivenName
    family_name: FamilyName
    day: Day
    check_ins: list[CheckIn] | None = Field(
        None, description="Of today, whichever day is shown. Absent: none are known."
    )


class SignedIn(WireModel):
    """Who is signed in."""

    id: PersonId
    given_name: str | None = Field(
        None, description="Absent where this app may not show the person."
    )
    family_name: str | None = Field(None, description="Absent where the given name is.")
    roles: list[Role] = Field(description="Empty: this app may show nothing of the person.")


class SourceState(WireModel):
    """A source system that the answer rests on, and how fresh its data is."""

    name: str = Field(description="The source system's name at this service.")
    as_of: AwareDatetime | None = Field(
        None, description="The source's data as it was then. Absent: none was ever taken in whole."
    )
    status: SourceStatus = Field(
        description="`failed`: the last import did not complete. `stale`: asOf is more than 26 "
        "hours ago. `unknown`: no import has completed yet."
    )


class Today(WireModel):
    """Everything that a start page shows, in one answer."""

    model_config = with_example(TODAY)

    user: SignedIn
    people: list[OwnPerson] = Field(
        description="The signed-in person first, if a pupil; then their children, the oldest first."
    )
    teaching: TeachingDay | None = Field(None, description="For a teacher.")
    omitted: list[Part] = Field(
        description="What is left out because the token lacks the scope `attendance:read`."
    )
    sources: list[SourceState] = Field(description="Those that the answer rests on.")
