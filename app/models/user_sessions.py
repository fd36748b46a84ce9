"""Who is signed in at this service with a browser."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.base import Timestamp


class UserSession(SQLModel, table=True):
    """One browser's session. Its cookie is kept as a hash; what the provider signed is not kept.

    `issuer`, `subject` and `sid` are what a back-channel logout names it by.
    """

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_issuer", "issuer", "subject"),)

    session_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    person_id: UUID = Field(foreign_key="person.id", index=True, ondelete="CASCADE")
    provider: str
    issuer: str
    subject: str
    sid: str | None = None
    acr: str | None = None
    signed_in: datetime = Field(sa_type=Timestamp)
    expires: datetime = Field(sa_type=Timestamp, index=True)
