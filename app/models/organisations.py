"""Organisation: municipality, districts, school units and what lies between."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.models.base import Json, JsonValue, SortKey, StandardObject, TextArray


class Organisation(StandardObject, table=True):
    """A node of the city's organisation tree."""

    __tablename__ = "organisation"
    __table_args__ = (
        Index("ix_organisation_modified", "modified", "id"),
        Index("ix_organisation_sort_name", "sort_name", "id"),
    )

    display_name: str
    sort_name: str = Field(sa_type=SortKey)
    organisation_code: str | None = Field(default=None, index=True)
    organisation_type: str
    organisation_number: str | None = None
    parent_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    school_unit_code: str | None = Field(default=None, index=True)
    school_types: list[str] | None = Field(default=None, sa_type=TextArray)
    address: JsonValue = Field(default=None, sa_type=Json)
    municipality_code: str | None = None
    url: str | None = None
    email: str | None = None
    phone_number: str | None = None
    contact_info: JsonValue = Field(default=None, sa_type=Json)
    start_date: date | None = None
    end_date: date | None = None
