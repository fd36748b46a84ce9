"""`private_key_jwt`: an application proves itself with a short JWT it has signed (RFC 7523).

Authlib's own check verifies with whatever algorithm the key suggests and lets a missing jti
pass; so the check is ours, on joserfc.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key

from app.auth.client_keys import ASSERTION_ALGORITHMS, KeyRefused, algorithms_of, public_jwk
from app.auth.strict_json import is_plain_text, read_object

LONGEST_ASSERTION = 8_192
LEEWAY_SECONDS = 10
LONGEST_LIFETIME_SECONDS = 300
LONGEST_JTI = 256
ASSERTION_TYPES = (None, "JWT", "client-authentication+jwt")
FORBIDDEN_HEADERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64"})
# Verified against when the application is unknown, so that time does not tell.
DUMMY_KEY = ECKey.generate_key("P-256")


class AssertionRefused(Exception):
    """The assertion proves nothing. Why is for our log only: callers all get the same answer."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A well-formed assertion, not yet verified."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def client_id(self) -> str:
        """Whom it claims to come from."""
        return str(self.claims["sub"])

    @property
    def kid(self) -> str | None:
        """The key it claims to be signed with."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None

    @property
    def jti(self) -> str:
        """Its own name, good for one use."""
        return str(self.claims["jti"])

    @property
    def expires(self) -> datetime:
        """Its end."""
        return datetime.fromtimestamp(self.claims["exp"], UTC)


def read_assertion(text: str) -> Assertion:
    """Take an assertion apart. Nothing in it is proved yet. Raises AssertionRefused."""
    if len(text) > LONGEST_ASSERTION or not text.isascii():
        raise AssertionRefused("too long or not ASCII")
    try:
        parsed = jws.extract_compact(text.encode())
        claims = read_object(parsed.payload)
        header = parsed.headers()
    except (JoseError, ValueError, TypeError, RecursionError) as failure:
        raise AssertionRefused("not a JWT") from failure
    if not isinstance(claims.get("sub"), str):
        raise AssertionRefused("no sub")
    if FORBIDDEN_HEADERS & header.keys():
        raise AssertionRefused("forbidden header")
    if header.get("typ") not in ASSERTION_TYPES or header.get("alg") not in ASSERTION_ALGORITHMS:
        raise AssertionRefused("typ or alg")
    return Assertion(text, header, claims)


def verify_assertion(
    assertion: Assertion,
    registered: Sequence[Mapping[str, Any]],
    *,
    audiences: frozenset[str],
    now: datetime,
) -> None:
    """Check signature and claims; that its jti is new is for the caller to check.

    Raises AssertionRefused.
    """
    key = _chosen_key(assertion, registered)
    alg = str(assertion.header["alg"])
    try:
        jws.deserialize_compact(assertion.text.encode(), key or DUMMY_KEY, algorithms=[alg])
    except (JoseError, ValueError, TypeError) as failure:
        raise AssertionRefused("signature") from failure
    if key is None:
        raise AssertionRefused("no such key")
    _check_claims(assertion.claims, audiences, int(now.timestamp()))


def _chosen_key(assertion: Assertion, registered: Sequence[Mapping[str, Any]]) -> Key | None:
    usable = [key for key in registered if _may_sign(key, str(assertion.header["alg"]))]
    if "kid" in assertion.header:
        usable = [key for key in usable if key.get("kid") == assertion.kid]
    # Never "try them all": several candidates mean that the sender must name one.
    return JWKRegistry.import_key({**public_jwk(usable[0])}) if len(usable) == 1 else None


def _may_sign(described: Mapping[str, Any], alg: str) -> bool:
    try:
        checked = public_jwk(described)
        imported = JWKRegistry.import_key({**checked})
        allowed = (checked["alg"],) if "alg" in checked else algorithms_of(imported)
    except KeyRefused:
        return False
    return alg in allowed


def _check_claims(claims: Mapping[str, Any], audiences: frozenset[str], now: int) -> None:
    issued, expires, jti = claims.get("iat"), claims.get("exp"), claims.get("jti")
    if claims.get("iss") != claims["sub"]:
        raise AssertionRefused("iss is not sub")
    # One string: an assertion that several servers would take could be replayed among them.
    if not isinstance(claims.get("aud"), str) or claims["aud"] not in audiences:
        raise AssertionRefused("aud")
    if not is_plain_text(jti, LONGEST_JTI):
        raise AssertionRefused("jti")
    if type(issued) is not int or type(expires) is not int:
        raise AssertionRefused("iat or exp")
    begins = claims.get("nbf", issued)
    if type(begins) is not int or max(issued, begins) > now + LEEWAY_SECONDS:
        raise AssertionRefused("from the future")
    if expires <= now - LEEWAY_SECONDS or not 0 < expires - issued <= LONGEST_LIFETIME_SECONDS:
        raise AssertionRefused("expired or too long-lived")
