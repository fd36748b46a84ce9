"""What the provider remembers while it runs: sessions, codes and access tokens."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from authlib.oidc.core import AuthorizationCodeMixin

from app.routers.demo_provider.people import DemoClient, DemoPerson

CODE_LIFETIME = timedelta(seconds=60)
TOKEN_LIFETIME = timedelta(minutes=5)
SESSION_LIFETIME = timedelta(hours=8)
# Of each kind; the oldest gives way.
MOST_KEPT = 10_000


@dataclass
class Session:
    """A browser in which somebody was chosen. `clients` have been told of it."""

    secret: str
    sid: str
    person: DemoPerson
    began: datetime
    expires: datetime
    clients: dict[str, DemoClient] = field(default_factory=dict)


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):
    """An authorization code and what it is bound to."""

    client: DemoClient
    session: Session
    redirect_uri: str
    nonce: str
    code_challenge: str
    acr: str
    expires: datetime
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        """Where it was sent."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What its tokens are for."""
        return "openid"

    def get_nonce(self) -> str:
        """The sign-in that it is of."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the person was chosen."""
        return int(self.session.began.timestamp())

    def get_acr(self) -> str:
        """How the person proved who they are, or would have."""
        return self.acr


@dataclass(frozen=True)
class AccessToken:
    """What userinfo is asked with."""

    session: Session
    expires: datetime

    def is_expired(self) -> bool:
        """Never, when it is found: what is over is not."""
        return False

    def is_revoked(self) -> bool:
        """Never: it is forgotten instead."""
        return False

    def get_scope(self) -> str:
        """What it is for."""
        return "openid"


class Expiring(Protocol):
    """Whatever has an end."""

    @property
    def expires(self) -> datetime:
        """Its end."""


T = TypeVar("T", bound=Expiring)


@dataclass
class Kept(Generic[T]):
    """Things by their secret names, until they expire."""

    clock: Callable[[], datetime]
    _things: dict[str, T] = field(default_factory=dict)

    def put(self, name: str, thing: T) -> None:
        """Keep it, and forget what is over."""
        now = self.clock()
        kept = [(k, v) for k, v in self._things.items() if v.expires > now]
        self._things = dict(kept[-MOST_KEPT + 1 :])
        self._things[name] = thing

    def get(self, name: str | None) -> T | None:
        """What has this name and is not over."""
        found = self._things.get(name or "")
        return found if found is not None and found.expires > self.clock() else None

    def take(self, name: str) -> T | None:
        """What has this name, once."""
        found = self.get(name)
        self._things.pop(name, None)
        return found

    def any(self, condition: Callable[[T], bool]) -> bool:
        """Whether it is true for one."""
        return any(condition(thing) for thing in self._things.values())

    def drop(self, condition: Callable[[T], bool]) -> list[T]:
        """Forget what it is true for."""
        dropped = [thing for thing in self._things.values() if condition(thing)]
        self._things = {k: v for k, v in self._things.items() if not condition(v)}
        return dropped


@dataclass
class Memory:
    """All that one provider remembers."""

    clock: Callable[[], datetime]
    sessions: Kept[Session] = field(init=False)
    codes: Kept[Code] = field(init=False)
    tokens: Kept[AccessToken] = field(init=False)

    def __post_init__(self) -> None:
        self.sessions, self.codes = Kept(self.clock), Kept(self.clock)
        self.tokens = Kept(self.clock)

    def new_session(self, person: DemoPerson) -> Session:
        """Somebody was chosen."""
        now = self.clock()
        secret, sid = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        session = Session(secret, sid, person, now, now + SESSION_LIFETIME)
        self.sessions.put(secret, session)
        return session

    def new_token(self, session: Session) -> str:
        """An access token for userinfo."""
        token = secrets.token_urlsafe(32)
        self.tokens.put(token, AccessToken(session, self.clock() + TOKEN_LIFETIME))
        return token

    def end(self, condition: Callable[[Session], bool]) -> list[Session]:
        """End sessions, and all that came of them."""
        ended = self.sessions.drop(condition)
        self.codes.drop(lambda code: condition(code.session))
        self.tokens.drop(lambda token: condition(token.session))
        return ended
