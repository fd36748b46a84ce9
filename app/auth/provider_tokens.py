"""What an identity provider signs: id_tokens and logout tokens, verified with joserfc.

Nothing in a token counts before its signature is proved, and no token serves as the other kind.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from app.auth.client_keys import KeyRefused, algorithms_of, public_jwk
from app.auth.provider_documents import Keys
from app.auth.sign_in_refusals import JwtRefused, Why
from app.auth.strict_json import is_plain_text, read_object, same_text
from app.settings import IdentityProvider

ALGORITHMS = ("ES256", "PS256", "RS256")
ID_TOKEN_TYPES = (None, "JWT")
LOGOUT_TOKEN_TYPES = (None, "JWT", "logout+jwt")
FORBIDDEN_HEADERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc"})
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LONGEST_TOKEN = 16_384
LONGEST_VALUE = 200
# OpenID Connect Core: a subject has at most 255 characters.
LONGEST_SUBJECT = 255
LEEWAY = timedelta(seconds=10)
OLDEST = timedelta(minutes=5)
# How long the id of a logout token must be remembered at most.
LONGEST_LOGOUT = timedelta(hours=1)

KeysFor = Callable[[str], Keys]


@dataclass(frozen=True, slots=True)
class IdToken:
    """Who signed in, as the provider says; `claims` are all that it says."""

    subject: str
    sid: str | None
    acr: str | None
    auth_time: datetime | None
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """Which session is over (`sid`), or all of a subject's. `jti` must not be taken twice."""

    issuer: str
    subject: str | None
    sid: str | None
    jti: str
    expires: datetime


def verify_id_token(
    provider: IdentityProvider,
    token: object,
    keys_for: KeysFor,
    *,
    nonce: str,
    access_token: str,
    now: datetime,
) -> IdToken:
    """Check that the provider signed it just now, for us and for this very sign-in.

    `keys_for` gives the published keys, that of a kid among them if there is one. Raises
    JwtRefused.
    """
    claims = _signed_claims(token, keys_for, ID_TOKEN_TYPES)
    _check_parties(provider, claims)
    _checked_times(claims, now)
    said = claims.get("nonce")
    if not isinstance(said, str) or not same_text(said, nonce):
        raise JwtRefused(Why.NONCE)
    if "events" in claims:
        raise JwtRefused(Why.EVENTS)
    if "at_hash" in claims and claims["at_hash"] != _half_hash(access_token):
        raise JwtRefused(Why.AT_HASH)
    return IdToken(
        subject=_value(claims, "sub", Why.SUBJECT, longest=LONGEST_SUBJECT),
        sid=_optional(claims, "sid", Why.SESSION),
        acr=_checked_acr(provider, claims),
        auth_time=_checked_auth_time(provider, claims, now),
        claims=claims,
    )


def verify_logout_token(
    provider: IdentityProvider, token: object, keys_for: KeysFor, *, now: datetime
) -> LogoutToken:
    """Check a token of OpenID Connect Back-Channel Logout 1.0, section 2.6. Raises JwtRefused."""
    claims = _signed_claims(token, keys_for, LOGOUT_TOKEN_TYPES)
    _check_parties(provider, claims)
    expires = _checked_times(claims, now)
    if expires > now + LONGEST_LOGOUT:
        raise JwtRefused(Why.EXPIRED)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise JwtRefused(Why.EVENTS)
    if "nonce" in claims:
        raise JwtRefused(Why.NONCE)
    sid = _optional(claims, "sid", Why.SESSION)
    subject = _optional(claims, "sub", Why.SUBJECT, longest=LONGEST_SUBJECT)
    if sid is None and subject is None:
        raise JwtRefused(Why.SUBJECT)
    return LogoutToken(provider.issuer, subject, sid, _value(claims, "jti", Why.TOKEN_ID), expires)


def unverified_claims(token: str) -> Mapping[str, Any]:
    """What a token says that was verified before. Raises ValueError."""
    _header, encoded, _signature = token.split(".")
    return read_object(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def _signed_claims(
    token: object, keys_for: KeysFor, types: tuple[str | None, ...]
) -> Mapping[str, Any]:
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN or not token.isascii():
        raise JwtRefused(Why.MALFORMED)
    try:
        parsed = jws.extract_compact(token.encode())
        header, claims = parsed.headers(), read_object(parsed.payload)
    except (JoseError, ValueError, TypeError, RecursionError) as failure:
        raise JwtRefused(Why.MALFORMED) from failure
    alg, kid = header.get("alg"), header.get("kid")
    if alg not in ALGORITHMS:
        raise JwtRefused(Why.ALGORITHM)
    if header.get("typ") not in types or FORBIDDEN_HEADERS & header.keys():
        raise JwtRefused(Why.TYPE)
    if not isinstance(kid, str):
        raise JwtRefused(Why.KEY)
    _check_signature(token, keys_for(kid), kid, alg)
    return claims


def _check_signature(token: str, published: Keys, kid: str, alg: str) -> None:
    named = [key for key in published if key.get("kid") == kid]
    # Never "try them all", and no choice between two.
    if len(named) != 1:
        raise JwtRefused(Why.KEY)
    try:
        checked = public_jwk(named[0])
        key = JWKRegistry.import_key({**checked})
        allowed = (checked["alg"],) if "alg" in checked else algorithms_of(key)
    except KeyRefused as refusal:
        raise JwtRefused(Why.KEY) from refusal
    if alg not in allowed:
        raise JwtRefused(Why.KEY)
    try:
        jws.deserialize_compact(token.encode(), key, algorithms=[alg])
    except (JoseError, ValueError, TypeError) as failure:
        raise JwtRefused(Why.SIGNATURE) from failure


def _check_parties(provider: IdentityProvider, claims: Mapping[str, Any]) -> None:
    if claims.get("iss") != provider.issuer:
        raise JwtRefused(Why.ISSUER)
    said = claims.get("aud")
    audiences = said if isinstance(said, list) else [said]
    if provider.client_id not in audiences:
        raise JwtRefused(Why.AUDIENCE)
    # Made for several, it must say whom it was given to; if it says so, it must have been us.
    azp = claims.get("azp", None if len(audiences) > 1 else provider.client_id)
    if azp != provider.client_id:
        raise JwtRefused(Why.AUDIENCE)


def _checked_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    issued, expires = _time(claims, "iat", Why.ISSUED), _time(claims, "exp", Why.EXPIRED)
    begins = _time(claims, "nbf", Why.ISSUED) if "nbf" in claims else issued
    if max(issued, begins) > now + LEEWAY or issued < now - OLDEST - LEEWAY:
        raise JwtRefused(Why.ISSUED)
    if expires <= now - LEEWAY or expires <= issued:
        raise JwtRefused(Why.EXPIRED)
    return expires


def _time(claims: Mapping[str, Any], name: str, reason: Why) -> datetime:
    value = claims.get(name)
    if type(value) is not int:
        raise JwtRefused(reason)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as failure:
        raise JwtRefused(reason) from failure


def _checked_acr(provider: IdentityProvider, claims: Mapping[str, Any]) -> str | None:
    acr = _optional(claims, "acr", Why.ACR)
    if provider.acr_values and acr not in provider.acr_values:
        raise JwtRefused(Why.ACR)
    return acr


def _checked_auth_time(
    provider: IdentityProvider, claims: Mapping[str, Any], now: datetime
) -> datetime | None:
    longest = provider.longest_age_seconds
    if longest is None and claims.get("auth_time") is None:
        return None
    at = _time(claims, "auth_time", Why.AUTH_TIME)
    too_old = longest is not None and at < now - timedelta(seconds=longest) - LEEWAY
    if too_old or at > now + LEEWAY:
        raise JwtRefused(Why.AUTH_TIME)
    return at


def _half_hash(access_token: str) -> str:
    # Every algorithm that is taken hashes with SHA-256.
    half = hashlib.sha256(access_token.encode(errors="surrogatepass")).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def _value(claims: Mapping[str, Any], name: str, reason: Why, longest: int = LONGEST_VALUE) -> str:
    value = claims.get(name)
    if not is_plain_text(value, longest):
        raise JwtRefused(reason)
    return str(value)


def _optional(
    claims: Mapping[str, Any], name: str, reason: Why, longest: int = LONGEST_VALUE
) -> str | None:
    return None if claims.get(name) is None else _value(claims, name, reason, longest)
