"""Duty: the wire shape of the standard."""

from datetime import date
from uuid import UUID

from app.schemas.base import ObjectReference, PersonReference, StandardObject, WireModel
from app.schemas.enums import AssignmentRoleType, DutyRole


class AssignmentRole(WireModel):
    """One of an object's assignmentRole."""

    group: ObjectReference
    assignment_role_type: AssignmentRoleType
    start_date: date | None = None
    end_date: date | None = None


class Duty(StandardObject):
    """A person's work at an organisation."""

    person: PersonReference | None = None
    assignment_role: list[AssignmentRole] | None = None
    duty_at: ObjectReference
    duty_role: DutyRole
    description: str | None = None
    signature: str | None = None
    duty_percent: int | None = None
    hours_per_year: int | None = None
    start_date: date
    end_date: date | None = None


class DutiesLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
