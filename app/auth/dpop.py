"""Proofs that a caller holds the key its token is bound to (RFC 9449)."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.auth.strict_json import is_plain_text, read_object, same_text
from app.auth.tokens import TokenRefused, is_well_formed, numeric_date

ALGORITHM = "ES256"
PROOF_TYPE = "dpop+jwt"
# How far a proof's `iat` may be from our clock: forgetting a used one is safe after this.
FRESH = timedelta(seconds=60)
LONGEST_JTI = 200
JWK_MEMBERS = frozenset({"kty", "crv", "x", "y", "kid", "use", "alg"})


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was verified. `jti` is good once for its key."""

    jkt: str
    jti: str
    expires: datetime


def read_proof(
    proof: str, *, method: str, url: str, now: datetime, access_token: str | None = None
) -> Proof:
    """Verify a proof for this very request, and for the access token that it comes with.

    Raises TokenRefused. Whether it was used before is for the caller to remember.
    """
    header, claims, jwk = _verified(proof)
    if header.get("typ") != PROOF_TYPE or "crit" in header:
        raise _refused("its header is not that of a dpop+jwt")
    jti = claims.get("jti")
    if not is_plain_text(jti, LONGEST_JTI):
        raise _refused("jti must be a short text")
    if claims.get("htm") != method or not _same_address(claims.get("htu"), url):
        raise _refused("htm and htu must be this request's method and address")
    issued = numeric_date(claims.get("iat"))
    if abs(issued - now) > FRESH:
        raise _refused("iat must be of this minute")
    if access_token is not None and not _is_hash_of(claims.get("ath"), access_token):
        raise _refused("ath must be the hash of the access token")
    return Proof(jwk.thumbprint(), jti, issued + FRESH)


def _verified(proof: str) -> tuple[dict[str, Any], dict[str, Any], ECKey]:
    if not is_well_formed(proof):
        raise _refused("it is not a JWT signed with ES256")
    try:
        header = read_object(_decoded(proof.partition(".")[0]))
        member = header["jwk"]
        if not isinstance(member, dict) or member.keys() - JWK_MEMBERS:
            # A private member here would be a key given away.
            raise _refused("jwk must be a public key of P-256")
        key = ECKey.import_key(member)
        if key.curve_name != "P-256":
            raise _refused("jwk must be a public key of P-256")
        # The key is the caller's own and proves nothing but that they hold it.
        header = {name: value for name, value in header.items() if name != "jwk"}
        verified = jws.deserialize_compact(proof, key, algorithms=[ALGORITHM])
        claims = read_object(verified.payload)
    except (JoseError, KeyError, ValueError, TypeError, RecursionError) as failure:
        raise _refused("it is not a JWT signed with ES256 by the key that it holds") from failure
    return header, claims, key


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _same_address(value: object, url: str) -> bool:
    """Without query and fragment; host and scheme in any case."""
    if not isinstance(value, str):
        return False
    try:
        given, ours = urlsplit(value), urlsplit(url)
        ports = given.port, ours.port
    except ValueError:
        return False
    same = (given.scheme, given.hostname, given.path) == (ours.scheme, ours.hostname, ours.path)
    return same and ports[0] == ports[1]


def _is_hash_of(value: object, access_token: str) -> bool:
    digest = hashlib.sha256(access_token.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return isinstance(value, str) and same_text(value, expected)


def _refused(why: str) -> TokenRefused:
    return TokenRefused(f"The DPoP proof is not valid: {why}.")
