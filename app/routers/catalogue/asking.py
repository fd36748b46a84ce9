"""How requests to the catalogue begin and end: who asks, what they may see, tags, caches."""

import hashlib
import json
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RateLimits, RouteClass
from app.errors import BadParameter, shown
from app.queries.access import Access, Scope
from app.queries.catalogue.versions import Version
from app.schemas.catalogue.kinds import BY_SECTION
from app.schemas.catalogue.telling import redacted
from app.web.admission import admit_anyone
from app.web.negotiation import JSON, VARY
from app.web.parameters import Parameters, single
from app.web.values import read_date, read_date_time, read_limit, read_text

PREFIX = "/catalogue/v1"
LARGEST_PAGE, USUAL_PAGE, LAST_PAGE = 500, 100, 100_000
EVERYBODY = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
SOMEBODY = {"Cache-Control": "private, no-cache"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks. Nobody in particular has no scopes and no name."""

    access: Access | None
    headers: dict[str, str]

    @property
    def scopes(self) -> AbstractSet[str]:
        """What opens withheld properties."""
        return frozenset() if self.access is None else self.access.scopes

    @property
    def is_editor(self) -> bool:
        """Whether drafts, and who saved what, are told."""
        return Scope.CATALOGUE_WRITE in self.scopes


async def begin(request: Request, path: str, *, offered: tuple[str, ...] = (JSON,)) -> Caller:
    """Whoever asks for this path. Raises NotAuthenticated, NotAcceptable, TooManyRequests."""
    return await begin_as(request, f"GET {PREFIX}{path}", offered=offered)


async def begin_as(request: Request, route: str, *, offered: tuple[str, ...]) -> Caller:
    """Whoever asks, counted. Raises NotAuthenticated, NotAcceptable, TooManyRequests."""
    access = await admit_anyone(request, route, offered=offered)
    counts: RateLimits = request.app.state.rate_limits
    address = request.client.host if request.client else ""

    def count() -> dict[str, str]:
        if access is None:
            return counts.hit_public(address)
        return counts.hit(access, RouteClass.READ)

    limits = await run_in_threadpool(count) if counts.shared else count()
    kept = EVERYBODY if access is None else SOMEBODY
    return Caller(access, limits | kept | {"Vary": VARY})


def answer(
    request: Request, caller: Caller, body: bytes, *, tag: str | None = None,
    media_type: str = "application/json", headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """The answer with its ETag, or 304 for whoever has it."""
    tag = tag or f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    known = {one.strip().removeprefix("W/")
             for value in request.headers.getlist("if-none-match")
             for one in value.split(",")}  # fmt: skip
    found = caller.headers | (headers or {}) | {"ETag": tag}
    if tag in known or "*" in known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=found)
    return Response(body, media_type=media_type, headers=found)


def tag_of(version: int, body: bytes) -> str:
    """The version's number, by which If-Match is read, and what this caller sees of it."""
    return f'"{version}.{hashlib.blake2b(body, digest_size=6).hexdigest()}"'


def record_of(version: Version, caller: Caller) -> dict[str, Any]:
    """A record as this caller is told it."""
    found = redacted(BY_SECTION[version.section], version.document, caller.scopes)
    found |= {
        "uuid": str(version.uuid), "version": version.version, "state": version.state,
        "published": None if version.published is None else version.published.isoformat(),
        "modified": version.saved.isoformat(),
    }  # fmt: skip
    return found


def written(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """JSON as the catalogue answers it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Paging:
    """`limit` and `page`, which begins at 1."""

    limit: int
    page: int

    def answer(self, rows: list[dict[str, Any]], total: int) -> bytes:
        """A page as it is answered."""
        pages = -(-total // self.limit)
        return written({"data": rows, "page": self.page, "limit": self.limit, "total": total,
                        "pages": pages})  # fmt: skip


def read_paging(sent: Parameters) -> Paging:
    """Which page. Raises BadParameter."""
    limit = single("limit", sent.get("limit", []))
    page = single("page", sent.get("page", []))
    number = 1 if page is None else _page(page)
    return Paging(USUAL_PAGE if limit is None else read_limit(limit, most=LARGEST_PAGE), number)


def _page(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= LAST_PAGE:
        message = f"page must be a whole number from 1 to {LAST_PAGE}; got {shown(value)!r}."
        raise BadParameter(message)
    return int(value)


def read_day(sent: Parameters, name: str) -> date | None:
    """A day, if one was sent."""
    value = single(name, sent.get(name, []))
    return None if value is None else read_date(name, value)


def read_instant(sent: Parameters, name: str) -> datetime | None:
    """An instant, if one was sent."""
    value = single(name, sent.get(name, []))
    return None if value is None else read_date_time(name, value)


def read_word(sent: Parameters, name: str) -> str | None:
    """A text, if one was sent, that is not blank."""
    value = single(name, sent.get(name, []))
    if value is None:
        return None
    if not value.strip():
        message = f"{name} must hold at least one character that is not a space."
        raise BadParameter(message)
    return read_text(name, value)


def read_code(sent: Parameters, name: str, codes: tuple[str, ...]) -> str | None:
    """One of a list's codes, if one was sent."""
    value = single(name, sent.get(name, []))
    if value is not None and value not in codes:
        message = f"{name} must be one of {', '.join(codes)}; got {shown(value)!r}."
        raise BadParameter(message)
    return value
