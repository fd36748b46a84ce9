"""Conditional requests (RFC 9110 section 13): an unchanged answer is not made again.

The tag is a digest of the answer, so it changes exactly when the answer does. That an answer is
unchanged is mostly known without making it: nothing was written to the tables that it is made of
(docs/adr/0007).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType

from fastapi import Response
from starlette.datastructures import State
from starlette.types import Scope

from app.queries.access import Access
from app.queries.entity_tags import RememberedTags, Tagged, entity_tag, rights
from app.queries.table_versions import CurrentVersions, TablesVersion
from app.web.alias_uses import count_aliases
from app.web.negotiation import VARY

PERSONAL = {"Cache-Control": "private, no-cache", "Vary": VARY}
IF_NONE_MATCH = b"if-none-match"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered with 304.

    `known`: the values of its If-None-Match. `limits`: what the answer tells of the caller's.
    `era`: tags from before the database was away count no more, for it may have come back without
    its last writes.
    """

    scope: Scope
    state: State
    access: Access
    question: bytes
    known: list[str]
    era: int
    limits: Mapping[str, str]

    async def unchanged(self) -> Response | None:
        """304, when nothing can have changed since the caller's tag was good.

        Raises DatabaseUnavailable.
        """
        found = self.in_hand()
        if found is None or not await stands(found, self.era, self.state):
            return None
        count_aliases(found.aliases, route=found.route, client_id=self.access.client_id)
        return self._not_modified(found.tag)

    def in_hand(self) -> Tagged | None:
        """The answer that the caller has, if it is the last that was made."""
        tags: RememberedTags = self.state.tags
        found = tags.find(self.question)
        return found if found is not None and self._knows(found.tag) else None

    def answer(
        self, body: bytes, content: bytes, version: TablesVersion,
        aliases: frozenset[str] = frozenset(), *, until: datetime | None = None,
    ) -> Response:  # fmt: skip
        """The answer with its tag, or 304 when the caller has it. `content` is what counts; `until`
        is when time alone changes it.
        """
        tag = entity_tag(self.access, content)
        kept = Tagged(tag, version, self.scope["state"]["route"], aliases, until)
        self.state.tags.keep(self.question, kept)
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
        return Response(body, media_type=media_type, headers=self._headers(tag))

    def _knows(self, tag: str) -> bool:
        return any(
            one.strip().removeprefix("W/") in (tag, "*")
            for value in self.known
            for one in value.split(",")
        )

    def _headers(self, tag: str) -> dict[str, str]:
        return {**PERSONAL, **self.limits, "ETag": tag}

    def _not_modified(self, tag: str) -> Response:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=self._headers(tag))


def asked(
    scope: Scope, state: State, access: Access, limits: Mapping[str, str] = MappingProxyType({})
) -> Asked:
    """What a request asks, and which answers the caller has."""
    known, accepts = [], []
    for name, value in scope["headers"]:
        if name == IF_NONE_MATCH:
            known.append(value.decode("latin-1"))
        elif name == b"accept":
            accepts.append(value)
    query: bytes = scope["query_string"]
    era = _era(state)
    # The path is the last: nothing else can hold a line break.
    words = (rights(access), b"%d" % era, b",".join(accepts), query, scope["path"].encode())
    question = hashlib.blake2b(b"\n".join(words), digest_size=16).digest()
    return Asked(scope, state, access, question, known, era, limits)


async def stands(found: Tagged, era: int, state: State) -> bool:
    """Whether an answer that was made in this era is what it was. Raises DatabaseUnavailable."""
    if found.until is not None and state.authenticator.clock() >= found.until:
        return False
    versions: CurrentVersions = state.versions
    return found.version.is_current(await versions.read()) and era == _era(state)


def _era(state: State) -> int:
    number: int = state.database.era.number
    return number
