"""`skolnav consumers` and `skolnav keys`, as an admin types them."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner, Result

from app.cli import consumers, keys
from app.settings import get_settings
from tests.auth.conftest import CITY, CLIENT, Gate


@pytest.fixture(autouse=True)
def environment(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the gate's database as an installation does."""
    monkeypatch.setenv("DATABASE_URL", gate.database.url)
    monkeypatch.setenv("SKOLNAV_SECRET", "x" * 40)
    monkeypatch.setenv("COLUMNS", "160")
    get_settings.cache_clear()


def run(*arguments: str) -> Result:
    """`skolnav consumers …`"""
    result = CliRunner().invoke(consumers.cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_an_application_is_registered_granted_and_given_a_secret(gate: Gate) -> None:
    run("register", "Skolapp", "--organisation", "App AB", "--client-id", "skolapp",
        "--method", "client_secret_post")  # fmt: skip
    run("grant", "skolapp", "--agreement", "A-2", "--purpose", "Schema", "--scope",
        "schedule:read", "--organisation", str(CITY), "--from", "2020-01-01", "--to",
        "2099-12-31")  # fmt: skip
    issued = run("issue", "skolapp")
    secret = issued.stdout.strip()
    assert secret.startswith("skn_") and "\n" not in secret
    assert gate.ask(client_id="skolapp", client_secret=secret).status_code == 200
    rotated = run("rotate", "skolapp", "--overlap-hours", "1").stdout.strip()
    for living in (secret, rotated):
        assert gate.ask(client_id="skolapp", client_secret=living).status_code == 200
    run("disable", "skolapp", "--reason", "test")
    assert gate.ask(client_id="skolapp", client_secret=rotated).status_code == 401
    run("enable", "skolapp")
    assert gate.ask(client_id="skolapp", client_secret=rotated).status_code == 200


def test_a_public_key_is_registered_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key.jwk"
    path.write_text(json.dumps(ECKey.generate_key("P-256").as_dict(private=False)))
    run("issue", CLIENT, "--key", str(path))
    shown = json.loads(run("show", CLIENT, "--json").stdout)
    assert {one["kind"] for one in shown["credentials"]} == {"secret", "public_key"}
    first = shown["credentials"][0]["id"]
    run("revoke", CLIENT, first)
    assert json.loads(run("show", CLIENT, "--json").stdout)["credentials"][0]["state"] == "revoked"


def test_lists_show_who_sees_what_and_no_secret(gate: Gate) -> None:
    for output in (run("list").stdout, run("list", "--json").stdout, run("show", CLIENT).stdout):
        assert CLIENT in output and "schedule:read" in output
        assert gate.secret not in output


def test_keys_are_rotated_and_listed(gate: Gate) -> None:
    runner = CliRunner()
    assert runner.invoke(keys.cli, ["rotate"], catch_exceptions=False).exit_code == 0
    found = json.loads(runner.invoke(keys.cli, ["list", "--json"]).stdout)
    assert len(found) == 2 and found[0]["publishedUntil"] and not found[1]["publishedUntil"]
    assert found[1]["kid"][:8] in runner.invoke(keys.cli, ["list"]).stdout
    runner.invoke(keys.cli, ["rotate", "--now"], catch_exceptions=False)
    assert len(json.loads(runner.invoke(keys.cli, ["list", "--json"]).stdout)) == 1
    assert gate.ask().status_code == 200
