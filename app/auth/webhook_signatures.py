"""Signs notices as Standard Webhooks wants it, and makes the secrets that they are signed with."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from app.auth.secret import seal, unseal
from app.errors import ConfigurationError

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_webhook_secret() -> str:
    """A fresh secret, in the form that Standard Webhooks' libraries take."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal_webhook_secret(secret: str, sealing_key: bytes, *, subscription: str) -> bytes:
    """As the table keeps it."""
    return seal(secret.encode(), sealing_key, row=subscription)


def unseal_webhook_secret(sealed: bytes, sealing_key: bytes, *, subscription: str) -> str:
    """The secret again. Raises ConfigurationError when it was sealed with another secret."""
    plain = unseal(sealed, sealing_key, row=subscription)
    if plain is None:
        raise ConfigurationError(
            "The secrets of subscriptions were stored under another SKOLNAV_SECRET. Set the "
            "former secret again, or let the consumers subscribe anew."
        )
    return plain.decode()


def signed_headers(
    body: bytes, signing_secrets: Sequence[str], *, notice_id: str, at: datetime
) -> dict[str, str]:
    """The three headers; a signature for each secret, so that one may be replaced in peace."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((notice_id.encode(), timestamp.encode(), body))
    signatures = [f"v1,{_signature(secret, signed)}" for secret in signing_secrets]
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
