"""Who read what about whom, and what admins changed. Partitioned by month."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlmodel import Field, SQLModel

from app.models.base import Json, JsonValue, TextArray, Timestamp, UuidArray


class AccessRecord(SQLModel, table=True):
    """One answer with personal data, written in the same transaction that read it.

    About whom: `person_ids` for answers about named persons; for a page of a list its exact
    bounds, `first_key` to `last_key` in `sort_order` under `filters`, as the page token has them.
    """

    __tablename__ = "access_record"
    __table_args__ = (
        # Pages of lists name nobody here; every answer waits for what is indexed of it.
        Index(
            "ix_access_record_person_ids",
            "person_ids",
            postgresql_using="gin",
            postgresql_where=text("person_ids IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),)
    )
    at: datetime = Field(primary_key=True, sa_type=Timestamp)
    request_id: str
    client_id: str
    grant_id: UUID | None = None
    acting_person_id: UUID | None = None
    operation: str
    filters: JsonValue = Field(default=None, sa_type=Json)
    sort_order: str | None = None
    field_groups: list[str] = Field(sa_type=TextArray)
    row_count: int
    first_key: JsonValue = Field(default=None, sa_type=Json)
    last_key: JsonValue = Field(default=None, sa_type=Json)
    person_ids: list[UUID] | None = Field(default=None, sa_type=UuidArray)


class AuditRecord(SQLModel, table=True):
    """An admin's act: who did what to which consumer, with the values before and after."""

    __tablename__ = "audit_record"

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),)
    )
    at: datetime = Field(sa_type=Timestamp, index=True)
    actor: str
    act: str
    subject: str
    details: JsonValue = Field(default=None, sa_type=Json)
