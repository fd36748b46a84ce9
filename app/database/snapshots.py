"""One consistent state of the database, read through a cursor for as long as it takes."""

from collections.abc import Mapping
from typing import Any

from psycopg.pq.abc import PGresult

from app.database.borrowed import Borrowed
from app.errors import DatabaseUnavailable


class Snapshot:
    """A transaction that only reads, REPEATABLE READ. For one thread at a time, but for `cancel`.

    Every method raises DatabaseUnavailable when the server cannot be reached or is too slow.
    """

    def __init__(self, connection: Borrowed) -> None:
        self._connection = connection
        try:
            connection.run(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        except DatabaseUnavailable:
            connection.close()
            raise

    def run(self, statement: bytes, parameters: Mapping[str, Any] | None = None) -> PGresult:
        """Run a statement; its result as PostgreSQL sent it."""
        return self._connection.run(statement, parameters)

    def cancel(self) -> None:
        """Have what runs in another thread fail soon."""
        self._connection.cancel()

    def close(self) -> None:
        """End the transaction, whatever became of it."""
        try:
            self._connection.run(b"ROLLBACK")
        except DatabaseUnavailable:
            # A connection in an unknown state is nobody's to use.
            self._connection.discard()
        finally:
            self._connection.close()
