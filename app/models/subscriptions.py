"""Subscriptions: who wants to be told of changes where, and how telling goes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from app.models.base import TextArray, Timestamp


class Subscription(SQLModel, table=True):
    """One consumer's wish, and at the same time the one place in the queue that it has.

    The consumer has been told of everything until the stamp `told_until`, and of what it lost
    until it had `told_rights`. A worker looks at the row again at `due_at`; while it does, the
    row is its own until `leased_until`. A notice that was begun stands in the `notice_` columns
    until the receiver has accepted it. See docs/adr/0012.
    """

    __tablename__ = "subscription"

    id: UUID = Field(primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    name: str
    target: str
    # The standard's names of the objects.
    resource_types: list[str] = Field(sa_type=TextArray)
    created: datetime = Field(sa_type=Timestamp)
    expires: datetime = Field(sa_type=Timestamp)
    # Encrypted with a key derived from `SKOLNAV_SECRET`.
    secret_sealed: bytes = Field(sa_type=LargeBinary)
    former_secret_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    former_secret_until: datetime | None = Field(default=None, sa_type=Timestamp)

    told_until: datetime = Field(sa_type=Timestamp)
    told_rights: bytes = Field(sa_type=LargeBinary)
    due_at: datetime = Field(sa_type=Timestamp)
    lease: UUID | None = None
    leased_until: datetime | None = Field(default=None, sa_type=Timestamp)

    notice_id: str | None = None
    notice_types: list[str] | None = Field(default=None, sa_type=TextArray)
    notice_deletions: bool | None = None
    notice_until: datetime | None = Field(default=None, sa_type=Timestamp)
    notice_rights: bytes | None = Field(default=None, sa_type=LargeBinary)
    notice_begun: datetime | None = Field(default=None, sa_type=Timestamp)

    failures: int = 0
    failing_since: datetime | None = Field(default=None, sa_type=Timestamp)
    last_tried: datetime | None = Field(default=None, sa_type=Timestamp)
    # What the receiver said then: its status, or why there was none.
    last_answer: str | None = None
    last_told: datetime | None = Field(default=None, sa_type=Timestamp)
    parked_at: datetime | None = Field(default=None, sa_type=Timestamp)
