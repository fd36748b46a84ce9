"""Create, list, read, renew, delete: what a consumer may ask for, and what is its own."""

import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from app.auth import outbound
from app.queries.access import Scope
from app.routers.ss12000.subscription_routes import LOOKUPS_AT_ONCE
from app.services.subscriptions import MOST_SUBSCRIPTIONS
from tests.conftest import POOL
from tests.ss12000.conftest import DOOR, Caller
from tests.subscriptions.conftest import Stage

HOST = "http://127.0.0.1/notices"


def body(**changed: Any) -> dict[str, Any]:
    """What a client sends."""
    return {"name": "Schema", "target": HOST, "resourceTypes": [{"resource": "Room"}]} | changed


def test_a_subscription_is_made_listed_read_renewed_and_deleted(stage: Stage) -> None:
    """As the standard has it; the secret is in the first answer only, and sealed in the table."""
    caller = stage.town.caller()
    made = caller.post("/subscriptions", body())
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    assert secret.encode() not in stage.row(made.json()["id"]).secret_sealed
    shown = {name: value for name, value in made.json().items() if name != "secret"}
    assert shown == {"id": shown["id"], "expires": shown["expires"], **body()}
    lives = datetime.fromisoformat(shown["expires"]) - datetime.now(UTC)
    assert timedelta(days=89) < lives <= timedelta(days=90)
    path = f"/subscriptions/{shown['id']}"
    assert caller.get("/subscriptions").json() == {"data": [shown]}
    assert caller.get(path).json() == shown
    assert caller.request("DELETE", path).status_code == 204
    assert caller.get(path).status_code == 404
    assert caller.get("/subscriptions").json() == {"data": []}


@pytest.mark.parametrize("path", ["/v2.0/subscriptions", "/subscriptions/"])
def test_the_paths_of_published_clients_are_answered(stage: Stage, path: str) -> None:
    consumer = stage.town.caller().consumer
    assert consumer is not None
    answer = stage.town.http.post(path, json=body(), headers=consumer.headers)
    assert answer.status_code == 201


def test_bare_names_and_repeats_are_taken(stage: Stage) -> None:
    made = stage.town.caller().post(
        "/subscriptions", body(resourceTypes=["Room", {"resource": "Room"}, "Duty"])
    )
    assert made.json()["resourceTypes"] == [{"resource": "Duty"}, {"resource": "Room"}]


@pytest.mark.parametrize(("sent", "days"), [
    (None, 90), ({}, 90), ({"expires": 30}, 30), ({"expires": 4_000}, 90),
])  # fmt: skip
def test_a_renewal_lasts_as_long_as_asked_and_allowed(
    stage: Stage, sent: dict[str, int] | None, days: int
) -> None:
    """Without a body, as the standard has it, and with `expires`, as two clients send it."""
    caller = stage.town.caller()
    path = f"/subscriptions/{stage.subscribe(caller, '/x', 'Room')['id']}"
    now = datetime.now(UTC)
    more = {}
    if sent is not None:
        asked = {name: (now + timedelta(days=n)).isoformat() for name, n in sent.items()}
        more = {"json": asked}
    renewed = caller.request("PATCH", path, **more)
    assert renewed.status_code == 200
    assert "secret" not in renewed.json()
    lives = datetime.fromisoformat(renewed.json()["expires"]) - now
    assert abs(lives - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.parametrize("sent", [
    {"expires": "2020-01-01T00:00:00Z"}, {"expires": "2099-01-01"}, {"expires": None},
    {"target": HOST}, [], "x",
])  # fmt: skip
def test_a_renewal_that_cannot_be_is_refused(stage: Stage, sent: Any) -> None:
    caller = stage.town.caller()
    made = stage.subscribe(caller, "/x", "Room")
    refused = caller.request("PATCH", f"/subscriptions/{made['id']}", json=sent)
    assert (refused.status_code, refused.json()["code"]) == (400, "badBody")
    assert caller.get(f"/subscriptions/{made['id']}").json()["expires"] == made["expires"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_anothers_subscription_answers_as_one_that_never_was(stage: Stage, method: str) -> None:
    made = stage.subscribe(stage.town.caller(), "/x", "Room")
    other = stage.town.caller()
    theirs = other.request(method, f"/subscriptions/{made['id']}")
    absent = other.request(method, f"/subscriptions/{uuid4()}")
    assert (theirs.status_code, theirs.json()) == (absent.status_code, absent.json())
    assert theirs.status_code == 404
    assert other.get("/subscriptions").json() == {"data": []}


BAD: dict[str, dict[str, Any]] = {
    "no name": {"name": None}, "empty name": {"name": " "}, "long name": {"name": "x" * 201},
    "two lines": {"name": "a\nb"}, "no types": {"resourceTypes": []},
    "unknown type": {"resourceTypes": ["Persons"]},
    "a type that is not offered": {"resourceTypes": [{"resource": "Grade"}]},
    "a type without its name": {"resourceTypes": [{}]}, "types as text": {"resourceTypes": "Room"},
    "an unknown property": {"secret": "mine"}, "not an address": {"target": "x"},
    "an inner address": {"target": "https://10.0.0.1/"},
    "no TLS": {"target": "http://example.com/"}, "another port": {"target": "https://8.8.8.8:81/"},
    "a name that leads nowhere": {"target": "https://nowhere.invalid/"},
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_subscription_that_cannot_be_is_refused_in_words(stage: Stage, what: str) -> None:
    caller = stage.town.caller()
    refused = caller.post("/subscriptions", body(**BAD[what]))
    assert (refused.status_code, refused.json()["code"]) == (400, "badBody")
    assert len(refused.json()["message"]) > 20
    assert caller.get("/subscriptions").json() == {"data": []}


def test_only_what_may_be_read_can_be_subscribed_to(stage: Stage) -> None:
    caller = stage.town.caller(scopes=(Scope.SCHEDULE_READ,))
    assert caller.post("/subscriptions", body()).status_code == 201
    refused = caller.post("/subscriptions", body(resourceTypes=["Room", "Person"]))
    assert refused.status_code == 403
    assert "people:read" in refused.json()["message"]


def test_who_may_read_nothing_and_who_is_nobody_are_refused(stage: Stage) -> None:
    writer = stage.town.caller(scopes=(Scope.ABSENCES_WRITE,))
    assert writer.get("/subscriptions").status_code == 403
    assert stage.town.nobody().post("/subscriptions", body()).status_code == 401


def test_a_consumer_has_at_most_so_many_and_reads_them_page_by_page(stage: Stage) -> None:
    caller = stage.town.caller()
    made = [caller.post("/subscriptions", body()).json() for _ in range(MOST_SUBSCRIPTIONS)]
    refused = caller.post("/subscriptions", body())
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert [one["id"] for one in pages(caller, limit=7)] == sorted(one["id"] for one in made)


def pages(caller: Caller, **parameters: Any) -> list[dict[str, Any]]:
    """Every subscription, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        page = caller.get("/subscriptions", **parameters).json()
        assert len(page["data"]) <= parameters["limit"]
        found += page["data"]
        if "pageToken" not in page:
            return found
        parameters["pageToken"] = page["pageToken"]


@pytest.mark.parametrize("parameters", [{"limit": 0}, {"limit": "x"}, {"name": "x"},
                                        {"pageToken": "x"}])  # fmt: skip
def test_a_parameter_that_is_not_taken_is_refused(stage: Stage, parameters: dict[str, Any]) -> None:
    refused = stage.town.caller().get("/subscriptions", **parameters)
    assert refused.status_code == 400


def test_a_repeat_with_an_idempotency_key_makes_no_second_subscription(stage: Stage) -> None:
    """The first answer comes again, with its secret, which is not what is kept for it."""
    caller = stage.town.caller()
    key = {"Idempotency-Key": "subscribe once"}
    first = caller.request("POST", "/subscriptions", json=body(), headers=key)
    again = caller.request("POST", "/subscriptions", json=body(), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() and "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len(caller.get("/subscriptions").json()["data"]) == 1
    other = caller.request("POST", "/subscriptions", json=body(name="Other"), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotencyKeyReused")
    with stage.town.database.transaction() as session:
        kept = session.execute(text("SELECT content FROM idempotency_key")).scalar_one()
    assert first.json()["secret"].encode() not in bytes(kept)


def test_slow_lookups_of_targets_hold_up_nobody_elses_reading(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them at once than the service has threads for the database."""
    over, begun = threading.Event(), threading.Semaphore(0)
    real = socket.getaddrinfo

    def look_up(host: str, *more: Any, **named: Any) -> Any:
        if host != "slow.example":
            return real(host, *more, **named)
        begun.release()
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    caller, reader = stage.town.caller(), stage.town.caller()
    assert caller.consumer is not None
    url = f"{stage.town.http.base_url}{DOOR}/subscriptions"
    headers = caller.consumer.headers
    asking = [
        threading.Thread(
            target=httpx.post, args=(url,), daemon=True,
            kwargs={"json": body(target="https://slow.example/"), "headers": headers,
                    "timeout": 30},
        )
        for _ in range(POOL + 4)
    ]  # fmt: skip
    for thread in asking:
        thread.start()
    for _ in range(LOOKUPS_AT_ONCE):
        assert begun.acquire(timeout=10)
    began = time.monotonic()
    assert reader.get("/rooms").status_code == 200
    assert time.monotonic() - began < outbound.SECONDS_TO_RESOLVE / 2
    over.set()
    for thread in asking:
        thread.join(30)
