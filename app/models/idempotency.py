"""Answers that are kept for a day, so that a request sent again gets the first answer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from app.models.base import Json, JsonValue, TextArray, Timestamp, UuidArray


class IdempotencyKey(SQLModel, table=True):
    """A key that a consumer sent, what it sent with it, and what it was answered.

    The answer's columns are empty only within the transaction that is still making it.
    `person_ids` are those whom the answer names, `field_groups` those that it was made with.
    """

    __tablename__ = "idempotency_key"

    client_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    created: datetime = Field(sa_type=Timestamp, index=True)
    operation: str
    body_hash: bytes = Field(sa_type=LargeBinary)
    status: int | None = None
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    headers: JsonValue = Field(default=None, sa_type=Json)
    person_ids: list[UUID] | None = Field(default=None, sa_type=UuidArray)
    field_groups: list[str] | None = Field(default=None, sa_type=TextArray)
