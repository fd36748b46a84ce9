"""Everything pulled from one Skolnav by another answers identically there."""

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.auth.secret import SIGNING_KEYS, derived_key, installation_secret
from app.database import Database, open_database
from app.database.embedded import EmbeddedPostgres
from app.jobs.import_sources import ImportPlan, SourceServer, import_ss12000
from app.main import create_app
from app.queries.access import FieldGroup, Scope
from app.queries.ss12000 import OFFERED
from app.services.demo_city import load_demo_city
from app.services.demo_consumers import register_demo_consumers
from app.settings import Settings
from app.sources.ss12000.credentials import ClientCredentials
from tests.conftest import create_database, drop_database, serving
from tests.make import Consumers

TODAY = date(2026, 11, 24)
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 29)
pytestmark = pytest.mark.slow
ISSUER = "http://127.0.0.1:8000"
WINDOWS: dict[str, dict[str, str]] = {
    "calendarEvents": {
        "startTime.onOrAfter": "2026-11-02T00:00:00+01:00",
        "startTime.onOrBefore": "2026-11-30T00:00:00+01:00",
    },
    "aggregatedAttendance": {"startDate": "2026-11-02", "endDate": "2026-11-29"},
}
PUPILS = 200


def settings_for(url: str) -> Settings:
    """A node of its own."""
    return Settings(public_url=ISSUER, secret=SecretStr("x" * 40), DATABASE_URL=url)


@pytest.fixture(scope="module")
def databases(server: EmbeddedPostgres, migrated: str) -> Iterator[tuple[Database, Database]]:
    """A city, and an empty store beside it."""
    opened = []
    for name in ("city_a", "city_b"):
        create_database(server, name, template=migrated)
        opened.append(open_database(server.url(name), pool_size=4))
    load_demo_city(
        opened[0], pupils=PUPILS, seed=3, today=TODAY, progress=lambda _step, _done, _of: None
    )
    yield opened[0], opened[1]
    for database, name in zip(opened, ("city_a", "city_b"), strict=True):
        database.close()
        drop_database(server, name)


def everything(address: str, token: dict[str, str]) -> dict[str, list[Any]]:
    """Every object of every list, without meta: when a row was stored is each node's own."""
    found: dict[str, list[Any]] = {}
    with httpx.Client(base_url=f"{address}/ss12000/v2.0", headers=token, timeout=30) as http:
        for resource in OFFERED:
            parameters: dict[str, Any] = {**WINDOWS.get(resource.name, {}), "limit": 500}
            rows: list[Any] = []
            while True:
                page = http.get(f"/{resource.path}", params=parameters)
                assert page.status_code == 200, page.text
                rows += page.json()["data"]
                if "pageToken" not in page.json():
                    break
                parameters = {"pageToken": page.json()["pageToken"], "limit": 500}
            for row in rows:
                row.pop("meta", None)
            found[resource.name] = sorted(rows, key=str)
    return found


@pytest.mark.timeout(240)
def test_the_second_skolnav_answers_as_the_first(databases: tuple[Database, Database]) -> None:
    """Pulled whole over HTTP with client credentials; and pulling again changes nothing."""
    first, second = databases
    one, two = settings_for(first.url), settings_for(second.url)
    with serving(create_app(one, first)) as source, serving(create_app(two, second)) as target:
        with first.transaction() as session:
            clients = register_demo_consumers(session, now=datetime.now(UTC))
        register = next(client for client in clients if client.clientId == "demo-register")
        assert register.clientSecret is not None
        basic = base64.b64encode(f"{register.clientId}:{register.clientSecret}".encode()).decode()
        token = httpx.post(
            f"{source}/oauth/token",
            headers={"Authorization": f"Basic {basic}"},
            data={"grant_type": "client_credentials"},
        ).json()["access_token"]
        pulled = SourceServer(
            name="first",
            url=f"{source}/ss12000/v2.0",
            authentication=ClientCredentials(
                f"{source}/oauth/token", register.clientId, register.clientSecret
            ),
        )
        plan = ImportPlan(mode="full", first_day=FIRST, last_day=LAST)
        report = import_ss12000(second, server=pulled, plan=plan, now=datetime.now(UTC))
        assert report.status == "completed", report.message
        there = everything(source, {"Authorization": f"Bearer {token}"})
        sealing_key = derived_key(installation_secret(two), SIGNING_KEYS)
        reader = consumer_of_everything(second, sealing_key)
        here = everything(target, reader)
        again = import_ss12000(second, server=pulled, plan=plan, now=datetime.now(UTC))
    for name, rows in there.items():
        assert here[name] == rows, name
        assert rows, name
    changed = {name: (c.inserted, c.updated, c.deleted) for name, c in again.counts.items()}
    assert set(changed.values()) == {(0, 0, 0)}


def consumer_of_everything(database: Database, sealing_key: bytes) -> dict[str, str]:
    """A consumer of the second node that may see all that was pulled."""
    consumers = Consumers(database, ISSUER, sealing_key)
    with database.transaction() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT id FROM organisation WHERE parent_id IS NULL"
        )
        roots = list(rows.scalars())
    return consumers.consumer(
        scopes=tuple(Scope), organisation_ids=roots, field_groups=tuple(FieldGroup),
        sees_protected=True,
    ).headers  # fmt: skip
