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

from app.auth.authorization_requests import (
    PUSHED_SECONDS,
    RESOURCES,
    NoSuchApp,
    RequestRefused,
    push,
)
from app.auth.authorizations import Lifetimes, Redeemed, issue_refresh_token
from app.auth.client_authentication import AUTH_METHODS, PUBLIC, ClientAuthenticator
from app.auth.jwks_fetch import RemoteKeys
from app.auth.personal_access import use_proof
from app.auth.personal_grants import CodeExchange, InvalidProofError, Refresh
from app.auth.signing_keys import current_signing_key
from app.auth.token_endpoints import Introspection, Revocation
from app.auth.tokens import Acting, TokenRefused, issue_token
from app.local_time import local_day
from app.models.consumers import Application, Grant
from app.queries.access import SYSTEM_SCOPES
from app.queries.consumers import active_grant
from app.settings import Settings

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
JTI_BYTES = 16
GRANT_TYPES = ("client_credentials", "authorization_code", "refresh_token")

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

    @property
    def lifetimes(self) -> Lifetimes:
        """Of refresh tokens, as the city decided."""
        settings = self.settings
        return Lifetimes(
            timedelta(days=settings.refresh_token_days), timedelta(days=settings.authorization_days)
        )


class Client(ClientMixin):
    """An authenticated application, as Authlib wants to see it."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def get_client_id(self) -> str:
        """Its public name."""
        return self.application.client_id

    def check_grant_type(self, grant_type: str) -> bool:
        """What else a grant needs it says itself."""
        return grant_type in GRANT_TYPES


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
        if self.request.auth_method == PUBLIC:
            raise UnauthorizedClientError(
                "An app that proves nothing of itself cannot act for itself, only for people."
            )
        granted = frozenset(self.server.grant_of(self.request.client).scopes) & SYSTEM_SCOPES
        asked = frozenset((self.request.payload.scope or "").split())
        if asked - granted:
            raise InvalidScopeError(
                "The application's grant does not hold every scope asked for. It holds: "
                f"{' '.join(sorted(granted))}."
            )
        self.server.check_resource(self.request.payload.data.get("resource"))
        self.server.jkt = self.server.proof_of(self.request.client)
        self.request.payload.data["scope"] = " ".join(sorted(asked or granted))


class Server(AuthorizationServer):
    """Authlib's server for one request, within the caller's transaction."""

    def __init__(self, session: Session, services: OAuthServices, now: datetime) -> None:
        super().__init__()
        self.session = session
        self.services = services
        self.now = now
        self.today = local_day(now)
        self.proof: str | None = None
        # Who has proved to be calling.
        self.client_id: str | None = None
        issuer = services.settings.public_url
        self.client_authenticator = ClientAuthenticator(
            session, services.remote_keys, frozenset({issuer, issuer + TOKEN_PATH}), now
        )
        # The key of the DPoP proof that came with the request.
        self.jkt: str | None = None
        for grant in (OwnCredentials, CodeExchange, Refresh):
            self.register_grant(grant)
        self.register_token_generator("default", self._token)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)

    def answer(
        self, endpoint: str, headers: Mapping[str, str], form: Mapping[str, str]
    ) -> OAuthAnswer:
        """Answer a request to `token`, `revocation` or `introspection`."""
        request = ServerRequest(self.services.settings.public_url, headers, form)
        self.proof = headers.get("dpop")
        if endpoint == "token":
            if "grant_type" not in form:
                error = InvalidRequestError(
                    "grant_type is missing; send client_credentials, authorization_code or "
                    "refresh_token."
                )
                return self.handle_error_response(request, error)
            return self.create_token_response(request)
        return self.create_endpoint_response(endpoint, request)

    def push(self, headers: Mapping[str, str], form: Mapping[str, str]) -> OAuthAnswer:
        """Keep an authorization request of a client that proves itself (RFC 9126)."""
        request = ServerRequest(self.services.settings.public_url, headers, form)
        try:
            client = self.authenticate_client(request, None)
            if "request_uri" in form:
                raise InvalidRequestError("Push the parameters themselves, not a request_uri.")
            issuer = self.services.settings.public_url
            with self.session.begin_nested():
                request_uri = push(
                    self.session, client.application, form, issuer=issuer, today=self.today,
                    now=self.now,
                )  # fmt: skip
        except OAuth2Error as error:
            return self.handle_error_response(request, error)
        except RequestRefused as refusal:
            return OAuthAnswer(400, _named_error(refusal.error, refusal.description), {})
        except NoSuchApp as refusal:
            description = f"{refusal.reason} is not one that this app is registered with."
            return OAuthAnswer(400, _named_error("invalid_request", description), {})
        return OAuthAnswer(201, {"request_uri": request_uri, "expires_in": PUSHED_SECONDS}, {})

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
        if resource is not None and resource not in {issuer + path for path in RESOURCES}:
            raise InvalidTargetError(f"This server gives tokens for {issuer} only.")

    def proof_of(self, client: Client) -> str | None:
        """The thumbprint of the key that the request proves to hold; None when it tries nothing."""
        proof = self.proof
        if proof is None:
            if client.application.requires_dpop:
                raise InvalidProofError("This app must send a DPoP proof (RFC 9449).")
            return None
        address = self.services.settings.public_url + TOKEN_PATH
        try:
            return use_proof(self.session, proof, method="POST", url=address, now=self.now).jkt
        except TokenRefused as refusal:
            raise InvalidProofError(refusal.reason) from refusal

    def tokens_for(
        self, client: Client, redeemed: Redeemed, *, scopes: frozenset[str], jkt: str | None
    ) -> dict[str, object]:
        """An access token that acts for the person, and the family's next refresh token."""
        acting = Acting(redeemed.person_id, redeemed.family.id)
        tokens = self._access_token(client.get_client_id(), scopes, acting=acting, jkt=jkt)
        refresh_token = issue_refresh_token(
            self.session, redeemed.family, lifetimes=self.services.lifetimes, now=self.now
        )
        return {**tokens, "refresh_token": refresh_token}

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
        return self._access_token(client.get_client_id(), frozenset(scope.split()), jkt=self.jkt)

    def _access_token(
        self, client_id: str, scopes: frozenset[str], *, acting: Acting | None = None,
        jkt: str | None = None,
    ) -> dict[str, object]:  # fmt: skip
        settings = self.services.settings
        key = current_signing_key(self.session, sealing_key=self.services.sealing_key, now=self.now)
        token = issue_token(
            key,
            issuer=settings.public_url,
            client_id=client_id,
            scopes=scopes,
            jti=secrets.token_urlsafe(JTI_BYTES),
            now=self.now,
            lifetime=timedelta(seconds=settings.access_token_seconds),
            acting=acting,
            jkt=jkt,
        )
        expires_in = settings.access_token_seconds
        described = {
            "token_type": "DPoP" if jkt else "Bearer",
            "expires_in": expires_in,
            "scope": " ".join(sorted(scopes)),
        }
        return {"access_token": token, **described}


def _named_error(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}
