"""Absence: the wire shape of the standard."""

from uuid import UUID

from pydantic import AwareDatetime

from app.schemas.base import ObjectReference, Page, PersonReference, StandardObject, WireModel
from app.schemas.enums import AbsenceType


class Absence(StandardObject):
    """A pupil's absence for a period."""

    start_time: AwareDatetime
    end_time: AwareDatetime
    type: AbsenceType
    student: PersonReference
    organisation: ObjectReference | None = None
    registered_by: PersonReference | None = None


class AbsencesLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None


class AbsencesPage(Page[Absence]):
    """One page of the list."""
