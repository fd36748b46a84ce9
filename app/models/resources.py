"""Resource: something that can be booked besides a room."""

from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.models.base import SortKey, StandardObject


class Resource(StandardObject, table=True):
    """A bookable resource of an organisation."""

    __tablename__ = "resource"
    __table_args__ = (
        Index("ix_resource_modified", "modified", "id"),
        Index("ix_resource_sort_name", "sort_name", "id"),
        Index("ix_resource_owner_id", "owner_id", "id"),
    )

    display_name: str
    sort_name: str = Field(sa_type=SortKey)
    description: str | None = None
    owner_id: UUID = Field(foreign_key="organisation.id")
