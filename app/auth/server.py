"""The authorization server: Authlib's grants and endpoints on our tables. Built per request."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientCredentialsGrant,
    ClientMixin,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from sqlmodel import Session

from app.auth.client_authentication import AUTH_METHODS, ClientAuthenticator
from app.auth.consumer_access import STOCKHOLM
from app.auth.jwks_fetch import RemoteKeys
from app.auth.signing_keys import current_signing_key
from app.auth.token_endpoints import Introspection, Revocation
from app.auth.tokens import issue_token
from app.models.consumers import Application, Grant
from app.queries.access import SYSTEM_SCOPES
from app.queries.consumers import active_grant
from app.settings import Settings

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
GRANT_TYPE = "client_credentials"
JTI_BYTES = 16

# At DEBUG Authlib writes whole tokens to the log.
logging.getLogger("authlib").setLevel(logging.INFO)


class InvalidTargetError(OAuth2Error):
    """RFC 8707: the token was asked for a resource that is not ours."""

    error = "invalid_target"


@dataclass(frozen=True, slots=True)
class OAuthAnswer:
    """What an endpoint answers: JSON and its headers."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OAuthServices:
    """What the authorization server of one process works with."""

    settings: Settings
    sealing_key: bytes
    remote_keys: RemoteKeys


class Client(ClientMixin):
    """An authenticated application, as Authlib wants to see it."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def get_client_id(self) -> str:
        """Its public name."""
        return self.application.client_id

    def check_grant_type(self, grant_type: str) -> bool:
        """Applications act for themselves only."""
        return grant_type == GRANT_TYPE


class ServerRequest(OAuth2Request):
    """A request whose form has been read. Its address is built from the configured issuer:
    behind a proxy the Host header and the scheme are whatever the caller made them.
    """

    def __init__(self, issuer: str, headers: Mapping[str, str], form: Mapping[str, str]) -> None:
        # Authlib refuses plain http outside loopback; whether the issuer may be, settings decide.
        https = "https://" + issuer.partition("://")[2]
        super().__init__("POST", https + TOKEN_PATH, headers=dict(headers))
        self.payload = BasicOAuth2Payload(dict(form))

    @property
    def form(self) -> Mapping[str, str]:
        """The parameters of the body."""
        return self.payload.data


class OwnCredentials(ClientCredentialsGrant):
    """client_credentials, where a scope that cannot be given is refused, never dropped."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def validate_requested_scope(self) -> None:
        """Settle which scopes the token will carry: those asked for, or all that are granted."""
        granted = frozenset(self.server.grant_of(self.request.client).scopes) & SYSTEM_SCOPES
        asked = frozenset((self.request.payload.scope or "").split())
        if asked - granted:
            raise InvalidScopeError(
                "The application's grant does not hold every scope asked for. It holds: "
                f"{' '.join(sorted(granted))}."
            )
        self.server.check_resource(self.request.payload.data.get("resource"))
        self.request.payload.data["scope"] = " ".join(sorted(asked or granted))


class Server(AuthorizationServer):
    """Authlib's server for one request, within the caller's transaction."""

    def __init__(self, session: Session, services: OAuthServices, now: datetime) -> None:
        super().__init__()
        self.session = session
        self.services = services
        self.now = now
        self.today = now.astimezone(STOCKHOLM).date()
        # Who has proved to be calling.
        self.client_id: str | None = None
        issuer = services.settings.public_url
        self.client_authenticator = ClientAuthenticator(
            session, services.remote_keys, frozenset({issuer, issuer + TOKEN_PATH}), now
        )
        self.register_grant(OwnCredentials)
        self.register_token_generator("default", self._token)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)

    def answer(
        self, endpoint: str, headers: Mapping[str, str], form: Mapping[str, str]
    ) -> OAuthAnswer:
        """Answer a request to `token`, `revocation` or `introspection`."""
        request = ServerRequest(self.services.settings.public_url, headers, form)
        if endpoint == "token":
            if "grant_type" not in form:
                error = InvalidRequestError("grant_type is missing; send client_credentials.")
                return self.handle_error_response(request, error)
            return self.create_token_response(request)
        return self.create_endpoint_response(endpoint, request)

    def authenticate_client(
        self, request: ServerRequest, _methods: object, _endpoint: str = "token"
    ) -> Client:
        """Authenticate as every endpoint does; replaces Authlib's registry of methods."""
        application, method = self.client_authenticator.authenticate(request.headers, request.form)
        request.auth_method = method
        self.client_id = application.client_id
        return Client(application)

    def grant_of(self, client: Client) -> Grant:
        """The grant that counts today. Raises UnauthorizedClientError when there is none."""
        grant = active_grant(self.session, application_id=client.application.id, today=self.today)
        if grant is None:
            raise UnauthorizedClientError("The application has no grant that is valid today.")
        return grant

    def check_resource(self, resource: str | None) -> None:
        """RFC 8707: a token may be asked for our own resource only."""
        issuer = self.services.settings.public_url
        if resource not in (None, issuer, f"{issuer}/ss12000/v2.0"):
            raise InvalidTargetError(f"This server gives tokens for {issuer} only.")

    def query_client(self, client_id: str) -> NoReturn:
        """Never asked: `authenticate_client` finds the client and proves it in one act."""
        raise NotImplementedError(client_id)

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Nothing to keep: the token carries everything, and only revocations are stored."""

    def create_oauth2_request(self, request: ServerRequest) -> ServerRequest:
        """Already made by `answer`."""
        return request

    def handle_response(
        self, status: int, body: Mapping[str, Any], headers: list[tuple[str, str]]
    ) -> OAuthAnswer:
        """What Authlib decided, for the router to send."""
        return OAuthAnswer(status, body, dict(headers))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """No listeners."""

    def _token(self, *, client: Client, scope: str, **_unused: object) -> dict[str, object]:
        settings = self.services.settings
        key = current_signing_key(self.session, sealing_key=self.services.sealing_key, now=self.now)
        token = issue_token(
            key,
            issuer=settings.public_url,
            client_id=client.get_client_id(),
            scopes=frozenset(scope.split()),
            jti=secrets.token_urlsafe(JTI_BYTES),
            now=self.now,
            lifetime=timedelta(seconds=settings.access_token_seconds),
        )
        expires_in = settings.access_token_seconds
        described = {"token_type": "Bearer", "expires_in": expires_in, "scope": scope}
        return {"access_token": token, **described}
