"""Statements by libpq's blocking calls, which wake the thread once, for the whole answer.

psycopg's cursors wake it for every part that arrives: once for the rows and again for the commit,
each time against the other threads for Python's lock. They also read a statement of more than
4 kB for its parameters anew each time (docs/adr/0003).
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

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


class Blocking:
    """A connection's statements, and which of them it has prepared. For one thread at a time."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._adapted = Transformer(connection)
        self._prepared: OrderedDict[tuple[bytes, tuple[int, ...]], bytes] = OrderedDict()
        self._made = 0
        self._plans = b"auto"

    def run(
        self, statement: bytes, parameters: Mapping[str, Any] | None = None, *,
        prepared: bool = False,
    ) -> PGresult:  # fmt: skip
        """Run one statement, of which every `%(name)s` is a parameter, and wait for its end.

        Without `parameters` it is taken as it stands. Raises what psycopg's cursors raise.
        """
        libpq = self._connection.pgconn
        if parameters is None:
            return self._done(libpq.exec_(statement))
        text, names = numbered(statement)
        values = self._adapted.dump_sequence(
            [parameters[name] for name in names], [PyFormat.AUTO] * len(names)
        )
        types, formats = self._adapted.types or (), self._adapted.formats
        if prepared:
            name = self._name(text, types)
            # psycopg's stub of this call alone does not know of NULL.
            return self._done(libpq.exec_prepared(name, cast("Sequence[bytes]", values), formats))
        return self._done(libpq.exec_params(text, values, types, formats))

    def choose_plans(self, mode: bytes) -> None:
        """Have statements planned so from now on: PostgreSQL's `plan_cache_mode`."""
        # Set only when it changes; a statement whose plan may be kept runs in either mode.
        if self._plans != mode:
            self.run(b"SET plan_cache_mode = " + mode)
            self._plans = mode

    def _name(self, text: bytes, types: tuple[int, ...]) -> bytes:
        # A value's type decides the plan: 1 is sent as a smallint, 100000 as an integer.
        key = (text, types)
        name = self._prepared.get(key)
        if name is not None:
            self._prepared.move_to_end(key)
            return name
        if len(self._prepared) >= PREPARED_MAX:
            oldest = next(iter(self._prepared))
            # As a statement: psycopg keeps Python's lock while `close_prepared` waits.
            self._done(self._connection.pgconn.exec_(b"DEALLOCATE " + self._prepared[oldest]))
            del self._prepared[oldest]
        self._made += 1
        name = b"kept_%d" % self._made
        self._done(self._connection.pgconn.prepare(name, text, types))
        self._prepared[key] = name
        return name

    def _done(self, result: PGresult) -> PGresult:
        if result.status in DONE:
            return result
        if self._connection.closed:
            # What libpq says of a lost server has no SQLSTATE to tell it by.
            raise psycopg.OperationalError(result.get_error_message())
        raise error_from_result(result)
