"""A whole set is one state of the database, in little memory, and never shows who it may not."""

import gc
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from app.database import Database, Snapshot
from app.errors import DatabaseUnavailable, StreamInterrupted
from app.queries import whole_sets
from app.queries.access import Access, FieldGroup, Scope
from app.queries.reading import Question
from app.queries.ss12000 import CATALOGUE
from app.queries.whole_sets import Batch, WholeSet, open_whole_set
from tests.make import named, town
from tests.ss12000.streams import until

BACKEND = b"SELECT pg_backend_pid()"
ANYTIME = datetime(2100, 1, 1, tzinfo=UTC)


def access(*, sees_protected: bool = False) -> Access:
    """A caller who may see the whole city."""
    return Access(
        client_id="test", grant_id=uuid4(), scopes=frozenset(Scope), organisation_ids=None,
        school_types=None, field_groups=frozenset(FieldGroup), sees_protected=sees_protected,
        rate_tier="city", expires=ANYTIME, today=date(2026, 9, 1),
    )  # fmt: skip


@pytest.fixture
def people(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The town, streamed two rows at a time."""
    monkeypatch.setattr(whole_sets, "FIRST_ROWS", 2)
    monkeypatch.setattr(whole_sets, "MOST_ROWS", 2)
    with database.transaction() as session:
        town(session)
    return database


@contextmanager
def begun(
    database: Database, resource: str = "persons", *, sees_protected: bool = False
) -> Iterator[WholeSet]:
    """A whole set, of which nothing is fetched yet."""
    caller = access(sees_protected=sees_protected)
    asked = Question(values={}, limit=0)
    with closing(
        open_whole_set(database, caller, CATALOGUE[resource], asked, request_id="r")
    ) as whole:
        yield whole


def rest(whole: WholeSet) -> bytes:
    """Every line that is left."""
    lines = b""
    while batch := whole.fetch():
        lines += batch.lines
    return lines


def first(whole: WholeSet) -> Batch:
    """The first batch."""
    batch = whole.fetch()
    assert batch is not None
    return batch


def test_a_place_is_given_back_whatever_goes_wrong_at_the_beginning(
    people: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is a mistake of ours; else the next one would begin in a broken transaction."""
    monkeypatch.setattr(whole_sets, "cursor_statement", lambda _asked: b"SELEC")
    with pytest.raises(errors.SyntaxError) as failure, begun(people):
        pass
    # Whoever looks at the failure holds all that its frames hold, so nothing is closed by chance.
    assert failure.tb is not None
    pool = people.streaming.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0
    monkeypatch.undo()
    with begun(people) as whole:
        assert rest(whole)


def mark(database: Database, name: str, marking: str) -> None:
    """Put somebody under protected identity, or out of it."""
    with database.transaction() as session:
        session.execute(
            text("UPDATE person SET security_marking = :marking WHERE id = :id"),
            {"marking": marking, "id": named(name)},
        )


def records(database: Database) -> int:
    """The number of access records."""
    with database.transaction() as session:
        return int(session.execute(text("SELECT count(*) FROM access_record")).scalar_one())


def test_what_changes_meanwhile_changes_nothing(people: Database) -> None:
    """Renamed and new persons, relations removed: all is as it was when the set began."""
    with begun(people) as whole:
        before = rest(whole)
    with begun(people) as whole:
        lines = first(whole).lines
        with people.transaction() as session:
            session.execute(text("UPDATE person SET given_name = 'other', sort_name = 'a'"))
            session.execute(text("DELETE FROM responsible"))
            session.execute(
                text("INSERT INTO person (id, created, modified, given_name, family_name, "
                     "sort_name, given_name_sort, family_name_sort, search_name, "
                     "security_marking) SELECT gen_random_uuid(), now(), now(), 'new', 'new', "
                     "'new', 'new', 'new', 'new', 'Ingen'")
            )  # fmt: skip
        assert lines + rest(whole) == before
        assert whole.snapshot.run(b"SELECT count(*) FROM responsible").get_value(0, 0) != b"0"
    with begun(people) as whole:
        assert rest(whole) != before


def test_a_batch_is_logged_with_its_bounds(people: Database) -> None:
    """One record, durable before the batch is given on."""
    with begun(people) as whole:
        batch = first(whole)
        whole.record(batch)
        with people.transaction() as session:
            (row,) = session.execute(
                text("SELECT operation, row_count, first_key, last_key FROM access_record")
            )
    assert row == (
        "persons.list", 2, [None, batch.first.id], [None, batch.last.id]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "marking"),
    [("anna", "Sekretessmarkering"), ("hidden-pupil", "Ingen")],
)
def test_a_changed_marking_ends_the_set_before_the_next_batch(
    people: Database, name: str, marking: str
) -> None:
    """The snapshot is older than the marking, so nothing more of it is read out, nor logged."""
    with begun(people) as whole:
        whole.record(first(whole))
        mark(people, name, marking)
        with pytest.raises(StreamInterrupted):
            whole.record(first(whole))
    assert records(people) == 1


def test_a_cleared_caller_is_not_interrupted_by_a_marking(people: Database) -> None:
    """Who sees everyone may go on."""
    with begun(people, sees_protected=True) as whole:
        mark(people, "anna", "Sekretessmarkering")
        whole.record(first(whole))
    assert records(people) == 1


def test_another_marking_of_a_protected_person_interrupts_nobody(people: Database) -> None:
    """Nobody came or went."""
    with begun(people) as whole:
        mark(people, "hidden-pupil", "Sekretessmarkering")
        whole.record(first(whole))
    assert records(people) == 1


def test_a_snapshot_cannot_write_and_ends_when_it_is_closed(people: Database) -> None:
    with begun(people) as whole, pytest.raises(Exception, match="read-only transaction"):
        whole.snapshot.run(b"DELETE FROM person")


def test_what_a_snapshot_waits_for_can_be_cancelled_and_its_connection_goes_on(
    database: Database,
) -> None:
    """By another thread, as when the consumer has gone; the next snapshot has the same backend."""
    outcome: list[BaseException] = []

    def wait(snapshot: Snapshot) -> None:
        try:
            snapshot.run(b"SELECT pg_sleep(30)")
        except DatabaseUnavailable as failure:
            outcome.append(failure)

    with closing(database.snapshot()) as snapshot:
        backend = snapshot.run(BACKEND).get_value(0, 0)
        waiting = threading.Thread(target=wait, args=(snapshot,))
        waiting.start()
        assert until(lambda: sleeping(database), seconds=10)
        snapshot.cancel()
        waiting.join(timeout=10)
        assert not waiting.is_alive()
    assert len(outcome) == 1
    with closing(database.snapshot()) as snapshot:
        assert snapshot.run(BACKEND).get_value(0, 0) == backend


def sleeping(database: Database) -> bool:
    """Whether a statement sleeps in this database."""
    statement = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'"
    with database.transaction() as session:
        return bool(session.execute(text(statement)).scalar_one())


def add_rooms(database: Database, count: int) -> None:
    """Many rooms in the north."""
    statement = """
    INSERT INTO room (id, created, modified, display_name, sort_name, owner_id)
    SELECT md5('room ' || n)::uuid, now(), now(), 'Sal ' || n, 'sal', :owner
      FROM generate_series(1, :count) n ON CONFLICT DO NOTHING
    """
    with database.transaction() as session:
        session.execute(text(statement), {"owner": named("north"), "count": count})


def streamed_rooms(database: Database) -> tuple[int, int, int]:
    """How many rooms a set held, its largest batch, and the most memory that streaming it took."""
    rows = largest = 0
    gc.collect()
    tracemalloc.start()
    try:
        with begun(database, "rooms") as whole:
            while batch := whole.fetch():
                rows += batch.rows
                largest = max(largest, len(batch.lines))
        return rows, largest, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_rows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times the rows, the same memory; and no batch is much larger than it should be."""
    monkeypatch.setattr(whole_sets, "BATCH_BYTES", 100_000)
    with database.transaction() as session:
        town(session)
    add_rooms(database, 2_000)
    streamed_rooms(database)  # what is made once and kept
    few, largest, memory = streamed_rooms(database)
    add_rooms(database, 20_000)
    many, largest_of_many, memory_of_many = streamed_rooms(database)
    assert many > 9 * few
    assert memory_of_many < 1.2 * memory
    assert max(largest, largest_of_many) < 1.2 * 100_000
