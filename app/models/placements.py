"""Placement: a child's place in preschool or after-school care."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.models.base import StandardObject


class Placement(StandardObject, table=True):
    """A place at a unit, for a period."""

    __tablename__ = "placement"
    __table_args__ = (
        Index("ix_placement_modified", "modified", "id"),
        Index("ix_placement_start_date", "start_date", "id"),
        Index("ix_placement_end_date", text("coalesce(end_date, 'infinity'::date)"), "id"),
        Index("ix_placement_school_unit_id", "school_unit_id", "id"),
        Index("ix_placement_child_id", "child_id", "id"),
        Index("ix_placement_group_id", "group_id", "id"),
    )

    school_unit_id: UUID = Field(foreign_key="organisation.id")
    group_id: UUID | None = Field(default=None, foreign_key="school_group.id")
    child_id: UUID = Field(foreign_key="person.id")
    school_type: str
    start_date: date
    end_date: date | None = None
    reason: str | None = None
    max_weekly_schedule_hours: int | None = None


class PlacementOwner(SQLModel, table=True):
    """A guardian who holds the placement."""

    __tablename__ = "placement_owner"
    __table_args__ = (Index("ix_placement_owner_person_id", "person_id", "placement_id"),)

    placement_id: UUID = Field(primary_key=True, foreign_key="placement.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
