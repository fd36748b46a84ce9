"""Attendance as a screen shows it: a person's own, summed; and a lesson's roster."""

from uuid import UUID

from pydantic import AwareDatetime, Field

from app.schemas.base import WireModel, with_example
from app.schemas.enums import AbsenceType
from app.schemas.me import (
    Begins,
    Ends,
    FamilyName,
    GivenName,
    Lesson,
    Minutes,
    PersonId,
    Subject,
)
from app.schemas.me_examples import OWN_ATTENDANCE, ROSTER


class LessonAttendance(WireModel):
    """A person's attendance at one lesson."""

    lesson: UUID = Field(description="The lesson's id.")
    student: UUID = Field(description="Whose.")
    start_time: AwareDatetime = Field(description="When the lesson begins.")
    subject: Subject
    is_reported: bool = Field(description="false: nobody has reported it; it counts in no sum.")
    minutes: Minutes
    absence_reason: str | None = Field(None, description="As the school wrote it.")
    reported_time: AwareDatetime | None = Field(None, description="When it was reported.")


class Sum(WireModel):
    """What a person's reported lessons come to."""

    student: UUID = Field(description="Whose.")
    lessons: int = Field(description="How many lessons were reported.")
    minutes: Minutes


class SubjectSum(Sum):
    """Of one subject."""

    subject: Subject


class WeekSum(Sum):
    """Of one week."""

    week: str = Field(pattern=r"^[0-9]{4}-W[0-9]{2}$", description="The ISO week, by Swedish time.")


class OwnAttendance(WireModel):
    """Attendance between two days."""

    model_config = with_example(OWN_ATTENDANCE)

    lessons: list[LessonAttendance] = Field(description="In order of time.")
    subjects: list[SubjectSum] = Field(description="What was reported, by person and subject.")
    weeks: list[WeekSum] = Field(description="What was reported, by person and ISO week.")


class RosterAbsence(WireModel):
    """The part of an absence that falls within the lesson."""

    start_time: Begins
    end_time: Ends
    type: AbsenceType


class RosterPupil(WireModel):
    """A pupil of the lesson. Pupils under protected identity are not listed."""

    id: PersonId
    given_name: GivenName
    family_name: FamilyName
    absent: bool = Field(description="An absence from school touches the lesson.")
    participates: bool | None = Field(
        None, description="false: is not to be at this lesson. Absent otherwise."
    )
    absences: list[RosterAbsence] | None = Field(None, description="Absent: none is known.")
    attendance: Minutes | None = Field(None, description="Once it is reported.")


class Roster(WireModel):
    """A lesson and who is to be there."""

    model_config = with_example(ROSTER)

    lesson: Lesson
    pupils: list[RosterPupil] = Field(
        description="The absent first, then in the order of their names."
    )
