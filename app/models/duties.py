"""Duty: a person's work at an organisation."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.models.base import StandardObject


class Duty(StandardObject, table=True):
    """A person's role at an organisation, for a period."""

    __tablename__ = "duty"
    __table_args__ = (
        Index("ix_duty_modified", "modified", "id"),
        Index("ix_duty_start_date", "start_date", "id"),
        Index("ix_duty_organisation_id", "organisation_id", "id"),
        Index("ix_duty_person_id", "person_id", "id"),
    )

    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    duty_role: str
    description: str | None = None
    signature: str | None = None
    duty_percent: int | None = None
    hours_per_year: int | None = None
    start_date: date
    end_date: date | None = None


class AssignmentRole(SQLModel, table=True):
    """What a duty does for a group besides teaching, such as mentoring."""

    __tablename__ = "assignment_role"
    __table_args__ = (Index("ix_assignment_role_group_id", "group_id", "duty_id"),)

    duty_id: UUID = Field(primary_key=True, foreign_key="duty.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    group_id: UUID = Field(foreign_key="school_group.id")
    assignment_role_type: str
    start_date: date | None = None
    end_date: date | None = None
