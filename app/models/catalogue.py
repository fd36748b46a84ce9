"""The service catalogue: records, every version that was ever saved of them, and the search index.

Versions are documents (docs/adr/0018): they are read whole, never changed, and of twenty shapes.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from app.models.base import Json, SortKey, Timestamp


class CatalogueRecord(SQLModel, table=True):
    """A thing that the catalogue knows, by its kind's section and its id, for ever."""

    __tablename__ = "catalogue_record"

    section: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    # For registers that tell things apart by UUID.
    uuid: UUID = Field(unique=True)
    created: datetime = Field(sa_type=Timestamp)


class CatalogueVersion(SQLModel, table=True):
    """What somebody saved of a record. It counts from `published` until `ended`.

    `derived` is what searches and questions of a day need, worked out when it was saved.
    """

    __tablename__ = "catalogue_version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["section", "id"], ["catalogue_record.section", "catalogue_record.id"],
            name="fk_catalogue_version_section_id",
        ),
        CheckConstraint("ended >= published", name="ended"),
        Index(
            "uq_catalogue_version_current", "section", "id", unique=True,
            postgresql_where=text("published IS NOT NULL AND ended IS NULL"),
        ),
        Index(
            "ix_catalogue_version_document", "document", postgresql_using="gin",
            postgresql_ops={"document": "jsonb_path_ops"},
            postgresql_where=text("published IS NOT NULL AND ended IS NULL"),
        ),
        Index("ix_catalogue_version_published", "published"),
        Index("ix_catalogue_version_ended", "ended"),
    )  # fmt: skip

    section: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_type=Json, nullable=False)
    derived: dict[str, Any] = Field(sa_type=Json, nullable=False)
    valid_from: date | None = None
    valid_to: date | None = None
    sort_key: str = Field(sa_type=SortKey)
    saved: datetime = Field(sa_type=Timestamp)
    # The consumer, or the command, and the reason that was given.
    saved_by: str
    comment: str | None = None
    published: datetime | None = Field(default=None, sa_type=Timestamp)
    published_by: str | None = None
    ended: datetime | None = Field(default=None, sa_type=Timestamp)
    ended_by: str | None = None


class CatalogueWords(SQLModel, table=True):
    """What a published service is found by: `names` by likeness, `words` by Swedish stems."""

    __tablename__ = "catalogue_words"
    __table_args__ = (
        Index("ix_catalogue_words_words", "words", postgresql_using="gin"),
        Index(
            "ix_catalogue_words_names", "names", postgresql_using="gin",
            postgresql_ops={"names": "gin_trgm_ops"},
        ),
    )  # fmt: skip

    section: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    names: str
    words: str = Field(sa_type=TSVECTOR, nullable=False)
