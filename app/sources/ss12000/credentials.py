"""How the importer proves who it is to the source."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from app.sources.ss12000.failures import SourceFailed

# A token is not used for its last seconds: it might expire on the way.
MARGIN_SECONDS = 20.0
LIFETIME_WHEN_UNSAID = 300.0


@dataclass(frozen=True)
class StaticBearer:
    """A token that the source's operator handed out."""

    token: str = field(repr=False)


@dataclass(frozen=True)
class ClientCredentials:
    """OAuth 2 client credentials. `style`: `basic` or `post`, how the secret is sent."""

    token_endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    style: str = "basic"


Authentication = StaticBearer | ClientCredentials
Send = Callable[[httpx.Request], httpx.Response]


@dataclass
class TokenKeeper:
    """The current access token; fetches a new one when it is missing, old or was refused.

    `send` sends a request with the client's retries and limits; `clock` is monotonic seconds.
    """

    authentication: Authentication
    send: Send
    clock: Callable[[], float]
    _token: str | None = field(default=None, init=False, repr=False)
    _expires: float = field(default=0.0, init=False)

    def bearer(self) -> str:
        """A token that should be accepted now."""
        if isinstance(self.authentication, StaticBearer):
            return self.authentication.token
        if self._token is None or self.clock() >= self._expires:
            self._fetch(self.authentication)
        assert self._token is not None
        return self._token

    def renew(self) -> bool:
        """Forget a token that was refused. False when there is no way to get another."""
        self._token = None
        return isinstance(self.authentication, ClientCredentials)

    def _fetch(self, credentials: ClientCredentials) -> None:
        form = {"grant_type": "client_credentials"}
        if credentials.scope:
            form["scope"] = credentials.scope
        basic = None
        if credentials.style == "post":
            form |= {
                "client_id": credentials.client_id,
                "client_secret": credentials.client_secret,
            }
        else:
            basic = httpx.BasicAuth(credentials.client_id, credentials.client_secret)
        request = httpx.Request("POST", credentials.token_endpoint, data=form)
        if basic is not None:
            request = next(basic.auth_flow(request))
        answer = self.send(request)
        if answer.status_code != httpx.codes.OK:
            raise SourceFailed(
                f"The token endpoint answered {answer.status_code}. Check the client id, the "
                "secret, the scope and how the endpoint wants the secret (basic or post)."
            )
        self._keep(answer)

    def _keep(self, answer: httpx.Response) -> None:
        try:
            body = answer.json()
        except ValueError:
            body = None
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise SourceFailed("The token endpoint's answer holds no access_token.")
        lifetime = body.get("expires_in") if isinstance(body, dict) else None
        try:
            seconds = float(lifetime) if lifetime is not None else LIFETIME_WHEN_UNSAID
        except (TypeError, ValueError):
            seconds = LIFETIME_WHEN_UNSAID
        self._token = token
        # A lifetime shorter than the margin is used for half of it.
        self._expires = self.clock() + max(seconds - MARGIN_SECONDS, seconds / 2)
