"""Questions that are sent along one connection."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult

from app.database.borrowed import Borrowed
from app.database.pipeline import Pipeline, Question
from app.database.statements import bound

Answer = asyncio.Future[PGresult]


def question(
    statement: bytes, parameters: Mapping[str, Any] | None = None, *, prepared: bool = False
) -> Question:
    """For the event loop that runs."""
    asked = bound(Transformer(), statement, parameters, prepared=prepared)
    return Question(asked, asyncio.get_running_loop().create_future())


def pipeline_of(
    borrowed: Borrowed, *, done: Callable[[Pipeline], None] = lambda _: None,
    slow: Callable[[Pipeline], None] = lambda _: None,
) -> Pipeline:  # fmt: skip
    """Along that connection."""
    return Pipeline(borrowed, done=done, slow=slow)


def send(pipeline: Pipeline, *together: Question) -> Sequence[Answer]:
    """Send them together; what their answers will be."""
    pipeline.send(together)
    return [one.answer for one in together]


async def settled(*answers: Answer) -> list[str | type[BaseException]]:
    """Each answer's one value, or what was raised instead."""
    found = await asyncio.gather(*answers, return_exceptions=True)
    return [type(one) if isinstance(one, BaseException) else value_of(one) for one in found]


def value_of(result: PGresult) -> str:
    """Its one value."""
    value = result.get_value(0, 0)
    assert value is not None
    return value.decode()
