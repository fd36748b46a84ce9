"""`skolnav access-log` answers a guardian: who read my child's data."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.queries.access_records import Reading, who_read
from app.settings import get_settings
from tests.make import named
from tests.ss12000.conftest import Caller, Town


def read_by(town: Town, caller: Caller, person: str) -> list[Reading]:
    """What the log says that this caller read about a person."""
    assert caller.consumer is not None
    since = datetime.now(UTC) - timedelta(hours=1)
    with town.database.transaction() as session:
        found = who_read(session, person_id=named(person), since=since)
    return [reading for reading in found if reading.client_id == caller.consumer.client_id]


def test_an_object_about_the_person_is_certain(the_town: Town) -> None:
    caller = the_town.caller()
    caller.get(f"/persons/{named('anna')}")
    caller.get(f"/groups/{named('north-class')}")
    caller.get(f"/persons/{named('bo')}")
    found = read_by(the_town, caller, "anna")
    assert [(r.operation, r.certain) for r in found] == [
        ("persons.byId", True),
        ("groups.byId", True),
    ]
    assert found[0].application and found[0].organisation


def test_a_list_about_the_person_alone_is_certain_and_about_another_is_none(
    the_town: Town,
) -> None:
    caller = the_town.caller()
    caller.get("/attendances", student=str(named("anna")).upper())
    caller.get("/placements", child=str(named("bo")))
    assert [(r.operation, r.certain) for r in read_by(the_town, caller, "anna")] == [
        ("attendances.list", True)
    ]


def test_a_page_in_the_order_of_ids_counts_only_within_its_bounds(the_town: Town) -> None:
    caller = the_town.caller()
    token: dict[str, str] = {}
    pages: list[set[UUID]] = []
    while True:
        page = caller.get("/persons", limit=2, **token).json()
        pages.append({UUID(row["id"]) for row in page["data"]})
        if "pageToken" not in page:
            break
        token = {"pageToken": page["pageToken"]}
    assert len(pages) > 2
    (reading,) = read_by(the_town, caller, "anna")
    assert not reading.certain
    assert [named("anna") in page for page in pages].count(True) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"path": "/persons", "sortkey": "DisplayNameAsc", "limit": 1},
        {"path": "/persons", "meta.modified.after": "2020-01-01T00:00:00Z", "limit": 1},
        {"path": "/persons", "limit": 1, "expand": "responsibleFor"},
        {"path": "/groups", "limit": 1},
        {"path": "/attendanceEvents", "person": str(named("bo")), "expand": "registeredBy"},
    ],
    ids=str,
)
def test_what_cannot_be_excluded_is_never_missing(the_town: Town, asked: dict[str, object]) -> None:
    caller = the_town.caller()
    parameters = {name: value for name, value in asked.items() if name != "path"}
    assert caller.get(str(asked["path"]), **parameters).json()["data"]
    (reading,) = read_by(the_town, caller, "anna")
    assert not reading.certain


def test_the_command_tells_it_in_words_and_as_json_and_is_itself_on_record(
    the_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", the_town.database.url)
    monkeypatch.setenv("COLUMNS", "160")
    get_settings.cache_clear()
    caller = the_town.caller()
    assert caller.consumer is not None
    answer = caller.get(f"/persons/{named('bo-parent')}")
    person = str(named("bo-parent"))
    shown = CliRunner().invoke(cli, ["access-log", "--person", person], catch_exceptions=False)
    assert caller.consumer.client_id in shown.stdout
    assert "certainly" in shown.stdout
    asked = ["access-log", "--person", person, "--days", "1", "--json"]
    told = json.loads(CliRunner().invoke(cli, asked, catch_exceptions=False).stdout)
    mine = [one for one in told if one["clientId"] == caller.consumer.client_id]
    assert [one["requestId"] for one in mine] == [answer.headers["x-request-id"]]
    assert mine[0]["certain"] is True
    nobody = CliRunner().invoke(cli, ["access-log", "--person", str(UUID(int=0))])
    assert nobody.exit_code == 0
    with the_town.database.transaction() as session:
        acts = session.connection().exec_driver_sql("SELECT act, subject FROM audit_record").all()
    assert acts.count(("access_log.read", person)) == 2
    get_settings.cache_clear()
