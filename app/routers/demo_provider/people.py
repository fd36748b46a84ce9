"""Who can sign in, and for whom: given when the provider is built."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to choose. `key` is the `sub`; `description` has a line for each language.

    `claims` are told by userinfo; the id_token tells who it is and nothing about them.
    """

    key: str
    name: str
    description: Mapping[str, str]
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class DemoClient(ClientMixin):
    """A service that people sign in to; without a secret it is a public one."""

    client_id: str
    redirect_uris: Sequence[str]
    client_secret: str | None = field(default=None, repr=False)
    post_logout_redirect_uris: Sequence[str] = ()
    backchannel_logout_uri: str | None = None

    @property
    def client_metadata(self) -> dict[str, Any]:
        """As Authlib asks for it."""
        return {"post_logout_redirect_uris": list(self.post_logout_redirect_uris)}

    def get_client_id(self) -> str:
        """Its name."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: a redirect_uri is always said."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """`openid` is all there is; others are passed over, as OpenID Connect has it."""
        return "openid" if "openid" in (scope or "").split() else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly as registered."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is it."""
        own = self.client_secret
        return own is not None and hmac.compare_digest(own.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """A client with a secret must bring it."""
        return (method == "none") == (self.client_secret is None)

    def check_response_type(self, response_type: str) -> bool:
        """Codes only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes only, and nothing to renew."""
        return grant_type == "authorization_code"
