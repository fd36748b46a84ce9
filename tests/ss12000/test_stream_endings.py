"""How a stream ends before its end: the consumer is gone or stands still, or may see no more."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.auth.authentication import utc_now
from app.main import create_app
from tests.conftest import serving
from tests.make import Consumer, named
from tests.ss12000.conftest import DOOR, Town
from tests.ss12000.streams import (
    ACCEPT,
    LESSONS,
    Reader,
    add_lessons,
    open_transactions,
    until,
)

# Twenty megabytes: more than every buffer between the two ends.
MANY = 10_000
SOON = 20.0


@dataclass
class Streaming:
    """A service with settings of its own on the town's database."""

    town: Town
    app: FastAPI
    address: str
    caplog: pytest.LogCaptureFixture

    def transactions(self) -> int:
        """The streams' open transactions."""
        return open_transactions(self.town.database)

    def endings(self) -> list[str]:
        """How the streams of this test ended, as the log tells."""
        return [vars(one)["ending"] for one in self.caplog.records if one.msg == "stream.ended"]

    def page(self, consumer: Consumer) -> int:
        """The status of an ordinary request."""
        return httpx.get(f"{self.address}{DOOR}/persons", headers=consumer.headers).status_code

    def change(self, statement: str, **values: object) -> None:
        """Change something in the database."""
        with self.town.database.transaction() as session:
            session.execute(text(statement), values)


@pytest.fixture(scope="module")
def lessons(the_town: Town) -> Town:
    """The town with many lessons."""
    add_lessons(the_town.database, MANY)
    return the_town


@pytest.fixture
def streaming(lessons: Town, caplog: pytest.LogCaptureFixture) -> Iterator[Streaming]:
    """Patient with its consumers."""
    with service(lessons, caplog) as running:
        yield running


@contextmanager
def service(
    town: Town, caplog: pytest.LogCaptureFixture, *, patience: int = 60, **more: int
) -> Iterator[Streaming]:
    """The service on the town's database."""
    caplog.set_level(logging.INFO, "skolnav.streams")
    settings = town.settings.model_copy(update={"stream_stall_seconds": patience} | more)
    app = create_app(settings)
    with serving(app) as address:
        yield Streaming(town, app, address, caplog)


def test_a_consumer_that_stops_reading_is_cut_off(
    lessons: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """Its transaction ends, its connection breaks though it reads nothing, others are answered."""
    consumer = lessons.consumers.consumer()
    with (
        service(lessons, caplog, patience=1) as streaming,
        Reader(streaming.address, consumer) as reader,
    ):
        reader.read_batch()
        assert streaming.transactions() == 1
        assert streaming.page(consumer) == httpx.codes.OK
        assert until(lambda: streaming.transactions() == 0, SOON)
        assert reader.is_dropped_within(SOON)
        assert until(lambda: streaming.endings() == ["stalled"], SOON)
        assert not reader.read_rest()


def test_a_consumer_that_goes_away_ends_its_stream(streaming: Streaming) -> None:
    """Long before anyone would lose patience."""
    with Reader(streaming.address, streaming.town.consumers.consumer()) as reader:
        reader.read_batch()
        assert streaming.transactions() == 1
    assert until(lambda: streaming.transactions() == 0, SOON)
    assert until(lambda: streaming.endings() == ["disconnected"], SOON)


GRANT = "UPDATE consumer_grant SET {} WHERE application_id = (SELECT id FROM application WHERE {})"
OWN = "client_id = :client_id"
CHANGES = {
    "disabled": (f"UPDATE application SET disabled_at = now() WHERE {OWN}", "unauthorized"),
    "without a grant": (GRANT.format("revoked_at = now()", OWN), "unauthorized"),
    "with less": (GRANT.format("field_groups = '{}'", OWN), "streamInterrupted"),
    "elsewhere": (GRANT.format("organisation_ids = :south", OWN), "streamInterrupted"),
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_consumer_whose_rights_change_is_sent_no_more(streaming: Streaming, how: str) -> None:
    """Neither what is still to come nor what waits to be taken."""
    statement, ending = CHANGES[how]
    consumer = streaming.town.consumers.consumer()
    with Reader(streaming.address, consumer) as reader:
        reader.read_batch()
        streaming.change(statement, client_id=consumer.client_id, south=[named("south")])
        assert reader.is_dropped_within(SOON)
        assert not reader.read_rest()
    assert until(lambda: streaming.transactions() == 0, SOON)
    assert until(lambda: streaming.endings() == [ending], SOON)


def test_a_stream_ends_with_its_token(streaming: Streaming) -> None:
    """A new one goes on after the last page token."""
    authenticator = streaming.app.state.authenticator
    with Reader(streaming.address, streaming.town.consumers.consumer()) as reader:
        reader.read_batch()
        authenticator.clock = lambda: utc_now() + timedelta(hours=1)
        assert reader.is_dropped_within(SOON)
    assert until(lambda: streaming.endings() == ["unauthorized"], SOON)


@pytest.fixture
def marking(streaming: Streaming) -> Iterator[Callable[[], datetime]]:
    """Puts somebody under protected identity; when that was known to everyone."""
    statement = "UPDATE person SET security_marking = :marking WHERE id = :id"

    def mark() -> datetime:
        streaming.change(statement, marking="Sekretessmarkering", id=named("bo"))
        with streaming.town.database.transaction() as session:
            known: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        return known

    yield mark
    streaming.change(statement, marking="Ingen", id=named("bo"))


def test_a_marking_ends_the_streams_that_could_show_the_person(
    streaming: Streaming, marking: Callable[[], datetime]
) -> None:
    """No batch is logged, and so none sent, after the marking; without a word of why."""
    consumer = streaming.town.consumers.consumer()
    with Reader(streaming.address, consumer) as reader:
        reader.read_batch()
        known = marking()
        assert not reader.read_rest()
    assert until(lambda: streaming.endings() == ["streamInterrupted"], SOON)
    logged = "SELECT count(*), max(at) < :known FROM access_record WHERE client_id = :client_id"
    with streaming.town.database.transaction() as session:
        values = {"known": known, "client_id": consumer.client_id}
        records, earlier = session.execute(text(logged), values).one()
    assert records >= len(reader.received.batches) > 0
    assert earlier


def test_a_marking_ends_no_stream_of_a_cleared_consumer(
    streaming: Streaming, marking: Callable[[], datetime]
) -> None:
    cleared = streaming.town.consumers.consumer(sees_protected=True)
    with Reader(streaming.address, cleared) as reader:
        reader.read_batch()
        marking()
        assert reader.read_rest()
        assert reader.received.count == MANY + 2
    assert until(lambda: streaming.endings() == ["complete"], SOON)


def test_what_was_cut_off_goes_on_after_its_last_token(streaming: Streaming) -> None:
    """Together the parts are the whole, each object once."""
    consumer = streaming.town.consumers.consumer()
    with Reader(streaming.address, consumer) as reader:
        for _ in range(3):
            reader.read_batch()
    got = [one for batch in reader.received.batches for one in batch]
    path = f"{DOOR}/calendarEvents?pageToken={reader.received.tokens[-1]}"
    with Reader(streaming.address, consumer, path) as reader:
        assert reader.read_rest()
    assert len({*got, *reader.received.objects}) == MANY + 2
    assert len(got) + len(reader.received.objects) == MANY + 2


def test_streams_leave_room_for_others_and_for_pages(
    lessons: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """One consumer takes half of them, all take all; then the next is told when to come back."""
    one, two, three = (lessons.consumers.consumer() for _ in range(3))
    with service(lessons, caplog, streams_max=2) as streaming:

        def refused(consumer: Consumer) -> str:
            headers = consumer.headers | ACCEPT
            answer = httpx.get(f"{streaming.address}{LESSONS}", headers=headers)
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert answer.json()["code"] == "streamsBusy"
            assert int(answer.headers["retry-after"]) > 0
            return str(answer.json()["message"])

        with Reader(streaming.address, one):
            assert "This consumer" in refused(one)
            with Reader(streaming.address, two):
                assert "All 2 streams" in refused(three)
                assert [streaming.page(each) for each in (one, two, three)] == [httpx.codes.OK] * 3
        assert until(lambda: len(streaming.endings()) == 2, SOON)
        with Reader(streaming.address, three) as reader:
            assert reader.answer.status == httpx.codes.OK


def test_a_stop_of_the_service_ends_its_streams(
    lessons: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """They would hold it up for as long as their tokens last."""
    with contextlib.ExitStack() as stack:
        with service(lessons, caplog) as streaming:
            reader = Reader(streaming.address, lessons.consumers.consumer())
            stack.enter_context(reader)
            reader.read_batch()
            assert streaming.transactions() == 1
        assert streaming.transactions() == 0
        assert streaming.endings() == ["stopped"]
        assert not reader.read_rest()


def test_streams_that_wait_for_the_database_hold_up_no_page(
    lessons: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """They have threads and connections of their own; of the others there are two here."""
    consumer = lessons.consumers.consumer()
    answers: list[int] = []

    def ask_rooms(address: str) -> None:
        headers = consumer.headers | ACCEPT
        answers.append(httpx.get(f"{address}{DOOR}/rooms", headers=headers, timeout=30).status_code)

    with service(lessons, caplog, database_pool_size=2) as streaming:
        waiting = [threading.Thread(target=ask_rooms, args=(streaming.address,)) for _ in range(2)]
        with lessons.database.transaction() as session:
            session.execute(text("LOCK TABLE room IN ACCESS EXCLUSIVE MODE"))
            for thread in waiting:
                thread.start()
            assert until(lambda: streaming.transactions() == 2, SOON)
            assert streaming.page(consumer) == httpx.codes.OK
            assert answers == []
        for thread in waiting:
            thread.join(timeout=20)
    assert answers == [httpx.codes.OK] * 2
