"""Conditional requests (RFC 9110 section 13): an unchanged answer is not made again.

The tag is a digest of the answer, so it changes exactly when the answer does. That an answer is
unchanged is mostly known without making it: nothing was written to the tables that it is made of
(docs/adr/0007).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import Response
from starlette.datastructures import State
from starlette.requests import Request

from app.queries.access import Access
from app.queries.entity_tags import RememberedTags, Tagged, entity_tag, rights
from app.queries.table_versions import CurrentVersions, TablesVersion
from app.web.alias_uses import count_aliases
from app.web.negotiation import VARY

PERSONAL = {"Cache-Control": "private, no-cache", "Vary": VARY}
# A page token may have grown old meanwhile, which only reading it tells.
PAGE_TOKEN = b"pageToken="


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered with 304. `period`: tags from another one count no more.

    `era`: nor do those from before the database was away, which may have come back without its
    last writes.
    """

    state: State
    route: str
    access: Access
    question: bytes
    known: frozenset[str]
    limits: dict[str, str]
    period: int
    era: int
    continued: bool

    async def unchanged(self) -> Response | None:
        """304, when nothing can have changed since the caller's tag was good.

        Raises DatabaseUnavailable.
        """
        tags: RememberedTags = self.state.tags
        found = tags.find(self.question)
        if found is None or self.continued or not self._knows(found.tag):
            return None
        if not found.stands(self.state.authenticator.clock()):
            return None
        versions: CurrentVersions = self.state.versions
        if not found.version.is_current(await versions.read()) or self.era != _era(self.state):
            return None
        count_aliases(found.aliases, route=self.route, client_id=self.access.client_id)
        return self._not_modified(found.tag)

    def answer(
        self, body: bytes, content: bytes, version: TablesVersion,
        aliases: frozenset[str] = frozenset(), *, until: datetime | None = None,
    ) -> Response:  # fmt: skip
        """The answer with its tag, or 304 when the caller has it. `content` is what counts; `until`
        is when time alone changes it.
        """
        tag = entity_tag(self.access, content)
        self.state.tags.keep(self.question, Tagged(tag, version, aliases, until))
        return self._tagged(tag, body)

    def answer_made_of(
        self, content: bytes, render: Callable[[], bytes], *, media_type: str
    ) -> Response:
        """The answer made of this content, rendered only for those who have not got it."""
        tag = entity_tag(self.access, content)
        if self._knows(tag):
            return self._not_modified(tag)
        return self._tagged(tag, render(), media_type)

    def _tagged(self, tag: str, body: bytes, media_type: str = "application/json") -> Response:
        if self._knows(tag):
            return self._not_modified(tag)
        headers = PERSONAL | self.limits | {"ETag": tag}
        return Response(body, media_type=media_type, headers=headers)

    def _knows(self, tag: str) -> bool:
        return tag in self.known or "*" in self.known

    def _not_modified(self, tag: str) -> Response:
        headers = PERSONAL | self.limits | {"ETag": tag}
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)


def asked(request: Request, access: Access, limits: dict[str, str], *, period: int = 0) -> Asked:
    """Read a request's If-None-Match. `period` is part of the question."""
    scope = request.scope
    query: bytes = scope["query_string"]
    state: State = request.app.state
    era = _era(state)
    words = b"\n".join((rights(access), scope["path"].encode(), query, b"%d %d" % (period, era)))
    known = frozenset(
        tag.strip().removeprefix("W/")
        for value in request.headers.getlist("if-none-match")
        for tag in value.split(",")
    )
    question = hashlib.blake2b(words, digest_size=16).digest()
    continued = PAGE_TOKEN in query
    route: str = request.state.route
    return Asked(state, route, access, question, known, limits, period, era, continued)


def _era(state: State) -> int:
    number: int = state.database.era.number
    return number
