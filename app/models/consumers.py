"""Who may call: organisations, their applications, credentials and grants."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.models.base import Json, JsonValue, TextArray, Timestamp, UuidArray


class ConsumerOrganisation(SQLModel, table=True):
    """The legal person that answers for an application."""

    __tablename__ = "consumer_organisation"

    id: UUID = Field(primary_key=True)
    name: str = Field(unique=True)
    organisation_number: str | None = None
    contact_email: str | None = None
    created: datetime = Field(sa_type=Timestamp)


class Application(SQLModel, table=True):
    """A consumer: an OAuth client. Its `client_id` is public and never reused.

    `token_endpoint_auth_methods` are those its admin allowed; secrets only where chosen.
    """

    __tablename__ = "application"

    id: UUID = Field(primary_key=True)
    client_id: str = Field(unique=True)
    consumer_organisation_id: UUID = Field(foreign_key="consumer_organisation.id", index=True)
    name: str
    token_endpoint_auth_methods: list[str] = Field(sa_type=TextArray)
    jwks_uri: str | None = None
    created: datetime = Field(sa_type=Timestamp)
    disabled_at: datetime | None = Field(default=None, sa_type=Timestamp)
    disabled_reason: str | None = None
    # Tokens issued before this instant are refused: set when everything out there must die.
    tokens_valid_from: datetime | None = Field(default=None, sa_type=Timestamp)
    # Where people come back to after they allowed it something; none: it acts for itself only.
    redirect_uris: list[str] = Field(default_factory=list, sa_type=TextArray)
    requires_par: bool = False
    requires_dpop: bool = False
    # The name of the source system that it acts for: it confirms what reached that system.
    acts_for_source: str | None = None


class Credential(SQLModel, table=True):
    """A secret (kept as a hash) or a public key of an application, always with an end."""

    __tablename__ = "credential"

    id: UUID = Field(primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    kind: str
    secret_hash: str | None = None
    # The last characters, so that an admin can tell two secrets apart.
    secret_hint: str | None = None
    public_jwk: JsonValue = Field(default=None, sa_type=Json)
    created: datetime = Field(sa_type=Timestamp)
    expires: datetime = Field(sa_type=Timestamp)
    revoked_at: datetime | None = Field(default=None, sa_type=Timestamp)
    last_used: datetime | None = Field(default=None, sa_type=Timestamp)


class Grant(SQLModel, table=True):
    """What an application may see: one agreement, one purpose, one period.

    Empty `school_types` means every school form; `organisation_ids` are the roots of the
    subtrees it may see and must not be empty.
    """

    __tablename__ = "consumer_grant"

    id: UUID = Field(primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    agreement_reference: str
    purpose: str
    scopes: list[str] = Field(sa_type=TextArray)
    organisation_ids: list[UUID] = Field(sa_type=UuidArray)
    school_types: list[str] = Field(sa_type=TextArray)
    field_groups: list[str] = Field(sa_type=TextArray)
    sees_protected: bool = False
    rate_tier: str = "standard"
    valid_from: date
    valid_to: date
    created: datetime = Field(sa_type=Timestamp)
    revoked_at: datetime | None = Field(default=None, sa_type=Timestamp)
