"""`skolnav consumers` and `skolnav keys`, as an admin types them."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey
from sqlmodel import select
from typer.testing import CliRunner, Result

from app.cli import _fail, consumers, keys
from app.errors import BadBody, Conflict, NotFound
from app.models.sources import Source
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
    path, key = tmp_path / "key.jwk", ECKey.generate_key("P-256", parameters={"kid": "their-key"})
    path.write_text(json.dumps(key.as_dict(private=False)))
    assert key.kid
    assert key.kid in run("issue", CLIENT, "--key", str(path)).stderr
    youngest, before = credentials()
    assert (youngest["kind"], youngest["hint"]) == ("public_key", key.kid)
    assert before["kind"] == "secret"
    run("revoke", CLIENT, youngest["id"])
    assert [one["state"] for one in credentials()] == ["revoked", "living"]


def credentials() -> list[dict[str, Any]]:
    """The gate's consumer's credentials, youngest first."""
    found: list[dict[str, Any]] = json.loads(run("show", CLIENT, "--json").stdout)["credentials"]
    return found


@pytest.mark.parametrize(("content", "said"), [("{", "cannot be read"), ("[]", "holds no JWK"),
                                               (None, "cannot be read")])  # fmt: skip
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "key.jwk"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadBody, match=said) as refused:
        run("issue", CLIENT, "--key", str(path))
    assert str(path) in str(refused.value.message)


def test_an_application_without_a_method_for_secrets_gets_none() -> None:
    run("register", "Nyckelapp", "--organisation", "App AB", "--client-id", "by-key")
    with pytest.raises(Conflict, match="register its public key"):
        run("issue", "by-key")


def test_a_grant_that_overlaps_is_refused_unless_it_replaces() -> None:
    terms = ("--agreement", "A-9", "--purpose", "x", "--scope", "people:read", "--organisation",
             str(CITY), "--from", "2020-01-01", "--to", "2099-12-31")  # fmt: skip
    with pytest.raises(Conflict, match="overlap"):
        run("grant", CLIENT, *terms)
    run("grant", CLIENT, *terms, "--replace")


@pytest.mark.parametrize("arguments", [
    ("show", "nobody"), ("issue", "nobody"), ("rotate", "nobody"), ("enable", "nobody"),
    ("disable", "nobody", "--reason", "x"), ("revoke", "nobody", str(CITY)),
])  # fmt: skip
def test_an_application_that_is_not_there_is_named(arguments: tuple[str, ...]) -> None:
    with pytest.raises(NotFound, match="no application nobody"):
        run(*arguments)


def test_an_application_acts_for_a_source_system(gate: Gate) -> None:
    """A source that is not known is refused, unless it is said to be new; it is shown and ended."""
    unknown = CliRunner().invoke(consumers.cli, ["act-for", CLIENT, "--source", "tempus"])
    assert isinstance(unknown.exception, NotFound)
    run("act-for", CLIENT, "--source", "tempus", "--new-source", "--takes-absences")
    assert json.loads(run("show", CLIENT, "--json").stdout)["actsForSource"] == "tempus"
    with gate.database.transaction() as session:
        assert session.exec(select(Source)).one().takes_absences
    run("act-for", CLIENT)
    assert json.loads(run("show", CLIENT, "--json").stdout)["actsForSource"] is None


def test_keys_are_rotated_and_listed(gate: Gate) -> None:
    runner = CliRunner()
    assert runner.invoke(keys.cli, ["rotate"], catch_exceptions=False).exit_code == 0
    found = json.loads(runner.invoke(keys.cli, ["list", "--json"]).stdout)
    assert len(found) == 2 and found[0]["publishedUntil"] and not found[1]["publishedUntil"]
    table = runner.invoke(keys.cli, ["list"]).stdout
    for key in found:
        line = next(line for line in table.splitlines() if key["kid"] in line)
        assert key["signsFrom"][:19] in line and (key["publishedUntil"] or "")[:19] in line
    runner.invoke(keys.cli, ["rotate", "--now"], catch_exceptions=False)
    assert len(json.loads(runner.invoke(keys.cli, ["list", "--json"]).stdout)) == 1
    assert gate.ask().status_code == 200


def test_a_refusal_is_told_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """What the caller typed may look like the terminal's markup."""
    with pytest.raises(SystemExit) as ended:
        _fail("There is no application [/red] at enrolments[0].")
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "There is no application [/red] at enrolments[0].\n")


WAYS = ("https://app.example.se/back", "http://127.0.0.1/back", "http://[::1]/back",
        "se.example.app:/back")  # fmt: skip
NO_WAYS = {
    "https://app.example.se/#here": "#",
    "https://*.example.se/back": "asterisk",
    "http://app.example.se/back": "must begin with",
    "http://localhost/back": "must begin with",
    "http://127.0.0.1:8080/back": "port",
    "https://user:word@app.example.se/": "credentials",
    "https:///back": "host",
    "myapp:/back": "must begin with",
    "javascript:alert(1)": "must begin with",
    "https://app.example.se/b ck": "space",
    "https://åpp.example.se/": "ASCII",
    "https://app.example.se\\@evil.example/": "backslash",
    "https://[bad": "not an address",
}


def test_an_app_for_people_is_registered_with_its_ways_back() -> None:
    """Shown to the admin; they can be replaced, and each change is on record."""
    uris = [part for uri in WAYS for part in ("--redirect-uri", uri)]
    run("register", "Familjeapp", "--organisation", "App AB", "--client-id", "family", *uris,
        "--method", "none", "--require-par", "--require-dpop")  # fmt: skip
    found = json.loads(run("show", "family", "--json").stdout)
    assert found["redirectUris"] == list(WAYS)
    assert (found["requiresPar"], found["requiresDpop"]) == (True, True)
    assert "se.example.app:/back" in run("show", "family").stdout
    run("redirect-uris", "family", "--uri", WAYS[0])
    assert json.loads(run("show", "family", "--json").stdout)["redirectUris"] == [WAYS[0]]


@pytest.mark.parametrize("uri", NO_WAYS)
def test_an_address_that_people_must_not_be_sent_to_is_not_registered(uri: str) -> None:
    """With the reason."""
    with pytest.raises(BadBody, match=NO_WAYS[uri]):
        run("register", "Bad", "--organisation", "App AB", "--method", "none",
            "--redirect-uri", uri)  # fmt: skip


def test_an_app_that_proves_nothing_has_a_way_back_and_no_other_method() -> None:
    """When it is registered, and when its addresses are taken away."""
    for more in ((), ("--method", "private_key_jwt", "--redirect-uri", WAYS[0])):
        with pytest.raises(BadBody, match="for people only"):
            run("register", "Bad", "--organisation", "App AB", "--method", "none", *more)
    run("register", "Good", "--organisation", "App AB", "--method", "none", "--client-id", "good",
        "--redirect-uri", WAYS[0])  # fmt: skip
    with pytest.raises(BadBody, match="for people only"):
        run("redirect-uris", "good")
