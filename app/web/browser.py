"""A browser's session at this service, and the proof that a form is one of our own."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import State

from app.auth.secret import BROWSERS, derived_key, installation_secret, seal, unseal
from app.database import Session
from app.models.user_sessions import UserSession
from app.queries.signing_in import living_session
from app.services.consents import session_hash
from app.settings import Settings

LONGEST_COOKIE = 4_000


@dataclass(frozen=True, slots=True)
class Browser:
    """What a request's cookies say of whoever sent it."""

    session: UserSession
    secret: str

    def csrf(self, state: State, purpose: str) -> str:
        """What a form of this session for this purpose carries."""
        words = f"csrf\n{purpose}\n{self.secret}".encode()
        return hmac.new(_key(state), words, hashlib.sha256).hexdigest()

    def sent(self, state: State, purpose: str, csrf: str | None) -> bool:
        """Whether a form is one that this session was shown."""
        return csrf is not None and hmac.compare_digest(
            csrf.encode("utf-8", "replace"), self.csrf(state, purpose).encode()
        )


def session_cookie(settings: Settings) -> str:
    """Its name; the prefix makes browsers refuse it from anywhere but this very host."""
    return "__Host-skolnav" if _is_secure(settings) else "skolnav"


def pending_cookie(settings: Settings) -> str:
    """The name of the cookie that holds a sign-in that was begun."""
    return session_cookie(settings) + "-sign-in"


def browser_of(request: Request, session: Session, now: datetime) -> Browser | None:
    """Who is signed in with this browser, if anyone."""
    secret = request.cookies.get(session_cookie(request.app.state.settings))
    if not secret:
        return None
    found = living_session(session, hashed=session_hash(secret), now=now)
    return None if found is None else Browser(found, secret)


def is_cross_site(request: Request) -> bool:
    """Whether another site's page had this form sent."""
    sender = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    ours: str = request.app.state.settings.public_url
    return site not in ("same-origin", "none") or (sender is not None and sender != ours)


def set_cookie(
    response: Response, settings: Settings, name: str, value: str, *, seconds: int
) -> None:
    """A cookie that scripts cannot read, and that comes along when a link leads here."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="lax",
        secure=_is_secure(settings),
    )  # fmt: skip


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Have the browser forget it."""
    set_cookie(response, settings, name, "", seconds=0)


def sealed(state: State, content: Mapping[str, Any], *, purpose: str) -> str:
    """For a cookie: nobody but this service can read or make it."""
    plain = json.dumps(content).encode()
    return base64.urlsafe_b64encode(seal(plain, _key(state), row=purpose)).decode()


def unsealed(state: State, value: str | None, *, purpose: str) -> dict[str, Any] | None:
    """What was sealed for this purpose; None for anything else."""
    if not value or len(value) > LONGEST_COOKIE:
        return None
    try:
        plain = unseal(base64.urlsafe_b64decode(value), _key(state), row=purpose)
    except ValueError:
        return None
    content: dict[str, Any] | None = None if plain is None else json.loads(plain)
    return content


def _key(state: State) -> bytes:
    if not hasattr(state, "browser_key"):
        state.browser_key = derived_key(installation_secret(state.settings), BROWSERS)
    key: bytes = state.browser_key
    return key


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")
