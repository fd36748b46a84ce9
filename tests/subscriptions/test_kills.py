"""kill -9 of the worker and of the database, at every step: each change is told at least once."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlmodel import select

from app.auth.consumer_access import access_of_application
from app.auth.secret import SIGNING_KEYS, WEBHOOK_SECRETS, derived_key
from app.database import Database, open_database
from app.database.embedded import EmbeddedPostgres, start_embedded
from app.database.migrations import migrate
from app.errors import DatabaseUnavailable
from app.models.consumers import Application
from app.models.subscriptions import Subscription
from app.queries.organisation_tree import organisation_tree
from app.services.change_clock import next_stamp
from app.services.signing_keys import ensure_signing_key
from app.services.subscriptions import NewSubscription, subscribe
from tests.make import Consumers, named, town
from tests.subscriptions.receivers import Handler, Received, Receivers, receiving, status
from tests.test_outage import kill

SKOLNAV = Path(sys.executable).with_name("skolnav")
# The command itself imports everything that `skolnav` has, which takes its time.
WORKER = (sys.executable, "-c", "from app.cli.worker import worker; worker()")
SECRET = "x" * 40
# A worker process, and sometimes a database, has to start first.
IN_TIME = 30.0
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@dataclass
class Site:
    """A database that can be killed, a subscription in it, and its receiver."""

    directory: Path
    server: EmbeddedPostgres
    database: Database
    receivers: Receivers
    subscription: UUID = field(init=False)

    def subscribe(self) -> None:
        """The town, with a consumer that is told of rooms."""
        now, secret = datetime.now(UTC), SECRET.encode()
        keys = {name: derived_key(secret, name) for name in (SIGNING_KEYS, WEBHOOK_SECRETS)}
        with self.database.transaction() as session:
            town(session)
            ensure_signing_key(session, sealing_key=keys[SIGNING_KEYS], now=now)
        consumers = Consumers(self.database, "http://127.0.0.1", keys[SIGNING_KEYS])
        consumer = consumers.consumer()
        wanted = NewSubscription(
            name="x", target=self.receivers.target("/x"), resource_types=["Room"]
        )
        with self.database.transaction() as session:
            found = select(Application).where(Application.client_id == consumer.client_id)
            tree = organisation_tree(session)
            access = access_of_application(session, session.exec(found).one(), now=now, tree=tree)
            assert access is not None
            self.subscription = subscribe(
                session, access, wanted, tree=tree, lifetime=timedelta(days=1), now=now,
                sealing_key=keys[WEBHOOK_SECRETS],
            ).id  # fmt: skip

    def change(self) -> datetime:
        """A room changes; the stamp of that."""
        with self.database.transaction() as session:
            stamp = next_stamp(session)
            session.connection().exec_driver_sql(
                "UPDATE room SET modified = %s WHERE id = %s", (stamp, named("north-room"))
            )
        return stamp

    def told(self, stamp: datetime) -> bool:
        """Whether the consumer has accepted a notice of what happened until then."""
        try:
            with self.database.transaction() as session:
                row = session.get_one(Subscription, self.subscription)
        except DatabaseUnavailable:
            return False
        return row.notice_id is None and row.told_until >= stamp

    def wait_until_told(self, stamp: datetime) -> None:
        """Until then, and until it stands in the table."""
        self.receivers.wait_until(lambda: self.told(stamp), IN_TIME)

    def wait(self, count: int) -> list[Received]:
        """What the receiver has got, once it is so many."""
        return self.receivers.wait("/x", count, IN_TIME)

    def restart(self) -> None:
        """The database comes back where it was."""
        self.server = start_embedded(self.directory)

    def wait_for_lock(self, table: str) -> None:
        """Until a worker waits for a lock that the test holds."""
        asked = (
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND query ILIKE '%%' || %s || '%%' AND pid <> pg_backend_pid()"
        )
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            self.receivers.wait_until(
                lambda: connection.execute(asked, (table,)).fetchone() is not None, IN_TIME
            )

    def let_lease_end(self) -> None:
        """As if the time of the dead worker's lease had passed."""
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute("UPDATE subscription SET leased_until = now(), due_at = now()")

    @contextmanager
    def worker(self, *command: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
        """A worker process; killed if it still runs at the end."""
        environment = os.environ | {
            "DATABASE_URL": self.server.url(), "SKOLNAV_SECRET": SECRET,
            "SKOLNAV_ALLOWED_WEBHOOK_HOSTS": "127.0.0.1",
            "SKOLNAV_WEBHOOK_TIMEOUT_SECONDS": "1.5", "SKOLNAV_WEBHOOK_DEBOUNCE_SECONDS": "0.5",
        }  # fmt: skip
        with (self.directory.parent / "worker.log").open("ab") as log:
            process = subprocess.Popen(command or WORKER, env=environment, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def site() -> Iterator[Site]:
    """A durable database under a short path, so that it comes back at the same socket."""
    with tempfile.TemporaryDirectory(prefix="skolnav-") as made, receiving() as receivers:
        directory = Path(made) / "data"
        server = start_embedded(directory)
        database = open_database(server.url(), pool_size=2)
        site = Site(directory, server, database, receivers)
        try:
            migrate(server.url())
            site.subscribe()
            yield site
        finally:
            database.close()
            site.server.stop()


@contextmanager
def holding(site: Site, statement: str) -> Iterator[None]:
    """A transaction that holds a lock, as long as the block lasts."""
    with psycopg.connect(site.server.url()) as connection:
        connection.execute(statement.encode())
        yield
        connection.rollback()


def kill_worker(process: "subprocess.Popen[bytes]") -> None:
    """As the machine would, out of memory."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def kill_before_the_post(site: Site, process: "subprocess.Popen[bytes]") -> datetime:
    """The worker has claimed the subscription and looks what there is to tell."""
    with ExitStack() as held_room:
        with holding(site, "SELECT id FROM subscription FOR UPDATE"):
            stamp = site.change()
            held_room.enter_context(holding(site, "LOCK room"))
        site.wait_for_lock("room")
        kill_worker(process)
    assert "/x" not in site.receivers.received
    site.let_lease_end()
    return stamp


def kill_while_the_receiver_hangs(site: Site, process: "subprocess.Popen[bytes]") -> datetime:
    """The receiver has the notice, and the worker no answer. Its lease ends by itself."""
    site.receivers.answers["/x"] = site.receivers.hang
    before = len(site.receivers.received["/x"])
    stamp = site.change()
    site.wait(before + 1)
    kill_worker(process)
    site.receivers.answers["/x"] = status(200)
    return stamp


def kill_between_answer_and_commit(site: Site, process: "subprocess.Popen[bytes]") -> datetime:
    """The receiver has accepted, and the worker could not note it down."""
    may_answer = threading.Event()

    def answer(handler: Handler) -> None:
        may_answer.wait(IN_TIME)
        status(200)(handler)

    site.receivers.answers["/x"] = answer
    before = len(site.receivers.received["/x"])
    stamp = site.change()
    site.wait(before + 1)
    with holding(site, "SELECT id FROM subscription FOR UPDATE"):
        may_answer.set()
        site.wait_for_lock("subscription")
        kill_worker(process)
    site.let_lease_end()
    return stamp


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_after_each_killed_worker_the_next_one_tells(site: Site) -> None:
    """What the receiver got twice came under one id. A worker that is told to stop ends well."""
    with site.worker() as first:
        stamp = kill_before_the_post(site, first)
    assert not site.told(stamp)
    with site.worker() as second:
        site.wait_until_told(stamp)
        stamp = kill_while_the_receiver_hangs(site, second)
    assert not site.told(stamp)
    with site.worker() as third:
        site.wait_until_told(stamp)
        stamp = kill_between_answer_and_commit(site, third)
    assert not site.told(stamp)
    port = free_port()
    with site.worker(SKOLNAV, "worker", "--metrics-port", str(port)) as fourth:
        site.wait_until_told(stamp)
        figures = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert 'skolnav_subscriptions{state="active"} 1.0' in figures
        fourth.send_signal(signal.SIGTERM)
        assert fourth.wait(IN_TIME) == 0
    one, two, again, three, once_more = (notice.id for notice in site.receivers.received["/x"])
    assert (two, three) == (again, once_more)
    assert len({one, two, three}) == 3


def test_a_killed_database_loses_no_change_and_needs_no_hand_at_the_worker(site: Site) -> None:
    """While the receiver has the notice; just after a change; and together with the worker."""
    may_answer = threading.Event()

    def answer(handler: Handler) -> None:
        may_answer.wait(IN_TIME)
        status(200)(handler)

    site.receivers.answers["/x"] = answer
    with site.worker() as process:
        first = site.change()
        site.wait(1)
        kill(site.server)
        may_answer.set()
        site.restart()
        site.wait_until_told(first)
        second = site.change()
        kill(site.server)
        site.restart()
        site.wait_until_told(second)
        assert process.poll() is None
        third = site.change()
        kill(site.server)
    site.restart()
    assert not site.told(third)
    with site.worker():
        site.wait_until_told(third)
    assert len(site.receivers.received["/x"]) >= 3
