"""What is counted for the operator: who proved to be calling, and what the service went through."""

from collections.abc import Callable, Iterator

import anyio
import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import QueuePool

from app.auth.jwks_fetch import KeysWanted, RemoteKeys
from app.main import DOCUMENT_PATHS, create_app
from app.routers import service
from tests.auth.conftest import CLIENT, Gate
from tests.auth.keys_server import KeyServer
from tests.backends import end_connections
from tests.conftest import serving
from tests.waiting import wait_until

TOKEN = "POST /oauth/token"


@pytest.fixture
def app(gate: Gate) -> FastAPI:
    """The whole service."""
    return create_app(gate.settings, gate.database)


@pytest.fixture
def http(app: FastAPI) -> Iterator[httpx.Client]:
    """A client of it."""
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def rise(act: Callable[[], object], name: str, **labels: str) -> float:
    """By how much an act raises a figure."""
    before = REGISTRY.get_sample_value(name, labels) or 0.0
    act()
    return (REGISTRY.get_sample_value(name, labels) or 0.0) - before


def test_a_token_request_counts_for_the_consumer_that_proved_to_make_it(
    http: httpx.Client, gate: Gate
) -> None:
    """One that only claims to be it counts for nobody."""

    def ask(secret: str) -> None:
        form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": secret}
        http.post("/oauth/token", data=form)

    counted = {"route": TOKEN, "method": "POST"}
    proved = counted | {"consumer": CLIENT, "status": "200"}
    claimed = counted | {"consumer": "-", "status": "401"}
    name = "skolnav_requests_total"
    assert rise(lambda: ask(gate.secret), name, **proved) == 1
    assert rise(lambda: ask("skn_guessed"), name, **claimed) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/ss12000/v2.0",
        "/oauth/jwks.json",
        *DOCUMENT_PATHS,
        service.DOCUMENT_PATH,
    ],
)
def test_metadata_and_documents_count_under_their_own_paths(http: httpx.Client, path: str) -> None:
    """A client that fetches them before every call is seen in the figures."""
    counted = {"method": "GET", "status": "200", "consumer": "-"}
    name = "skolnav_requests_total"
    assert rise(lambda: http.get(path), name, route=f"GET {path}", **counted) == 1


def test_a_path_that_does_not_exist_counts_as_other(http: httpx.Client) -> None:
    """Else whoever makes up paths would make up figures without end."""
    counted = {"method": "GET", "status": "404", "consumer": "-"}
    asked = "/.well-known/oauth-protected-resource/made-up"
    name = "skolnav_requests_total"
    assert rise(lambda: http.get(asked), name, route="other", **counted) == 1


def test_tokens_count_as_looked_up_and_then_as_remembered(gate: Gate) -> None:
    """The first use goes to the database, the second does not."""
    token, name = gate.token(), "skolnav_authentications_total"
    assert rise(lambda: gate.probe(token), name, source="database") == 1
    assert rise(lambda: gate.probe(token), name, source="memory") == 1


def test_a_lost_listener_is_counted(gate: Gate) -> None:
    """Until it is back every request goes to the database."""

    def lose() -> None:
        end_connections(gate.database.url, "skolnav-notices")
        wait_until(lambda: len(gate.authenticator.cache) == 0)

    gate.probe(gate.token())
    assert rise(lose, "skolnav_notices_lost_total") == 1


def test_connections_that_are_all_in_use_count_apart_from_a_database_that_is_away(
    http: httpx.Client, gate: Gate
) -> None:
    """The one asks for a larger pool, the other for the database."""
    pool = gate.database.reading.pool
    assert isinstance(pool, QueuePool)
    pool._timeout = 0.05
    name = "skolnav_database_unavailable_total"
    held = [gate.database.reading.connect() for _ in range(pool.size())]
    assert rise(lambda: http.get("/readyz"), name, reason="busy") == 1
    for connection in held:
        connection.close()
    end_connections(gate.database.url, "skolnav")
    assert rise(lambda: http.get("/readyz"), name, reason="away") == 1


def test_fetches_of_keys_count_by_their_outcome(keys_server: KeyServer, remote: RemoteKeys) -> None:
    """A failing one is the consumer's to repair."""
    wanted, name = KeysWanted(keys_server.uri, "k1"), "skolnav_key_fetches_total"
    assert rise(lambda: anyio.run(remote.refresh, wanted), name, outcome="fetched") == 1
    keys_server.says(b"down", 500)
    elsewhere = KeysWanted(keys_server.uri + "/2", "k1")
    assert rise(lambda: anyio.run(remote.refresh, elsewhere), name, outcome="failed") == 1
