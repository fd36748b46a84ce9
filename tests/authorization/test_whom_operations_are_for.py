"""Every operation of every document says whom it is for: systems by default, people, or both."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.main import DOORS
from app.queries.access import Scope
from app.queries.ss12000 import OFFERED
from tests.authorization.conftest import Apps

OPENAPI = Path(__file__).resolve().parents[2] / "openapi"
BODY: dict[str, Any] = {"json": {}}


def operations() -> list[tuple[str, str]]:
    """Method and path of every operation that needs a token, from the committed documents."""
    found = []
    for path in sorted(OPENAPI.glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        base = document["servers"][0]["url"].rstrip("/")
        for name, methods in document["paths"].items():
            for method, operation in methods.items():
                if operation.get("security"):
                    found.append((method.upper(), base + name))
    return found


EVERY = operations()
# What an app may call for its user besides /me/v1: the reading of SS 12000.
READING = {
    (method, f"/ss12000/v2.0/{resource.path}{end}")
    for resource in OFFERED
    for method, end in (("GET", ""), ("GET", "/{id}"), ("POST", "/lookup"))
}
FOR_PEOPLE = [one for one in EVERY if one[1].startswith("/me/v1/")]
ALSO_FOR_PEOPLE = {("POST", "/ss12000/v2.0/absences")}
# Whoever it is that asks; that a person's app is told no more is proven in tests/catalogue.
FOR_ANYONE = {one for one in EVERY if one[0] == "GET" and one[1].startswith("/catalogue/v1/")}
FOR_SYSTEMS = [
    one
    for one in EVERY
    if one not in FOR_PEOPLE and one not in READING | ALSO_FOR_PEOPLE | FOR_ANYONE
]


def call(apps: Apps, token: str, method: str, path: str, **more: Any) -> httpx.Response:
    """Call an operation about something that is not there."""
    address = re.sub(r"\{\w+\}", "7a1f0f0e-5f0c-4d0e-9d5e-3f4f7f0b6a11", path)
    sent = BODY if method in ("POST", "PUT", "PATCH") else {}
    headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
    return apps.town.http.request(method, address, headers=headers, **sent, **more)


@pytest.fixture(scope="module")
def personal(apps: Apps) -> str:
    """A guardian's token with all that there is."""
    consumer = apps.town.consumers.consumer(scopes=list(Scope))
    return apps.town.consumers.acting_for(consumer, "both-parent", children=["anna", "bo"]).token


@pytest.fixture(scope="module")
def system(apps: Apps) -> str:
    """A system's token with all that there is."""
    return apps.town.consumers.consumer(scopes=list(Scope)).token


def test_the_table_is_of_what_is_there() -> None:
    """None of the three kinds is empty."""
    assert len(FOR_SYSTEMS) > 15
    assert len(FOR_PEOPLE) >= 5
    assert len(READING & set(EVERY)) > 40
    assert len(FOR_ANYONE) > 50
    assert {method for method, path in FOR_SYSTEMS if path.startswith("/catalogue/")} == {
        "POST", "PUT", "PATCH", "DELETE"
    }  # fmt: skip


@pytest.mark.parametrize(("method", "path"), FOR_SYSTEMS)
def test_what_is_for_systems_refuses_whoever_acts_for_somebody(
    apps: Apps, personal: str, method: str, path: str
) -> None:
    """403, whatever scopes the token has, before anything else is looked at."""
    refused = call(apps, personal, method, path)
    assert refused.status_code == 403, refused.text
    assert "client_credentials" in refused.text


@pytest.mark.parametrize(("method", "path"), FOR_PEOPLE)
def test_what_is_for_people_refuses_systems(
    apps: Apps, system: str, method: str, path: str
) -> None:
    """A system is nobody's, with every scope and the whole city."""
    refused = call(apps, system, method, path)
    assert refused.status_code == 403, refused.text
    assert "authorization_code" in refused.text


@pytest.mark.parametrize(("method", "path"), FOR_PEOPLE)
def test_what_is_for_people_needs_a_token(apps: Apps, method: str, path: str) -> None:
    """401 without, and with one that is made up."""
    assert call(apps, "made-up", method, path).status_code == 401
    address = re.sub(r"\{\w+\}", "x", path)
    assert apps.town.http.request(method, address).status_code == 401


def described(apps: Apps, refused: httpx.Response) -> str:
    """The resource that a refusal's challenge leads to the metadata of."""
    challenge = refused.headers["www-authenticate"]
    address = challenge.partition('resource_metadata="')[2].partition('"')[0]
    document = apps.town.http.get(address.removeprefix(apps.town.settings.public_url))
    assert document.status_code == 200, address
    resource: str = document.json()["resource"]
    return resource.removeprefix(apps.town.settings.public_url)


@pytest.mark.parametrize("door", DOORS)
def test_a_refusal_leads_to_the_metadata_of_its_own_door(apps: Apps, door: str) -> None:
    """RFC 9728 section 3.3: a client drops the metadata of another resource than it called."""
    asked = [one for one in EVERY if one[1].startswith(f"{door}/")]
    assert asked
    for method, path in asked:
        refused = call(apps, "made-up", method, path)
        assert (refused.status_code, described(apps, refused)) == (401, door), path


def test_a_missing_scope_leads_to_the_metadata_of_its_own_door(apps: Apps) -> None:
    """As does a missing token."""
    consumer = apps.town.consumers.consumer(scopes=["people:read"])
    mine = apps.town.consumers.acting_for(consumer, "both-parent", scopes=["people:read"])
    for token, method, path in (
        (consumer.token, "GET", "/ss12000/v2.0/absences"),
        (consumer.token, "GET", "/absence-reports/v1/reports"),
        (consumer.token, "POST", "/catalogue/v1/imports"),
        (mine.token, "GET", "/me/v1/attendance"),
    ):
        refused = call(apps, token, method, path)
        assert refused.status_code == 403, refused.text
        assert path.startswith(f"{described(apps, refused)}/"), path
        assert described(apps, refused) in DOORS


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_another_verb_does_not_lead_past_it(apps: Apps, personal: str, method: str) -> None:
    """Nor does a header that claims one."""
    for path in ("/me/v1/today", "/ss12000/v2.0/persons"):
        assert call(apps, personal, method, path).status_code == 405
    claimed = {"X-HTTP-Method-Override": method, "X-Method-Override": method}
    assert call(apps, personal, "GET", "/me/v1/today", headers=claimed).status_code == 200


def test_an_app_that_is_disabled_meanwhile_is_refused_at_its_next_request(apps: Apps) -> None:
    """With a token that was good a moment ago; and back again only with a new one."""
    consumer = apps.town.consumers.consumer(scopes=list(Scope))
    token = apps.town.consumers.acting_for(consumer, "both-parent").token
    assert call(apps, token, "GET", "/me/v1/today").status_code == 200
    for statement in ("disabled_at = now(), tokens_valid_from = now()", "disabled_at = NULL"):
        with apps.town.database.transaction() as session:
            session.connection().exec_driver_sql(
                f"UPDATE application SET {statement} WHERE client_id = %(id)s",
                {"id": consumer.client_id},
            )
        assert call(apps, token, "GET", "/me/v1/today").status_code == 401
