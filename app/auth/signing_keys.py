"""The keys that sign access tokens: made, sealed in the table, and read as a ring."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey
from sqlmodel import Session, col, or_, select

from app.errors import ConfigurationError
from app.models.tokens import SigningKey

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key that verifies. After `until` its signatures count for nothing."""

    kid: str
    public_jwk: Mapping[str, str]
    active_from: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every published key, by `kid`."""

    keys: Mapping[str, PublishedKey]

    def published(self, now: datetime) -> list[PublishedKey]:
        """The keys for the JWKS: those that sign, are about to, or did until just now."""
        return [key for key in self.keys.values() if key.until is None or key.until > now]


def new_signing_key(*, sealing_key: bytes, now: datetime, active_from: datetime) -> SigningKey:
    """A fresh P-256 key as a row, its private part sealed."""
    key = ECKey.generate_key("P-256", auto_kid=False)
    kid = secrets.token_urlsafe(12)
    described = {"kid": kid, "use": "sig", "alg": "ES256"}
    return SigningKey(
        kid=kid,
        public_jwk={**key.as_dict(private=False), **described},
        private_jwk_encrypted=_seal(json.dumps(key.as_dict(private=True)), sealing_key, kid),
        created=now,
        active_from=active_from,
    )


def key_ring(session: Session) -> KeyRing:
    """Read the public keys."""
    rows = session.exec(select(SigningKey).order_by(col(SigningKey.active_from)))
    keys = {row.kid: _published(row) for row in rows}
    return KeyRing(MappingProxyType(keys))


def current_signing_key(session: Session, *, sealing_key: bytes, now: datetime) -> ECKey:
    """The one key that signs now: the youngest that is active.

    Raises ConfigurationError when there is none, or when it was sealed with another secret.
    """
    retired = col(SigningKey.retired_at)
    row = session.exec(
        select(SigningKey)
        .where(col(SigningKey.active_from) <= now, or_(retired.is_(None), retired > now))
        .order_by(col(SigningKey.active_from).desc(), col(SigningKey.kid))
        .limit(1)
    ).first()
    if row is None:
        raise ConfigurationError("There is no signing key. Make one with `skolnav keys rotate`.")
    private = json.loads(_unseal(row.private_jwk_encrypted, sealing_key, row.kid))
    return ECKey.import_key({**private, "kid": row.kid, "use": "sig", "alg": "ES256"})


def _published(row: SigningKey) -> PublishedKey:
    assert isinstance(row.public_jwk, dict)
    jwk = MappingProxyType({name: str(value) for name, value in row.public_jwk.items()})
    return PublishedKey(row.kid, jwk, row.active_from, row.retired_at)


def _seal(plain: str, sealing_key: bytes, kid: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    # The kid is authenticated with it, so that rows cannot trade their private parts.
    return nonce + AESGCM(sealing_key).encrypt(nonce, plain.encode(), kid.encode())


def _unseal(sealed: bytes, sealing_key: bytes, kid: str) -> bytes:
    try:
        return AESGCM(sealing_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], kid.encode())
    except InvalidTag as failure:
        raise ConfigurationError(
            "The signing key was stored under another SKOLNAV_SECRET. Set the former secret "
            "again, or make a new key with `skolnav keys rotate --now`."
        ) from failure
