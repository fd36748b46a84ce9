"""Which tables an answer is made of, and the version that they have: equal versions, equal answer.

A trigger counts every statement that writes to a table (migration 0003).
"""

import re
from dataclasses import dataclass
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
    """Some tables' version: a number that grows with every statement that writes to one."""

    tables: frozenset[str]
    number: int

    def is_current(self, database: Database) -> bool:
        """Whether nothing has been written to the tables since. Raises DatabaseUnavailable."""
        statement = f"SELECT {_version_sql(self.tables)}".encode()
        (now,) = database.read_bytes(statement, {}, keep_plan=True)
        return now is not None and int(now) == self.number


def version_sql(statement: bytes) -> str:
    """An expression for the version of the tables that a statement reads."""
    return _version_sql(tables_of(statement))


def _version_sql(tables: frozenset[str]) -> str:
    names = ", ".join(f"'{name}'" for name in sorted(tables))
    return f"(SELECT sum(version)::bigint FROM table_version WHERE name IN ({names}))"
