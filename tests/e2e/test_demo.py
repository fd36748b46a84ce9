"""`skolnav demo` from outside: its credentials, every endpoint page by page, health, restart."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.conftest import Demo, running_demo, start, stop

# The first test of a process waits for the whole demo to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
# Written out, not taken from the code: the standard's own names, as a client's author reads them.
PATHS = (
    "organisations",
    "persons",
    "placements",
    "duties",
    "groups",
    "programmes",
    "syllabuses",
    "schoolUnitOfferings",
    "activities",
    "calendarEvents",
    "rooms",
    "resources",
    "attendances",
    "attendanceEvents",
    "attendanceSchedule",
    "absences",
    "aggregatedAttendance",
)
WITHOUT_OWN_ID = ("aggregatedAttendance",)
# The parameters that the standard requires: everything from here on.
REQUIRED = {
    "calendarEvents": {
        "startTime.onOrAfter": "2000-01-01T00:00:00Z",
        "startTime.onOrBefore": "2100-01-01T00:00:00Z",
    },
    "aggregatedAttendance": {"startDate": "2000-01-01", "endDate": "2100-01-01"},
}
CLIENTS = ("demo-schedule", "demo-startpage", "demo-one-school", "demo-register")
BASES = ("/ss12000/v2.0", "/v2.0", "")
METRIC_LABELS = {
    "route",
    "method",
    "status",
    "consumer",
    "le",
    "source",
    "reason",
    "outcome",
    "state",
}
SMALL_CITY = 200
LAST_LINE = "Ctrl-C stops it.\n"
Row = dict[str, Any]


def pages(http: httpx.Client, path: str, token: str, **parameters: Any) -> Iterator[list[Row]]:
    """The pages of a list, as a client that knows nothing but the standard reads them."""
    headers = {"Authorization": f"Bearer {token}"}
    while True:
        answer = http.get(path, params=parameters, headers=headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        page = answer.json()
        yield page["data"]
        if "pageToken" not in page:
            return
        parameters = {"pageToken": page["pageToken"], "limit": parameters.get("limit", 100)}


@pytest.fixture(scope="module")
def walked(http: httpx.Client, register_token: str) -> dict[str, list[Row]]:
    """Everything in the city, read once, by resource."""
    found = {}
    for name in PATHS:
        every = pages(
            http, f"{BASES[0]}/{name}", register_token, limit=500, **REQUIRED.get(name, {})
        )
        found[name] = [row for page in every for row in page]
    return found


@pytest.mark.parametrize("client_id", CLIENTS)
def test_each_printed_credential_gives_a_token_that_reads(
    demo: Demo, http: httpx.Client, client_id: str
) -> None:
    """By secret and by signed assertion, whichever was printed; scopes are those printed."""
    client = demo.client(client_id)
    assert len({"clientSecret", "privateKey"} & client.keys()) == 1
    headers = {"Authorization": f"Bearer {demo.token(client_id)}"}
    answer = http.get(demo.printed["baseUrl"] + "/organisations?limit=3", headers=headers)
    assert answer.status_code == httpx.codes.OK
    assert answer.json()["data"]
    persons = http.get(demo.printed["baseUrl"] + "/persons?limit=1", headers=headers)
    allowed = "people:read" in client["scopes"]
    assert persons.status_code == (httpx.codes.OK if allowed else httpx.codes.FORBIDDEN)


def test_only_the_citys_register_edits_the_catalogue(demo: Demo) -> None:
    """Nobody else has a scope of what is withheld there."""
    having = {
        client["clientId"]
        for client in demo.printed["clients"]
        if any(scope.startswith("catalogue") for scope in client["scopes"])
    }
    assert having == {"demo-register"}


@pytest.mark.parametrize("name", PATHS)
def test_every_list_is_walked_to_its_end(walked: dict[str, list[Row]], name: str) -> None:
    """The city holds something of everything, and paging repeats nothing."""
    rows = walked[name]
    assert rows
    if name not in WITHOUT_OWN_ID:
        assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("base", BASES, ids=["standard", "v2.0", "root"])
@pytest.mark.parametrize("name", PATHS)
def test_list_by_id_and_lookup_agree_under_every_base_path(
    http: httpx.Client, register_token: str, walked: dict[str, list[Row]], base: str, name: str
) -> None:
    """Two published clients drop the base path; they get the same answers, unredirected."""
    path, headers = f"{base}/{name}", {"Authorization": f"Bearer {register_token}"}
    first = next(pages(http, path, register_token, limit=5, **REQUIRED.get(name, {})))
    assert first == walked[name][:5]
    if name in WITHOUT_OWN_ID:
        return
    one = http.get(f"{path}/{first[0]['id']}", headers=headers)
    assert one.status_code == httpx.codes.OK
    assert one.json() == first[0]
    ids = [row["id"] for row in first[:3]]
    several = http.post(f"{path}/lookup", json={"ids": ids}, headers=headers)
    assert several.status_code == httpx.codes.OK
    assert sorted(several.json(), key=lambda row: ids.index(row["id"])) == first[:3]


@pytest.mark.parametrize("name", ["organisations", "syllabuses", "groups", "rooms"])
def test_small_and_large_pages_give_the_same_rows(
    http: httpx.Client, register_token: str, name: str
) -> None:
    """Whatever the page size: the same rows in the same order, every page but the last full."""
    path = f"{BASES[0]}/{name}"
    small = list(pages(http, path, register_token, limit=7))
    large = list(pages(http, path, register_token, limit=1000))
    assert [row for page in small for row in page] == [row for page in large for row in page]
    assert {len(page) for page in small[:-1]} == {7}
    assert len(large) == 1


def test_the_openapi_document_is_public_and_names_every_list(http: httpx.Client) -> None:
    """It needs no token, and lists what this test walks."""
    answer = http.get(f"{BASES[0]}/openapi.json")
    assert answer.status_code == httpx.codes.OK
    lists = {path.strip("/") for path in answer.json()["paths"] if path.count("/") == 1}
    # Ids of what is gone, and subscriptions, are no objects: read elsewhere.
    assert lists - {"deletedEntities", "subscriptions"} == set(PATHS)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_service_says_that_it_lives_and_is_ready(http: httpx.Client, path: str) -> None:
    """Without a token."""
    assert http.get(path).status_code == httpx.codes.OK


def test_metrics_tell_routes_and_consumers_and_nothing_about_persons(
    http: httpx.Client, walked: dict[str, list[Row]]
) -> None:
    """Routes appear as templates; ids, civic numbers and filters never do."""
    person = walked["persons"][0]
    http.get(f"{BASES[0]}/persons/{person['id']}")
    text = http.get("/metrics").text
    ours = [
        sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("skolnav_")
    ]
    assert {name for sample in ours for name in sample.labels} == METRIC_LABELS
    assert {sample.labels.get("consumer", "-") for sample in ours} <= {"-", *CLIENTS}
    assert "GET /ss12000/v2.0/persons/{id}" in {sample.labels.get("route") for sample in ours}
    for row in walked["persons"]:
        assert row["id"] not in text
        assert row.get("civicNo", {}).get("value", row["id"]) not in text


def test_a_request_id_comes_back_and_one_is_made_when_none_was_sent(http: httpx.Client) -> None:
    """An id that could break a log line is replaced."""
    assert http.get("/healthz", headers={"X-Request-Id": "from-the-caller-1"}).headers[
        "x-request-id"
    ] == ("from-the-caller-1")
    made = http.get("/healthz", headers={"X-Request-Id": "two words"}).headers["x-request-id"]
    assert UUID(made).hex == made


@pytest.fixture(scope="module")
def first_start() -> Iterator[tuple[Demo, list[Row]]]:
    """A demo that was started, read and stopped: what it printed, and the persons it held."""
    with TemporaryDirectory(prefix="skolnav-") as made:
        with (
            running_demo(Path(made) / "city", pupils=SMALL_CITY) as demo,
            httpx.Client(timeout=30) as http,
        ):
            persons = all_persons(http, demo.issuer, demo.token("demo-register"))
        yield demo, persons


def all_persons(http: httpx.Client, issuer: str, token: str) -> list[Row]:
    """Every person that a consumer sees."""
    url = f"{issuer}{BASES[0]}/persons"
    return [row for page in pages(http, url, token, limit=1000) for row in page]


def test_a_second_start_keeps_city_and_credentials_and_prints_a_request_that_works(
    first_start: tuple[Demo, list[Row]],
) -> None:
    """Without --json: copied from the terminal into a shell. Both ends were clean."""
    first, persons = first_start
    with start(first.directory, "--pupils", str(SMALL_CITY)) as process:
        assert process.stdout is not None
        printed = "".join(iter(process.stdout.readline, LAST_LINE))
        commands = re.search(r"^  TOKEN=.*\n  curl .*$", printed, re.MULTILINE)
        assert commands, printed
        answered = run_as_printed(commands[0])
        issuer = re.findall(r"http://127\.0\.0\.1:\d+", printed)[0]
        again = Demo(process, first.directory, first.printed | endpoints(issuer))
        with httpx.Client(timeout=30) as http:
            assert all_persons(http, issuer, again.token("demo-register")) == persons
        stop(process, first.directory)
    assert len(json.loads(answered)["data"]) == 3
    for client in first.printed["clients"]:
        assert client["clientId"] in printed
        assert client.get("clientSecret", "a private key") in printed


def run_as_printed(commands: str) -> str:
    """What the printed request answers, in a shell; by its parts on a machine without curl."""
    if shutil.which("curl"):
        shell = subprocess.run(
            ["/bin/sh", "-c", commands], capture_output=True, text=True, timeout=30, check=True
        )
        return shell.stdout
    parts = re.search(r"-u ([\w-]+):(\S+) -d (\w+)=(\w+) (\S+).*'(http\S+)'", commands, re.DOTALL)
    assert parts, commands
    client_id, secret, name, value, token_endpoint, address = parts.groups()
    given = httpx.post(token_endpoint, auth=(client_id, secret), data={name: value})
    token = given.json()["access_token"]
    return httpx.get(address, headers={"Authorization": f"Bearer {token}"}).text


def endpoints(issuer: str) -> dict[str, str]:
    """The addresses that change with the port."""
    return {"issuer": issuer, "tokenEndpoint": f"{issuer}/oauth/token"}
