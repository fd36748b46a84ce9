"""Reads lists from an SS 12000 server, page by page, as servers in the field really answer."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import httpx

from app.sources.ss12000.credentials import Authentication, TokenKeeper
from app.sources.ss12000.failures import FilterRefused, NotOffered, SourceFailed

Filters = tuple[tuple[str, str], ...]
NOT_OFFERED = frozenset({403, 404, 405, 501})
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 3
MOST_RESTARTS = 3


@dataclass(frozen=True)
class Limits:
    """How patient the importer is."""

    attempts: int = 6
    first_pause: float = 1.0
    longest_pause: float = 120.0
    timeout: float = 60.0
    longest_answer: float = 300.0
    largest_answer: int = 64 * 1024 * 1024
    page_size: int = 500


@dataclass
class SourceClient:
    """A connection to one server.

    `resend_filters`: send the filters again with a page token, as most servers expect. When a
    server refuses that with 400, the token is sent alone from then on.
    """

    url: str
    authentication: Authentication
    limits: Limits = field(default_factory=Limits)
    resend_filters: bool = True
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        refuse_unprotected(self.url)
        self._http = httpx.Client(timeout=self.limits.timeout, follow_redirects=False)
        self._tokens = TokenKeeper(self.authentication, self._send, self.clock)
        if endpoint := getattr(self.authentication, "token_endpoint", None):
            refuse_unprotected(endpoint)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def pages(self, path: str, filters: Filters = ()) -> Iterator[list[Any]]:
        """The objects of a list, page by page.

        When a page token has expired (410) the list begins anew, so objects may come twice.
        Raises NotOffered, FilterRefused or SourceFailed.
        """
        for _ in range(MOST_RESTARTS + 1):
            try:
                yield from self._read_list(path, filters)
            except _TokenExpired:
                continue
            return
        raise SourceFailed(f"{path}: the page token expired {MOST_RESTARTS + 1} times.")

    def document(self, path: str, filters: Filters) -> dict[str, Any]:
        """A single JSON object. Raises NotOffered or SourceFailed."""
        answer = self._get(path, list(filters))
        if answer.status_code in NOT_OFFERED:
            raise NotOffered(answer.status_code)
        body = _body(path, answer)
        if not isinstance(body, dict):
            raise SourceFailed(f"{path}: expected a JSON object.")
        return body

    def _read_list(self, path: str, filters: Filters) -> Iterator[list[Any]]:
        size = ("limit", str(self.limits.page_size))
        answer = self._get(path, [*filters, size])
        if answer.status_code in NOT_OFFERED:
            raise NotOffered(answer.status_code)
        if answer.status_code == httpx.codes.BAD_REQUEST:
            raise FilterRefused(f"{path}: {_complaint(answer)}")
        seen: set[str] = set()
        while True:
            objects, token = _envelope(path, _body(path, answer))
            yield objects
            if token is None:
                return
            if token in seen:
                raise SourceFailed(f"{path}: the server gave the same pageToken twice.")
            seen.add(token)
            answer = self._next_page(path, [*filters, size], token)

    def _next_page(self, path: str, filters: list[tuple[str, str]], token: str) -> httpx.Response:
        page = ("pageToken", token)
        answer = self._get(path, [*filters, page] if self.resend_filters else [page])
        if answer.status_code == httpx.codes.BAD_REQUEST and self.resend_filters:
            alone = self._get(path, [page])
            if alone.status_code == httpx.codes.OK:
                self.resend_filters = False
            answer = alone
        if answer.status_code == httpx.codes.GONE:
            raise _TokenExpired
        return answer

    def _get(self, path: str, query: list[tuple[str, str]]) -> httpx.Response:
        url = httpx.URL(f"{self.url}/{path}", params=query)
        answer = self._authorised(url)
        if answer.status_code == httpx.codes.UNAUTHORIZED and self._tokens.renew():
            answer = self._authorised(url)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise SourceFailed(f"{path}: the server does not accept the token (401).")
        return answer

    def _authorised(self, url: httpx.URL) -> httpx.Response:
        for _ in range(MOST_REDIRECTS + 1):
            headers = {
                "Authorization": f"Bearer {self._tokens.bearer()}",
                "Accept": "application/json",
            }
            answer = self._send(httpx.Request("GET", url, headers=headers))
            if answer.status_code not in REDIRECTS:
                return answer
            target = _parsed(urljoin(str(url), answer.headers.get("Location", "")))
            # The token is for this server only.
            if (target.scheme, target.netloc) != (url.scheme, url.netloc):
                raise SourceFailed(f"{url.path}: redirected to another server ({target.host}).")
            url = target
        raise SourceFailed(f"{url.path}: redirected more than {MOST_REDIRECTS} times.")

    def _send(self, request: httpx.Request) -> httpx.Response:
        """Send, and send again while the server is busy or unreachable."""
        pause = self.limits.first_pause
        for attempt in range(1, self.limits.attempts + 1):
            try:
                answer = self._read_answer(request)
            except (httpx.TransportError, httpx.DecodingError) as failure:
                if attempt == self.limits.attempts:
                    named = type(failure).__name__
                    raise SourceFailed(f"{request.url.host}: no answer ({named}).") from failure
                self.wait(pause)
            else:
                if answer.status_code not in RETRIED or attempt == self.limits.attempts:
                    return answer
                self.wait(min(_retry_after(answer) or pause, self.limits.longest_pause))
            pause = min(pause * 2, self.limits.longest_pause)
        raise AssertionError("the last attempt answers or raises")

    def _read_answer(self, request: httpx.Request) -> httpx.Response:
        deadline = self.clock() + self.limits.longest_answer
        received = bytearray()
        with closing(self._http.send(request, stream=True)) as answer:
            for piece in answer.iter_bytes():
                received += piece
                if len(received) > self.limits.largest_answer:
                    raise SourceFailed(f"{request.url.path}: the answer is larger than allowed.")
                if self.clock() > deadline:
                    raise httpx.ReadTimeout("the answer took too long", request=request)
        headers = {name: answer.headers[name] for name in ("Location", "Retry-After")
                   if name in answer.headers}  # fmt: skip
        return httpx.Response(answer.status_code, headers=headers, content=bytes(received))


class _TokenExpired(Exception):
    """The page token is no longer accepted."""


def refuse_unprotected(url: str) -> None:
    """Credentials and children's data travel over TLS, or within this machine."""
    parts = _parsed(url)
    if parts.scheme == "https" and parts.host:
        return
    if parts.scheme != "http" or parts.host not in LOOPBACK:
        raise SourceFailed(f"The address must begin with https:// (it is {parts.scheme}://…).")


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as failure:
        raise SourceFailed(f"This is not an address: {url[:200]}") from failure


def _body(path: str, answer: httpx.Response) -> object:
    if answer.status_code != httpx.codes.OK:
        raise SourceFailed(f"{path}: {_complaint(answer)}")
    try:
        return json.loads(answer.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as failure:
        raise SourceFailed(f"{path}: the answer is not JSON.") from failure


def _envelope(path: str, body: object) -> tuple[list[Any], str | None]:
    """The objects of a page and the next page's token; a bare array is a single page."""
    if isinstance(body, list):
        return body, None
    objects = body.get("data") if isinstance(body, dict) else None
    if not isinstance(objects, list) or not isinstance(body, dict):
        raise SourceFailed(f"{path}: expected an object with a list named data.")
    token = body.get("pageToken")
    if isinstance(token, bool) or not isinstance(token, str | int):
        return objects, None
    return objects, str(token) or None


def _complaint(answer: httpx.Response) -> str:
    """What the server said: `{code, message}`, nested under `error` or `detail`, or nothing."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        body = None
    for wrapper in ("error", "detail"):
        if isinstance(body, dict) and wrapper in body:
            body = body[wrapper]
    if isinstance(body, dict):
        said = f"{body.get('code', '')} {body.get('message', '')}".strip()
    else:
        said = body if isinstance(body, str) else ""
    return f"the server answered {answer.status_code} {said[:300]}".rstrip() + "."


def _retry_after(answer: httpx.Response) -> float | None:
    said = answer.headers.get("Retry-After", "")
    if said.isdigit():
        return float(said[:9])
    try:
        moment = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
