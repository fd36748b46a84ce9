"""Public keys of applications: which are taken, and with which algorithms they may sign."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from app.auth.strict_json import is_plain_text

# Named one by one: a list that a library calls "recommended" changes with its versions.
ASSERTION_ALGORITHMS = ("ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519")
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
KEPT_MEMBERS = frozenset({"kty", "crv", "x", "y", "n", "e", "kid", "alg"})
SHORTEST_RSA, LONGEST_RSA = 2048, 8192
LONGEST_KID = 200


class KeyRefused(Exception):
    """The key cannot be used to authenticate an application; the message says why."""


def public_jwk(described: Mapping[str, Any]) -> dict[str, str]:
    """The key, checked and reduced to its public members, always with a `kid`.

    Raises KeyRefused.
    """
    if PRIVATE_MEMBERS & described.keys():
        raise KeyRefused(
            "This is a private or shared key. Register the public key only, and treat the "
            "private one as compromised if it has left the machine that made it."
        )
    key = _imported(described)
    algorithms = algorithms_of(key)
    wanted = described.get("alg")
    if wanted is not None and wanted not in algorithms:
        raise KeyRefused(f"This key can sign with {', '.join(algorithms)}, not with its `alg`.")
    if described.get("use", "sig") != "sig" or "verify" not in described.get("key_ops", ["verify"]):
        raise KeyRefused("The key's `use` or `key_ops` says that it is not for signatures.")
    kid = described.get("kid", key.thumbprint())
    if not is_plain_text(kid, LONGEST_KID):
        raise KeyRefused("`kid` must be a printable string of at most 200 characters.")
    kept = {name: str(described[name]) for name in KEPT_MEMBERS & described.keys()}
    return {**kept, "kid": kid, "use": "sig"}


def algorithms_of(key: Key) -> tuple[str, ...]:
    """The algorithms this kind of key may sign with; raises KeyRefused when there is none."""
    match key:
        case ECKey() if key.curve_name in ("P-256", "P-384"):
            return ("ES256",) if key.curve_name == "P-256" else ("ES384",)
        case OKPKey() if key.as_dict(private=False).get("crv") == "Ed25519":
            return ("EdDSA", "Ed25519")
        case RSAKey():
            public = key.public_key
            assert isinstance(public, RSAPublicKey)
            if SHORTEST_RSA <= public.key_size <= LONGEST_RSA:
                return ("PS256", "RS256")
            raise KeyRefused("An RSA key must have 2048 to 8192 bits.")
        case _:
            raise KeyRefused("Use an EC key on P-256 or P-384, an Ed25519 key, or an RSA key.")


def _imported(described: Mapping[str, Any]) -> Key:
    if described.get("kty") not in ("EC", "RSA", "OKP"):
        raise KeyRefused("Use an EC key on P-256 or P-384, an Ed25519 key, or an RSA key.")
    try:
        return JWKRegistry.import_key(dict(described))
    except (JoseError, ValueError, TypeError, KeyError) as failure:
        raise KeyRefused("This is not a well-formed JWK (RFC 7517).") from failure
