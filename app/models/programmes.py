"""Programme: an upper-secondary programme or part of one."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.models.base import Json, JsonValue, SortKey, StandardObject


class Programme(StandardObject, table=True):
    """A programme. `content` holds `[{type, points}]`; its syllabuses are rows."""

    __tablename__ = "programme"
    __table_args__ = (
        Index("ix_programme_modified", "modified", "id"),
        Index("ix_programme_sort_name", "sort_name", "id"),
        Index("ix_programme_code", text("coalesce(code, '')"), "id"),
    )

    name: str
    sort_name: str = Field(sa_type=SortKey)
    type: str
    parent_id: UUID | None = Field(default=None, foreign_key="programme.id")
    school_type: str
    code: str | None = Field(default=None, sa_type=SortKey)
    content: JsonValue = Field(default=None, sa_type=Json)


class ProgrammeSyllabus(SQLModel, table=True):
    """A syllabus in one of a programme's content parts (counted from 0)."""

    __tablename__ = "programme_syllabus"

    programme_id: UUID = Field(primary_key=True, foreign_key="programme.id", ondelete="CASCADE")
    content_position: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    syllabus_id: UUID = Field(foreign_key="syllabus.id", index=True)
