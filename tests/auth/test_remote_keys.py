"""Keys that must be fetched: nobody else waits for them, and what changes meanwhile counts."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlmodel import Session, select

from app.auth import jwks_fetch
from app.auth.authentication import Authenticator
from app.auth.jwks_fetch import RemoteKeys
from app.database import Database, open_database
from app.main import create_app
from app.models.consumers import Application, ConsumerOrganisation, Grant
from app.routers.oauth.services import oauth_services
from app.services.consumers import NewApplication, disable_application, register_application
from app.services.grants import grant, revoke_grant
from tests.auth.conftest import CLIENT, ISSUER, Gate, now, terms
from tests.auth.keys_server import KEY, KeyServer
from tests.conftest import serving
from tests.waiting import wait_until

PUBLISHER = "publisher"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECONDS = 20.0


@dataclass
class Tightest:
    """The service with one connection a pool and one thread, and a keys server that waits."""

    address: str
    database: Database
    remote: RemoteKeys
    keys_server: KeyServer
    authenticator: Authenticator
    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        good = self.keys_server.answer

        def answer(handler: BaseHTTPRequestHandler) -> None:
            self.asked.set()
            assert self.released.wait(SECONDS)
            good(handler)

        self.keys_server.answer = answer

    def post(self, **form: str) -> httpx.Response:
        """Ask for a token."""
        sent = {"grant_type": "client_credentials"} | form
        return httpx.post(f"{self.address}/oauth/token", data=sent, timeout=SECONDS)

    def prove(self, proof: str) -> httpx.Response:
        """Ask for a token with an assertion."""
        return self.post(client_assertion_type=ASSERTION_TYPE, client_assertion=proof)

    def connections_in_use(self) -> int:
        """Of both pools."""
        pools = (self.database.writing.pool, self.database.reading.pool)
        return sum(pool.checkedout() for pool in pools)  # type: ignore[attr-defined]

    def waiting(self) -> int:
        """How many requests wait for a fetch that another has begun."""
        return sum(kept.fetching.statistics().tasks_waiting for kept in self.remote._kept.values())


@pytest.fixture
def tightest(
    gate: Gate, keys_server: KeyServer, remote: RemoteKeys, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tightest]:
    """One consumer with a secret, and one that publishes its keys on a slow server."""
    # The tests say how long it takes, not the clock.
    monkeypatch.setattr(jwks_fetch, "SECONDS_PER_FETCH", 2 * SECONDS)
    with gate.database.transaction() as session:
        organisation = session.exec(select(ConsumerOrganisation)).one()
        described = NewApplication(name="P", client_id=PUBLISHER, jwks_uri=keys_server.uri)
        register_application(
            session, organisation=organisation, described=described,
            allowed_jwks_hosts=frozenset({"localhost"}), now=now(), actor="test",
        )  # fmt: skip
        session.flush()
        grant(session, client_id=PUBLISHER, terms=terms(), now=now(), actor="test")
    settings = gate.settings.model_copy(update={"database_pool_size": 1})
    database = open_database(gate.database.url, pool_size=1)
    app = create_app(settings, database)
    app.state.oauth_services = replace(oauth_services(settings), remote_keys=remote)
    with serving(app) as address:
        made = Tightest(address, database, remote, keys_server, app.state.authenticator)
        yield made
        made.released.set()


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    """Where requests wait that a test is not waiting for."""
    with ThreadPoolExecutor() as executor:
        yield executor


def assertion(key: ECKey = KEY, client_id: str = PUBLISHER) -> str:
    """A good assertion, when the key is the published one."""
    at = int(now().timestamp())
    claims = {"iss": client_id, "sub": client_id, "aud": ISSUER, "iat": at, "exp": at + 60,
              "jti": uuid4().hex}  # fmt: skip
    return jwt.encode({"alg": "ES256", "kid": "k1", "typ": "JWT"}, claims, key)


def test_while_keys_are_fetched_another_client_gets_its_token(
    tightest: Tightest, gate: Gate, aside: ThreadPoolExecutor
) -> None:
    """The fetch holds no connection and none of the threads that wait for one."""
    slow = aside.submit(tightest.prove, assertion())
    assert tightest.asked.wait(SECONDS)
    assert tightest.connections_in_use() == 0
    other = tightest.post(client_id=CLIENT, client_secret=gate.secret)
    assert other.status_code == httpx.codes.OK
    assert not slow.done(), "it did not wait: nothing was proved"
    tightest.released.set()
    assert slow.result().status_code == httpx.codes.OK


def disabled(session: Session) -> None:
    """An admin stops the application."""
    disable_application(session, client_id=PUBLISHER, reason="test", now=now(), actor="test")


def without_grant(session: Session) -> None:
    """Its agreement ends."""
    ended = session.exec(
        select(Grant.id).join(Application).where(Application.client_id == PUBLISHER)
    ).one()
    revoke_grant(session, client_id=PUBLISHER, grant_id=ended, now=now(), actor="test")


def published_elsewhere(session: Session) -> None:
    """Its keys are no longer those at the address that is being fetched."""
    changed = session.exec(select(Application).where(Application.client_id == PUBLISHER)).one()
    changed.jwks_uri = "https://localhost:1/jwks"
    session.add(changed)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (disabled, "invalid_client"),
        (published_elsewhere, "invalid_client"),
        (without_grant, "unauthorized_client"),
    ],
)
def test_what_changes_while_keys_are_fetched_counts(
    tightest: Tightest, aside: ThreadPoolExecutor, change: Callable[[Session], None], error: str
) -> None:
    """The fetched keys are looked at with the application as it is then."""
    slow = aside.submit(tightest.prove, assertion())
    assert tightest.asked.wait(SECONDS)
    with tightest.database.transaction() as session:
        change(session)
    tightest.released.set()
    assert slow.result().json()["error"] == error


def test_an_assertion_that_expires_while_keys_are_fetched_is_refused(
    tightest: Tightest, aside: ThreadPoolExecutor
) -> None:
    """Time counts as it is when the keys are there."""
    clock = [now()]
    tightest.authenticator.clock = lambda: clock[0]
    slow = aside.submit(tightest.prove, assertion())
    assert tightest.asked.wait(SECONDS)
    clock[0] += timedelta(minutes=2)
    tightest.released.set()
    assert slow.result().json()["error"] == "invalid_client"


def test_of_two_uses_of_an_assertion_that_wait_for_its_keys_one_works(
    tightest: Tightest, aside: ThreadPoolExecutor
) -> None:
    """Both wait for one fetch, and its id is consumed once."""
    proof = assertion()
    both: list[Future[httpx.Response]] = [aside.submit(tightest.prove, proof) for _ in range(2)]
    wait_until(tightest.waiting)
    tightest.released.set()
    assert sorted(use.result().status_code for use in both) == [200, 401]
    assert tightest.keys_server.hits == 1


def test_an_unknown_client_is_answered_as_one_whose_published_key_does_not_fit(
    tightest: Tightest,
) -> None:
    """Same status, words and headers."""
    tightest.released.set()
    stranger = ECKey.generate_key("P-256", parameters={"kid": "k1"})
    answers: list[Any] = [
        tightest.prove(assertion(stranger)),
        tightest.prove(assertion(stranger, "nobody")),
    ]
    known, unknown = (
        (answer.status_code, answer.text, answer.headers["content-type"]) for answer in answers
    )
    assert known == unknown
