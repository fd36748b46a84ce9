"""Sign-in at the city's identity providers: OpenID Connect, code with PKCE, as relying party."""

import logging
import secrets
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import anyio
from authlib.common.urls import add_params_to_uri

from app.auth.outbound import public_authorities
from app.auth.provider_client import code_client
from app.auth.provider_documents import (
    SECONDS_PER_ACT,
    Keys,
    Line,
    Metadata,
    Remembered,
    fetch_keys,
    fetch_metadata,
)
from app.auth.provider_tokens import LogoutToken, verify_id_token, verify_logout_token
from app.auth.sign_in_refusals import (
    JwtRefused,
    LogoutTokenRefused,
    ProviderUnavailable,
    SignInRefused,
    Why,
)
from app.auth.sign_ins import (
    Begun,
    Pending,
    SignedIn,
    checked_code,
    checked_state,
    identifier,
    is_private,
    userinfo,
)
from app.settings import IdentityProvider, Settings

# 256 bits each.
RANDOM_BYTES = 32
# Threads of their own: the others are as many as there are database connections.
ACTS_AT_ONCE = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Documents:
    metadata: Remembered[Metadata]
    keys: Remembered[Keys]


@dataclass
class IdentityProviders:
    """The providers that the settings name, and what they publish. One per process.

    Each method asks the provider if it must, for some seconds at most; callers run it in
    `threads`.
    """

    providers: Mapping[str, IdentityProvider]
    tls: ssl.SSLContext = field(default_factory=public_authorities)
    monotonic: Callable[[], float] = time.monotonic
    threads: anyio.CapacityLimiter = field(
        default_factory=lambda: anyio.CapacityLimiter(ACTS_AT_ONCE)
    )
    _documents: dict[str, _Documents] = field(init=False)

    def __post_init__(self) -> None:
        self._documents = {name: self._empty(one) for name, one in self.providers.items()}

    @classmethod
    def of(cls, settings: Settings) -> "IdentityProviders":
        """As configured."""
        return cls({provider.name: provider for provider in settings.identity_providers})

    def begin(
        self,
        provider: IdentityProvider,
        redirect_uri: str,
        now: datetime,
        *,
        language: str | None = None,
    ) -> Begun:
        """Where to send the browser, and what must come back with it.

        `language` is what the person reads here (`sv`, `en`). Raises ProviderUnavailable.
        """
        metadata = self._metadata(provider, _deadline())
        state, nonce, verifier = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3))
        wishes = {
            "acr_values": " ".join(provider.acr_values) or None,
            "max_age": provider.longest_age_seconds,
            "ui_locales": language,
        }
        client = code_client(provider, metadata, None, now)
        url, _state = client.create_authorization_url(
            metadata.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier,
            redirect_uri=redirect_uri, **{k: str(v) for k, v in wishes.items() if v is not None},
        )  # fmt: skip
        return Begun(
            provider=provider.name, redirect_uri=redirect_uri, state=state, nonce=nonce,
            code_verifier=verifier, began=now, url=url,
        )  # fmt: skip

    def finish(
        self,
        provider: IdentityProvider,
        pending: Pending,
        query: Iterable[tuple[str, str]],
        now: datetime,
    ) -> SignedIn:
        """Who signed in, from the query with which the browser came back.

        Raises SignInRefused, ProviderUnavailable.
        """
        try:
            return self._finish(provider, pending, list(query), now)
        except SignInRefused as refusal:
            about = {"provider": provider.name, "reason": str(refusal.reason)}
            log.warning("sign_in.refused", extra=about)
            raise
        except ProviderUnavailable as failure:
            about = {"provider": provider.name, "reason": failure.reason}
            log.warning("sign_in.provider_unavailable", extra=about)
            raise

    def end_session_url(
        self,
        provider: IdentityProvider,
        id_token_hint: str | None,
        post_logout_redirect_uri: str,
        state: str,
    ) -> str | None:
        """Where the browser ends the provider's own session too (RP-Initiated Logout 1.0).

        None when the provider has no such place or is out of reach. An id_token that holds the
        personal number is left out: addresses end up in histories and logs.
        """
        try:
            endpoint = self._metadata(provider, _deadline()).end_session_endpoint
        except ProviderUnavailable:
            return None
        if endpoint is None:
            return None
        asked = {
            "client_id": provider.client_id, "state": state,
            "post_logout_redirect_uri": post_logout_redirect_uri,
        }  # fmt: skip
        if id_token_hint is not None and not is_private(provider, id_token_hint):
            asked["id_token_hint"] = id_token_hint
        return str(add_params_to_uri(endpoint, asked.items()))

    def verify_logout_token(
        self, provider: IdentityProvider, token: str, now: datetime
    ) -> LogoutToken:
        """Which sessions the provider has ended. That `jti` is new is for the caller to check.

        Raises LogoutTokenRefused, ProviderUnavailable.
        """
        until = _deadline()
        try:
            return verify_logout_token(
                provider, token, lambda kid: self._keys(provider, kid, until), now=now
            )
        except JwtRefused as refusal:
            about = {"provider": provider.name, "reason": str(refusal.reason)}
            log.warning("logout_token.refused", extra=about)
            raise LogoutTokenRefused(refusal.reason) from refusal

    def _finish(
        self,
        provider: IdentityProvider,
        pending: Pending,
        query: list[tuple[str, str]],
        now: datetime,
    ) -> SignedIn:
        until = _deadline()
        given = checked_state(provider, pending, query, now)
        metadata = self._metadata(provider, until)
        code = checked_code(provider, metadata, given)
        line = Line(provider, self.tls, until)
        tokens = code_client(provider, metadata, line, now).fetch_token(
            metadata.token_endpoint, grant_type="authorization_code", code=code,
            code_verifier=pending.code_verifier, redirect_uri=pending.redirect_uri,
        )  # fmt: skip
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(access_token, str):
            raise SignInRefused(Why.MALFORMED)
        try:
            verified = verify_id_token(
                provider, id_token, lambda kid: self._keys(provider, kid, until),
                nonce=pending.nonce, access_token=access_token, now=now,
            )  # fmt: skip
        except JwtRefused as refusal:
            raise SignInRefused(refusal.reason) from refusal
        claims = verified.claims
        if claims.get(provider.claim) is None:
            claims = userinfo(line, metadata, access_token, verified)
        return SignedIn(
            provider=provider.name, issuer=provider.issuer, subject=verified.subject,
            sid=verified.sid, acr=verified.acr, auth_time=verified.auth_time,
            identifier=identifier(provider, claims), id_token=str(id_token),
        )  # fmt: skip

    def _empty(self, provider: IdentityProvider) -> _Documents:
        def metadata(until: float) -> Metadata:
            return fetch_metadata(Line(provider, self.tls, until))

        def keys(until: float) -> Keys:
            uri = self._metadata(provider, until).jwks_uri
            return fetch_keys(Line(provider, self.tls, until), uri)

        return _Documents(
            Remembered(metadata, provider.name, "metadata", lambda: self.monotonic()),
            Remembered(keys, provider.name, "keys", lambda: self.monotonic()),
        )

    def _metadata(self, provider: IdentityProvider, until: float) -> Metadata:
        return self._documents[provider.name].metadata.current(until)

    def _keys(self, provider: IdentityProvider, kid: str, until: float) -> Keys:
        return self._documents[provider.name].keys.current(
            until, lambda keys: any(key.get("kid") == kid for key in keys)
        )


def _deadline() -> float:
    return time.monotonic() + SECONDS_PER_ACT
