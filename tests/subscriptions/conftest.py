"""The town, receivers on loopback, and a worker between them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.auth.authentication import Authenticator
from app.auth.secret import WEBHOOK_SECRETS, derived_key, installation_secret
from app.database.embedded import EmbeddedPostgres
from app.jobs.deliver_notices import NoticeWorker
from app.jobs.tell_consumer import Prepared, Teller
from app.models.subscriptions import Subscription
from app.services.change_clock import next_stamp
from tests.conftest import POOL
from tests.make import named
from tests.ss12000.conftest import Caller, Town, running_town
from tests.subscriptions.receivers import Receivers, receiving

TIMEOUT = 1.0
DEBOUNCE = 0.05


@dataclass
class Clock:
    """A clock that a test sets forward."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Its time."""
        return datetime.now(UTC) + self.ahead


@dataclass
class Stage:
    """A town whose consumers subscribe, and what their receivers get."""

    town: Town
    receivers: Receivers
    clock: Clock = field(default_factory=Clock)

    def subscribe(self, caller: Caller, path: str, *types: str) -> dict[str, Any]:
        """A subscription to these types; the whole answer."""
        body = {"name": path, "target": self.receivers.target(path),
                "resourceTypes": [{"resource": name} for name in types]}  # fmt: skip
        made = caller.post("/subscriptions", body)
        assert made.status_code == 201, made.text
        answer: dict[str, Any] = made.json()
        return answer

    def change(self, table: str, name: str, **values: Any) -> None:
        """Change a row as the services do: with the next stamp."""
        assigned = "".join(f", {column} = %({column})s" for column in values)
        with self.town.database.transaction() as session:
            stamp = next_stamp(session)
            done = session.connection().exec_driver_sql(
                f"UPDATE {table} SET modified = %(stamp)s{assigned} WHERE id = %(id)s",
                {"stamp": stamp, "id": named(name), **values},
            )
            assert done.rowcount == 1

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """Any statement, committed."""
        with self.town.database.transaction() as session:
            done = session.connection().exec_driver_sql(statement, values)
            return list(done) if done.returns_rows else []

    def row(self, identifier: str) -> Subscription:
        """A subscription as the table has it."""
        with self.town.database.transaction() as session:
            return session.get_one(Subscription, UUID(identifier))

    def teller(self) -> Teller:
        """What tells a consumer, step by step, on the test's clock."""
        settings = self.town.settings
        return Teller(
            self.town.database,
            Authenticator(self.town.database, settings, clock=self.clock),
            sealing_key=derived_key(installation_secret(settings), WEBHOOK_SECRETS),
            allowed_hosts=frozenset(settings.allowed_webhook_hosts),
            seconds=settings.webhook_timeout_seconds,
            look_again=timedelta(seconds=settings.webhook_debounce_seconds),
        )

    def prepare(self, teller: Teller, made: dict[str, Any]) -> Prepared | None:
        """Claim a subscription and look what there is to tell."""
        claimed = teller.claim(UUID(made["id"]))
        return None if claimed is None else teller.prepare(claimed)

    def tell(self, made: dict[str, Any]) -> None:
        """Look at a subscription, and tell, as a worker does when it is due."""
        teller = self.teller()
        prepared = self.prepare(teller, made)
        if prepared is not None:
            teller.conclude(prepared, teller.send(prepared), chance=1.0)

    def look(self, made: dict[str, Any]) -> None:
        """Have it due now, and tell."""
        self.sql("UPDATE subscription SET due_at = %(now)s WHERE id = %(id)s", now=self.clock(),
                 id=made["id"])  # fmt: skip
        self.tell(made)


def client_id(caller: Caller) -> str:
    """The caller's name as a client."""
    assert caller.consumer is not None
    return caller.consumer.client_id


@contextmanager
def working(stage: Stage) -> Iterator[NoticeWorker]:
    """A worker in a thread, that listens."""
    worker = NoticeWorker(stage.town.database, stage.town.settings)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    assert worker.listener.wait_until_trusted(30)
    try:
        yield worker
    finally:
        worker.stop()
        # Whoever hangs lets go, also when the test has failed.
        stage.receivers.over.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def shared(server: EmbeddedPostgres, migrated: str) -> Iterator[Town]:
    """A town that a module's tests share; each registers consumers of its own."""
    with running_town(
        server, migrated, "subscribers", allowed_webhook_hosts=["127.0.0.1"],
        webhook_timeout_seconds=TIMEOUT, webhook_debounce_seconds=DEBOUNCE,
        # As many as the town has: looking never waits for a connection in vain.
        database_pool_size=POOL,
    ) as town:  # fmt: skip
        yield town


@pytest.fixture
def stage(shared: Town) -> Iterator[Stage]:
    """The town and receivers of this test's own; nobody else's subscriptions."""
    with receiving() as receivers:
        made = Stage(shared, receivers)
        made.sql("DELETE FROM subscription")
        yield made
