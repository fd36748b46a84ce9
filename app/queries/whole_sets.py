"""Answers a whole list from one snapshot, in batches, each of which is logged before it is sent."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from psycopg.pq.abc import PGresult

from app.database import Database, Snapshot
from app.errors import StreamInterrupted
from app.queries.access import Access
from app.queries.reading import Continued, Question, list_question, list_values
from app.queries.resource import UNPROTECTED, Resource
from app.queries.ss12000 import CATALOGUE
from app.queries.statements import RECORDED, ListQuestion, bounds, list_rows

# A batch is as many rows as probably make so many bytes; the first is small, to see how large
# rows are and to answer soon.
BATCH_BYTES = 1 << 20
FIRST_ROWS, MOST_ROWS = 200, 5_000
# Rows may be larger than those before them, so that the number grows by steps.
LARGEST_STEP = 4

# Tells one set of persons under protected identity from another.
PROTECTED = (
    "(SELECT md5(coalesce(string_agg(id::text, ',' ORDER BY id), '')) FROM person "
    f"WHERE security_marking <> '{UNPROTECTED}')"
)

# The columns of `list_rows`.
IDENTIFIER, KEY, DOCUMENT = range(3)


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects as JSON, a line each, with the places of the first and the last."""

    lines: bytes
    rows: int
    first: Continued
    last: Continued


@lru_cache(maxsize=1024)
def cursor_statement(question: ListQuestion) -> bytes:
    """Declares the cursor over every row of a list."""
    return f"DECLARE whole_set NO SCROLL CURSOR FOR {list_rows(question)}".encode()


@lru_cache(maxsize=1024)
def batch_record_statement(question: ListQuestion) -> bytes:
    """Writes a batch's access record; one row: how many records that made.

    None, when by now others are under protected identity than in the snapshot: the batch may
    hold somebody whom it may no longer show. To a caller with clearance that makes no difference.
    """
    first, last = bounds(question, "%(first_key)s::text", "%(last_key)s::text")
    columns = (
        f"%(row_count)s, jsonb_build_array({first}, %(first_id)s::text), "
        f"jsonb_build_array({last}, %(last_id)s::text), NULL"
    )
    if not question.shape.sees_protected:
        columns += f" WHERE {PROTECTED} = %(protected)s"
    statement = f"""
WITH logged AS ({RECORDED.format(columns=columns)} RETURNING id)
SELECT count(*) FROM logged"""
    return statement.encode()


@dataclass
class WholeSet:
    """A list under way. `fetch` and `record` may run at once, in a thread each."""

    database: Database
    snapshot: Snapshot
    question: ListQuestion
    # What the access record of every batch holds, and who was protected in the snapshot.
    values: dict[str, Any]
    _rows: int = field(default_factory=lambda: FIRST_ROWS, init=False)
    _at_end: bool = field(default=False, init=False)

    def fetch(self) -> Batch | None:
        """The next objects; None after the last. Raises DatabaseUnavailable."""
        if self._at_end:
            return None
        asked = self._rows
        result = self.snapshot.run(f"FETCH FORWARD {asked} FROM whole_set".encode())
        rows = result.ntuples
        self._at_end = rows < asked
        if rows == 0:
            return None
        value = result.get_value
        lines = b"\n".join([value(row, DOCUMENT) or b"" for row in range(rows)]) + b"\n"
        fitting = BATCH_BYTES * rows // len(lines)
        self._rows = max(1, min(MOST_ROWS, asked * LARGEST_STEP, fitting))
        return Batch(lines, rows, _place(result, 0), _place(result, rows - 1))

    def record(self, batch: Batch) -> None:
        """Log that the batch is read out; when this returns, the record is durable.

        Raises StreamInterrupted when the batch may not be sent, DatabaseUnavailable.
        """
        if not CATALOGUE[self.question.resource].personal:
            return
        values = self.values | {
            "row_count": batch.rows,
            "first_key": batch.first.key,
            "first_id": batch.first.id,
            "last_key": batch.last.key,
            "last_id": batch.last.id,
        }
        (records,) = self.database.read_bytes(batch_record_statement(self.question), values)
        if records != b"1":
            raise StreamInterrupted

    def cancel(self) -> None:
        """Have a `fetch` in another thread fail soon."""
        self.snapshot.cancel()

    def close(self) -> None:
        """End the transaction."""
        self.snapshot.close()


def open_whole_set(
    database: Database, access: Access, resource: Resource, question: Question, *, request_id: str
) -> WholeSet:
    """Begin to read every row of a list, as it is now; the caller closes it.

    `question.limit` plays no part. Raises DatabaseUnavailable.
    """
    asked = list_question(access, resource, question)
    values = list_values(access, resource, question, request_id=request_id)
    snapshot = database.snapshot()
    try:
        protected = snapshot.run(b"SELECT " + PROTECTED.encode()).get_value(0, 0)
        snapshot.run(cursor_statement(asked), values)
    except BaseException:
        snapshot.close()
        raise
    assert protected is not None
    return WholeSet(database, snapshot, asked, values | {"protected": protected.decode()})


def _place(result: PGresult, row: int) -> Continued:
    identifier, key = result.get_value(row, IDENTIFIER), result.get_value(row, KEY)
    assert identifier is not None
    return Continued(key.decode() if key is not None else None, identifier.decode())
