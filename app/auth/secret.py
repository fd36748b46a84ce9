"""The installation's one secret, and the keys derived from it, one per purpose."""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import ConfigurationError
from app.settings import Settings

SIGNING_KEYS = b"signing-keys"
PAGE_TOKENS = b"page-tokens"
WEBHOOK_SECRETS = b"webhook-secrets"
BROWSERS = b"browsers"

SHORTEST_SECRET = 32
FILE_NAME = "secret"
NONCE_BYTES = 12


def installation_secret(settings: Settings) -> bytes:
    """The configured secret; with the embedded database, one kept in a file beside it.

    Raises ConfigurationError when there is none and several nodes may need the same one.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    if settings.database_url is not None:
        raise ConfigurationError(
            "SKOLNAV_SECRET is not set, but DATABASE_URL is. Every node needs the same secret: "
            "make one with `openssl rand -base64 48` and set it on each of them."
        )
    return _secret_in_file(settings.data_dir / FILE_NAME)


def derived_key(secret: bytes, purpose: bytes) -> bytes:
    """32 bytes for one purpose; knowing them tells nothing about the secret or other purposes."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"skolnav/" + purpose).derive(secret)


def seal(plain: bytes, sealing_key: bytes, *, row: str) -> bytes:
    """Encrypted for one row, so that rows cannot trade what they hold."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(sealing_key).encrypt(nonce, plain, row.encode())


def unseal(sealed: bytes, sealing_key: bytes, *, row: str) -> bytes | None:
    """What was sealed for this row; None when it was sealed with another secret."""
    try:
        return AESGCM(sealing_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], row.encode())
    except InvalidTag:
        return None


def _secret_in_file(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_urlsafe(48).encode())
        try:
            # A link fails where a rename would replace: of two first starts, one secret wins.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    secret = path.read_bytes().strip()
    if len(secret) < SHORTEST_SECRET:
        raise ConfigurationError(f"{path} is damaged: it holds fewer than 32 characters.")
    return secret
