"""A connection along which questions are sent before those ahead of them are answered."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import psycopg
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

from app.database.borrowed import Borrowed
from app.database.statements import DONE, Bound
from app.errors import DatabaseUnavailable

# What takes PostgreSQL longer is slow: others are better sent along another connection.
SLOW_SECONDS = 0.05
# The calls that wait for their result, and those that only send.
SENDING = {
    "exec_params": "send_query_params", "prepare": "send_prepare",
    "exec_prepared": "send_query_prepared",
}  # fmt: skip


@dataclass(eq=False, slots=True)
class Question:
    """A statement, and who waits for its result. `again`: what it was sent with has failed."""

    asked: Bound
    answer: "asyncio.Future[PGresult]"
    again: bool = False

    def settle(self, result: PGresult) -> None:
        """Answer it, if somebody still waits."""
        if not self.answer.done():
            self.answer.set_result(result)

    def fail(self, failure: BaseException) -> None:
        """Say why there is no answer, if somebody still waits."""
        if not self.answer.done():
            self.answer.set_exception(failure)


@dataclass(eq=False, slots=True)
class Batch:
    """Questions that are one transaction, how many results each has, and those that came."""

    questions: Sequence[Question]
    numbers: Sequence[int]
    results: list[PGresult] = field(default_factory=list)


class Pipeline:
    """For one event loop at a time, which watches it from its first question on, also while it has
    nothing to do: to begin and to end that takes longer than a small answer.

    `done` is called whenever a batch was answered or all have failed, `slow` when PostgreSQL takes
    long for one.
    """

    def __init__(
        self, connection: Borrowed, *, done: "Callable[[Pipeline], None]",
        slow: "Callable[[Pipeline], None]",
    ) -> None:  # fmt: skip
        self.connection = connection
        self._libpq = connection.libpq
        self._done = done
        self._slow = slow
        self._sent: deque[Batch] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket = -1
        self._writes = False
        self._clock: asyncio.TimerHandle | None = None
        self._slow_at = 0.0

    @property
    def in_flight(self) -> int:
        """How many batches are not answered yet."""
        return len(self._sent)

    @property
    def size_of_last(self) -> int:
        """How many questions were sent last, 0 if all are answered."""
        return len(self._sent[-1].questions) if self._sent else 0

    def send(self, questions: Sequence[Question]) -> None:
        """Have them answered in one transaction, or each by itself when one of them fails.

        A lost or slow server is told as DatabaseUnavailable, to all that were sent.
        """
        calls = [self.connection.statements.calls(question.asked) for question in questions]
        self._sent.append(Batch(questions, [len(one) for one in calls]))
        try:
            self.watch(asyncio.get_running_loop())
            if self.in_flight == 1:
                self._time()
                self._libpq.enter_pipeline_mode()
            for one in calls:
                for call, arguments in one:
                    getattr(self._libpq, SENDING[call])(*arguments)
            self._libpq.pipeline_sync()
            self._flush()
        except psycopg.OperationalError as failure:
            self._fail(failure)

    def close(self) -> None:
        """Close the connection. For one with nothing on its way."""
        self._rest()
        self.connection.discard()

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Be this event loop's: another may have ended and left something on its way."""
        if self._loop is loop:
            return
        self._rest()
        self._loop, self._socket = loop, self._libpq.socket
        loop.add_reader(self._socket, self._go_on)
        self._time()

    def _time(self) -> None:
        """Look at the clock for the batch that is the first now.

        A clock that is set already is let run, and set again if it rings too early.
        """
        assert self._loop is not None, "something was sent"
        self._slow_at = self._loop.time() + SLOW_SECONDS
        if self._sent and self._clock is None:
            self._clock = self._loop.call_at(self._slow_at, self._ring)

    def _ring(self) -> None:
        assert self._loop is not None, "the clock was set"
        self._clock = None
        if not self._sent:
            return
        if self._loop.time() < self._slow_at:
            self._clock = self._loop.call_at(self._slow_at, self._ring)
        else:
            self._slow(self)

    def _flush(self) -> None:
        """Send what there is room for, and the rest when there is some again."""
        loop, more = asyncio.get_running_loop(), self._libpq.flush() != 0
        if more and not self._writes:
            loop.add_writer(self._socket, self._go_on)
        elif self._writes and not more:
            loop.remove_writer(self._socket)
        self._writes = more

    def _go_on(self) -> None:
        try:
            self._libpq.consume_input()
            self._flush()
            while self._sent and not self._libpq.is_busy():
                self._take(self._libpq.get_result())
        except psycopg.OperationalError as failure:
            self._fail(failure)

    def _take(self, result: PGresult | None) -> None:
        if result is None:
            # The end of one call's results.
            return
        if result.status != ExecStatus.PIPELINE_SYNC:
            self._sent[0].results.append(result)
            if self._libpq.status == ConnStatus.BAD:
                # libpq has closed it: there will be nothing to read that would tell.
                raise psycopg.OperationalError(result.get_error_message())
            return
        if self.in_flight == 1:
            self._libpq.exit_pipeline_mode()
        batch = self._sent.popleft()
        self._time()
        self._answer(batch)
        self._done(self)

    def _answer(self, batch: Batch) -> None:
        """Also what wrote is durable now: the commit was ahead of the sync."""
        failed = next((one for one in batch.results if one.status not in DONE), None)
        if failed is None:
            results = iter(batch.results)
            for question, number in zip(batch.questions, batch.numbers, strict=True):
                *_, own = (next(results) for _ in range(number))
                question.settle(own)
            return
        failure = self.connection.statements.failure(failed)
        for question in batch.questions:
            if isinstance(failure, psycopg.OperationalError):
                question.fail(self.connection.unavailable(failure))
            elif question.again:
                question.fail(failure)
            elif self.connection.is_outlived:
                question.fail(DatabaseUnavailable())
            elif not question.answer.done():
                # It may be another's fault, of this batch or of one before that was to prepare it.
                asked = replace(question.asked, prepared=False)
                self.send([Question(asked, question.answer, again=True)])

    def _fail(self, failure: psycopg.OperationalError) -> None:
        """Also when nothing was asked: the server has gone meanwhile."""
        self._rest()
        self.connection.see(failure)
        lost, self._sent = self._sent, deque()
        for batch in lost:
            for question in batch.questions:
                question.fail(self.connection.unavailable(failure))
        # Even if it is there: answers may still come.
        self.connection.discard(failure)
        self._done(self)

    def _rest(self) -> None:
        """Have nothing watched any more: the socket's number will be another's."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.remove_reader(self._socket)
            if self._writes:
                loop.remove_writer(self._socket)
            if self._clock:
                self._clock.cancel()
        self._writes, self._clock = False, None
