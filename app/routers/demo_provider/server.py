"""Authlib's server side on the provider's memory: codes with S256, id_tokens, userinfo, logout."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request, ResourceProtector
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import OAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import AuthorizationServerMetadata as NamesItself
from authlib.oidc.core import OpenIDCode
from authlib.oidc.discovery import OpenIDProviderMetadata
from authlib.oidc.rpinitiated import EndSessionEndpoint, EndSessionRequest
from authlib.oidc.rpinitiated import OpenIDProviderMetadata as EndsSessions
from joserfc.jwk import KeySet, RSAKey

from app.routers.demo_provider.memory import (
    CODE_LIFETIME,
    TOKEN_LIFETIME,
    AccessToken,
    Code,
    Memory,
    Session,
)
from app.routers.demo_provider.people import DemoClient, DemoPerson

# What every relying party understands.
ALGORITHM = "RS256"
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
ID_TOKEN_LIFETIME = TOKEN_LIFETIME

# At DEBUG Authlib writes whole tokens to the log.
logging.getLogger("authlib").setLevel(logging.INFO)


@dataclass(frozen=True)
class Provider:
    """One provider: whom it lets sign in, for whom, and what it remembers."""

    issuer: str
    people: Mapping[str, DemoPerson]
    clients: Mapping[str, DemoClient]
    key: RSAKey
    acr: str
    memory: Memory

    @property
    def keys(self) -> dict[str, Any]:
        """What it publishes."""
        described = self.key.as_dict(private=False)
        return {"keys": [{**described, "kid": self.key.kid, "use": "sig", "alg": ALGORITHM}]}

    def metadata(self) -> dict[str, Any]:
        """What it says of itself; checked as Authlib has it."""
        made = OpenIDProviderMetadata({
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks.json",
            "end_session_endpoint": f"{self.issuer}/end-session",
            "scopes_supported": ["openid"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": [self.acr],
            "ui_locales_supported": ["sv", "en"],
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        })  # fmt: skip
        made.validate(metadata_classes=[OpenIDProviderMetadata, NamesItself, EndsSessions])
        return dict(made)


@dataclass
class Answer:
    """What Authlib decided, for the endpoint to send."""

    status: int
    body: Any
    headers: dict[str, str]


class Payload(OAuth2Payload):
    """The parameters of a request, those that stand twice among them."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._datalist: dict[str, list[str]] = {}
        for name, value in pairs:
            self._datalist.setdefault(name, []).append(value)

    @property
    def data(self) -> dict[str, str]:
        """Each parameter's value."""
        return {name: values[0] for name, values in self._datalist.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        """Each parameter's values."""
        return self._datalist


class ServerRequest(OAuth2Request):
    """A request at the issuer's own address, whatever a proxy made of its own."""

    def __init__(
        self, method: str, issuer: str, headers: Mapping[str, str],
        pairs: Iterable[tuple[str, str]],
    ) -> None:  # fmt: skip
        # Authlib refuses plain http outside loopback; whether the issuer may be, its builder says.
        super().__init__(method, f"https://{urlsplit(issuer).netloc}/", headers=dict(headers))
        self.payload = Payload(pairs)

    @property
    def form(self) -> dict[str, str]:
        """The parameters, for those who look for them in the body."""
        data: dict[str, str] = self.payload.data
        return data


class AlwaysS256(CodeChallenge):
    """PKCE with S256 for every client: Authlib's own takes its absence, and `plain`."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        """Refuse a request that cannot be bound to its sender."""
        if grant.request.payload.data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send a code_challenge with code_challenge_method=S256.")
        super().validate_code_challenge(grant, redirect_uri)


class IdTokens(OpenIDCode):
    """What an id_token says: who, when, how, in which session; nothing else about the person."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """Whether a code was given for the same sign-in."""
        return self.provider.memory.codes.any(
            lambda code: code.nonce == nonce and code.client.client_id == request.payload.client_id
        )

    def get_client_algorithm(self, _client: DemoClient) -> str:
        """Always the same."""
        return ALGORITHM

    def get_encode_header(self, _client: DemoClient) -> dict[str, str]:
        """With the key's name."""
        return {"alg": ALGORITHM, "kid": str(self.provider.key.kid)}

    def resolve_client_private_key(self, _client: DemoClient) -> RSAKey:
        """Always the same."""
        return self.provider.key

    def get_client_claims(self, client: DemoClient) -> dict[str, Any]:
        """What does not depend on the person."""
        now = self.provider.memory.clock()
        expires = int((now + ID_TOKEN_LIFETIME).timestamp())
        return {"iss": self.provider.issuer, "aud": client.client_id, "exp": expires,
                "iat": int(now.timestamp())}  # fmt: skip

    def generate_user_info(self, user: Session, _scope: str) -> dict[str, str]:
        """Who, and in which session."""
        return {"sub": user.person.key, "sid": user.sid}


class CodeGrant(AuthorizationCodeGrant):
    """Codes, each taken once."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Bind the code to all that it came of."""
        memory, data = self.server.provider.memory, request.payload.data
        made = Code(
            client=request.client, session=request.user, nonce=data["nonce"],
            redirect_uri=data["redirect_uri"], code_challenge=data["code_challenge"],
            acr=self.server.provider.acr, expires=memory.clock() + CODE_LIFETIME,
        )  # fmt: skip
        memory.codes.put(code, made)

    def query_authorization_code(self, code: str, client: DemoClient) -> Code | None:
        """Take the code: whoever comes next, or fails after this, has none."""
        found: Code | None = self.server.provider.memory.codes.take(code)
        return found if found is not None and found.client == client else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It was taken already."""

    def authenticate_user(self, authorization_code: Code) -> Session:
        """Who was chosen. From now on the client is to be told when that is over."""
        session, client = authorization_code.session, authorization_code.client
        session.clients[client.client_id] = client
        return session


class EndSession(EndSessionEndpoint):
    """RP-Initiated Logout 1.0. The endpoint asks the person first."""

    def get_server_jwks(self) -> KeySet:
        """Whose id_tokens are hints."""
        return KeySet.import_key_set(self.server.provider.keys)

    def get_algorithms(self) -> list[str]:
        """How they are signed."""
        return [ALGORITHM]

    def is_post_logout_redirect_uri_legitimate(
        self, request: OAuth2Request, _uri: str, _client: DemoClient, _hint: str | None
    ) -> bool:
        """The address is the client's own, and the person is asked before it counts."""
        return bool(request.payload.data.get("client_id"))

    def end_session(self, end_session_request: EndSessionRequest) -> None:
        """Left to the endpoint, which must tell clients without holding up others."""


class TokensOfMemory(BearerTokenValidator):
    """Finds access tokens."""

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self.memory = memory

    def authenticate_token(self, token_string: str) -> AccessToken | None:
        """The token, unless it is over."""
        return self.memory.tokens.get(token_string)


class Server(AuthorizationServer):
    """Authlib's server, for as long as the provider runs."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.register_grant(CodeGrant, [AlwaysS256(required=True), IdTokens(provider)])
        self.register_token_generator("default", self._token)
        self.register_endpoint(EndSession)
        self.protector = ResourceProtector()
        self.protector.register_token_validator(TokensOfMemory(provider.memory))

    def query_client(self, client_id: str) -> DemoClient | None:
        """A client that was given."""
        return self.provider.clients.get(client_id)

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Kept when it was made."""

    def create_oauth2_request(self, request: ServerRequest) -> ServerRequest:
        """Made by the endpoint."""
        return request

    def handle_response(self, status: int, body: object, headers: list[tuple[str, str]]) -> Answer:
        """What was decided. RFC 9700 section 4.12: 303, so that no form is sent on."""
        sent = dict(headers)
        return Answer(303 if "Location" in sent else status, body, sent)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """No listeners."""

    def _token(self, *, user: Session, scope: str, **_unused: object) -> dict[str, object]:
        return {
            "access_token": self.provider.memory.new_token(user), "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFETIME.total_seconds()), "scope": scope,
        }  # fmt: skip
