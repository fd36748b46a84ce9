"""A database that came from a backup: all of it is there, and what was ended since ends again."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.auth.secret import SIGNING_KEYS, derived_key, installation_secret
from app.cli import cli
from app.database import open_database
from app.database.embedded import EmbeddedPostgres, binary
from app.database.migrations import check_schema
from app.main import create_app
from app.settings import get_settings
from tests.authorization.conftest import App, Apps
from tests.conftest import create_database, drop_database, serving
from tests.make import Consumers, named
from tests.ss12000.conftest import ISSUER, Caller, Town
from tests.waiting import wait_until

# What counts of people's, by what the command calls it.
COUNTING = {
    "permissions": "SELECT count(*) FROM consent WHERE revoked_at IS NULL",
    "sign-ins by apps": "SELECT count(*) FROM token_family WHERE revoked_at IS NULL",
    "calendar feeds": "SELECT count(*) FROM calendar_feed WHERE revoked_at IS NULL",
    "signed-in browsers": "SELECT count(*) FROM user_session",
}
# Of a reading with a token, and of a calendar feed.
COUNTS, ENDED = (200, 200), (401, 404)


def run(program: str, server: EmbeddedPostgres, *arguments: str) -> None:
    """One of PostgreSQL's own programs, as docs/operations.md has it run."""
    done = subprocess.run(
        [binary(program), "-h", server.socket_dir, "-U", "postgres", *arguments],
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@dataclass
class Family:
    """A guardian's app, with what it has of them."""

    app: App
    tokens: dict[str, Any]
    feed: str

    def take_back(self) -> None:
        """Everything that the guardian allowed it."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        http = self.app.town.http
        (allowed,) = [
            one for one in http.get("/me/v1/apps", headers=headers).json()
            if one["name"] == self.app.client_id
        ]  # fmt: skip
        taken = http.delete(f"/me/v1/apps/{allowed['id']}", headers=headers)
        assert taken.status_code == 204, taken.text

    def statuses(self, town: Town) -> tuple[int, int]:
        """Of a reading with its token and of its calendar feed, in one of the two towns."""
        read = App(town, self.app.client_id).read(self.tokens["access_token"])
        return read.status_code, town.http.get(self.feed).status_code


def a_family(apps: Apps) -> Family:
    """Both parents' app, allowed all that it asks for."""
    app = apps.app()
    scopes = "schedule:read people:read privacy:manage calendar-feeds:manage"
    tokens = apps.tokens(app, "both-parent", scope=scopes)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    made = apps.town.http.post(
        "/me/v1/calendar-feeds", json={"student": str(named("anna"))}, headers=headers
    )
    assert made.status_code == 201, made.text
    return Family(app, tokens, made.json()["url"].removeprefix(ISSUER))


@contextmanager
def from_backup(apps: Apps, server: EmbeddedPostgres, backup: Path) -> Iterator[Town]:
    """The service of the town on a database that was made of its backup."""
    create_database(server, "restored")
    run("pg_restore", server, "--exit-on-error", "-d", "restored", str(backup))
    check_schema(server.url("restored"))
    settings = apps.town.settings.model_copy(update={"database_url": server.url("restored")})
    database = open_database(server.url("restored"), pool_size=2)
    app = create_app(settings, database)
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as http:
        sealing_key = derived_key(installation_secret(settings), SIGNING_KEYS)
        yield Town(database, http, Consumers(database, ISSUER, sealing_key), settings, app)
    drop_database(server, "restored")


@dataclass
class Restored:
    """The service on its restored database, and who were there when the backup was made."""

    town: Town
    family: Family
    other: Family
    system: Caller

    def command(self, *arguments: str) -> Any:
        """What `skolnav restored` says as JSON."""
        said = CliRunner().invoke(cli, ["restored", "--json", *arguments], catch_exceptions=False)
        return json.loads(said.stdout)

    def caller(self) -> Caller:
        """A new consumer, whose token is signed with the key that signs now."""
        key = derived_key(installation_secret(self.town.settings), SIGNING_KEYS)
        return Caller(self.town.http, Consumers(self.town.database, ISSUER, key).consumer())


@pytest.fixture
def came_back(
    apps: Apps, server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Restored]:
    """One family takes back everything after the backup was made; then it is restored."""
    family, other, system = a_family(apps), a_family(apps), apps.town.caller()
    backup = tmp_path / "skolnav.dump"
    run("pg_dump", server, "-Fc", "-f", str(backup), "apps_town")
    family.take_back()
    assert family.statuses(apps.town) == ENDED
    with from_backup(apps, server, backup) as town:
        secret = town.settings.secret
        assert secret is not None
        monkeypatch.setenv("DATABASE_URL", town.database.url)
        monkeypatch.setenv("SKOLNAV_SECRET", secret.get_secret_value())
        get_settings.cache_clear()
        yield Restored(town, family, other, Caller(town.http, system.consumer))
        get_settings.cache_clear()


def counted(town: Town) -> dict[str, int]:
    """What counts in the town's database."""
    with town.database.transaction() as session:
        connection = session.connection()
        return {
            what: connection.exec_driver_sql(one).scalar_one() for what, one in COUNTING.items()
        }


def lists(caller: Caller) -> dict[str, Any]:
    """What a consumer with all rights reads of everything that has a list."""
    paths = ("/persons", "/groups", "/organisations", "/activities", "/duties", "/absences")
    return {path: caller.get(path).json() for path in paths}


def dropped(caller: Caller) -> int:
    """The status of a copy that asks what it must drop since a while ago."""
    return caller.get("/deletedEntities", after="2026-09-01T00:00:00+02:00").status_code


def test_everything_is_there_again_and_what_was_taken_back_since_counts_again(
    apps: Apps, came_back: Restored
) -> None:
    """Why a restored database is not served before `skolnav restored`, which first only tells."""
    assert lists(came_back.caller()) == lists(apps.town.caller())
    told = came_back.command()
    assert told == {"ended": False, "counts": counted(came_back.town)}
    assert all(count >= 2 for count in told["counts"].values())
    for family in (came_back.family, came_back.other):
        assert family.statuses(came_back.town) == COUNTS
    assert dropped(came_back.system) == 200


def test_all_that_may_have_been_ended_since_the_backup_ends(
    apps: Apps, came_back: Restored
) -> None:
    told = came_back.command()
    assert came_back.command("--apply") == {"ended": True, "counts": told["counts"]}
    assert set(counted(came_back.town).values()) == {0}
    for family in (came_back.family, came_back.other):
        assert family.statuses(came_back.town) == ENDED
        app = App(came_back.town, family.app.client_id, family.app.secret)
        assert app.refresh(family.tokens["refresh_token"]).json()["error"] == "invalid_grant"
    with came_back.town.database.transaction() as session:
        acts = session.connection().exec_driver_sql(
            "SELECT details FROM audit_record WHERE act = 'restoredFromBackup'"
        )
        assert acts.all() == [(told["counts"],)]
        older = session.connection().exec_driver_sql(
            "SELECT count(*) FROM application WHERE tokens_valid_from IS NULL"
        )
        assert older.scalar_one() == 0, "tokens of trusted issuers are not signed by us"


def test_tokens_of_systems_end_too_and_copies_begin_anew(apps: Apps, came_back: Restored) -> None:
    """A key that leaked and was ended since the backup would sign again."""
    came_back.command("--apply")
    wait_until(lambda: came_back.system.get("/persons").status_code == 401)
    anew = came_back.caller()
    assert lists(anew) == lists(apps.town.caller())
    assert dropped(anew) == 410


def test_the_command_says_what_is_left_to_do_by_hand(came_back: Restored) -> None:
    before = CliRunner().invoke(cli, ["restored"], catch_exceptions=False).stdout
    assert "Nothing was ended" in before and "calendar feeds" in before
    after = CliRunner().invoke(cli, ["restored", "--apply"], catch_exceptions=False).stdout
    said = " ".join(after.split())
    assert "skolnav import" in said and "disable, revoke, end and rotate" in said
