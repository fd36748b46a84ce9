"""Our own access tokens (RFC 9068): issued with joserfc, verified with python-jose.

python-jose is used here and nowhere else. Its defaults accept far too much, so everything it
leaves open is closed before and after the one call that verifies.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from jose import jwk as jose_jwk
from jose import jwt as jose_jwt
from jose.exceptions import JWTError
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey

from app.auth.signing_keys import KeyRing, PublishedKey

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type
LONGEST_TOKEN = 8_192
LEEWAY = timedelta(seconds=10)
# Settings may not allow more; an older or forged key policy cannot stretch it either.
LONGEST_LIFETIME = timedelta(seconds=600)
SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")
FORBIDDEN_HEADERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc"})
OPTIONS = {
    "leeway": int(LEEWAY.total_seconds()),
    **{f"require_{claim}": True for claim in ("aud", "iss", "exp", "iat", "sub", "jti")},
}


class TokenRefused(Exception):
    """The token is not one of ours, or no longer. `reason` is for the caller to read, `error` what
    RFC 6750 section 3.1 calls it.
    """

    def __init__(
        self, reason: str = "The access token is not valid.", *, error: str | None = "invalid_token"
    ) -> None:
        super().__init__(reason)
        self.reason, self.error = reason, error


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom a token acts: a signed-in person, by one of their authorizations."""

    person_id: UUID
    family_id: UUID


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a token says that was verified. Whether it still counts is for the database to say.

    `jkt` is the thumbprint of the key that it is bound to (RFC 9449).
    """

    client_id: str
    jti: str
    scopes: frozenset[str]
    issued: datetime
    expires: datetime
    acting: Acting | None = None
    jkt: str | None = None


def issue_token(  # noqa: PLR0913 - the parts of a token, each by its name
    key: ECKey,
    *,
    issuer: str,
    client_id: str,
    scopes: frozenset[str],
    jti: str,
    now: datetime,
    lifetime: timedelta,
    acting: Acting | None = None,
    jkt: str | None = None,
) -> str:
    """A signed access token for an application: for itself, or acting for a person."""
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": issuer,
        "sub": str(acting.person_id) if acting else client_id,
        "client_id": client_id,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
        "jti": jti,
        "scope": " ".join(sorted(scopes)),
    }
    if acting:
        claims["family"] = str(acting.family_id)
    if jkt:
        claims["cnf"] = {"jkt": jkt}
    header = {"typ": TOKEN_TYPE, "alg": ALGORITHM, "kid": key.kid}
    return joserfc_jwt.encode(header, claims, key, algorithms=[ALGORITHM])


def verify_token(token: str, *, ring: KeyRing, issuer: str, now: datetime) -> VerifiedToken:
    """Check that we signed the token, for this service, and that its time has come.

    Raises TokenRefused.
    """
    published = _pinned_key(_checked_header(token), ring, now)
    try:
        # Built from our own table; a token never brings, names or shapes a key.
        key = jose_jwk.construct(dict(published.public_jwk), ALGORITHM)
        claims = jose_jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=issuer, issuer=issuer, options=OPTIONS
        )
    except (JWTError, RecursionError, ValueError, TypeError, OverflowError) as failure:
        raise TokenRefused from failure
    return _checked_claims(claims, now)


def is_well_formed(token: str) -> bool:
    """Whether this could be a token signed with ES256, in the one spelling that counts."""
    return len(token) <= LONGEST_TOKEN and bool(SHAPE.fullmatch(token)) and _is_canonical(token)


def numeric_date(value: object) -> datetime:
    """A claim's NumericDate (RFC 7519), in whole seconds. Raises TokenRefused."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TokenRefused
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as failure:
        raise TokenRefused from failure


def _checked_header(token: str) -> dict[str, Any]:
    if not is_well_formed(token):
        raise TokenRefused
    try:
        header = jose_jwt.get_unverified_header(token)
    except (JWTError, RecursionError) as failure:
        raise TokenRefused from failure
    if not isinstance(header, dict) or FORBIDDEN_HEADERS & header.keys():
        raise TokenRefused
    if header.get("typ") != TOKEN_TYPE or header.get("alg") != ALGORITHM:
        raise TokenRefused
    return header


def _is_canonical(token: str) -> bool:
    # The last character of a part may carry bits that decoding drops: the same signature would
    # then come in several spellings, and the cache and revocation would see several tokens.
    for part in token.split("."):
        try:
            plain = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        except binascii.Error:
            return False
        if base64.urlsafe_b64encode(plain).rstrip(b"=") != part.encode():
            return False
    return True


def _pinned_key(header: dict[str, Any], ring: KeyRing, now: datetime) -> PublishedKey:
    kid = header.get("kid")
    key = ring.keys.get(kid) if isinstance(kid, str) else None
    if key is None or (key.until is not None and key.until <= now):
        raise TokenRefused
    expected = {"kty": "EC", "crv": "P-256", "use": "sig", "alg": ALGORITHM}
    if any(key.public_jwk.get(name) != value for name, value in expected.items()):
        raise TokenRefused
    return key


def _checked_claims(claims: dict[str, Any], now: datetime) -> VerifiedToken:
    client_id, jti, scope = claims.get("client_id"), claims.get("jti"), claims.get("scope")
    if not (isinstance(client_id, str) and isinstance(jti, str) and isinstance(scope, str)):
        raise TokenRefused
    acting = _acting(claims)
    if not client_id or not jti or (acting is None and claims.get("sub") != client_id):
        raise TokenRefused
    issued, expires = numeric_date(claims.get("iat")), numeric_date(claims.get("exp"))
    if issued > now + LEEWAY or expires - issued > LONGEST_LIFETIME:
        raise TokenRefused
    if expires + LEEWAY <= now:
        raise TokenRefused("The access token has expired; ask the token endpoint for a new one.")
    return VerifiedToken(
        client_id, jti, frozenset(scope.split()), issued, expires, acting, _bound_to(claims)
    )


def _acting(claims: dict[str, Any]) -> Acting | None:
    if "family" not in claims:
        return None
    try:
        return Acting(UUID(claims["sub"]), UUID(claims["family"]))
    except (KeyError, ValueError, AttributeError, TypeError) as failure:
        raise TokenRefused from failure


def _bound_to(claims: dict[str, Any]) -> str | None:
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    jkt = confirmation.get("jkt") if isinstance(confirmation, dict) else None
    if not isinstance(jkt, str) or not jkt:
        raise TokenRefused
    return jkt
