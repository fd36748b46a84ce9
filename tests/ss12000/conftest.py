"""The town behind a real server, and a client that checks every answer against the contract."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from pydantic import SecretStr
from sqlmodel import Session
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.secret import SIGNING_KEYS, derived_key, installation_secret
from app.database import Database, open_database
from app.database.embedded import EmbeddedPostgres
from app.database.maintenance import ensure_partitions
from app.main import Service, create_app
from app.routers.ss12000 import build_door
from app.settings import Settings
from tests.conftest import create_database, drop_database, serving
from tests.make import Consumer, Consumers, town
from tests.ss12000.writable import care_groups

ISSUER = "http://127.0.0.1:8000"
DOOR = "/ss12000/v2.0"


@cache
def contract() -> dict[str, Any]:
    """The published document; `make check` holds the committed file equal to it."""
    return build_door().openapi()


@cache
def validator(path: str, method: str, status: int) -> Draft202012Validator:
    """The schema that the document promises for an operation's answer of a status."""
    document = contract()
    operation = document["paths"][path][method]
    schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def operation_path(path: str) -> str | None:
    """The path template of the document that a request's path belongs to."""
    parts = path.removeprefix(DOOR).strip("/").split("/")
    for template in ("/".join(("", *parts)), f"/{parts[0]}/{{id}}", f"/{parts[0]}/"):
        if template in contract()["paths"]:
            return template
    return None


def check_contract(response: httpx.Response, path: str) -> None:
    """Refuse an answer that is not what openapi/ss12000.json promises, and any null."""
    if response.status_code in (httpx.codes.NOT_MODIFIED, httpx.codes.NO_CONTENT):
        assert not response.content
        return
    template, method = operation_path(path), response.request.method.lower()
    documented = template and method in contract()["paths"][template]
    if response.status_code == httpx.codes.NO_CONTENT:
        assert documented
        assert not response.content
    elif documented and response.status_code != httpx.codes.METHOD_NOT_ALLOWED:
        validator(template, method, response.status_code).validate(response.json())
    elif response.content and method != "head":
        assert set(response.json()) == {"code", "message"}
    assert b":null" not in response.content


@dataclass
class Caller:
    """One consumer's requests. Every answer is validated against the published shapes."""

    http: httpx.Client
    consumer: Consumer | None
    calls: int = field(default=0)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """GET a path below the door."""
        return self.request("GET", path, params=parameters)

    def post(self, path: str, body: Any, **parameters: Any) -> httpx.Response:
        """POST JSON to a path below the door."""
        return self.request("POST", path, json=body, params=parameters)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request; the answer is checked against the contract."""
        headers = dict(self.consumer.headers) if self.consumer else {}
        headers |= more.pop("headers", {})
        response = self.http.request(method, DOOR + path, headers=headers, **more)
        self.calls += 1
        check_contract(response, path)
        return response


@dataclass
class Town:
    """A running service with the town in it."""

    database: Database
    http: httpx.Client
    consumers: Consumers
    settings: Settings
    app: FastAPI

    def caller(self, **rights: Any) -> Caller:
        """A new consumer with these rights."""
        return Caller(self.http, self.consumers.consumer(**rights))

    def nobody(self) -> Caller:
        """Someone without a token."""
        return Caller(self.http, None)


@dataclass
class Watched:
    """A door, and how often it was asked."""

    door: ASGIApp
    asked: int = field(default=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, and hand over."""
        self.asked += 1
        await self.door(scope, receive, send)


def watched(town: Town, monkeypatch: pytest.MonkeyPatch, path: str = DOOR) -> Watched:
    """A town's door from now on."""
    assert isinstance(town.app, Service) and isinstance(town.app.doors, dict)
    found = Watched(town.app.doors[path])
    monkeypatch.setitem(town.app.doors, path, found)
    return found


Fill = Callable[[Session], None]
# By server and what they were filled with, the names of databases with a town in them.
TOWNS: dict[tuple[Path, str, Fill], str] = {}


def with_town(server: EmbeddedPostgres, template: str, fill: Fill) -> str:
    """A database with a town and all partitions, to be copied; made once for each server."""
    made = TOWNS.get((server.directory, template, fill))
    if made is None:
        made = f"town_to_copy_{len(TOWNS)}"
        create_database(server, made, template=template)
        database = open_database(server.url(made), pool_size=1)
        with database.transaction() as session:
            fill(session)
        ensure_partitions(database)
        database.close()
        TOWNS[server.directory, template, fill] = made
    return made


@contextmanager
def running_town(
    server: EmbeddedPostgres, template: str, name: str, *, fill: Fill = town, **more: Any,
) -> Iterator[Town]:  # fmt: skip
    """Make a town in a database of its own and serve it; `more` are settings."""
    create_database(server, name, template=with_town(server, template, fill))
    database = open_database(server.url(name), pool_size=4)
    settings = Settings(
        public_url=ISSUER, secret=SecretStr("x" * 40), DATABASE_URL=server.url(name), **more
    )
    app = create_app(settings, database)
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as http:
        sealing_key = derived_key(installation_secret(settings), SIGNING_KEYS)
        yield Town(database, http, Consumers(database, ISSUER, sealing_key), settings, app)
    drop_database(server, name)


@pytest.fixture(scope="module")
def the_town(server: EmbeddedPostgres, migrated: str) -> Iterator[Town]:
    """The town, shared by the tests of a module that only read it."""
    with running_town(server, migrated, "town") as running:
        yield running


@pytest.fixture(scope="module")
def written_town(server: EmbeddedPostgres, migrated: str) -> Iterator[Town]:
    """A town that can be written about; each test writes rows of its own."""
    with running_town(server, migrated, "written_town") as running:
        with running.database.transaction() as session:
            care_groups(session)
        yield running


@pytest.fixture
def own_town(server: EmbeddedPostgres, migrated: str) -> Iterator[Town]:
    """A town that the test may change."""
    with running_town(server, migrated, "own_town") as running:
        yield running
