"""A connection that the event loop waits for: a small question wakes no thread.

To hand a statement to a thread and its answer back takes several times what PostgreSQL takes for a
row that it has in memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from app.database.borrowed import AWAY
from app.database.eras import Era
from app.errors import DatabaseUnavailable


@dataclass
class LoopConnection:
    """Answers one question at a time, in the event loop's thread. Opened when it is first asked."""

    url: str
    era: Era
    arguments: Mapping[str, Any]
    _connection: psycopg.AsyncConnection[Any] | None = field(default=None, init=False)
    _opened_in: int = field(default=0, init=False)

    async def value(self, statement: LiteralString) -> Any:  # noqa: ANN401 - whatever the column holds
        """The value of a statement that answers one column of one row.

        Raises DatabaseUnavailable when there is no answer in time.
        """
        try:
            connection = await self._opened()
            row = await (await connection.execute(statement, prepare=True)).fetchone()
        except psycopg.OperationalError as failure:
            self.close()
            self.era.end()
            AWAY.inc()
            raise DatabaseUnavailable from failure
        assert row is not None, "one row is answered"
        return row[0]

    def close(self) -> None:
        """Close it, at once; it is opened anew when it is asked again."""
        if self._connection is not None:
            self._connection.pgconn.finish()
            self._connection = None

    async def _opened(self) -> psycopg.AsyncConnection[Any]:
        era = self.era.number
        if self._connection is None or self._opened_in != era:
            self.close()
            self._connection = await psycopg.AsyncConnection.connect(
                self.url, autocommit=True, **self.arguments
            )
            self._opened_in = era
        return self._connection
