"""The requests that a sign-in makes, with Authlib's client on our own guarded connections."""

import http
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from authlib.common.urls import add_params_to_qs
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import ECKey, JWKRegistry

from app.auth.outbound import Answer
from app.auth.provider_documents import Line, Metadata, json_answer
from app.auth.sign_in_refusals import ProviderUnavailable, SignInRefused, Why
from app.auth.strict_json import read_object
from app.settings import IdentityProvider

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFETIME = timedelta(minutes=1)
# The provider's word for us is wrong, not the person's sign-in.
OUR_FAULT = ("invalid_client", "unauthorized_client")

AuthMethod = Callable[[ClientAuth, str, str, dict[str, str], str], tuple[str, dict[str, str], str]]


@dataclass(frozen=True, slots=True)
class Connections:
    """What Authlib takes for its session; every answer has been capped and timed."""

    line: Line | None

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth
    ) -> Answer:
        """Send a form. Raises ProviderUnavailable."""
        assert self.line is not None
        # A copy: Authlib's usual headers are one object for all clients, and the secret goes in.
        prepared = auth.prepare("POST", url, dict(headers), urlencode(data))
        return self.line.ask("POST", prepared[0], prepared[1], prepared[2].encode())


class CodeClient(OAuth2Client):
    """Authlib's client, reading answers strictly and authenticating as RFC 6749 has it."""

    def parse_response_token(self, response: Answer) -> dict[str, Any]:
        """The token endpoint's answer. Raises SignInRefused, ProviderUnavailable."""
        refusing = (http.HTTPStatus.BAD_REQUEST, http.HTTPStatus.UNAUTHORIZED)
        if response.status in refusing:
            _refuse(response)
        found = json_answer(response)
        if "error" in found:
            _refuse(response)
        return found


def code_client(
    provider: IdentityProvider, metadata: Metadata, line: Line | None, now: datetime
) -> CodeClient:
    """The client for one sign-in; without a line it only makes addresses."""
    client = CodeClient(
        Connections(line),
        client_id=provider.client_id,
        client_secret=provider.client_secret and provider.client_secret.get_secret_value(),
        token_endpoint_auth_method=_auth_method(provider, metadata),
        scope=provider.scope,
        code_challenge_method="S256",
    )
    client.register_client_auth_method(("client_secret_basic", _basic))
    client.register_client_auth_method(("private_key_jwt", _signing(provider, now)))
    return client


def _auth_method(provider: IdentityProvider, metadata: Metadata) -> str:
    if provider.private_jwk is not None:
        return "private_key_jwt"
    if provider.client_secret is None:
        return "none"
    only_post = "client_secret_basic" not in metadata.auth_methods
    return "client_secret_post" if only_post else "client_secret_basic"


def _basic(
    client: ClientAuth, _method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    # RFC 6749 section 2.3.1 encodes both before they are joined, which Authlib does not.
    pair = ":".join(quote(part, safe="") for part in (client.client_id, client.client_secret))
    headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return uri, headers, body


def _signing(provider: IdentityProvider, now: datetime) -> AuthMethod:
    """private_key_jwt (RFC 7523), for the issuer alone: nobody else can use what it was sent."""

    def sign(
        client: ClientAuth, _method: str, uri: str, headers: dict[str, str], body: str
    ) -> tuple[str, dict[str, str], str]:
        assert provider.private_jwk is not None
        key = JWKRegistry.import_key(read_object(provider.private_jwk.get_secret_value()))
        alg = "ES256" if isinstance(key, ECKey) else "PS256"
        issued = int(now.timestamp())
        claims = {
            "iss": client.client_id, "sub": client.client_id, "aud": provider.issuer,
            "jti": secrets.token_urlsafe(16), "iat": issued,
            "exp": issued + int(ASSERTION_LIFETIME.total_seconds()),
        }  # fmt: skip
        header = {"alg": alg, "typ": "JWT"} | ({"kid": key.kid} if key.kid else {})
        assertion = jwt.encode(header, claims, key, algorithms=[alg])
        proof = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)]
        # RFC 7523: redundant, and some providers look the client up by it.
        proof.append(("client_id", client.client_id))
        return uri, headers, add_params_to_qs(body, proof)

    return sign


def _refuse(response: Answer) -> NoReturn:
    try:
        error = read_object(response.body).get("error")
    except ValueError as failure:
        raise ProviderUnavailable("not JSON") from failure
    if error in OUR_FAULT:
        raise ProviderUnavailable("does not know this service by its credential")
    if not isinstance(error, str):
        raise ProviderUnavailable(f"status {response.status}")
    raise SignInRefused(Why.CODE)
