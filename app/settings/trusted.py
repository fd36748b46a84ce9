"""Whom the service trusts outside itself, as JSON in the environment."""

import ipaddress
import json
from typing import Annotated, Literal, Self
from urllib.parse import SplitResult, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

SHORTEST_RSA = 2048


def _whole(url: str) -> SplitResult | None:
    """An address without credentials and fragment, or None."""
    try:
        parts = urlsplit(url)
        is_plain = parts.username is None and parts.password is None and not parts.fragment
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    is_text = url.isascii() and url.isprintable() and " " not in url
    return parts if is_plain and is_whole and is_text else None


def _is_https_address(url: str) -> str:
    parts = _whole(url)
    if parts is None or parts.scheme != "https":
        message = "must be an https:// address without credentials and fragment"
        raise ValueError(message)
    return url


def _is_issuer(url: str) -> str:
    parts = _whole(url)
    safe = parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    )
    if parts is None or not safe or parts.query or "?" in url:
        message = (
            "must be an https:// address (http:// on loopback only) without credentials, query "
            "and fragment, exactly as the provider's metadata have it"
        )
        raise ValueError(message)
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as its name or address says."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _as_text(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict) else value


def _is_private_key(value: SecretStr) -> SecretStr:
    try:
        key = JWKRegistry.import_key(json.loads(value.get_secret_value()))
    except (JoseError, ValueError, TypeError, KeyError):
        key = None
    is_ec = isinstance(key, ECKey) and key.curve_name == "P-256"
    is_rsa = isinstance(key, RSAKey) and key.public_key.key_size >= SHORTEST_RSA
    if key is None or not (is_ec or is_rsa) or not key.is_private:
        message = "must be a private JWK: an EC key on P-256, or an RSA key of 2048 bits or more"
        raise ValueError(message)
    return value


def parsed(value: object) -> object:
    """A list that the environment gives as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as failure:
        message = f"must be JSON, a list of objects: {failure}"
        raise ValueError(message) from failure


HttpsAddress = Annotated[str, AfterValidator(_is_https_address)]
IssuerAddress = Annotated[str, AfterValidator(_is_issuer)]
PrivateJwk = Annotated[SecretStr, BeforeValidator(_as_text), AfterValidator(_is_private_key)]
Word = Annotated[str, Field(min_length=1, max_length=200)]


class TrustedIssuer(BaseModel):
    """Another authorization server whose tokens are accepted, and as which consumer.

    What such a token must say is in docs/adr/0013; what it gives is the consumer's grant.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: HttpsAddress = Field(description="Its `iss`, exactly.")
    jwks_uri: HttpsAddress = Field(description="Where it publishes its keys.")
    organization_id: Word = Field(description="The one `organization_id` that is accepted.")
    client_id: Word = Field(description="The registered consumer that its tokens stand for.")
    audience: Word | None = Field(
        default=None, description="What `aud` must hold. Unset: `aud` is not looked at."
    )
    longest_lifetime_seconds: int = Field(
        default=36_000, ge=60, le=864_000, description="A token made for longer is refused."
    )


class IdentityProvider(BaseModel):
    """Where people prove who they are (OpenID Connect), and which claim tells it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", description="Used in URLs.")
    label: Word = Field(description="Its name for people.")
    issuer: IssuerAddress = Field(description="Its `issuer`, exactly.")
    client_id: Word = Field(description="What this service is called there.")
    client_secret: SecretStr | None = Field(default=None, min_length=1)
    private_jwk: PrivateJwk | None = Field(
        default=None, description="Instead of a secret: the key for private_key_jwt."
    )
    claim: Word = Field(description="The claim that identifies the person.")
    identifies: Literal["civicNo", "personId", "eduPersonPrincipalName", "email"] = Field(
        description="What that claim holds."
    )
    scope: str = Field(default="openid", pattern=r"^(\S+ )*openid( \S+)*$")
    acr_values: tuple[Word, ...] = Field(
        default=(), description="How people must have signed in; one of them is enough."
    )
    longest_age_seconds: int | None = Field(
        default=None, ge=1, le=2_592_000, description="Whoever signed in longer ago does so anew."
    )
    inner_hosts: tuple[Word, ...] = Field(
        default=(), description="Its other hosts inside the city's network, besides the issuer's."
    )

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if self.client_secret is not None and self.private_jwk is not None:
            message = "has both client_secret and private_jwk; give one of them"
            raise ValueError(message)
        return self
