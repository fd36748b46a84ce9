"""What a person allowed an app, and the codes and tokens that came of it. Secrets as hashes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, column
from sqlmodel import Field, SQLModel

from app.models.base import Json, JsonValue, TextArray, Timestamp, UuidArray


class Consent(SQLModel, table=True):
    """One person's living permission to one app, or one that was withdrawn.

    `child_ids` are the children that the person chose; which of them still count is decided at
    each request.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index("uq_consent_living", "application_id", "person_id", unique=True,
              postgresql_where=column("revoked_at").is_(None)),
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", ondelete="CASCADE")
    person_id: UUID = Field(foreign_key="person.id", index=True, ondelete="CASCADE")
    scopes: list[str] = Field(sa_type=TextArray)
    child_ids: list[UUID] = Field(sa_type=UuidArray)
    created: datetime = Field(sa_type=Timestamp)
    last_used: datetime | None = Field(default=None, sa_type=Timestamp)
    revoked_at: datetime | None = Field(default=None, sa_type=Timestamp)


class PushedRequest(SQLModel, table=True):
    """The parameters of an authorization request that its client pushed (RFC 9126)."""

    __tablename__ = "pushed_request"

    request_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    application_id: UUID = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    parameters: JsonValue = Field(sa_type=Json)
    expires: datetime = Field(sa_type=Timestamp, index=True)


class TokenFamily(SQLModel, table=True):
    """Everything that came of one authorization: it ends as a whole.

    `jkt` is the thumbprint of the DPoP key that its tokens are bound to.
    """

    __tablename__ = "token_family"

    id: UUID = Field(primary_key=True)
    consent_id: UUID = Field(foreign_key="consent.id", index=True, ondelete="CASCADE")
    scopes: list[str] = Field(sa_type=TextArray)
    jkt: str | None = None
    created: datetime = Field(sa_type=Timestamp)
    expires: datetime = Field(sa_type=Timestamp, index=True)
    revoked_at: datetime | None = Field(default=None, sa_type=Timestamp)


class AuthorizationCode(SQLModel, table=True):
    """A code that is good once."""

    __tablename__ = "authorization_code"

    code_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    family_id: UUID = Field(foreign_key="token_family.id", index=True, ondelete="CASCADE")
    redirect_uri: str
    code_challenge: str
    expires: datetime = Field(sa_type=Timestamp)
    used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class RefreshToken(SQLModel, table=True):
    """One refresh token of a family; using it again after its turn ends the family."""

    __tablename__ = "refresh_token"

    token_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    family_id: UUID = Field(foreign_key="token_family.id", index=True, ondelete="CASCADE")
    created: datetime = Field(sa_type=Timestamp)
    expires: datetime = Field(sa_type=Timestamp)
    used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class CalendarFeed(SQLModel, table=True):
    """A secret address under which a calendar program reads one child's lessons."""

    __tablename__ = "calendar_feed"

    id: UUID = Field(primary_key=True)
    secret_hash: bytes = Field(unique=True, sa_type=LargeBinary)
    consent_id: UUID = Field(foreign_key="consent.id", index=True, ondelete="CASCADE")
    child_id: UUID
    created: datetime = Field(sa_type=Timestamp)
    last_used: datetime | None = Field(default=None, sa_type=Timestamp)
    revoked_at: datetime | None = Field(default=None, sa_type=Timestamp)
