"""Absences: leave that was granted and absence that was reported ahead."""

from pydantic import AwareDatetime, Field

from app.schemas.base import (
    IdsLookup,
    ObjectReference,
    Page,
    PersonReference,
    StandardObject,
    with_example,
)
from app.schemas.enums import AbsenceType
from app.schemas.examples import ABSENCE
from app.schemas.written import Reference, WrittenModel, WrittenTime, to_write


class Absence(StandardObject):
    """A pupil's absence for a stretch of time. Needs the scope `attendance:read`."""

    model_config = with_example(ABSENCE)

    start_time: AwareDatetime
    end_time: AwareDatetime
    type: AbsenceType
    student: PersonReference
    organisation: ObjectReference | None = Field(
        None, description="The school unit that the absence is from. Absent: from all."
    )
    registered_by: PersonReference | None = None


class NewAbsence(WrittenModel):
    """A pupil's absence, to be registered. Needs the scope `absences:write`.

    What the standard lacks (reason category, withdrawal, delivery to other systems) is in the
    API absence-reports, under the id that the absence is given here.
    """

    model_config = with_example(to_write(ABSENCE))

    start_time: WrittenTime
    end_time: WrittenTime = Field(description="After `startTime`, by a year at most.")
    type: AbsenceType
    student: Reference
    organisation: Reference | None = Field(
        None,
        description="A unit where the pupil is enrolled or placed then. May be left out when there "
        "is only one.",
    )
    registered_by: Reference | None = None


class AbsencesPage(Page[Absence]):
    """One page of absences."""


class AbsencesLookup(IdsLookup):
    """Which absences to return."""
