"""Revocation (RFC 7009) and introspection (RFC 7662) of our own access tokens."""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from sqlalchemy.dialects.postgresql import insert

from app.auth.signing_keys import key_ring
from app.auth.tokens import TokenRefused, VerifiedToken, verify_token
from app.models.tokens import RevokedToken
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


class Revocation(_Finding, RevocationEndpoint):
    """A client ends its own token; one that is unknown or expired has ended already."""

    def query_token(self, token_string: str, _hint: str | None) -> OwnToken | None:
        """Find the token to end."""
        return self.find(token_string)

    def revoke_token(self, token: OwnToken, _request: object) -> None:
        """End it, by jti: the same token in another spelling ends with it."""
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
            "token_type": "Bearer",
            "client_id": verified.client_id,
            "sub": verified.client_id,
            "scope": " ".join(sorted(verified.scopes)),
            "iss": issuer,
            "aud": issuer,
            "iat": int(verified.issued.timestamp()),
            "exp": int(verified.expires.timestamp()),
            "jti": verified.jti,
        }

    def _counts(self, token: VerifiedToken) -> bool:
        found = standing(
            self.server.session,
            client_id=token.client_id,
            jti=token.jti,
            today=self.server.today,
        )
        return found is not None and found.counts(token.issued)
