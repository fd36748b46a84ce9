"""A database that was away when the service started, and came back with an older schema."""

import logging
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from pydantic import SecretStr

from app.database import open_database
from app.database.embedded import EmbeddedPostgres
from app.database.migrations import configuration, migrate, newest_revision, older_revisions
from app.errors import SchemaOutdated
from app.main import create_app
from app.settings import Settings
from tests.conftest import create_database, drop_database, serving

ISSUER = "http://127.0.0.1:8000"
AN_OLDER_ONE = "0003"
TOKEN = {"Authorization": "Bearer e30.e30.AA"}


@pytest.fixture
def absent(server: EmbeddedPostgres) -> Iterator[str]:
    """The name of a database that does not exist yet."""
    name = f"late_{uuid4().hex[:12]}"
    yield name
    drop_database(server, name)


def test_a_database_that_comes_with_an_older_schema_is_told_until_it_is_migrated(
    server: EmbeddedPostgres, absent: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Every door refuses with 503 and when to come back, the log says what to do, and once."""
    url = server.url(absent)
    settings = Settings(public_url=ISSUER, secret=SecretStr("x" * 40), DATABASE_URL=url)
    with (
        serving(create_app(settings)) as address,
        httpx.Client(base_url=address, timeout=30) as http,
    ):
        check_refused(http, "cannot reach its data")
        assert outdated(caplog) == []
        create_database(server, absent)
        check_refused(http, "not yet in the form that this release needs")
        command.upgrade(configuration(url), AN_OLDER_ONE)
        check_refused(http, "not yet in the form that this release needs")
        assert outdated(caplog) == ["nothing", AN_OLDER_ONE]
        migrate(url)
        assert http.get("/readyz").status_code == httpx.codes.OK
        assert http.get("/ss12000/v2.0/persons", headers=TOKEN).status_code == 401


def check_refused(http: httpx.Client, words: str) -> None:
    """Neither door answers with a fault of ours."""
    asked = [
        http.get("/readyz"),
        http.get("/ss12000/v2.0/persons", headers=TOKEN),
        http.get("/absence-reports/v1/reports", headers=TOKEN),
        http.get("/oauth/jwks.json"),
        http.post("/oauth/token", data={"grant_type": "client_credentials"}),
    ]
    for answer in asked:
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        assert int(answer.headers["retry-after"]) > 0
        assert words in answer.text
    assert http.get("/healthz").status_code == httpx.codes.OK


def outdated(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The schemas that were told of as outdated."""
    return [
        record.__dict__["schema"]
        for record in caplog.records
        if record.msg == "database.schema_outdated" and record.levelno == logging.ERROR
    ]


def test_every_pool_looks_and_a_newer_schema_will_do(server: EmbeddedPostgres, absent: str) -> None:
    """A migration leaves the release before it running."""
    create_database(server, absent)
    url = server.url(absent)
    command.upgrade(configuration(url), AN_OLDER_ONE)
    database = open_database(url, pool_size=1)
    database.refuse_schemas(older_revisions())
    with pytest.raises(SchemaOutdated), database.transaction() as session:
        session.connection()
    with pytest.raises(SchemaOutdated):
        database.read_bytes(b"SELECT 1", {})
    with pytest.raises(SchemaOutdated):
        database.snapshot()
    migrate(url)
    newer = open_database(url, pool_size=1)
    newer.refuse_schemas({"0001"})
    for one in (database, newer):
        assert one.read_bytes(b"SELECT 1", {}) == [b"1"]
        one.close()


def test_the_migrations_are_known_by_the_names_of_their_files() -> None:
    """As Alembic knows them: one line of revisions, the newest last."""
    script = ScriptDirectory.from_config(configuration("postgresql://nowhere"))
    heads, all_of_them = script.get_heads(), {one.revision for one in script.walk_revisions()}
    assert heads == [newest_revision()]
    assert older_revisions() == all_of_them - {newest_revision()}
