"""What happens around every request: path repair, request id, headers, metrics, one log line."""

import logging
import re
import time
from collections.abc import Iterable, Mapping
from functools import cache
from os import urandom

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.metrics import REQUESTS, SECONDS

log = logging.getLogger("skolnav.requests")

REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"})
SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=63072000"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
# It sends nothing, and what it names would replace what was sent (RFC 9111 section 3.2).
NOT_MODIFIED = 304
DOOR = "/ss12000/v2.0"
# Paths that published clients really send instead of the standard's.
SPELLINGS = {"attendanceSchedules": "attendanceSchedule", "studyPlans": "studyplans"}


class StandardPaths:
    """Leads `/v2.0/…` and the bare `/persons` to the SS 12000 door, and forgives final slashes.

    Two published clients drop the base path of the address they are given. Nothing is
    redirected: a redirect loses some clients' Authorization header or body.
    """

    def __init__(self, app: ASGIApp, *, resources: Iterable[str]) -> None:
        self.app = app
        self.resources = frozenset(resources) | SPELLINGS.keys()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the path, then go on."""
        if scope["type"] == "http":
            scope["path"] = self.repaired(scope["path"])
        await self.app(scope, receive, send)

    def repaired(self, path: str) -> str:
        """The path under which the router knows what was asked for."""
        parts = path.strip("/").split("/")
        if parts[:2] == ["ss12000", "v2.0"]:
            parts = parts[2:]
        elif parts[0] == "v2.0":
            parts = parts[1:]
        elif parts[0] not in self.resources:
            return path
        if parts:
            parts[0] = SPELLINGS.get(parts[0], parts[0])
        return "/".join((DOOR, *parts))


class Doors:
    """Leads to the door below whose path a request's is, and with the rest to `otherwise`.

    As Starlette's Mount does: the door finds its own path as the scope's root path.
    """

    def __init__(self, doors: Mapping[str, ASGIApp], *, otherwise: ASGIApp) -> None:
        self.doors = doors
        self.otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over to the door."""
        if scope["type"] == "http":
            root = scope.get("root_path", "")
            below = scope["path"].removeprefix(root)
            for path, door in self.doors.items():
                if below.startswith(f"{path}/"):
                    scope["root_path"] = root + path
                    await door(scope, receive, send)
                    return
        await self.otherwise(scope, receive, send)


class Observed:
    """Gives each request an id, and counts, times and logs its answer without personal data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then record."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = request_id = _request_id(scope)
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], (b"x-request-id", request_id.encode())]
                if status != NOT_MODIFIED:
                    # A page has a policy of its own; two would each forbid what the other allows.
                    own = {name for name, _ in headers}
                    headers += (header for header in SECURITY_HEADERS if header[0] not in own)
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            _record(scope, status, time.perf_counter() - started)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given: str = value.decode("latin-1")
            if REQUEST_ID.match(given):
                return given
    return urandom(16).hex()


def _record(scope: Scope, status: int, seconds: float) -> None:
    state = scope["state"]
    route = state.get("route", "other")
    method = scope["method"] if scope["method"] in METHODS else "other"
    consumer = state.get("client_id", "-")
    _answered(route, method, status, consumer).inc()
    _took(route).observe(seconds)
    if log.isEnabledFor(logging.INFO):
        log.info(
            "request.answered",
            extra={
                "requestId": state["request_id"],
                "route": route,
                "method": method,
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "consumer": consumer,
            },
        )


@cache
def _answered(route: str, method: str, status: int, consumer: str) -> Counter:
    """The count of such answers, which to look up takes as long as to count."""
    return REQUESTS.labels(route, method, str(status), consumer)


@cache
def _took(route: str) -> Histogram:
    return SECONDS.labels(route)
