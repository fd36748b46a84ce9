"""What is known of changes besides the rows themselves: versions, markings, tombstones, and
from when on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger
from sqlmodel import Field, SQLModel

from app.models.base import TextArray, Timestamp


class ChangeClock(SQLModel, table=True):
    """One row: the stamp of the last committed change. See docs/adr/0004."""

    __tablename__ = "change_clock"

    id: int = Field(primary_key=True, sa_type=SmallInteger)
    stamp: datetime = Field(sa_type=Timestamp)


class TableVersion(SQLModel, table=True):
    """How many statements have written to a table: equal versions, equal answers.

    Counted by a trigger on each table that answers are made of.
    """

    __tablename__ = "table_version"

    name: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)


class MarkingChange(SQLModel, table=True):
    """A person came under protected identity, or out of it, at a stamp. Written by a trigger."""

    __tablename__ = "marking_change"
    __table_args__ = (Index("ix_marking_change_at", "at", "person_id"),)

    person_id: UUID = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    at: datetime = Field(primary_key=True, sa_type=Timestamp)
    is_protected: bool


class OrganisationMove(SQLModel, table=True):
    """Until a stamp an organisation stood under this parent. Written by a trigger."""

    __tablename__ = "organisation_move"
    __table_args__ = (Index("ix_organisation_move_at", "at"),)

    organisation_id: UUID = Field(
        primary_key=True, foreign_key="organisation.id", ondelete="CASCADE"
    )
    at: datetime = Field(primary_key=True, sa_type=Timestamp)
    from_parent_id: UUID | None = None


class Tombstone(SQLModel, table=True):
    """An object that was deleted, and the consumers that could see it until then."""

    __tablename__ = "tombstone"
    __table_args__ = (Index("ix_tombstone_deleted", "deleted", "resource", "object_id"),)

    resource: str = Field(primary_key=True)
    object_id: UUID = Field(primary_key=True)
    deleted: datetime = Field(sa_type=Timestamp)
    seen_by: list[str] = Field(sa_type=TextArray)


class Forgotten(SQLModel, table=True):
    """Until when something is no longer known, because retention has removed it."""

    __tablename__ = "forgotten"

    what: str = Field(primary_key=True)
    until: datetime = Field(sa_type=Timestamp)
