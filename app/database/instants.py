"""How instants come out of the database: with an offset, in no time zone."""

from datetime import datetime

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader


class _Instant(Loader):
    """A `timestamptz` with the offset that PostgreSQL wrote.

    psycopg's own loader gives it the session's time zone, in which Python reckons by the clock on
    the wall: it adds 24 hours that are 23 in the night when summer time begins, and takes instants
    for equal that are an hour apart in the night when it ends.
    """

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(bytes(data).decode())


ADAPTERS = AdaptersMap(psycopg.adapters)
ADAPTERS.register_loader("timestamptz", _Instant)
