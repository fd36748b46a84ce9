"""Statements by libpq's own calls: in a thread, which is woken once, or waited for by the loop.

psycopg's cursors wake a thread for every part that arrives: once for the rows and again for the
commit, each time against the other threads for Python's lock. They also read a statement of more
than 4 kB for its parameters anew each time (docs/adr/0003).
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Generator, Mapping
from functools import lru_cache
from typing import Any, cast

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

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


# A call of libpq by its name, with its arguments; what comes of it is sent back.
Steps = Generator[tuple[str, tuple[Any, ...]], PGresult, PGresult]
# The calls that return when the answer is there, and those that only send.
SENDING = {
    "exec_": "send_query", "exec_params": "send_query_params", "prepare": "send_prepare",
    "exec_prepared": "send_query_prepared",
}  # fmt: skip


class Statements:
    """A connection's statements, and which of them it has prepared. One at a time.

    `run` waits in libpq, in the caller's thread; `run_in_loop` waits in the event loop.
    """

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
        """Run one statement, of which every `%(name)s` is a parameter, and wait for its end.

        Without `parameters` it is taken as it stands. `plans`: PostgreSQL's `plan_cache_mode`, from
        now on. Raises what psycopg's cursors raise.
        """
        libpq = self._connection.pgconn
        steps = self._steps(statement, parameters, prepared, plans)
        call, arguments = next(steps)
        while True:
            try:
                call, arguments = steps.send(getattr(libpq, call)(*arguments))
            except StopIteration as done:
                return cast("PGresult", done.value)

    async def run_in_loop(
        self, statement: bytes, parameters: Mapping[str, Any] | None = None, *,
        prepared: bool = False, plans: bytes | None = None,
    ) -> PGresult:  # fmt: skip
        """The same, for which no thread waits. When it is cancelled the connection is of no use."""
        libpq = self._connection.pgconn
        steps = self._steps(statement, parameters, prepared, plans)
        call, arguments = next(steps)
        while True:
            getattr(libpq, SENDING[call])(*arguments)
            result = await answered(libpq)
            try:
                call, arguments = steps.send(result)
            except StopIteration as done:
                return cast("PGresult", done.value)

    def _steps(
        self, statement: bytes, parameters: Mapping[str, Any] | None, prepared: bool,
        plans: bytes | None,
    ) -> Steps:  # fmt: skip
        # Set only when it changes; a statement whose plan may be kept runs in either mode.
        if plans is not None and self._plans != plans:
            self._done((yield "exec_", (b"SET plan_cache_mode = " + plans,)))
            self._plans = plans
        if parameters is None:
            return self._done((yield "exec_", (statement,)))
        text, names = numbered(statement)
        values = self._adapted.dump_sequence(
            [parameters[name] for name in names], [PyFormat.AUTO] * len(names)
        )
        types, formats = self._adapted.types or (), self._adapted.formats
        if prepared:
            name = yield from self._name(text, types)
            return self._done((yield "exec_prepared", (name, values, formats)))
        return self._done((yield "exec_params", (text, values, types, formats)))

    def _name(
        self, text: bytes, types: tuple[int, ...]
    ) -> Generator[tuple[str, tuple[Any, ...]], PGresult, bytes]:
        # A value's type decides the plan: 1 is sent as a smallint, 100000 as an integer.
        key = (text, types)
        name = self._prepared.get(key)
        if name is not None:
            self._prepared.move_to_end(key)
            return name
        if len(self._prepared) >= PREPARED_MAX:
            oldest = next(iter(self._prepared))
            # As a statement: psycopg keeps Python's lock while `close_prepared` waits.
            self._done((yield "exec_", (b"DEALLOCATE " + self._prepared[oldest],)))
            del self._prepared[oldest]
        self._made += 1
        name = b"kept_%d" % self._made
        self._done((yield "prepare", (name, text, types)))
        self._prepared[key] = name
        return name

    def _done(self, result: PGresult) -> PGresult:
        if result.status in DONE:
            return result
        if self._connection.closed:
            # What libpq says of a lost server has no SQLSTATE to tell it by.
            raise psycopg.OperationalError(result.get_error_message())
        raise error_from_result(result)


async def answered(libpq: PGconn) -> PGresult:
    """Wait in the event loop for the whole answer to what was sent; the last result of it.

    Raises psycopg.OperationalError when the server is gone.
    """
    result = None
    await _ready(libpq, sending=libpq.flush() != 0)
    while True:
        libpq.consume_input()
        sending = libpq.flush() != 0
        # The rows come before the commit is done, and the end after it.
        while not libpq.is_busy():
            found = libpq.get_result()
            if found is None:
                assert result is not None, "something was sent"
                return result
            result = found
        await _ready(libpq, sending=sending)


async def _ready(libpq: PGconn, *, sending: bool) -> None:
    """Wait until there is something to read, or room for what is still to be sent."""
    loop = asyncio.get_running_loop()
    socket, ready = libpq.socket, loop.create_future()
    loop.add_reader(socket, _settle, ready)
    if sending:
        loop.add_writer(socket, _settle, ready)
    try:
        await ready
    finally:
        loop.remove_reader(socket)
        if sending:
            loop.remove_writer(socket)


def _settle(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
