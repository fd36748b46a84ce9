"""Connections whose answers the event loop waits for: no thread is woken for them.

To hand a statement to a thread and its answer back takes several times what PostgreSQL takes for a
row that it has in memory, and threads stand in each other's way (docs/adr/0019).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import anyio
from anyio.to_thread import run_sync
from psycopg.adapt import Transformer

from app.database.borrowed import Borrowed
from app.database.instants import ADAPTERS
from app.database.pipeline import Pipeline, Question
from app.database.statements import bound
from app.errors import DatabaseUnavailable
from app.metrics import UNAVAILABLE

# All of our own connections are in use.
BUSY = UNAVAILABLE.labels("busy")
PATIENCE_SECONDS = 5.0
# Batches along the shared connection: one that PostgreSQL works at, and one that it finds when it
# has done so, sent when it is no smaller than the one ahead. Sent earlier it would be a flush of
# the disk for a question or two, for which those behind it wait. What is asked meanwhile is the
# next.
IN_FLIGHT_MAX = 2
TOGETHER_MAX = 8


class LoopPool:
    """Up to `size` connections, for one event loop. One does for questions of one kind only.

    Questions with a plan that is right for all values share one, along which they are sent without
    waiting: it is one process of PostgreSQL that works, with all in its caches, and one commit
    serves several. When something on it takes long, the next share another one. Other questions,
    which may take long, have one for themselves.

    `opened` makes a connection, in a thread, because that takes a while. It is kept until the era
    ends that it was opened in.
    """

    def __init__(self, opened: Callable[[], Borrowed], *, size: int) -> None:
        self._opened = opened
        self._size = size
        self._adapted = Transformer(ADAPTERS)
        # Beside the threads that answer: those may all be waiting.
        self._openers = anyio.CapacityLimiter(size)
        self._opening: set[asyncio.Task[Borrowed]] = set()
        self._in_use: set[Pipeline] = set()
        self._free: list[Pipeline] = []
        self._shared: Pipeline | None = None
        self._sharing: deque[Question] = deque()
        self._alone: deque[Question] = deque()

    async def read(
        self, statement: bytes, parameters: Mapping[str, Any], *, keep_plan: bool = False
    ) -> list[bytes | None]:
        """As `Database.read_bytes`. Raises DatabaseUnavailable."""
        loop = asyncio.get_running_loop()
        asked = bound(self._adapted, statement, parameters, prepared=keep_plan)
        question = Question(asked, loop.create_future())
        waiting = self._sharing if keep_plan else self._alone
        waiting.append(question)
        if self._shared is not None:
            self._shared.watch(loop)
        self._go_on()
        if question in waiting:
            patience = loop.call_later(PATIENCE_SECONDS, self._give_up, question, waiting)
            try:
                result = await question.answer
            finally:
                patience.cancel()
                if question in waiting:
                    waiting.remove(question)
        else:
            result = await question.answer
        assert result.ntuples == 1, "one row is answered"
        return [result.get_value(0, column) for column in range(result.nfields)]

    def close(self) -> None:
        """Close what is open and not in use."""
        while self._free:
            self._free.pop().close()

    def _go_on(self) -> None:
        """Send what there is room for, and open what is missing for the rest."""
        while self._sharing and (pipeline := self._with_room()):
            number = min(len(self._sharing), TOGETHER_MAX)
            pipeline.send([self._sharing.popleft() for _ in range(number)])
        while self._alone and self._places > 0 and (pipeline := self._taken()):
            pipeline.send([self._alone.popleft()])
        if not self._sharing and not self._alone:
            return
        missing = min(len(self._alone), max(self._places, 0))
        if self._sharing and self._shared is None:
            missing += 1
        while len(self._opening) < min(missing, self._size - len(self._in_use)):
            opening = asyncio.ensure_future(run_sync(self._opened, limiter=self._openers))
            self._opening.add(opening)
            opening.add_done_callback(self._when_opened)

    @property
    def _places(self) -> int:
        """How many more may have a connection alone: one is left for what does not take long."""
        alone = len(self._in_use) - (self._shared is not None)
        return max(self._size - 1, 1) - alone

    def _with_room(self) -> Pipeline | None:
        """The shared connection, if a batch of those that wait may be sent along it."""
        shared = self._shared
        if shared is None or shared.connection.is_outlived:
            shared = self._shared = self._taken()
        if shared is None or shared.in_flight >= IN_FLIGHT_MAX:
            return None
        return shared if len(self._sharing) >= shared.size_of_last else None

    def _taken(self) -> Pipeline | None:
        while self._free and len(self._in_use) < self._size:
            pipeline = self._free.pop()
            if self._is_good(pipeline):
                self._in_use.add(pipeline)
                return pipeline
        return None

    def _is_good(self, pipeline: Pipeline) -> bool:
        """Whether it may be used again; it is closed if not. For one with nothing on its way."""
        if pipeline.connection.is_outlived:
            pipeline.close()
        return not pipeline.connection.is_discarded

    def _when_opened(self, opening: "asyncio.Task[Borrowed]") -> None:
        self._opening.discard(opening)
        if opening.cancelled():
            return
        failure = opening.exception()
        if failure is None:
            made = Pipeline(opening.result(), done=self._when_done, slow=self._when_slow)
            self._free.append(made)
            self._go_on()
        elif not self._in_use:
            # Else those that are there will do.
            for waiting in (self._alone, self._sharing):
                while waiting:
                    waiting.popleft().fail(failure)

    def _when_done(self, pipeline: Pipeline) -> None:
        if pipeline in self._in_use and not pipeline.in_flight:
            self._in_use.remove(pipeline)
            if pipeline is self._shared:
                self._shared = None
            if self._is_good(pipeline):
                self._free.append(pipeline)
        elif pipeline in self._free:
            # It was lost while it had nothing to do.
            self._free.remove(pipeline)
        self._go_on()

    def _when_slow(self, pipeline: Pipeline) -> None:
        if pipeline is self._shared:
            self._shared = None
        self._go_on()

    def _give_up(self, question: Question, waiting: deque[Question]) -> None:
        if question not in waiting:
            return
        if self._opening:
            # What comes of that is told instead, soon.
            loop = asyncio.get_running_loop()
            loop.call_later(PATIENCE_SECONDS, self._give_up, question, waiting)
            return
        waiting.remove(question)
        BUSY.inc()
        question.fail(DatabaseUnavailable(1))
