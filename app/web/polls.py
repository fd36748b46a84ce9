"""Polls: what is asked again by who has the answer already, as most of what a system asks is.

They are answered ahead of the doors (docs/adr/0021).
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.access_cache import Remembered
from app.auth.authentication import REMEMBERED, Authenticator
from app.auth.rate_limits import RouteClass
from app.errors import Refusal
from app.queries.entity_tags import RememberedTags, Tagged
from app.web.alias_uses import count_aliases
from app.web.conditional import IF_NONE_MATCH, PERSONAL, asked, stands
from app.web.reading import count_call

Headers = list[tuple[bytes, bytes]]

# By these headers a route decides whom it answers, and what.
DECISIVE = frozenset({b"authorization", b"accept", IF_NONE_MATCH})
MOST_REMEMBERED = 20_000


def _as_sent(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


UNCHANGED = _as_sent(PERSONAL)


class Poll(NamedTuple):
    """What some words mean: who asks, by which generation of what is remembered of tokens; what,
    as a digest under their rights; in which era; and the tag of the answer that they have.
    """

    caller: Remembered
    generation: int
    question: bytes
    era: int
    tag: str


class Polls:
    """Answers 304 to a remembered token for an answer that stands; the doors get the rest.

    The answer was made under the same rights to the same words: the route has looked at all that
    it would look at, and it counts its calls as reads. What is to be refused is left to the door,
    which has a shape for it.
    """

    def __init__(self, doors: ASGIApp, state: State) -> None:
        self.doors = doors
        self.state = state
        self._known: dict[bytes, Poll] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the poll, or have the request answered."""
        headers = None
        if scope["type"] == "http" and scope["method"] == "GET":
            words, is_poll = [scope["query_string"]], False
            for pair in scope["headers"]:
                name = pair[0]
                if name in DECISIVE:
                    words += pair
                    is_poll = is_poll or name == IF_NONE_MATCH
            if is_poll:
                headers = await self._unchanged(scope, words)
        if headers is None:
            await self.doors(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body"})

    async def _unchanged(self, scope: Scope, words: list[bytes]) -> Headers | None:
        """The headers of a 304, unless the door is to answer."""
        # Only the path can hold a line break, and only it begins with a slash.
        words.append(scope["path"].encode())
        key = hashlib.blake2b(b"\n".join(words), digest_size=16).digest()
        state, poll = self.state, self._known.get(key)
        authenticator: Authenticator = state.authenticator
        tags: RememberedTags = state.tags
        found = None if poll is None else tags.find(poll.question)
        if (
            poll is None or found is None or found.tag != poll.tag
            or not authenticator.still_counts(poll.caller, poll.generation)
        ):  # fmt: skip
            understood = self._understood(scope)
            if understood is None:
                return None
            poll, found = understood
            self._keep(key, poll)
        access = poll.caller.access
        try:
            if not await stands(found, poll.era, state):
                # Versions and time only go on; the door need not look again.
                tags.forget(poll.question, found)
                return None
            limits = await count_call(state, access, RouteClass.READ)
        except Refusal:
            return None
        REMEMBERED.inc()
        told = scope["state"]
        told["route"], told["client_id"] = found.route, access.client_id
        count_aliases(found.aliases, route=found.route, client_id=access.client_id)
        return [*UNCHANGED, (b"etag", found.tag.encode()), *_as_sent(limits)]

    def _understood(self, scope: Scope) -> tuple[Poll, Tagged] | None:
        authenticator: Authenticator = self.state.authenticator
        # Ahead of what it is the generation of.
        generation = authenticator.cache.generation
        caller = authenticator.remembered(scope)
        if caller is None:
            return None
        conditional = asked(scope, self.state, caller.access)
        found = conditional.in_hand()
        if found is None:
            return None
        poll = Poll(caller, generation, conditional.question, conditional.era, found.tag)
        return poll, found

    def _keep(self, key: bytes, poll: Poll) -> None:
        if key not in self._known and len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[key] = poll
