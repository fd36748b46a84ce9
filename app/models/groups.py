"""Group: a class, teaching group, department or mentor group, with its members."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.models.base import SortKey, StandardObject


class Group(StandardObject, table=True):
    """A group of persons at an organisation. (`group` is a reserved word in SQL.)"""

    __tablename__ = "school_group"
    __table_args__ = (
        Index("ix_school_group_modified", "modified", "id"),
        Index("ix_school_group_sort_name", "sort_name", "id"),
        Index("ix_school_group_start_date", "start_date", "id"),
        Index("ix_school_group_end_date", text("coalesce(end_date, 'infinity'::date)"), "id"),
        Index("ix_school_group_organisation_id", "organisation_id", "id"),
    )

    display_name: str
    sort_name: str = Field(sa_type=SortKey)
    start_date: date
    end_date: date | None = None
    group_type: str
    school_type: str | None = None
    organisation_id: UUID = Field(foreign_key="organisation.id")


class GroupMembership(SQLModel, table=True):
    """A person's membership of a group, for a period."""

    __tablename__ = "group_membership"
    __table_args__ = (Index("ix_group_membership_person_id", "person_id", "group_id"),)

    group_id: UUID = Field(primary_key=True, foreign_key="school_group.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    start_date: date | None = None
    end_date: date | None = None
