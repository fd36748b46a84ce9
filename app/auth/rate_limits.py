"""How often a consumer may call, by its tier and the kind of route: slowapi's limiter, our keys.

Keys are client ids: an address can be shared or forged. Only where nobody is known, at the token
endpoint and before what is public, calls are counted by address.
"""

import logging
import time
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from limits import RateLimitItemPerMinute
from slowapi import Limiter

from app.auth.process_counts import ProcessCounts
from app.errors import TooManyRequests
from app.queries.access import Access


class RouteClass(StrEnum):
    """Kinds of routes that are limited apart."""

    READ = "read"
    LOOKUP = "lookup"
    STREAM = "stream"
    WRITE = "write"
    TOKEN = "token"  # noqa: S105 - a kind of route, not a secret
    FEED = "feed"
    PUBLIC = "public"


def _tier(*, read: int, lookup: int, write: int, stream: int) -> dict[RouteClass, int]:
    return {
        RouteClass.READ: read,
        RouteClass.LOOKUP: lookup,
        RouteClass.WRITE: write,
        RouteClass.STREAM: stream,
    }


WINDOW_SECONDS = 60
# Requests per minute.
TIERS: dict[str, dict[RouteClass, int]] = {
    "trial": _tier(read=120, lookup=30, write=60, stream=2),
    "standard": _tier(read=1_200, lookup=300, write=600, stream=10),
    "bulk": _tier(read=12_000, lookup=3_000, write=6_000, stream=30),
    "city": _tier(read=600_000, lookup=60_000, write=120_000, stream=120),
}
TOKEN_REQUESTS = 300
# Of what is for everybody, from one address: a school behind one of them may be many people.
PUBLIC_REQUESTS = 3_000
# Of one calendar feed: a calendar program asks a few times an hour.
FEED_REQUESTS = 30
IN_MEMORY = "memory://"
# Importing it registers the scheme process://.
assert ProcessCounts.STORAGE_SCHEME == ["process"]


# How long a shared storage that failed is left alone; a dead one must not slow every request.
PAUSE_SECONDS = 5.0
TIMEOUTS = "socket_connect_timeout=0.5&socket_timeout=0.5"

log = logging.getLogger(__name__)


class Limit(NamedTuple):
    """How many calls of a kind someone has in a minute, which key counts them, and the header that
    tells it.
    """

    kind: str
    quota: int
    key: str
    policy: str


def _limit(whose: str, route_class: RouteClass, quota: int) -> Limit:
    key = RateLimitItemPerMinute(quota).key_for(route_class, whose)
    return Limit(route_class.value, quota, key, f'"{route_class}";q={quota};w={WINDOW_SECONDS}')


# For consumers, who are few and call often; not for addresses.
_limit_of = lru_cache(maxsize=10_000)(_limit)


class RateLimits:
    """Counts calls, in memory or in Redis/Valkey when several processes share a count.

    While the shared storage does not answer each process counts for itself. `shared`: its limiter,
    if there is one, so that counting waits for a server.
    """

    def __init__(self, storage: str, *, now: Callable[[], float] = time.time) -> None:
        self._own = _limiter("process://")
        self.shared = None if storage == IN_MEMORY else _limiter(_impatient(storage))
        self._now = now
        self._left_alone_until = 0.0

    def hit(self, access: Access, route_class: RouteClass) -> dict[str, str]:
        """Count a call; the headers that tell how many are left. Raises TooManyRequests."""
        whose = access.client_id
        if access.acting_person_id is not None:
            # An app's people do not use up each other's calls.
            whose = f"{whose} {access.acting_person_id}"
        return self._hit(_limit_of(whose, route_class, TIERS[access.rate_tier][route_class]))

    def hit_token(self, address: str) -> dict[str, str]:
        """Count a request to the token endpoint. Raises TooManyRequests."""
        return self._hit(_limit(address, RouteClass.TOKEN, TOKEN_REQUESTS))

    def hit_public(self, address: str) -> dict[str, str]:
        """Count a request for what is public. Raises TooManyRequests."""
        return self._hit(_limit(address, RouteClass.PUBLIC, PUBLIC_REQUESTS))

    def hit_feed(self, feed_id: UUID) -> dict[str, str]:
        """Count a reading of a calendar feed. Raises TooManyRequests."""
        return self._hit(_limit(str(feed_id), RouteClass.FEED, FEED_REQUESTS))

    def _hit(self, limit: Limit) -> dict[str, str]:
        quota = limit.quota
        count, ends = self._counted(limit)
        seconds = max(1, round(ends - self._now()))
        headers = {
            "RateLimit-Policy": limit.policy,
            "RateLimit": f'"{limit.kind}";r={max(0, quota - count)};t={seconds}',
        }
        if count <= quota:
            return headers
        message = (
            f"This consumer's limit of {quota} {limit.kind} requests a minute is used up. "
            f"Try again in {seconds} seconds."
        )
        raise TooManyRequests(message, headers=headers | {"Retry-After": str(seconds)})

    def _counted(self, limit: Limit) -> tuple[int, float]:
        shared = self.shared
        if shared is not None and self._now() >= self._left_alone_until:
            try:
                return _count(shared, limit)
            except shared.limiter.storage.base_exceptions as failure:
                self._left_alone_until = self._now() + PAUSE_SECONDS
                log.warning(
                    "rate_limits.storage_unavailable", extra={"reason": type(failure).__name__}
                )
        return _count(self._own, limit)


def _limiter(storage: str) -> Limiter:
    return Limiter(key_func=_no_address, storage_uri=storage, strategy="fixed-window")


def _impatient(storage: str) -> str:
    """The address with time-outs, which redis-py reads from it, unless it has its own."""
    if "socket_timeout=" in storage:
        return storage
    return f"{storage}{'&' if '?' in storage else '?'}{TIMEOUTS}"


def _count(limiter: Limiter, limit: Limit) -> tuple[int, float]:
    """The calls of this window, this one among them, and when the window ends.

    What the limiter's own `hit` and `get_window_stats` do, which make the key three times and ask a
    shared storage once more.
    """
    storage = limiter.limiter.storage
    return storage.incr(limit.key, WINDOW_SECONDS), storage.get_expiry(limit.key)


def _no_address() -> str:
    """slowapi wants a default key; ours is always given."""
    return ""
