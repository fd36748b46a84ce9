"""Fetches an application's `jwks_uri` without letting it point into the city's own network."""

import http
import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.to_thread

from app.auth import outbound
from app.auth.outbound import AddressRefused, NotReached, Target
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
    tls: ssl.SSLContext = field(default_factory=outbound.public_authorities)
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

    async def current(self, uri: str, *, kid: str | None) -> JwkList:
        """The published keys, fetched again when they are old or lack `kid`.

        Whoever needs only keys that are there does not wait for somebody else's fetch.
        """
        try:
            return self.kept(uri, kid=kid)
        except KeysWanted as wanted:
            kept = self._kept[uri]
            fresh = self.monotonic() - kept.fetched_at <= USABLE_SECONDS
            if not (kept.fetching.locked() and fresh and _names(kept.keys, kid)):
                await self.refresh(wanted)
            return kept.keys

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
    try:
        return outbound.checked_target(uri, allowed_hosts=allowed_hosts, named="jwks_uri")
    except AddressRefused as refusal:
        raise FetchRefused(str(refusal)) from refusal


def _get(target: Target, tls: ssl.SSLContext) -> bytes:
    try:
        answer = outbound.call(
            target, tls, method="GET", headers={"Accept": "application/json"},
            seconds=SECONDS_PER_FETCH, largest=LARGEST_ANSWER,
        )  # fmt: skip
    except NotReached as failure:
        raise FetchRefused("The host of jwks_uri did not answer in time.") from failure
    if answer.status != http.HTTPStatus.OK:
        raise FetchRefused(f"jwks_uri answered {answer.status}; redirects are not followed.")
    if len(answer.body) > LARGEST_ANSWER:
        raise FetchRefused("The answer is larger than 64 KiB.")
    return answer.body


def _names(keys: JwkList, kid: str | None) -> bool:
    return bool(keys) and (kid is None or any(_kid(key) == kid for key in keys))


def _kid(key: Mapping[str, Any]) -> object:
    return key.get("kid")
