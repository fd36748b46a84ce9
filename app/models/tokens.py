"""What the authorization server must remember: keys, revoked tokens, used assertions."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from app.models.base import Json, JsonValue, Timestamp


class SigningKey(SQLModel, table=True):
    """A key that signs access tokens. The private part is encrypted with `SKOLNAV_SECRET`."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True)
    public_jwk: JsonValue = Field(sa_type=Json)
    private_jwk_encrypted: bytes = Field(sa_type=LargeBinary)
    created: datetime = Field(sa_type=Timestamp)
    # Signs from this instant; published before it, so that caches know it in time.
    active_from: datetime = Field(sa_type=Timestamp)
    # Published, but no longer signing, until this instant.
    retired_at: datetime | None = Field(default=None, sa_type=Timestamp)


class RevokedToken(SQLModel, table=True):
    """An access token that was revoked before it expired."""

    __tablename__ = "revoked_token"

    jti: str = Field(primary_key=True)
    client_id: str
    expires: datetime = Field(sa_type=Timestamp, index=True)


class UsedAssertion(SQLModel, table=True):
    """A client assertion that was used: its jti may not come again before it expires."""

    __tablename__ = "used_assertion"

    client_id: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires: datetime = Field(sa_type=Timestamp, index=True)
