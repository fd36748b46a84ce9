"""The times between outages."""

from dataclasses import dataclass

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry


@dataclass
class Era:
    """Counts outages. A connection from before the last one is never used again.

    Nor is what was remembered of the database: a standby that took over may lack the last writes.
    """

    number: int = 0

    def end(self) -> None:
        """Have every connection replaced before its next use."""
        self.number += 1

    def watch(self, engine: Engine) -> None:
        """Mark the engine's new connections, and replace outlived ones when they are taken.

        Disposing of the pool instead would leave what other threads hold to nobody to close.
        """
        event.listen(engine, "connect", self._mark)
        event.listen(engine, "checkout", self._check)

    def _mark(self, _connection: object, record: ConnectionPoolEntry) -> None:
        record.info["era"] = self.number

    def _check(self, _connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info["era"] != self.number:
            raise DisconnectionError
