"""SchoolUnitOffering: which syllabuses and programmes a school unit offers."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.models.base import StandardObject


class SchoolUnitOffering(StandardObject, table=True):
    """A school unit's offer for a period."""

    __tablename__ = "school_unit_offering"
    __table_args__ = (
        Index("ix_school_unit_offering_modified", "modified", "id"),
        Index("ix_school_unit_offering_school_unit_id", "school_unit_id", "id"),
        Index("ix_school_unit_offering_start_date",
              text("coalesce(start_date, '-infinity'::date)"), "id"),
        Index("ix_school_unit_offering_end_date",
              text("coalesce(end_date, 'infinity'::date)"), "id"),
    )  # fmt: skip

    school_unit_id: UUID = Field(foreign_key="organisation.id")
    start_date: date | None = None
    end_date: date | None = None


class OfferedSyllabus(SQLModel, table=True):
    """A syllabus in an offer."""

    __tablename__ = "offered_syllabus"

    offering_id: UUID = Field(
        primary_key=True, foreign_key="school_unit_offering.id", ondelete="CASCADE"
    )
    position: int = Field(primary_key=True)
    syllabus_id: UUID = Field(foreign_key="syllabus.id", index=True)


class OfferedProgramme(SQLModel, table=True):
    """A programme in an offer."""

    __tablename__ = "offered_programme"

    offering_id: UUID = Field(
        primary_key=True, foreign_key="school_unit_offering.id", ondelete="CASCADE"
    )
    position: int = Field(primary_key=True)
    programme_id: UUID = Field(foreign_key="programme.id", index=True)
