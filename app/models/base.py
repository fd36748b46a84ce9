"""What all tables share: the columns of an SS 12000 object, and the column types."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, SmallInteger, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING

Timestamp = DateTime(timezone=True)
TextArray = ARRAY(Text())
UuidArray = ARRAY(Uuid())
Json = JSONB(none_as_null=True)
# Swedish order is computed at write (app/sources/swedish_order.py), so bytes decide here.
SortKey = Text(collation="C")


class StandardObject(SQLModel):
    """An object of the standard: identity, `meta`, and where it came from.

    `modified` is the commit-ordered stamp of the last change to what the object itself carries.
    """

    id: UUID = Field(primary_key=True)
    created: datetime = Field(sa_type=Timestamp)
    modified: datetime = Field(sa_type=Timestamp)
    source_id: int | None = Field(default=None, sa_type=SmallInteger, foreign_key="source.id")
    run_id: int | None = Field(default=None)
    content_hash: bytes | None = Field(default=None, sa_type=LargeBinary)


JsonValue = dict[str, Any] | list[Any] | None
