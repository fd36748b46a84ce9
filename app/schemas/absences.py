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


class AbsencesPage(Page[Absence]):
    """One page of absences."""


class AbsencesLookup(IdsLookup):
    """Which absences to return."""
