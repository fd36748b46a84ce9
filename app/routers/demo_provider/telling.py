"""Tells clients that a session is over (OpenID Connect Back-Channel Logout 1.0)."""

import logging
import secrets
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from joserfc import jwt

from app.auth import outbound
from app.auth.outbound import AddressRefused, NotReached
from app.routers.demo_provider.memory import Session
from app.routers.demo_provider.people import DemoClient
from app.routers.demo_provider.server import ALGORITHM, Provider

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = timedelta(minutes=2)
SECONDS = 5.0

log = logging.getLogger(__name__)


def logout_token(provider: Provider, session: Session, client: DemoClient) -> str:
    """What proves to the client that the provider says so."""
    now = provider.memory.clock()
    claims = {
        "iss": provider.issuer, "aud": client.client_id, "sub": session.person.key,
        "sid": session.sid, "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()), "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
    }  # fmt: skip
    header = {"alg": ALGORITHM, "kid": str(provider.key.kid), "typ": "logout+jwt"}
    return jwt.encode(header, claims, provider.key, algorithms=[ALGORITHM])


def tell_clients(provider: Provider, sessions: list[Session]) -> None:
    """Tell each client that somebody signed in to; one that does not answer is logged."""
    for session in sessions:
        for client in session.clients.values():
            if client.backchannel_logout_uri is not None:
                _tell(provider, session, client, client.backchannel_logout_uri)


def _tell(provider: Provider, session: Session, client: DemoClient, url: str) -> None:
    body = urlencode({"logout_token": logout_token(provider, session, client)}).encode()
    try:
        # Whoever built the provider gave the address: it may be this machine's.
        target = outbound.checked_target(
            url, allowed_hosts=frozenset({urlsplit(url).hostname or ""}), inner_http=True
        )
        status = outbound.call(
            target, outbound.public_authorities(), method="POST", body=body, seconds=SECONDS,
            headers={"Content-Type": "application/x-www-form-urlencoded"}, largest=0,
        ).status  # fmt: skip
        reason = f"status {status}"
    except AddressRefused:
        status, reason = 0, "address"
    except NotReached as failure:
        status, reason = 0, failure.reason
    if not 200 <= status < 300:
        about = {"client": client.client_id, "reason": reason}
        log.warning("demo_provider.client_not_told", extra=about)
