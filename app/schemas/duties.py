"""Duties: a member of staff's employment or assignment at an organisation."""

from datetime import date

from pydantic import Field

from app.schemas.base import (
    IdsLookup,
    ObjectReference,
    PersonReference,
    StandardObject,
    WireModel,
    with_example,
)
from app.schemas.enums import AssignmentRoleType, DutyRole
from app.schemas.examples import DUTY


class AssignmentRole(WireModel):
    """What the member of staff is to a group, apart from teaching it."""

    group: ObjectReference
    assignment_role_type: AssignmentRoleType
    start_date: date | None = Field(None, description="First day of the role.")
    end_date: date | None = Field(None, description="Last day of the role.")


class Duty(StandardObject):
    """A person's work at an organisation. Needs the scope `people:read`.

    Lessons point at duties: the teacher's name is one step further, at `person`.
    """

    model_config = with_example(DUTY)

    person: PersonReference | None = Field(None, description="Who does the work.")
    assignment_role: list[AssignmentRole] | None = Field(
        None, description="Roles in groups. A list, though its name is in the singular."
    )
    duty_at: ObjectReference = Field(description="The organisation where the work is done.")
    duty_role: DutyRole
    description: str | None = Field(None, description="Free text about the work.")
    signature: str | None = Field(None, description="Short form of the name, as on schedules.")
    duty_percent: int | None = Field(None, description="Extent in percent of full time.")
    hours_per_year: int | None = Field(None, description="Extent in hours a year.")
    start_date: date = Field(description="First day of the duty.")
    end_date: date | None = Field(
        None, description="Last day of the duty. Absent: until further notice."
    )


class DutiesLookup(IdsLookup):
    """Which duties to return."""
