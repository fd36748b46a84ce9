"""Client secrets: how they are made, kept and compared."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from app.models.consumers import Credential

PREFIX = "skn_"
HINT_LENGTH = 4
SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh secret. The prefix lets scanners recognise one that has leaked."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> str:
    """What is kept. SHA-256 suffices: 256 random bits, not a password that could be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matching_secret(secret: str, credentials: Sequence[Credential]) -> Credential | None:
    """The credential this secret belongs to, compared in constant time."""
    offered = secret_hash(secret)
    found = None
    for credential in credentials:
        if hmac.compare_digest(offered, credential.secret_hash or ""):
            found = credential
    if not credentials:
        # Compared with something even when there is nothing to compare with.
        hmac.compare_digest(offered, secret_hash(PREFIX))
    return found
