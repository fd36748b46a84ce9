"""Revocation (RFC 7009) and introspection (RFC 7662) of our own access tokens."""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from sqlalchemy.dialects.postgresql import insert

from app.auth.authorizations import REFRESH_PREFIX, end_by_refresh_token
from app.auth.signing_keys import key_ring
from app.auth.tokens import TokenRefused, VerifiedToken, verify_token
from app.models.tokens import RevokedToken
from app.queries.consents import living_authorization
from app.queries.consumers import standing

# Authlib's endpoints are handed to the server as classes and find it as `self.server`.


@dataclass(frozen=True, slots=True)
class OwnToken:
    """A verified token, as Authlib wants to see it."""

    verified: VerifiedToken

    def check_client(self, client: Any) -> bool:  # noqa: ANN401 - Authlib's own signature
        """Whether it was issued to this client."""
        return bool(client.get_client_id() == self.verified.client_id)

    def is_expired(self) -> bool:
        """Expired tokens are not found at all."""
        return False

    def is_revoked(self) -> bool:
        """Revoked tokens are not found at all."""
        return False


class _Finding:
    server: Any

    def find(self, text: str) -> OwnToken | None:
        """The token, if it is ours and has not expired."""
        try:
            verified = verify_token(
                text,
                ring=key_ring(self.server.session),
                issuer=self.server.services.settings.public_url,
                now=self.server.now,
            )
        except TokenRefused:
            return None
        return OwnToken(verified)


@dataclass(frozen=True, slots=True)
class OwnRefreshToken:
    """A refresh token, as it was sent; whose it is decides the act of ending it."""

    token: str

    def check_client(self, _client: Any) -> bool:  # noqa: ANN401 - Authlib's own signature
        """Somebody else's is as if unknown, and so has ended already."""
        return True


class Revocation(_Finding, RevocationEndpoint):
    """A client ends its own token; one that is unknown or expired has ended already."""

    def query_token(
        self, token_string: str, _hint: str | None
    ) -> "OwnToken | OwnRefreshToken | None":
        """Find the token to end."""
        if token_string.startswith(REFRESH_PREFIX):
            return OwnRefreshToken(token_string)
        return self.find(token_string)

    def revoke_token(self, token: "OwnToken | OwnRefreshToken", request: Any) -> None:  # noqa: ANN401 - Authlib's
        """End it, by jti: the same token in another spelling ends with it.

        With a refresh token ends all that came of the same authorization.
        """
        if isinstance(token, OwnRefreshToken):
            application = request.client.application
            end_by_refresh_token(
                self.server.session, token.token, application=application, now=self.server.now
            )
            return
        verified = token.verified
        values = {"client_id": verified.client_id, "expires": verified.expires}
        self.server.session.execute(
            insert(RevokedToken).values(jti=verified.jti, **values).on_conflict_do_nothing()
        )


class Introspection(_Finding, IntrospectionEndpoint):
    """A client asks whether its own token still counts; of others it learns nothing."""

    def query_token(self, token_string: str, _hint: str | None) -> OwnToken | None:
        """Find the token, unless it no longer counts."""
        found = self.find(token_string)
        return found if found is not None and self._counts(found.verified) else None

    def check_permission(self, token: OwnToken, client: object, _request: object) -> bool:
        """Own tokens only."""
        return token.check_client(client)

    def introspect_token(self, token: OwnToken) -> dict[str, object]:
        """What the token says."""
        issuer = self.server.services.settings.public_url
        verified = token.verified
        return {
            "active": True,
            "token_type": "DPoP" if verified.jkt else "Bearer",
            "client_id": verified.client_id,
            "sub": str(verified.acting.person_id) if verified.acting else verified.client_id,
            "scope": " ".join(sorted(verified.scopes)),
            "iss": issuer,
            "aud": issuer,
            "iat": int(verified.issued.timestamp()),
            "exp": int(verified.expires.timestamp()),
            "jti": verified.jti,
        } | ({"cnf": {"jkt": verified.jkt}} if verified.jkt else {})

    def _counts(self, token: VerifiedToken) -> bool:
        found = standing(
            self.server.session,
            client_id=token.client_id,
            jti=token.jti,
            today=self.server.today,
        )
        if found is None or not found.counts(token.issued):
            return False
        acting = token.acting
        return acting is None or living_authorization(
            self.server.session, family_id=acting.family_id, client_id=token.client_id,
            person_id=acting.person_id, now=self.server.now,
        ) is not None  # fmt: skip
