"""Access tokens that others sign for us, each issuer by its own rule from the settings.

Verified with joserfc. What a token says decides nothing before its signature is proved, except
which issuer's rule it will be held to.
"""

import base64
import binascii
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.auth.client_keys import KeyRefused, public_jwk
from app.auth.jwks_fetch import JwkList, RemoteKeys
from app.auth.strict_json import read_object
from app.auth.tokens import LEEWAY, TokenRefused, VerifiedToken, is_well_formed, numeric_date
from app.errors import IssuerUnavailable
from app.queries.access import Scope
from app.settings import Settings, TrustedIssuer

ALGORITHM = "ES256"
# Skolverket's issuer sends no `typ`, which means JWT; others are other kinds of tokens.
TOKEN_TYPES = ("JWT", "at+jwt")
FORBIDDEN_HEADERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc"})
ACCESS_TYPE = "ss12000-api"
API_PATH = "/ss12000/v2.0"
# How soon a key that the issuer withdrew counts for nothing more, beyond the keys' own age.
CHECKED_ANEW = timedelta(minutes=10)

log = logging.getLogger(__name__)


@dataclass
class TrustedIssuers:
    """The issuers that the settings name. One per process."""

    rules: Mapping[str, TrustedIssuer]
    base_url: str
    keys: RemoteKeys

    @classmethod
    def of(cls, settings: Settings) -> "TrustedIssuers":
        """As configured."""
        rules = {rule.issuer: rule for rule in settings.trusted_issuers}
        keys = RemoteKeys(frozenset(host.lower() for host in settings.allowed_jwks_hosts))
        return cls(rules, settings.public_url + API_PATH, keys)

    def rule_for(self, token: str) -> TrustedIssuer | None:
        """Whose rule the token will be held to, by a claim that nobody has proved yet."""
        if not self.rules or not is_well_formed(token):
            return None
        try:
            issuer = _json_part(token, 1).get("iss")
        except TokenRefused:
            return None
        return self.rules.get(issuer) if isinstance(issuer, str) else None

    async def published(self, token: str, rule: TrustedIssuer) -> JwkList:
        """The keys that the issuer publishes, the one that the token names among them if it does.

        May wait for the issuer's server for some seconds, in no thread that others need.
        Raises TokenRefused, IssuerUnavailable.
        """
        published = await self.keys.current(rule.jwks_uri, kid=_checked_header(token))
        if not published:
            log.warning("trusted_issuer.no_keys", extra={"issuer": rule.issuer})
            raise IssuerUnavailable
        return published

    def verify(
        self, token: str, rule: TrustedIssuer, published: JwkList, *, now: datetime
    ) -> VerifiedToken:
        """Check that the issuer signed the token, for this service, and that its time has come.

        Raises TokenRefused.
        """
        kid = _checked_header(token)
        try:
            jws.deserialize_compact(token, _pinned_key(published, kid), algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, RecursionError) as failure:
            raise TokenRefused from failure
        return self._held_to(rule, _json_part(token, 1), now)

    def _held_to(self, rule: TrustedIssuer, claims: Mapping[str, Any], now: datetime
                 ) -> VerifiedToken:  # fmt: skip
        issued, expires = _checked_times(claims, rule, now)
        if claims.get("organization_id") != rule.organization_id:
            raise TokenRefused("The access token's organization_id is not the one agreed on.")
        if rule.audience is not None and rule.audience not in _texts(claims.get("aud")):
            raise TokenRefused("The access token's aud is not the one agreed on.")
        # One final slash is forgiven: it names the same API, and forms are filled in by people.
        if not {self.base_url, f"{self.base_url}/"} & set(_locations(claims)):
            raise TokenRefused(
                f"The access token is not for this API: requested_access of type {ACCESS_TYPE} "
                f"must name {self.base_url} in locations."
            )
        # It has no id of ours, so none is revoked alone; its scopes are the grant's.
        return VerifiedToken(rule.client_id, "", frozenset(Scope), issued, expires)


def _checked_header(token: str) -> str:
    header = _json_part(token, 0)
    kid = header.get("kid")
    if FORBIDDEN_HEADERS & header.keys() or not isinstance(kid, str):
        raise TokenRefused
    if header.get("alg") != ALGORITHM or header.get("typ", "JWT") not in TOKEN_TYPES:
        raise TokenRefused
    return kid


def _json_part(token: str, position: int) -> dict[str, Any]:
    encoded = token.split(".")[position]
    try:
        plain = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        return read_object(plain)
    except (binascii.Error, ValueError) as failure:
        raise TokenRefused from failure


def _pinned_key(published: Iterable[Mapping[str, Any]], kid: str) -> ECKey:
    named = [key for key in published if key.get("kid") == kid]
    # Never "try them all", and no choice between two.
    if len(named) != 1 or named[0].get("kty") != "EC" or named[0].get("crv") != "P-256":
        raise TokenRefused
    try:
        return ECKey.import_key({**public_jwk(named[0])})
    except KeyRefused as refusal:
        raise TokenRefused from refusal


def _checked_times(
    claims: Mapping[str, Any], rule: TrustedIssuer, now: datetime
) -> tuple[datetime, datetime]:
    issued, expires = numeric_date(claims.get("iat")), numeric_date(claims.get("exp"))
    begins = numeric_date(claims["nbf"]) if "nbf" in claims else issued
    if max(issued, begins) > now + LEEWAY:
        raise TokenRefused("The access token is not valid yet; compare the clocks.")
    if expires + LEEWAY <= now:
        raise TokenRefused("The access token has expired; ask its issuer for a new one.")
    if not timedelta() < expires - issued <= timedelta(seconds=rule.longest_lifetime_seconds):
        raise TokenRefused("The access token is made for longer than was agreed on.")
    return issued, expires


def _locations(claims: Mapping[str, Any]) -> list[str]:
    asked = claims.get("requested_access")
    entries = asked if isinstance(asked, list) else []
    return [
        location
        for entry in entries
        if isinstance(entry, dict) and entry.get("type") == ACCESS_TYPE
        for location in _texts(entry.get("locations"))
    ]


def _texts(value: object) -> list[str]:
    """A claim that is one text or several; anything else is none."""
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]
