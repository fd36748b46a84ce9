"""Page tokens: opaque, authenticated, bound to the consumer, the filters and the order.

They are encrypted, not only signed, because the place where a page ended can be a name or a
civic number, and tokens travel in URLs.
"""

import base64
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import BadPageToken, PageTokenExpired

NONCE_BYTES = 12
LONGEST_TOKEN = 8_000


@dataclass(frozen=True, slots=True)
class PagePosition:
    """Where a page ended and under what question. `parameters` are those of the first request."""

    resource: str
    parameters: dict[str, list[str]]
    key: str | None
    id: str
    issued: int

    @property
    def uuid(self) -> UUID:
        """The id as one."""
        return UUID(self.id)


@lru_cache(maxsize=4)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(secret)


def seal(position: PagePosition, *, client_id: str, secret: bytes) -> str:
    """The token for a position: base64url without padding, usable unescaped in a URL."""
    nonce = os.urandom(NONCE_BYTES)
    parts = [position.resource, position.parameters, position.key, position.id, position.issued]
    plain = json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()
    sealed = nonce + _cipher(secret).encrypt(nonce, plain, client_id.encode())
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(
    token: str, *, resource: str, client_id: str, secret: bytes, now: int, lifetime: int
) -> PagePosition:
    """The position in a token.

    Raises BadPageToken for anything that is not this consumer's token for this resource,
    PageTokenExpired when it is older than `lifetime` seconds.
    """
    unusable = BadPageToken(
        "pageToken is not one that this service gave this consumer for this resource. "
        "Send the pageToken of the previous answer unchanged, or start again without it."
    )
    if len(token) > LONGEST_TOKEN:
        raise unusable
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        parts = json.loads(_cipher(secret).decrypt(nonce, body, client_id.encode()))
    except (InvalidTag, ValueError) as failure:
        raise unusable from failure
    position = PagePosition(*parts)
    if position.resource != resource:
        raise unusable
    if now - position.issued > lifetime:
        message = "pageToken has expired. Start again without it."
        raise PageTokenExpired(message)
    return position
