"""Which tables an answer is made of, and the version that they have: equal versions, equal answer.

A trigger counts every statement that writes to a table (migration 0003).
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sqlmodel import SQLModel

from app import models
from app.database import Database

MENTIONED = re.compile(rb"\b(?:FROM|JOIN)\s+([a-z_]+)\b(?!\.)")
# What the view reads (migration 0002).
VIEWS = {
    "person_relation": frozenset(
        {"enrolment", "duty", "placement", "placement_owner", "responsible", "group_membership",
         "school_group"}
    )
}  # fmt: skip

EVERY_VERSION = b"SELECT json_object_agg(name, version) FROM table_version"
# Of the event loop: it hears of a request, begins it, and the request asks.
GATHERING_TURNS = 3
Waiting = asyncio.Future[Mapping[str, int]]
# The table of the organisation tree.
TREE = "organisation"

assert models.__all__, "importing the models registers their tables"


@lru_cache(maxsize=8_192)
def tables_of(statement: bytes) -> frozenset[str]:
    """The tables that a statement's answer is made of, found in its text."""
    mentioned = {name.decode() for name in MENTIONED.findall(statement)}
    seen_through = frozenset[str]().union(*(VIEWS.get(name, ()) for name in mentioned))
    counted = mentioned.intersection(SQLModel.metadata.tables) - {"table_version"}
    return seen_through.union(counted)


@dataclass(frozen=True, slots=True)
class TablesVersion:
    """What an answer is good for: the sum of some tables' versions, each of which only grows.

    `tree`: the version of the organisation tree that the question was read with, if it was.
    """

    tables: frozenset[str]
    number: int
    tree: int | None = None

    def is_current(self, versions: Mapping[str, int]) -> bool:
        """Whether nothing had been written to the tables, nor to the tree, at these versions."""
        if self.tree is not None and self.tree != versions[TREE]:
            return False
        return sum(map(versions.__getitem__, self.tables)) == self.number


@dataclass
class CurrentVersions:
    """Reads the versions of all tables, at once for all who ask meanwhile.

    One per process, for one event loop at a time. A poll that finds nothing new costs little else
    than this.
    """

    database: Database
    _alone: bool = field(default=False, init=False)
    _waiting: list[Waiting] = field(default_factory=list, init=False)
    _asked: list[Waiting] = field(default_factory=list, init=False)
    _running: asyncio.Task[Mapping[str, int]] | None = field(default=None, init=False)

    async def read(self) -> Mapping[str, int]:
        """The versions at some moment after this was called. Raises DatabaseUnavailable."""
        if not self._alone and self._running is None:
            # A look for nobody else is the caller's own: a task for it takes longer than to read.
            self._alone = True
            try:
                return await self._look()
            finally:
                self._alone = False
                self._begin()
        answer: Waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        return await answer

    def _begin(self) -> None:
        """Look for those who wait, if they have not all gone."""
        self._waiting = [answer for answer in self._waiting if not answer.done()]
        if self._waiting:
            self._running = asyncio.ensure_future(self._look_for_them())
            self._running.add_done_callback(self._answer)

    async def _look_for_them(self) -> Mapping[str, int]:
        # Requests that have come meanwhile get here so: most looks serve some more.
        for _ in range(GATHERING_TURNS):
            await asyncio.sleep(0)
        # Whoever asks from now on waits for the next: this may have looked before they asked.
        self._asked, self._waiting = self._waiting, []
        return await self._look()

    async def _look(self) -> Mapping[str, int]:
        (versions,) = await self.database.looking.read(EVERY_VERSION, {}, keep_plan=True)
        assert versions is not None, "the migrations made a row for each table"
        return _parsed(versions)

    def _answer(self, look: asyncio.Task[Mapping[str, int]]) -> None:
        for answer in self._asked:
            if answer.done():
                # Who asked has gone.
                continue
            if look.cancelled():
                answer.cancel()
            elif (failure := look.exception()) is not None:
                answer.set_exception(failure)
            else:
                answer.set_result(look.result())
        self._running = None
        self._begin()


@lru_cache(maxsize=1)
def _parsed(versions: bytes) -> Mapping[str, int]:
    """Mostly they are what they were."""
    found: dict[str, int] = json.loads(versions)
    return found


def version_sql(statement: bytes) -> str:
    """An expression for the version of the tables that a statement reads."""
    names = ", ".join(f"'{name}'" for name in sorted(tables_of(statement)))
    return f"(SELECT sum(version)::bigint FROM table_version WHERE name IN ({names}))"
