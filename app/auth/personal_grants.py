"""The grants of apps that act for people: authorization_code and refresh_token.

Authlib's own keep a code until its token was saved, and two requests at once would both get one;
they also leave PKCE to confidential clients' choice. Here a code is used up by the act of finding
it, and without its verifier nothing is given.
"""

import hmac
import re
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.auth.authorizations import Redeemed, redeem_code, redeem_refresh_token
from app.auth.client_authentication import AUTH_METHODS, PUBLIC

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
NO_LONGER = (
    "is not one of this app's, was used before, or is too old. Send the person through "
    "/oauth/authorize again."
)


class InvalidProofError(OAuth2Error):
    """RFC 9449: the proof is missing, or not one for this request."""

    error = "invalid_dpop_proof"


class _ForPeople(BaseGrant, TokenEndpointMixin):
    """What both grants share. `self.server` is our Server."""

    TOKEN_ENDPOINT_AUTH_METHODS = [*AUTH_METHODS, PUBLIC]  # noqa: RUF012 - Authlib's own shape

    def validate_token_request(self) -> None:
        """Who calls, whether it may act for people, and what it offers to be redeemed."""
        client = self.authenticate_token_endpoint_client()
        if not client.application.redirect_uris:
            raise UnauthorizedClientError(
                "The application is not registered to act for people; it has no redirect_uris."
            )
        self.request.client = client
        self.server.grant_of(client)
        self.server.check_resource(self.request.payload.data.get("resource"))
        self.jkt = self.server.proof_of(client)
        self.redeemed = self.redeem(client)

    def redeem(self, client: Any) -> Redeemed:  # noqa: ANN401 - Authlib's own signature
        """Use up what was offered."""
        raise NotImplementedError

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """The tokens; whatever else happens, what was redeemed is used up."""
        redeemed = self.redeemed
        asked = frozenset((self.request.payload.scope or "").split())
        if asked - redeemed.scopes:
            raise InvalidScopeError("Not every scope asked for was allowed by the person.")
        token = self.server.tokens_for(
            self.request.client, redeemed, scopes=asked or redeemed.scopes, jkt=self.jkt
        )
        return 200, token, self.TOKEN_RESPONSE_HEADER

    def offered(self, name: str) -> str:
        """A parameter that this grant needs."""
        value: str | None = self.request.payload.data.get(name)
        if value is None:
            raise InvalidRequestError(f"{name} is missing.")
        return value


class CodeExchange(_ForPeople):
    """authorization_code with PKCE (RFC 7636, S256 only)."""

    GRANT_TYPE = "authorization_code"

    def redeem(self, client: Any) -> Redeemed:  # noqa: ANN401 - Authlib's own signature
        """The code must be the app's, unused, of this address, and its verifier be known."""
        code, redirect_uri = self.offered("code"), self.offered("redirect_uri")
        verifier = self.offered("code_verifier")
        redeemed = redeem_code(
            self.server.session, code, application=client.application, now=self.server.now
        )
        if redeemed is None or redeemed.code is None:
            raise InvalidGrantError(f"The code {NO_LONGER}")
        if redeemed.code.redirect_uri != redirect_uri:
            raise InvalidGrantError("redirect_uri is not the one that the code was asked for with.")
        if VERIFIER.fullmatch(verifier) is None or not hmac.compare_digest(
            create_s256_code_challenge(verifier), redeemed.code.code_challenge
        ):
            raise InvalidGrantError("code_verifier does not fit the code_challenge.")
        if redeemed.family.jkt is not None and redeemed.family.jkt != self.jkt:
            raise InvalidProofError("The proof is of another key than dpop_jkt named.")
        # What comes of the code is bound to the key that fetched it.
        redeemed.family.jkt = self.jkt
        return redeemed


class Refresh(_ForPeople):
    """refresh_token, each good once."""

    GRANT_TYPE = "refresh_token"

    def redeem(self, client: Any) -> Redeemed:  # noqa: ANN401 - Authlib's own signature
        """The token must be the app's and unused, and the key still the same."""
        redeemed = redeem_refresh_token(
            self.server.session, self.offered("refresh_token"), application=client.application,
            now=self.server.now,
        )  # fmt: skip
        if redeemed is None:
            raise InvalidGrantError(f"The refresh token {NO_LONGER}")
        if redeemed.family.jkt != self.jkt:
            raise InvalidProofError("The proof is not of the key that the tokens are bound to.")
        return redeemed
