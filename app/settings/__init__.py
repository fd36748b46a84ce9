"""Every value that comes from the environment, read once and checked at start."""

from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.settings.trusted import IdentityProvider, TrustedIssuer, parsed

__all__ = ["IdentityProvider", "Settings", "TrustedIssuer", "get_settings"]


def _without_trailing_slash(url: str) -> str:
    return url.rstrip("/")


def _is_http_url(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        message = (
            "must start with https://, or tokens would travel unencrypted (http:// on loopback)"
        )
        raise ValueError(message)
    if not host or "?" in url or "#" in url or "@" in parts.netloc or not url.isprintable():
        message = "must be an address such as https://data.example.se, without ?, # or @"
        raise ValueError(message)
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


BaseUrl = Annotated[str, AfterValidator(_is_http_url), AfterValidator(_without_trailing_slash)]
CommaSeparated = Annotated[list[str], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """The service's configuration. Each field is `SKOLNAV_<NAME>` in the environment.

    `DATABASE_URL` has no prefix, because hosting platforms set it under that name.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKOLNAV_", extra="ignore", env_file=".env", env_ignore_empty=True,
        hide_input_in_errors=True,
    )  # fmt: skip

    public_url: BaseUrl = Field(
        default="http://127.0.0.1:8000",
        description="The service's own address as callers see it; issuer and audience of tokens.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL 15 or newer. Unset: the embedded PostgreSQL in `data_dir`.",
    )
    data_dir: Path = Field(
        default=Path(".demo"), description="Where the embedded PostgreSQL keeps its files."
    )
    database_pool_size: int = Field(
        default=8, ge=2, le=100, description="Database connections (and worker threads) a process."
    )
    city_name: str = Field(
        default="Exempelstad", description="Name of the municipality, for texts and metadata."
    )
    city_organisation_number: str | None = Field(
        default=None, pattern=r"^\d{6}-?\d{4}$",
        description="The municipality's organisation number, by which the national data portal "
        "knows it.",
    )  # fmt: skip
    city_email: str | None = Field(
        default=None, pattern=r"^[^@\s]+@[^@\s]+$",
        description="Where questions on the city's data sets go; published with them.",
    )  # fmt: skip
    secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Protects signing keys and page tokens; at least 32 random characters, the "
        "same on every node. Unset: a file in `data_dir`, with the embedded PostgreSQL only.",
    )
    page_token_lifetime_seconds: int = Field(
        default=86_400, ge=60, description="How long a pageToken stays usable; then 410."
    )
    page_size_default: int = Field(
        default=100, ge=1, description="Page size when `limit` is absent."
    )
    page_size_max: int = Field(
        default=1_000, ge=1, description="A larger `limit` is answered with this many per page."
    )
    lookup_max_rows: int = Field(
        default=5_000, ge=1, description="A lookup that would answer more is refused with 503."
    )
    streams_max: int = Field(
        default=4, ge=1, le=50, description="Whole sets that a process streams at once; then 503."
    )
    stream_stall_seconds: int = Field(
        default=30,
        ge=1,
        le=120,
        description="A consumer that has not taken the next megabyte within it is cut off.",
    )
    reports_per_day: int = Field(
        default=10_000,
        ge=1,
        description="How many reports (`/log/`, `/statistics/`) a consumer may send in a day.",
    )
    access_token_seconds: int = Field(
        default=300, ge=30, le=600, description="Lifetime of access tokens."
    )
    refresh_token_days: int = Field(
        default=30, ge=1, le=366, description="How long an app may leave a refresh token unused."
    )
    authorization_days: int = Field(
        default=366,
        ge=1,
        le=366,
        description="After how many days an app must send a person to sign in again.",
    )
    session_minutes: int = Field(
        default=60, ge=5, le=720, description="How long a browser stays signed in at this service."
    )
    rate_limit_storage: str = Field(
        default="memory://",
        description="Where rate limits are counted: `memory://`, or `redis://…` for several nodes.",
    )
    trusted_proxies: CommaSeparated = Field(
        default_factory=list,
        description="Addresses (comma-separated) whose X-Forwarded-* headers are believed.",
    )
    allowed_jwks_hosts: CommaSeparated = Field(
        default_factory=list,
        description="Host names (comma-separated) a consumer's `jwks_uri` may name besides public "
        "addresses; for keys published inside the city's own network.",
    )
    allowed_webhook_hosts: CommaSeparated = Field(
        default_factory=list,
        description="Host names (comma-separated) that notices may be sent to besides public ones: "
        "inside the city's own network, on any port, also without TLS.",
    )
    subscription_days: int = Field(
        default=90, ge=1, le=366, description="How long a subscription lives unless renewed."
    )
    webhook_debounce_seconds: float = Field(
        default=1.0, ge=0, le=60, description="How long to gather changes before telling of them."
    )
    webhook_timeout_seconds: float = Field(
        default=10.0, ge=0.1, le=60, description="How long a receiver may take for its answer."
    )
    keep_attendance_school_years: int | None = Field(
        default=None,
        ge=1,
        description="Finished school years of attendance and absences that are kept.",
    )
    keep_care_school_years: int | None = Field(
        default=None,
        ge=1,
        description="Finished school years of check-ins and care schedules that are kept.",
    )
    keep_lessons_school_years: int | None = Field(
        default=None, ge=1, description="Finished school years of lessons that are kept."
    )
    keep_access_log_months: int | None = Field(
        default=None, ge=12, description="Finished months of the access log that are kept."
    )
    keep_deletions_days: int | None = Field(
        default=None, ge=90, description="Days for which `/deletedEntities` remembers."
    )
    keep_reports_days: int | None = Field(
        default=None, ge=1, description="Days for which consumers' reports are kept."
    )
    keep_set_aside_days: int | None = Field(
        default=None,
        ge=30,
        description="Days for which rows are kept that an import could not store.",
    )
    trusted_issuers: Annotated[list[TrustedIssuer], NoDecode, BeforeValidator(parsed)] = Field(
        default_factory=list,
        description="Other authorization servers whose tokens are accepted, as JSON; Skolverket's.",
    )
    identity_providers: Annotated[list[IdentityProvider], NoDecode, BeforeValidator(parsed)] = (
        Field(default_factory=list, description="Where people sign in, as JSON; the city's own.")
    )
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Log level."
    )

    @model_validator(mode="after")
    def _one_rule_per_issuer(self) -> Self:
        issuers = [rule.issuer for rule in self.trusted_issuers]
        if len(set(issuers)) < len(issuers):
            message = "trusted_issuers names an issuer twice; each has one rule"
            raise ValueError(message)
        if self.public_url in issuers:
            message = "trusted_issuers names this service itself (SKOLNAV_PUBLIC_URL)"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _one_of_each_provider(self) -> Self:
        for name in ("name", "issuer"):
            values = [getattr(provider, name) for provider in self.identity_providers]
            if len(set(values)) < len(values):
                message = f"identity_providers gives the same {name} twice; each has its own"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _lessons_outlive_attendance(self) -> Self:
        lessons, attendance = self.keep_lessons_school_years, self.keep_attendance_school_years
        if lessons is not None and (attendance is None or attendance > lessons):
            message = (
                "keep_lessons_school_years is shorter than keep_attendance_school_years; "
                "attendance points at lessons, so they are kept at least as long"
            )
            raise ValueError(message)
        return self


@lru_cache
def get_settings() -> Settings:
    """Read the environment once per process.

    Raises pydantic.ValidationError naming each variable that is wrong.
    """
    return Settings()
