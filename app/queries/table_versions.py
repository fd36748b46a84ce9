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
        return sum(versions[name] for name in self.tables) == self.number


@dataclass
class CurrentVersions:
    """Reads the versions of all tables, at once for all who ask meanwhile.

    One per process. A poll that finds nothing new costs little else than this.
    """

    database: Database
    _running: asyncio.Task[Mapping[str, int]] | None = field(default=None, init=False)
    _next: asyncio.Task[Mapping[str, int]] | None = field(default=None, init=False)

    async def read(self) -> Mapping[str, int]:
        """The versions at some moment after this was called. Raises DatabaseUnavailable."""
        # What runs already may have looked before the caller asked.
        if self._next is None:
            self._next = asyncio.ensure_future(self._read_after(self._running))
        return await asyncio.shield(self._next)

    async def _read_after(
        self, previous: "asyncio.Task[Mapping[str, int]] | None"
    ) -> Mapping[str, int]:
        if previous is not None and not previous.done():
            await asyncio.wait([previous])
        self._running, self._next = self._next, None
        (versions,) = await self.database.looking.read(EVERY_VERSION, {}, keep_plan=True)
        assert versions is not None, "the migrations made a row for each table"
        found: dict[str, int] = json.loads(versions)
        return found


def version_sql(statement: bytes) -> str:
    """An expression for the version of the tables that a statement reads."""
    names = ", ".join(f"'{name}'" for name in sorted(tables_of(statement)))
    return f"(SELECT sum(version)::bigint FROM table_version WHERE name IN ({names}))"
