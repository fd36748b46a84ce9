"""What an identity provider publishes, its metadata and its keys: fetched, checked, remembered."""

import http
import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from app.auth import outbound
from app.auth.outbound import AddressRefused, Answer, NotReached
from app.auth.sign_in_refusals import ProviderUnavailable
from app.auth.strict_json import read_object
from app.settings import IdentityProvider

# For all that one act asks of the provider together, its names' resolution included.
SECONDS_PER_ACT = 5.0
LARGEST_ANSWER = 256 * 1024
MOST_KEYS = 50
DISCOVERY = "/.well-known/openid-configuration"
FRESH_SECONDS = 600.0
# Out of reach, the provider's last answer serves this long, then no longer.
USABLE_SECONDS = 3_600.0
# Whoever sends tokens with made-up key ids gets no more fetches than this.
SHORTEST_INTERVAL = 30.0
# Where nothing is known that could serve meanwhile.
SHORTEST_RETRY = 5.0

Keys = tuple[Mapping[str, Any], ...]
T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where the provider's endpoints are."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    auth_methods: tuple[str, ...]
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A way to call one provider, until the act's deadline (`time.monotonic`)."""

    provider: IdentityProvider
    tls: ssl.SSLContext
    until: float

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """One request, to the issuer's host, an inner one of its own, or a public one.

        Raises ProviderUnavailable.
        """
        try:
            target = outbound.checked_target(
                url, allowed_hosts=own_hosts(self.provider), named="The provider's address",
                inner_http=self.provider.issuer.startswith("http:"),
            )  # fmt: skip
            answer = outbound.call(
                target, self.tls, method=method, headers=headers, body=body,
                seconds=max(0.0, self.until - time.monotonic()), largest=LARGEST_ANSWER,
            )  # fmt: skip
        except AddressRefused as refusal:
            raise ProviderUnavailable("address") from refusal
        except NotReached as failure:
            raise ProviderUnavailable(failure.reason) from failure
        if len(answer.body) > LARGEST_ANSWER:
            raise ProviderUnavailable("too large")
        return answer

    def document(self, url: str) -> dict[str, Any]:
        """A JSON object that the provider publishes. Raises ProviderUnavailable."""
        return json_answer(self.ask("GET", url, {"Accept": "application/json"}))


def own_hosts(provider: IdentityProvider) -> frozenset[str]:
    """The hosts that may be inside the city's network."""
    issuer = urlsplit(provider.issuer).hostname or ""
    return frozenset(host.lower() for host in (issuer, *provider.inner_hosts))


def discovery_url(provider: IdentityProvider) -> str:
    """Where it publishes its metadata."""
    return provider.issuer.rstrip("/") + DISCOVERY


def check_provider(provider: IdentityProvider) -> None:
    """Fetch all that the provider publishes, and keep nothing. Raises ProviderUnavailable."""
    line = Line(provider, outbound.public_authorities(), time.monotonic() + SECONDS_PER_ACT)
    fetch_keys(line, fetch_metadata(line).jwks_uri)


def json_answer(answer: Answer) -> dict[str, Any]:
    """The object of a good answer. Raises ProviderUnavailable."""
    if answer.status != http.HTTPStatus.OK:
        raise ProviderUnavailable(f"status {answer.status}")
    try:
        return read_object(answer.body)
    except ValueError as failure:
        raise ProviderUnavailable("not JSON") from failure


@dataclass
class Remembered(Generic[T]):
    """One document of one provider."""

    fetch: Callable[[float], T]
    provider: str
    named: str
    monotonic: Callable[[], float]
    _value: T | None = None
    _fetched_at: float = float("-inf")
    _tried_at: float = float("-inf")
    _fetching: threading.Lock = field(default_factory=threading.Lock)

    def current(self, until: float, suffices: Callable[[T], bool] = lambda _value: True) -> T:
        """The document, fetched again when it is old or does not suffice, but not too often.

        Whoever can do with what is there does not wait for somebody else's fetch.
        Raises ProviderUnavailable.
        """
        kept = self._usable()
        if kept is None or self._is_due(suffices):
            enough = kept is not None and suffices(kept)
            patience = 0.0 if enough else max(0.0, until - time.monotonic())
            if self._fetching.acquire(timeout=patience):
                try:
                    if self._is_due(suffices):
                        self._fetch_again(until)
                finally:
                    self._fetching.release()
        kept = self._usable()
        if kept is None:
            raise ProviderUnavailable("out of reach")
        return kept

    def _usable(self) -> T | None:
        return self._value if self.monotonic() - self._fetched_at <= USABLE_SECONDS else None

    def _is_due(self, suffices: Callable[[T], bool]) -> bool:
        now, kept = self.monotonic(), self._usable()
        stale = kept is None or now - self._fetched_at > FRESH_SECONDS or not suffices(kept)
        return stale and now - self._tried_at >= (SHORTEST_RETRY if kept is None
                                                  else SHORTEST_INTERVAL)  # fmt: skip

    def _fetch_again(self, until: float) -> None:
        try:
            self._value = self.fetch(until)
            self._fetched_at = self.monotonic()
        except ProviderUnavailable as failure:
            about = {"provider": self.provider, "document": self.named, "reason": failure.reason}
            log.warning("identity_provider.fetch_failed", extra=about)
        finally:
            self._tried_at = self.monotonic()


def fetch_metadata(line: Line) -> Metadata:
    """Fetch the provider's metadata (OpenID Connect Discovery). Raises ProviderUnavailable."""
    found = line.document(discovery_url(line.provider))
    if found.get("issuer") != line.provider.issuer:
        raise ProviderUnavailable("another issuer")
    methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    names_itself = found.get("authorization_response_iss_parameter_supported", False)
    if not isinstance(methods, list) or not isinstance(names_itself, bool):
        raise ProviderUnavailable("malformed metadata")
    return Metadata(
        authorization_endpoint=_endpoint(line, found, "authorization_endpoint"),
        token_endpoint=_endpoint(line, found, "token_endpoint"),
        jwks_uri=_endpoint(line, found, "jwks_uri"),
        userinfo_endpoint=_optional(line, found, "userinfo_endpoint"),
        end_session_endpoint=_optional(line, found, "end_session_endpoint"),
        auth_methods=tuple(method for method in methods if isinstance(method, str)),
        names_itself=names_itself,
    )


def fetch_keys(line: Line, jwks_uri: str) -> Keys:
    """Fetch the provider's keys. Raises ProviderUnavailable."""
    keys = line.document(jwks_uri).get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise ProviderUnavailable("not a key set")
    if not 0 < len(keys) <= MOST_KEYS:
        raise ProviderUnavailable("no keys, or too many")
    return tuple(keys)


def _optional(line: Line, found: Mapping[str, Any], name: str) -> str | None:
    return _endpoint(line, found, name) if found.get(name) is not None else None


def _endpoint(line: Line, found: Mapping[str, Any], name: str) -> str:
    """An address that people may be sent to and secrets too. Raises ProviderUnavailable."""
    url = found.get(name)
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        raise ProviderUnavailable(f"malformed {name}")
    try:
        parts = urlsplit(url)
    except ValueError as failure:
        raise ProviderUnavailable(f"malformed {name}") from failure
    plain = line.provider.issuer.startswith("http:") and parts.hostname in own_hosts(line.provider)
    if parts.scheme not in (("https", "http") if plain else ("https",)) or parts.fragment:
        raise ProviderUnavailable(f"unsafe {name}")
    if not parts.hostname or parts.username is not None:
        raise ProviderUnavailable(f"unsafe {name}")
    return url
