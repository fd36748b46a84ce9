"""A gate of this test's own: the OAuth door, one guarded route, two schools, one consumer."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import anyio
import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from app.auth.authentication import Authenticator
from app.auth.jwks_fetch import RemoteKeys
from app.auth.rate_limits import RateLimits
from app.auth.server import OAuthServices
from app.database import Database, open_database
from app.database.embedded import EmbeddedPostgres
from app.errors import Refusal
from app.models.organisations import Organisation
from app.routers import oauth
from app.routers.oauth.services import oauth_services
from app.services.consumers import NewApplication, register_application, register_organisation
from app.services.credentials import issue_secret
from app.services.grants import GrantTerms, grant
from app.services.signing_keys import ensure_signing_key
from app.settings import Settings
from tests.auth.keys_server import KeyServer, serving_keys, write_certificate
from tests.conftest import create_database, drop_database

ISSUER = "http://127.0.0.1:8000"
NAMESPACE = UUID(int=7)
CITY, NORTH, SOUTH = (uuid5(NAMESPACE, name) for name in ("city", "north", "south"))
CLIENT = "reader"


def now() -> datetime:
    """The real time: the servers under test use it too."""
    return datetime.now(UTC)


def timed(claims: dict[str, Any]) -> dict[str, Any]:
    """Claims, of which those that are functions are told the second: the one in which the test
    runs, not the one in which it was collected.
    """
    at = int(now().timestamp())
    return {name: said(at) if callable(said) else said for name, said in claims.items()}


def terms(**changed: Any) -> GrantTerms:
    """A grant for the whole city, good today."""
    usual: dict[str, Any] = {
        "agreement_reference": "A-1",
        "purpose": "Tests",
        "scopes": frozenset({"schedule:read", "people:read"}),
        "organisation_ids": frozenset({CITY}),
        "field_groups": frozenset({"contact"}),
        "valid_from": date(2020, 1, 1),
        "valid_to": date(2099, 12, 31),
    }
    return GrantTerms(**(usual | changed))


@dataclass
class Gate:
    """One process of the service, and the credential of its consumer."""

    database: Database
    settings: Settings
    app: FastAPI
    authenticator: Authenticator
    secret: str
    others: list[Authenticator] = field(default_factory=list)

    @property
    def services(self) -> OAuthServices:
        """What the token endpoint works with."""
        services: OAuthServices = self.app.state.oauth_services
        return services

    def send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One request, without a network."""
        return send(self.app, method, path, **arguments)

    def ask(self, **form: str) -> httpx.Response:
        """Ask for a token with the consumer's secret, unless the form says otherwise."""
        usual = {"grant_type": "client_credentials", "client_id": CLIENT,
                 "client_secret": self.secret}  # fmt: skip
        sent = {name: value for name, value in (usual | form).items() if value}
        return self.send("POST", "/oauth/token", data=sent)

    def token(self, **form: str) -> str:
        """A fresh access token."""
        answer = self.ask(**form)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def probe(self, token: str, authenticator: Authenticator | None = None) -> httpx.Response:
        """Call the guarded route."""
        app = self.app if authenticator is None else guarded_app(authenticator)
        return send(app, "GET", "/probe", headers={"Authorization": f"Bearer {token}"})

    def second(self) -> Authenticator:
        """What another process of the service has."""
        other = Authenticator(self.database, self.settings)
        other.start()
        assert other.listener.wait_until_trusted(30)
        self.others.append(other)
        return other


def send(app: FastAPI, method: str, path: str, **arguments: Any) -> httpx.Response:
    """One request to an app."""

    async def request() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            return await client.request(method, path, **arguments)

    return anyio.run(request)


def guarded_app(authenticator: Authenticator) -> FastAPI:
    """An app whose one own route tells the caller's rights."""
    app = FastAPI()
    app.state.settings = authenticator.settings
    app.state.database = authenticator.database
    app.state.authenticator = authenticator
    app.state.rate_limits = RateLimits("memory://")

    @app.get("/probe")
    async def probe(request: Request) -> JSONResponse:
        access = await authenticator.authenticate(request)
        authenticator.require(request, access, "schedule:read")
        organisations = access.organisation_ids
        return JSONResponse(
            {
                "client": access.client_id,
                "scopes": sorted(access.scopes),
                "organisations": None if organisations is None else sorted(map(str, organisations)),
                "fieldGroups": sorted(access.field_groups),
                "grant": str(access.grant_id),
            }
        )

    async def refuse(_request: Request, refusal: Exception) -> JSONResponse:
        assert isinstance(refusal, Refusal)
        return JSONResponse({"code": refusal.code, "message": refusal.message},
                            refusal.status, refusal.headers)  # fmt: skip

    app.add_exception_handler(Refusal, refuse)
    return app


def organisation(identity: UUID, name: str, parent: UUID | None) -> Organisation:
    """A row of the tree."""
    return Organisation(id=identity, created=now(), modified=now(), display_name=name,
                        sort_name=name,
                        organisation_type="Skola", parent_id=parent)  # fmt: skip


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that only these tests trust."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    write_certificate(path)
    return path


@pytest.fixture
def keys_server(certificate: Path) -> Iterator[KeyServer]:
    """A server of an application's keys."""
    with serving_keys(certificate) as served:
        yield served


@pytest.fixture
def remote(certificate: Path) -> RemoteKeys:
    """A fetcher that may reach localhost and trusts its certificate."""
    tls = ssl.create_default_context(cafile=str(certificate))
    return RemoteKeys(frozenset({"localhost"}), tls)


@pytest.fixture
def gate(database: Database) -> Iterator[Gate]:
    """A gate that a test may change."""
    with running_gate(database) as made:
        yield made


@pytest.fixture(scope="module")
def shared_gate(server: EmbeddedPostgres, migrated: str) -> Iterator[Gate]:
    """One gate for all tests of a file that leave it as it is."""
    name = f"shared_{uuid4().hex[:12]}"
    create_database(server, name, template=migrated)
    database = open_database(server.url(name), pool_size=4)
    with running_gate(database) as made:
        yield made
    database.close()
    drop_database(server, name)


@contextmanager
def running_gate(database: Database, **more: Any) -> Iterator[Gate]:
    """The service, started, with one consumer that may read everything."""
    settings = Settings(_env_file=None, secret=SecretStr("x" * 40), public_url=ISSUER, **more)
    services = oauth_services(settings)
    with database.transaction() as session:
        ensure_signing_key(session, sealing_key=services.sealing_key, now=now())
        session.add(organisation(CITY, "City", None))
        session.flush()
        session.add(organisation(NORTH, "North", CITY))
        session.add(organisation(SOUTH, "South", CITY))
        session.flush()
        legal = register_organisation(session, name="Reader AB", now=now(), actor="test")
        made = NewApplication(name="Reader", client_id=CLIENT, auth_methods=(
            "private_key_jwt", "client_secret_basic", "client_secret_post"))  # fmt: skip
        register_application(session, organisation=legal, described=made, now=now(), actor="test")
        grant(session, client_id=CLIENT, terms=terms(), now=now(), actor="test")
        secret = issue_secret(
            session, client_id=CLIENT, expires=now() + timedelta(days=9), now=now(), actor="test"
        )
    authenticator = Authenticator(database, settings)
    app = guarded_app(authenticator)
    app.include_router(oauth.router)
    app.state.oauth_services = services
    authenticator.start()
    assert authenticator.listener.wait_until_trusted(30)
    made_gate = Gate(database, settings, app, authenticator, secret)
    yield made_gate
    for one in [authenticator, *made_gate.others]:
        one.stop()
