"""Engine, sessions and the only commit. Nothing else in the project commits."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from app.database.borrowed import AWAY, Borrowed
from app.database.eras import Era, is_outage
from app.database.instants import ADAPTERS
from app.database.loop_pool import BUSY, LoopPool
from app.database.outdated import SchemaWatch
from app.database.snapshots import Snapshot
from app.errors import DatabaseUnavailable, OutcomeUnknown

# The time zone makes PostgreSQL render Stockholm's offset, the style is the one that is read here,
# whatever the database's own are.
SESSION_OPTIONS = (
    "-c timezone=Europe/Stockholm -c datestyle=ISO -c statement_timeout=30s "
    "-c idle_in_transaction_session_timeout=60s -c jit=off"
)
# A stream waits for its consumer between two fetches, never as long as this. Its cursor is planned
# as a page is: to begin at once, along the index that has the order.
STREAMING_OPTIONS = (
    f"{SESSION_OPTIONS} -c idle_in_transaction_session_timeout=180s -c cursor_tuple_fraction=0.01"
)


@dataclass(eq=False)
class Database:
    """The connection pools of one process.

    `reading` runs single statements, each its own transaction: an answer and its access
    record commit together in one round trip. `asking` does, too, for the event loop, and commits
    several answers at once when many are asked for. `writing` gives sessions that commit on
    success. `streaming` is for snapshots, which keep a connection for minutes. `looking` is one
    connection for small questions that many requests ask at once.
    """

    url: str
    reading: Engine
    writing: Engine = field(repr=False)
    streaming: Engine = field(repr=False)
    looped: Engine = field(repr=False)
    size: int
    era: Era = field(default_factory=Era, repr=False)
    asking: LoopPool = field(init=False, repr=False)
    looking: LoopPool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for engine in self._engines:
            self.era.watch(engine)
        self.asking = LoopPool(self._for_loop, size=self.size)
        self.looking = LoopPool(self._for_loop, size=1)

    @property
    def _engines(self) -> tuple[Engine, ...]:
        return self.reading, self.writing, self.streaming, self.looped

    def _for_loop(self) -> Borrowed:
        return self._borrowed(self.looped)

    def refuse_schemas(self, older: AbstractSet[str]) -> None:
        """Raise SchemaOutdated, instead of failing midway, while the schema is one of these."""
        watch = SchemaWatch(older)
        for engine in self._engines:
            watch.watch(engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits when the block ends, or rolls back when it raises.

        Raises DatabaseUnavailable when the server cannot be reached, OutcomeUnknown when it was
        lost in the commit.
        """
        committing, era = False, self.era.number
        try:
            with Session(self.writing, expire_on_commit=False) as session, session.begin():
                yield session
                committing = True
        except DBAPIError as failure:
            lost, cause = failure.connection_invalidated, failure.orig
            if not (lost or isinstance(cause, psycopg.OperationalError)):
                raise
            if lost or (isinstance(cause, psycopg.OperationalError) and is_outage(cause)):
                self.era.end(era)
            AWAY.inc()
            raise (OutcomeUnknown() if committing else DatabaseUnavailable()) from failure
        except PoolTimeout as failure:
            BUSY.inc()
            raise DatabaseUnavailable(1) from failure

    def read_bytes(
        self, statement: bytes, parameters: Mapping[str, Any], *, keep_plan: bool = False,
        one_plan: bool = False,
    ) -> list[bytes | None]:  # fmt: skip
        """Run one statement that answers exactly one row; its columns as PostgreSQL sent them.

        The values are UTF-8 text, undecoded, because the caller passes them on as they are.
        When this returns, what the statement wrote is durable. `keep_plan`: the same plan is right
        whatever the values, and PostgreSQL may use it again instead of planning anew. `one_plan`:
        it must, because planning costs more than any plan could save.
        Raises DatabaseUnavailable when the server cannot be reached or is too slow.
        """
        with closing(self._borrowed(self.reading)) as connection:
            result = connection.run(statement, parameters, keep_plan=keep_plan, one_plan=one_plan)
        assert result.ntuples == 1, "one row is answered"
        return [result.get_value(0, column) for column in range(result.nfields)]

    def snapshot(self) -> Snapshot:
        """Begin to read one consistent state; the caller closes it.

        Raises DatabaseUnavailable, also when every connection for snapshots is in use.
        """
        return Snapshot(self._borrowed(self.streaming))

    def _borrowed(self, engine: Engine) -> Borrowed:
        try:
            return Borrowed(engine.raw_connection(), self.era)
        except PoolTimeout as failure:
            BUSY.inc()
            raise DatabaseUnavailable(1) from failure
        except (DBAPIError, psycopg.OperationalError) as failure:
            AWAY.inc()
            raise DatabaseUnavailable from failure

    def close(self) -> None:
        """Close the connections; for the end of the process and of tests."""
        for pool in (self.asking, self.looking):
            pool.close()
        for engine in self._engines:
            engine.dispose()


def driver_url(url: str) -> str:
    """The SQLAlchemy form of a `postgresql://` URL: the same, with the psycopg 3 driver named."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def open_database(url: str, *, pool_size: int = 8, streams: int = 4) -> Database:
    """Prepare the pools for a PostgreSQL URL. No connection is made until the first query."""
    # A server that is no more there without a word is noticed, too, by who waits for its answer.
    arguments = {
        "connect_timeout": 5, "application_name": "skolnav", "context": ADAPTERS,
        "tcp_user_timeout": 10_000, "keepalives_idle": 15, "keepalives_interval": 5,
        "keepalives_count": 3,
    }  # fmt: skip

    def by_libpq(name: str, options: str) -> dict[str, Any]:
        # Cursors on these connections prepare nothing: `Statements` does, and remembers what.
        own = {"application_name": name, "options": options, "prepare_threshold": None}
        return {
            "isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None,
            "connect_args": {**arguments, **own},
        }  # fmt: skip

    reading = create_engine(
        driver_url(url),
        # Each stream writes its access records through this pool, and takes nothing from pages.
        pool_size=pool_size + streams,
        max_overflow=0,
        pool_timeout=5,
        **by_libpq("skolnav", SESSION_OPTIONS),
    )
    writing = create_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=2,
        pool_timeout=5,
        connect_args={**arguments, "options": SESSION_OPTIONS},
    )
    streaming = create_engine(
        driver_url(url),
        pool_size=streams,
        max_overflow=0,
        pool_timeout=0,
        **by_libpq("skolnav-stream", STREAMING_OPTIONS),
    )
    # `LoopPool` keeps them, and closes what it does not keep.
    looped = create_engine(
        driver_url(url), poolclass=NullPool, **by_libpq("skolnav-loop", SESSION_OPTIONS)
    )
    return Database(url, reading, writing, streaming, looped, pool_size)


__all__ = [
    "SESSION_OPTIONS",
    "STREAMING_OPTIONS",
    "Database",
    "Session",
    "Snapshot",
    "driver_url",
    "open_database",
]
