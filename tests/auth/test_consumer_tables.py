"""What an admin is shown of consumers: every fact that decides who sees what, and no secret."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from app.auth.client_secrets import secret_hash
from app.local_time import local_day
from tests.auth.conftest import CITY, CLIENT, NORTH, Gate, now
from tests.auth.test_consumers_command import environment, run

__all__ = ["environment"]

TERMS = (
    "--agreement", "A-7", "--purpose", "Skolskjuts", "--scope", "people:read", "--scope",
    "attendance:read", "--organisation", str(NORTH), "--school-type", "GR", "--school-type",
    "FTH", "--field-group", "guardians", "--sees-protected", "--rate-tier", "bulk",
)  # fmt: skip


def shown(client_id: str = CLIENT) -> dict[str, Any]:
    """`show --json`."""
    found: dict[str, Any] = json.loads(run("show", client_id, "--json").stdout)
    return found


def cells(output: str, *, of: str) -> str:
    """The line of a table that holds a word."""
    (line,) = [line for line in output.splitlines() if of in line]
    return line


def sql(gate: Gate, statement: str) -> None:
    """What no command does."""
    with gate.database.transaction() as session:
        session.connection().exec_driver_sql(statement)


def test_every_term_of_a_grant_is_kept_and_shown(gate: Gate) -> None:
    """As it was typed, in JSON and in the table."""
    run("grant", CLIENT, *TERMS, "--from", "2026-01-02", "--to", "2098-03-04", "--replace")
    youngest, before = shown()["grants"]
    assert youngest.pop("id") != before["id"]
    assert youngest == {
        "agreement": "A-7", "purpose": "Skolskjuts", "state": "active",
        "scopes": ["attendance:read", "people:read"], "organisationIds": [str(NORTH)],
        "schoolTypes": ["FTH", "GR"], "fieldGroups": ["guardians"], "seesProtected": True,
        "rateTier": "bulk", "validFrom": "2026-01-02", "validTo": "2098-03-04",
    }  # fmt: skip
    assert (before["state"], before["seesProtected"]) == ("revoked", False)
    table = run("show", CLIENT).stdout
    for fact in ("A-7", "Skolskjuts", "2026-01-02 to 2098-03-04", "attendance:read", str(NORTH),
                 "school forms: FTH, GR", "field groups: guardians", "protected identity: yes",
                 "rate tier: bulk"):  # fmt: skip
        assert fact in table
    # The grant before it, for the whole city.
    for fact in ("A-1", str(CITY), "school forms: all", "protected identity: no",
                 "rate tier: standard", "revoked"):  # fmt: skip
        assert fact in table


def test_a_grant_is_coming_then_active_then_ended(gate: Gate) -> None:
    """Only the one of today is shown as what the application sees."""
    terms = ("--agreement", "A-8", "--purpose", "x", "--scope", "people:read", "--organisation",
             str(CITY))  # fmt: skip
    run("grant", CLIENT, *terms, "--from", "2100-01-01", "--to", "2100-12-31")
    run("grant", CLIENT, *terms, "--from", "2001-01-01", "--to", "2001-12-31")
    states = {grant["validFrom"]: grant["state"] for grant in shown()["grants"]}
    assert states == {"2100-01-01": "coming", "2001-01-01": "ended", "2020-01-01": "active"}
    today = local_day(now()).isoformat()
    sql(gate, f"UPDATE consumer_grant SET valid_to = '{today}' WHERE valid_from = '2020-01-01'")
    assert {grant["state"] for grant in shown()["grants"]} == {"coming", "ended", "active"}
    sql(gate, "UPDATE consumer_grant SET valid_to = '2020-12-31' WHERE valid_from = '2020-01-01'")
    assert "nothing today" in cells(run("list").stdout, of=CLIENT)


def test_a_day_is_stockholms_also_before_midnight_in_utc(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `issue` tells is what the list says; a grant whose last day was yesterday has ended."""
    half_past_midnight = datetime(2090, 12, 1, 23, 30, tzinfo=UTC)
    monkeypatch.setattr("app.cli.consumers.now", lambda: half_past_midnight)
    sql(gate, "UPDATE consumer_grant SET valid_to = '2090-12-01'")
    issued = run("issue", CLIENT, "--days", "3").output
    found = shown()
    assert "until 2090-12-05" in issued
    assert found["credentials"][0]["expires"] == "2090-12-05T00:30:00+01:00"
    assert [grant["state"] for grant in found["grants"]] == ["ended"]


def test_a_credential_is_living_until_it_ends_or_is_revoked(gate: Gate) -> None:
    """Youngest first; it ends after as many days as were asked for."""
    run("issue", CLIENT, "--days", "3")
    second, first = shown()["credentials"]
    assert second["expires"][:10] == local_day(now() + timedelta(days=3)).isoformat()
    assert first["expires"][:10] == local_day(now() + timedelta(days=9)).isoformat()
    assert second["hint"] != first["hint"] == f"…{gate.secret[-4:]}"
    run("revoke", CLIENT, second["id"])
    assert [one["state"] for one in shown()["credentials"]] == ["revoked", "living"]
    sql(gate, "UPDATE credential SET expires = now() WHERE revoked_at IS NULL")
    assert [one["state"] for one in shown()["credentials"]] == ["revoked", "ended"]
    table = run("show", CLIENT).stdout
    assert "revoked" in cells(table, of=second["id"]) and "ended" in cells(table, of=first["id"])
    assert "none living" in cells(run("list").stdout, of=CLIENT)


def test_a_credential_shows_when_it_was_used(gate: Gate) -> None:
    """So that one that nobody uses can be taken away."""
    (credential,) = shown()["credentials"]
    assert credential["lastUsed"] is None
    assert "never" in cells(run("show", CLIENT).stdout, of=credential["id"])
    assert gate.ask().status_code == 200
    (credential,) = shown()["credentials"]
    assert credential["lastUsed"][:10] in cells(run("show", CLIENT).stdout, of=credential["id"])


def test_the_list_has_a_line_for_each_application_by_the_name_of_whose_it_is(gate: Gate) -> None:
    """Who, whose, whether it may call, what it sees and when its credential ends."""
    run("register", "Andra", "--organisation", "Aktören AB", "--client-id", "second-one")
    table = run("list").stdout
    assert table.index("second-one") < table.index(CLIENT)
    mine, other = cells(table, of=CLIENT), cells(table, of="second-one")
    ends = local_day(now() + timedelta(days=9)).isoformat()
    for fact in ("Reader", "Reader AB", "enabled", "people:read", ends):
        assert fact in mine
    for fact in ("Andra", "Aktören AB", "enabled", "nothing today", "none living"):
        assert fact in other
    listed = json.loads(run("list", "--json").stdout)
    assert [one["clientId"] for one in listed] == ["second-one", CLIENT]
    assert listed[1] == shown()


def test_a_disabled_application_is_shown_with_the_reason(gate: Gate) -> None:
    """In the list, by itself and in JSON."""
    run("disable", CLIENT, "--reason", "avtalet sades upp")
    assert "disabled" in cells(run("list").stdout, of=CLIENT)
    found = shown()
    assert (found["state"], found["disabledReason"]) == ("disabled", "avtalet sades upp")
    table = run("show", CLIENT).stdout
    assert "avtalet sades upp" in table
    assert [line.split() for line in table.splitlines() if line.startswith("State")] == [
        ["State", "disabled"]
    ]


def test_how_an_application_authenticates_is_shown(gate: Gate) -> None:
    """Its methods, and where it publishes its keys."""
    run("register", "Nycklar", "--organisation", "Reader AB", "--client-id", "by-uri",
        "--jwks-uri", "https://8.8.8.8/jwks.json")  # fmt: skip
    found = shown("by-uri")
    assert found["authMethods"] == ["private_key_jwt"]
    assert found["jwksUri"] == "https://8.8.8.8/jwks.json"
    table = run("show", "by-uri").stdout
    assert "https://8.8.8.8/jwks.json" in table
    assert "private_key_jwt" in cells(table, of="Authenticates by")
    assert "client_secret_basic" in cells(run("show", CLIENT).stdout, of="Authenticates by")


@pytest.mark.parametrize("arguments", [("list",), ("list", "--json"), ("show", CLIENT),
                                       ("show", CLIENT, "--json")])  # fmt: skip
def test_no_output_holds_a_secret_or_its_hash(gate: Gate, arguments: tuple[str, ...]) -> None:
    """A hash would let a guess be checked."""
    output = run(*arguments).output
    assert CLIENT in output and "schedule:read" in output
    assert gate.secret not in output and secret_hash(gate.secret) not in output


def test_an_empty_register_says_how_to_begin(gate: Gate) -> None:
    """On standard error; standard output is for what was asked for."""
    for table in ("credential", "consumer_grant", "application"):
        sql(gate, f"DELETE FROM {table}")
    result = run("list")
    assert result.stdout == "" and "skolnav consumers register" in result.stderr
    assert json.loads(run("list", "--json").stdout) == []


def organisations(session: Session) -> list[str]:
    """Every legal person on record."""
    rows = session.connection().exec_driver_sql("SELECT name FROM consumer_organisation")
    return sorted(rows.scalars())


def test_an_organisation_is_registered_once(gate: Gate) -> None:
    """A second application of the same one, outer spaces or not, is beside the first."""
    for name, organisation in (("Ett", "Reader AB "), ("Två", "Nya AB"), ("Tre", "Nya AB")):
        run("register", name, "--organisation", organisation)
    with gate.database.transaction() as session:
        assert organisations(session) == ["Nya AB", "Reader AB"]
    listed = json.loads(run("list", "--json").stdout)
    assert [one["organisation"] for one in listed] == ["Nya AB"] * 2 + ["Reader AB"] * 2
