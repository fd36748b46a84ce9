"""A trusted issuer in the whole service: what it opens, what it may not hold up, what is checked
at start."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from app.auth.outbound import public_authorities
from app.cli import cli
from app.database import Database
from app.main import create_app
from app.settings import Settings, get_settings
from tests.auth.conftest import CLIENT, ISSUER
from tests.auth.issuer import ORGANISATION, Issuer, published, trust, trusted_issuer
from tests.conftest import serving
from tests.waiting import wait_until

ROOMS = "/ss12000/v2.0/rooms"
# More than the service has threads and connections.
CALLERS = 12


@pytest.fixture
def issuer(database: Database, certificate: Path) -> Iterator[Issuer]:
    """An issuer that the service trusts."""
    with trusted_issuer(database, certificate) as made:
        yield made


@pytest.fixture
def service(issuer: Issuer, certificate: Path) -> Iterator[httpx.Client]:
    """The whole service, over HTTP."""
    app = create_app(issuer.gate.settings, issuer.gate.database)
    trust(app.state.authenticator, certificate)
    issuer.gate.authenticator = app.state.authenticator
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as http:
        yield http


def get(http: httpx.Client, token: str, **more: Any) -> httpx.Response:
    """Ask for rooms with a token."""
    return http.get(ROOMS, headers={"Authorization": f"Bearer {token}"}, **more)


def test_a_trusted_token_reads_the_standard_and_a_forged_one_is_told_so(
    issuer: Issuer, service: httpx.Client
) -> None:
    """200 with the consumer's data; 401 in the standard's shape."""
    answer = get(service, issuer.token())
    assert (answer.status_code, answer.json()) == (200, {"data": []})
    refused = get(service, issuer.token(organization_id="other"))
    assert (refused.status_code, set(refused.json())) == (401, {"code", "message"})


def test_an_issuers_server_that_hangs_holds_up_nobody_else(
    issuer: Issuer, service: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are answered meanwhile, and no connection to the database is kept."""
    own = issuer.gate.token()
    released = threading.Event()
    answer = issuer.server.answer

    def hang(handler: BaseHTTPRequestHandler) -> None:
        released.wait(10)
        answer(handler)

    issuer.server.answer = hang
    issuers = issuer.gate.authenticator.issuers
    arrived, rule_for = [], issuers.rule_for

    def noted(token: str) -> Any:
        arrived.append(token)
        return rule_for(token)

    monkeypatch.setattr(issuers, "rule_for", noted)
    with ThreadPoolExecutor(CALLERS) as pool:
        waiting = [
            pool.submit(get, service, issuer.token(version=n), timeout=30) for n in range(CALLERS)
        ]
        try:
            wait_until(lambda: len(arrived) == CALLERS and issuer.server.hits == 1)
            assert issuer.gate.database.writing.pool.checkedout() == 0  # type: ignore[attr-defined]
            assert get(service, own).status_code == 200
            assert not any(one.done() for one in waiting)
        finally:
            released.set()
        assert {one.result().status_code for one in waiting} == {200}
    assert issuer.server.hits == 1


def test_keys_that_are_known_serve_while_others_are_fetched(
    issuer: Issuer, service: httpx.Client
) -> None:
    """Also when they are old: one request tries for new ones, and the others do not wait for it."""
    clock, keys = 1_000.0, issuer.gate.authenticator.issuers.keys
    keys.monotonic = lambda: clock
    assert get(service, issuer.token()).status_code == 200
    released = threading.Event()

    def hang(_handler: BaseHTTPRequestHandler) -> None:
        released.wait(10)

    issuer.server.answer = hang
    # Old, and still good for most of an hour.
    clock += 700
    with ThreadPoolExecutor(1) as pool:
        unknown = pool.submit(get, service, issuer.token({"kid": "unknown"}), timeout=30)
        try:
            wait_until(lambda: issuer.server.hits == 2)
            assert get(service, issuer.token(version=2)).status_code == 200
        finally:
            released.set()
        assert unknown.result().status_code == 401


GOOD = {
    "issuer": "https://issuer.example", "jwks_uri": "https://issuer.example/jwks",
    "organization_id": ORGANISATION, "client_id": CLIENT,
}  # fmt: skip


def test_issuers_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON; ten hours unless a rule says otherwise, no audience unless one is agreed on."""
    monkeypatch.setenv("SKOLNAV_TRUSTED_ISSUERS", json.dumps([GOOD]))
    (rule,) = Settings(_env_file=None).trusted_issuers
    assert rule.model_dump() == GOOD | {"audience": None, "longest_lifetime_seconds": 36_000}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("x", "must be JSON, a list of objects"),
        ("{}", "list"),
        ("[1]", "trusted_issuers.0"),
        ([GOOD | {"issuer": "http://issuer.example"}], "must be an https:// address"),
        ([GOOD | {"issuer": "issuer.example"}], "must be an https:// address"),
        ([GOOD | {"jwks_uri": "http://issuer.example/jwks"}], "trusted_issuers.0.jwks_uri"),
        ([GOOD | {"jwks_uri": "https://a@issuer.example/jwks"}], "without credentials"),
        ([GOOD | {"jwks_uri": "https://issuer.example/#x"}], "and fragment"),
        ([GOOD | {"jwks_uri": "https://issuer.example:99999/"}], "trusted_issuers.0.jwks_uri"),
        ([GOOD | {"jwks_uri": "https:///jwks"}], "trusted_issuers.0.jwks_uri"),
        ([GOOD | {"organization_id": ""}], "trusted_issuers.0.organization_id"),
        ([GOOD | {"client_id": None}], "trusted_issuers.0.client_id"),
        ([GOOD | {"scopes": "all"}], "trusted_issuers.0.scopes"),
        ([GOOD | {"longest_lifetime_seconds": 864_001}], "longest_lifetime_seconds"),
        ([{name: GOOD[name] for name in ("issuer", "jwks_uri")}], "organization_id"),
        ([GOOD, GOOD | {"organization_id": "other"}], "names an issuer twice"),
        ([GOOD | {"issuer": ISSUER.replace("http", "https")}], "names this service itself"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_stops_the_service_with_its_name(
    monkeypatch: pytest.MonkeyPatch, value: Any, said: str
) -> None:
    """At start, in words, before any token is read."""
    text = value if isinstance(value, str) else json.dumps(value)
    monkeypatch.setenv("SKOLNAV_TRUSTED_ISSUERS", text)
    monkeypatch.setenv("SKOLNAV_PUBLIC_URL", ISSUER.replace("http", "https"))
    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None)
    told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in refused.value.errors()]
    assert any(said in one for one in told), told


def diagnosed(issuer: Issuer, monkeypatch: pytest.MonkeyPatch, **rule: str) -> str:
    """What `skolnav doctor` says of the trusted issuers."""
    (agreed,) = issuer.gate.settings.trusted_issuers
    monkeypatch.setenv("DATABASE_URL", issuer.gate.database.url)
    monkeypatch.setenv("SKOLNAV_SECRET", "x" * 40)
    monkeypatch.setenv("SKOLNAV_ALLOWED_JWKS_HOSTS", "localhost")
    monkeypatch.setenv("SKOLNAV_TRUSTED_ISSUERS", json.dumps([agreed.model_dump() | rule]))
    monkeypatch.setenv("COLUMNS", "300")
    get_settings.cache_clear()
    said = CliRunner().invoke(cli, ["doctor"]).output.splitlines()[-1]
    get_settings.cache_clear()
    return said


@pytest.fixture
def forgotten_authorities() -> Iterator[None]:
    """Whom the machine trusts is read anew by the next test."""
    yield
    public_authorities.cache_clear()


@pytest.mark.usefixtures("forgotten_authorities")
def test_doctor_says_whether_the_issuer_can_be_used(
    issuer: Issuer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keys can be fetched, and its consumer may see something today."""
    assert "cannot be fetched" in diagnosed(issuer, monkeypatch)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    public_authorities.cache_clear()
    assert diagnosed(issuer, monkeypatch).startswith("ok")
    assert "nobody" in diagnosed(issuer, monkeypatch, client_id="nobody")
    issuer.server.says(b"[]")
    assert "not a JWK set" in diagnosed(issuer, monkeypatch)
    issuer.server.publishes(published(issuer.key))
