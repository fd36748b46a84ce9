"""Statements by libpq's own calls, for who waits in a thread (`Statements.run`) or for `Pipeline`.

psycopg's cursors wake a thread for every part that arrives: once for the rows and again for the
commit, each time against the other threads for Python's lock. They also read a statement of more
than 4 kB for its parameters anew each time (docs/adr/0003).
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import Transformer as AnyTransformer
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import Buffer, PGresult

NAMED = re.compile(rb"%(?:\((\w+)\)s|(%)|)")
DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
# As many as psycopg keeps. Each is a plan in PostgreSQL's memory, once for every connection.
PREPARED_MAX = 100


@lru_cache(maxsize=4096)
def numbered(statement: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A statement with `$1` where `%(name)s` was and `%` where `%%` was; the names in that order.

    Raises ValueError for any other `%`.
    """
    names: dict[str, int] = {}

    def number(found: re.Match[bytes]) -> bytes:
        name, percent = found.groups()
        if percent:
            return b"%"
        if not name:
            raise ValueError(f"A % at {found.start()} is neither %(name)s nor %%.")
        return b"$%d" % names.setdefault(name.decode(), len(names) + 1)

    return NAMED.sub(number, statement), tuple(names)


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with its values as they are sent. `prepared`: it is kept, and its plan may be."""

    text: bytes
    values: Sequence[Buffer | None] | None
    types: tuple[int, ...] = ()
    formats: Sequence[Format] | None = None
    prepared: bool = False


def bound(
    adapted: AnyTransformer, statement: bytes, parameters: Mapping[str, Any] | None, *,
    prepared: bool = False,
) -> Bound:  # fmt: skip
    """A statement of which every `%(name)s` is a parameter; without any, as it stands.

    Raises psycopg.Error for a value that PostgreSQL has no form for.
    """
    if parameters is None:
        return Bound(statement, None)
    text, names = numbered(statement)
    if not names:
        return _without_values(text, prepared=prepared)
    values = adapted.dump_sequence(
        [parameters[name] for name in names], [PyFormat.AUTO] * len(names)
    )
    return Bound(text, values, adapted.types or (), adapted.formats, prepared)


@lru_cache(maxsize=4096)
def _without_values(text: bytes, *, prepared: bool) -> Bound:
    return Bound(text, (), (), (), prepared)


# A call of libpq by its name, with its arguments.
Call = tuple[str, tuple[Any, ...]]


class Statements:
    """A connection's statements, and which of them it has prepared."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._adapted = Transformer(connection)
        self._prepared: OrderedDict[tuple[bytes, tuple[int, ...]], bytes] = OrderedDict()
        self._made = 0
        self._plans = b"auto"

    def run(
        self, statement: bytes, parameters: Mapping[str, Any] | None = None, *,
        prepared: bool = False, plans: bytes | None = None,
    ) -> PGresult:  # fmt: skip
        """Run one statement and wait for its end. As `bound`.

        `plans`: PostgreSQL's `plan_cache_mode`, from now on. Raises what psycopg's cursors raise.
        """
        libpq = self._connection.pgconn
        # Set only when it changes; a statement whose plan may be kept runs in either mode.
        if plans is not None and self._plans != plans:
            self._done(libpq.exec_(b"SET plan_cache_mode = " + plans))
            self._plans = plans
        asked = bound(self._adapted, statement, parameters, prepared=prepared)
        for call, arguments in self.calls(asked):
            result = self._done(getattr(libpq, call)(*arguments))
        return result

    def calls(self, asked: Bound) -> list[Call]:
        """What is to be called for a statement, in turn; the result of the last is its result.

        What is prepared by them is taken for done from now on, until `failure`.
        """
        if not asked.prepared:
            return [("exec_params", (asked.text, asked.values, asked.types, asked.formats))]
        # A value's type decides the plan: 1 is sent as a smallint, 100000 as an integer.
        key, calls = (asked.text, asked.types), list[Call]()
        name = self._prepared.get(key)
        if name is None:
            name = self._made_anew(key, calls)
        self._prepared.move_to_end(key)
        return [*calls, ("exec_prepared", (name, asked.values, asked.formats))]

    def _made_anew(self, key: tuple[bytes, tuple[int, ...]], calls: list[Call]) -> bytes:
        given_up = None
        if not self._prepared:
            # Some of them are there, after a failure.
            given_up = b"ALL" if self._made else None
        elif len(self._prepared) >= PREPARED_MAX:
            _, given_up = self._prepared.popitem(last=False)
        if given_up:
            # As a statement: psycopg keeps Python's lock while `close_prepared` waits.
            calls.append(("exec_params", (b"DEALLOCATE " + given_up, None)))
        self._made += 1
        name = self._prepared[key] = b"kept_%d" % self._made
        calls.append(("prepare", (name, *key)))
        return name

    def failure(self, result: PGresult) -> psycopg.Error:
        """What went wrong, as psycopg tells it. What was to be prepared may not be."""
        self._prepared.clear()
        if self._connection.closed:
            # What libpq says of a lost server has no SQLSTATE to tell it by.
            return psycopg.OperationalError(result.get_error_message())
        return error_from_result(result)

    def _done(self, result: PGresult) -> PGresult:
        if result.status not in DONE:
            raise self.failure(result)
        return result
