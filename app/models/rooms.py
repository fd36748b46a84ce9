"""Room: where lessons are."""

from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.models.base import SortKey, StandardObject


class Room(StandardObject, table=True):
    """A room of an organisation."""

    __tablename__ = "room"
    __table_args__ = (
        Index("ix_room_modified", "modified", "id"),
        Index("ix_room_sort_name", "sort_name", "id"),
        Index("ix_room_owner_id", "owner_id", "id"),
    )

    display_name: str
    sort_name: str = Field(sa_type=SortKey)
    seats: int | None = None
    owner_id: UUID = Field(foreign_key="organisation.id")
