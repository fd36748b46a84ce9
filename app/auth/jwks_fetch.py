"""Fetches an application's `jwks_uri` without letting it point into the city's own network."""

import contextlib
import http.client
import ipaddress
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

import anyio
import anyio.to_thread

from app.metrics import KEY_FETCHES

LARGEST_ANSWER = 64 * 1024
MOST_KEYS = 20
SECONDS_PER_FETCH = 5.0
# An unknown `kid` asks for a new fetch; whoever sends many of them gets no more than this.
SHORTEST_INTERVAL = 60.0
FRESH_SECONDS = 600.0
# When the consumer's server is down its last keys serve this long, then no longer.
USABLE_SECONDS = 3_600.0
# Threads of their own: the others are as many as there are database connections.
FETCHES_AT_ONCE = 8
HTTPS_PORT = 443

JwkList = list[dict[str, Any]]
FETCHED, FAILED = KEY_FETCHES.labels("fetched"), KEY_FETCHES.labels("failed")

log = logging.getLogger(__name__)


class FetchRefused(Exception):
    """The address may not be fetched, or what it answered is of no use; the message says why."""


class KeysWanted(Exception):
    """The keys must be fetched before anyone can tell; not while a database connection is held."""

    def __init__(self, uri: str, kid: str | None) -> None:
        super().__init__()
        self.uri = uri
        self.kid = kid


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: `address` is where to connect, `host` who must answer there."""

    host: str
    port: int
    path: str
    address: str


@dataclass
class _Kept:
    keys: JwkList = field(default_factory=list)
    fetched_at: float = float("-inf")
    tried_at: float = float("-inf")
    fetching: anyio.Lock = field(default_factory=anyio.Lock)


@dataclass
class RemoteKeys:
    """The key sets of applications that publish theirs; one per process."""

    allowed_hosts: frozenset[str] = frozenset()
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    monotonic: Callable[[], float] = time.monotonic
    threads: anyio.CapacityLimiter = field(
        default_factory=lambda: anyio.CapacityLimiter(FETCHES_AT_ONCE)
    )
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def kept(self, uri: str, *, kid: str | None) -> JwkList:
        """The published keys as they were last fetched.

        Raises KeysWanted when they are old or lack `kid`, unless that was tried a moment ago.
        """
        kept = self._kept.setdefault(uri, _Kept())
        if self._is_due(kept, kid):
            raise KeysWanted(uri, kid)
        return kept.keys

    async def refresh(self, wanted: KeysWanted) -> None:
        """Fetch the keys, so that `kept` then answers.

        While the server is out of reach its last answer serves, for an hour at most.
        """
        kept = self._kept.setdefault(wanted.uri, _Kept())
        # Whoever wants the same keys meanwhile waits here, without a thread.
        async with kept.fetching:
            if self._is_due(kept, wanted.kid):
                await anyio.to_thread.run_sync(
                    self._fetch_again, wanted.uri, kept, limiter=self.threads
                )

    def _is_due(self, kept: _Kept, kid: str | None) -> bool:
        now = self.monotonic()
        stale = now - kept.fetched_at > FRESH_SECONDS or not _names(kept.keys, kid)
        return stale and now - kept.tried_at >= SHORTEST_INTERVAL

    def _fetch_again(self, uri: str, kept: _Kept) -> None:
        try:
            kept.keys = self.fetch(uri)
            kept.fetched_at = self.monotonic()
            FETCHED.inc()
        except FetchRefused as refusal:
            FAILED.inc()
            host = urlsplit(uri).hostname
            log.warning("keys.fetch_failed", extra={"host": host, "reason": str(refusal)})
            if self.monotonic() - kept.fetched_at > USABLE_SECONDS:
                kept.keys = []
        finally:
            # At the end: until then those who want the keys wait for them.
            kept.tried_at = self.monotonic()

    def fetch(self, uri: str) -> JwkList:
        """Fetch one key set. Raises FetchRefused."""
        target = checked_target(uri, allowed_hosts=self.allowed_hosts)
        body = _get(target, self.tls)
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as failure:
            raise FetchRefused("The answer is not JSON.") from failure
        keys = answer.get("keys") if isinstance(answer, dict) else None
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise FetchRefused("The answer is not a JWK set (RFC 7517).")
        if len(keys) > MOST_KEYS:
            raise FetchRefused(f"The JWK set holds more than {MOST_KEYS} keys.")
        return keys


def checked_target(uri: str, *, allowed_hosts: frozenset[str]) -> Target:
    """Resolve an address once and check what it resolved to; connect to that and nothing else.

    Raises FetchRefused.
    """
    parts = _parts(uri)
    host = (parts.hostname or "").lower()
    trusted = host in allowed_hosts
    port = parts.port or HTTPS_PORT
    if port != HTTPS_PORT and not trusted:
        raise FetchRefused("jwks_uri must use port 443.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as failure:
        raise FetchRefused("The host of jwks_uri cannot be found.") from failure
    addresses = [str(row[4][0]) for row in found]
    # All of them: a name with one public and one internal address is not an honest one.
    if not trusted and not all(map(_is_public, addresses)):
        raise FetchRefused("jwks_uri must name a public host, or one in allowed_jwks_hosts.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port, path, addresses[0])


def _parts(uri: str) -> SplitResult:
    if not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri:
        raise FetchRefused("jwks_uri must be a plain https:// address.")
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as failure:
        raise FetchRefused("jwks_uri must be a plain https:// address.") from failure
    if parts.scheme != "https" or not parts.hostname or port == 0:
        raise FetchRefused("jwks_uri must start with https:// and name a host.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise FetchRefused("jwks_uri must hold neither credentials nor a fragment.")
    return parts


def _is_public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        # Addresses that carry an IPv4 address lead there: it is the one that counts.
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1]
        if inner is not None or parsed in ipaddress.IPv6Network("64:ff9b::/96"):
            return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def _get(target: Target, tls: ssl.SSLContext) -> bytes:
    # http.client follows no redirects and reads no proxy settings from the environment.
    connection = http.client.HTTPSConnection(target.host, target.port, timeout=SECONDS_PER_FETCH)
    handle: socket.socket | None = None
    watchdog: threading.Timer | None = None
    try:
        plain = socket.create_connection((target.address, target.port), timeout=SECONDS_PER_FETCH)
        # The socket's own timeout starts anew with each byte; the watchdog's does not. Its
        # duplicate outlives `wrap_socket`, which takes the first descriptor away.
        handle = plain.dup()
        watchdog = threading.Timer(SECONDS_PER_FETCH, _cut, [handle])
        watchdog.daemon = True
        watchdog.start()
        connection.sock = tls.wrap_socket(plain, server_hostname=target.host)
        connection.request("GET", target.path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(LARGEST_ANSWER + 1)
    except (OSError, http.client.HTTPException, ValueError) as failure:
        raise FetchRefused("The host of jwks_uri did not answer in time.") from failure
    finally:
        if watchdog is not None:
            watchdog.cancel()
        if handle is not None:
            handle.close()
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise FetchRefused(f"jwks_uri answered {answer.status}; redirects are not followed.")
    if len(body) > LARGEST_ANSWER:
        raise FetchRefused("The answer is larger than 64 KiB.")
    return body


def _cut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _names(keys: JwkList, kid: str | None) -> bool:
    return bool(keys) and (kid is None or any(_kid(key) == kid for key in keys))


def _kid(key: Mapping[str, Any]) -> object:
    return key.get("kid")
