"""`skolnav consumers subscriptions`, as an admin types it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner, Result

from app.cli import consumers
from app.settings import get_settings
from tests.ss12000.conftest import Caller
from tests.subscriptions.conftest import Stage, client_id
from tests.subscriptions.receivers import status


@pytest.fixture(autouse=True)
def environment(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the town's database as an installation does."""
    monkeypatch.setenv("DATABASE_URL", stage.town.database.url)
    monkeypatch.setenv("SKOLNAV_SECRET", "x" * 40)
    monkeypatch.setenv("COLUMNS", "80")
    get_settings.cache_clear()


def run(*arguments: str) -> Result:
    """`skolnav consumers subscriptions …`"""
    result = CliRunner().invoke(
        consumers.cli, ["subscriptions", *arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result


def listed(*arguments: str) -> list[dict[str, Any]]:
    """What the list says to a program."""
    found: list[dict[str, Any]] = json.loads(run(*arguments, "--json").stdout)
    return found


@pytest.fixture
def caller(stage: Stage) -> Caller:
    """A consumer with three subscriptions: told, failing, and parked."""
    caller = stage.town.caller()
    for path, answer in (("/fine", 200), ("/failing", 503), ("/parked", 410)):
        made = stage.subscribe(caller, path, "Room")
        stage.receivers.answers[path] = status(answer)
        stage.change("room", "north-room")
        stage.look(made)
    return caller


def test_the_list_says_how_telling_goes(stage: Stage, caller: Caller) -> None:
    """State, failures, the last answer and the next try; on a terminal nothing of it is cut."""
    found = {one["name"]: one for one in listed("--client-id", client_id(caller))}
    assert {name: (one["state"], one["failures"], one["lastAnswer"])
            for name, one in found.items()} == {
        "/fine": ("active", 0, "200"), "/failing": ("failing", 1, "503"),
        "/parked": ("parked", 1, "410"),
    }  # fmt: skip
    assert [name for name, one in found.items() if one["nextTry"]] == ["/failing"]
    printed = run().stdout
    words = ("503", "410", "parked now", "next try in")
    for shown in (*words, *(one["id"] for one in found.values())):
        assert shown in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_neither_secrets_nor_what_may_be_one_are_shown(stage: Stage) -> None:
    """Some receivers are known by a word in the address's query."""
    caller = stage.town.caller()
    made = caller.post("/subscriptions", {
        "name": "x", "target": stage.receivers.target("/x?token=hidden"), "resourceTypes": ["Room"],
    }).json()  # fmt: skip
    printed = run().stdout + json.dumps(listed())
    assert made["id"] in printed
    assert "hidden" not in printed
    assert made["secret"] not in printed


def test_a_parked_subscription_is_woken(stage: Stage, caller: Caller) -> None:
    (parked,) = (one for one in listed() if one["state"] == "parked")
    stage.receivers.answers["/parked"] = status(200)
    stage.sql("UPDATE subscription SET due_at = now() + interval '1 day' WHERE id = %(id)s",
              id=parked["id"])  # fmt: skip
    run("wake", parked["id"])
    assert stage.row(parked["id"]).due_at <= datetime.now(UTC)
    stage.tell(parked)
    (again,) = (one for one in listed() if one["id"] == parked["id"])
    assert (again["state"], again["failures"], again["parked"]) == ("active", 0, None)


def test_a_secret_is_rotated_and_the_new_one_shown_once(stage: Stage) -> None:
    made = stage.subscribe(stage.town.caller(), "/rotated", "Room")
    secret = run("rotate-secret", made["id"], "--overlap-hours", "0").stdout.strip()
    stage.change("room", "north-room")
    stage.look(made)
    (notice,) = stage.receivers.received["/rotated"]
    Webhook(secret).verify(notice.body, notice.headers)
    assert len(notice.headers["webhook-signature"].split()) == 1


def test_an_unknown_subscription_is_told_in_words(stage: Stage) -> None:
    result = CliRunner().invoke(
        consumers.cli, ["subscriptions", "wake", "00000000-0000-0000-0000-000000000000"]
    )
    assert "There is no subscription" in str(result.exception)
