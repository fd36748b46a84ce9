"""The keys that sign access tokens: made, sealed in the table, and read as a ring."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from joserfc.jwk import ECKey
from sqlmodel import Session, col, or_, select

from app.auth.secret import seal, unseal
from app.errors import ConfigurationError
from app.models.tokens import SigningKey


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
    private = json.dumps(key.as_dict(private=True))
    described = {"kid": kid, "use": "sig", "alg": "ES256"}
    return SigningKey(
        kid=kid,
        public_jwk={**key.as_dict(private=False), **described},
        private_jwk_encrypted=seal(private.encode(), sealing_key, row=kid),
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


def _unseal(sealed: bytes, sealing_key: bytes, kid: str) -> bytes:
    plain = unseal(sealed, sealing_key, row=kid)
    if plain is None:
        raise ConfigurationError(
            "The signing key was stored under another SKOLNAV_SECRET. Set the former secret "
            "again, or make a new key with `skolnav keys rotate --now`."
        )
    return plain
