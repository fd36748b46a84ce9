"""Polls are answered ahead of the doors: as the doors would, and never when they would not."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prometheus_client import REGISTRY

from app.auth.tokens import issue_token
from app.database.notices import CHANNEL, NoticeListener
from app.queries.access import Scope as Right
from app.services.consumers import disable_application
from app.web import polls as module
from app.web.polls import Polls
from tests.make import named
from tests.ss12000.conftest import DOOR, ISSUER, Caller, Town, Watched, watched
from tests.waiting import wait_until


@pytest.fixture
def door(the_town: Town, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """The town's."""
    return watched(the_town, monkeypatch)


@dataclass
class Poller:
    """A consumer that polls a path, and was told once that nothing is new."""

    caller: Caller
    path: str
    tag: str

    def poll(self, **more: Any) -> httpx.Response:
        """The poll; `more` headers."""
        return self.caller.request("GET", self.path, headers={"If-None-Match": self.tag} | more)


def caller_of(town: Town, **rights: Any) -> Caller:
    """A new consumer, of whose making the process has heard all that it will hear."""
    caller, heard = town.caller(**rights), threading.Event()
    listener, last = town.app.state.authenticator.listener, f"token:{uuid4().hex}"
    on_notice = listener.on_notice

    def noted(payload: str) -> None:
        on_notice(payload)
        if payload == last:
            heard.set()

    listener.on_notice = noted
    with town.database.transaction() as session:
        session.connection().exec_driver_sql("SELECT pg_notify(%s, %s)", (CHANNEL, last))
    assert heard.wait(30)
    listener.on_notice = on_notice
    return caller


def poller(town: Town, path: str = "/rooms", **rights: Any) -> Poller:
    """A new consumer that polls already."""
    caller = caller_of(town, **rights)
    found = Poller(caller, path, caller.get(path).headers["etag"])
    assert found.poll().status_code == 304
    return found


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """Those that do not tell the moment."""
    own = ("date", "x-request-id", "ratelimit")
    return {name: value for name, value in answer.headers.items() if name not in own}


def from_memory() -> float:
    """How many tokens were remembered, in all."""
    labels = {"source": "memory"}
    return REGISTRY.get_sample_value("skolnav_authentications_total", labels) or 0.0


@pytest.mark.parametrize("path", ["/rooms", f"/rooms/{named('north-room')}"])
def test_the_door_is_not_asked(the_town: Town, door: Watched, path: str) -> None:
    """What is told is what the door tells, to the caller and to who runs the service."""
    caller = caller_of(the_town)
    tag = caller.get(path).headers["etag"]
    the_town.app.state.authenticator.cache.clear()
    by_the_door = caller.request("GET", path, headers={"If-None-Match": tag})
    assert by_the_door.status_code == 304 and door.asked == 2
    route = f"GET {DOOR}/rooms" + ("/{id}" if path != "/rooms" else "")
    assert caller.consumer is not None
    labels = {
        "route": route, "method": "GET", "status": "304", "consumer": caller.consumer.client_id,
    }  # fmt: skip
    assert REGISTRY.get_sample_value("skolnav_requests_total", labels) == 1
    remembered = from_memory()
    ahead = [caller.request("GET", path, headers={"If-None-Match": tag}) for _ in range(3)]
    assert door.asked == 2 and {one.status_code for one in ahead} == {304}
    assert [headers_of(one) for one in ahead] == [headers_of(by_the_door)] * 3
    assert not any(one.content for one in ahead)
    assert from_memory() == remembered + 3
    assert REGISTRY.get_sample_value("skolnav_requests_total", labels) == 4
    assert len({one.headers["x-request-id"] for one in ahead}) == 3


def test_an_unchanged_answer_carries_no_rules_for_what_it_does_not_send(the_town: Town) -> None:
    """Those of the answer that the caller keeps hold."""
    rules = {"x-content-type-options", "referrer-policy", "content-security-policy"}
    polling = poller(the_town)
    assert polling.caller.get("/rooms").headers.keys() > rules
    assert polling.poll().headers.keys().isdisjoint(rules)


def test_other_spellings_of_the_path_are_the_same_question(the_town: Town, door: Watched) -> None:
    caller = caller_of(the_town)
    tag = caller.get("/rooms").headers["etag"]
    assert caller.consumer is not None
    headers = dict(caller.consumer.headers) | {"If-None-Match": tag}
    for path in ("/v2.0/rooms", "/rooms/", f"{DOOR}/rooms/"):
        assert the_town.http.get(path, headers=headers).status_code == 304
    assert door.asked == 1


def test_a_new_token_of_the_same_rights_is_as_good(the_town: Town, door: Watched) -> None:
    """As a system has one every ten minutes; its first request is the door's."""
    polling = poller(the_town)
    consumer = polling.caller.consumer
    assert consumer is not None
    token = issue_token(
        the_town.consumers.key, issuer=ISSUER, client_id=consumer.client_id,
        scopes=frozenset(map(str, Right)), jti=uuid4().hex, now=datetime.now(UTC),
        lifetime=timedelta(minutes=5),
    )  # fmt: skip
    before = door.asked
    renewed = {"Authorization": f"Bearer {token}"}
    assert [polling.poll(**renewed).status_code for _ in range(3)] == [304] * 3
    assert door.asked == before + 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": '"another"'}, 200),
        ({"Accept": "text/html"}, 406),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer made-up"}, 401),
        ({"Authorization": "Basic {token}"}, 401),
        ({"Authorization": "Bearer {token} {token}"}, 401),
        ({"Authorization": "DPoP {token}", "DPoP": "a.b.c"}, 401),
    ],
)
def test_other_words_are_the_doors(
    the_town: Town, door: Watched, headers: dict[str, str], status: int
) -> None:
    polling = poller(the_town)
    assert polling.caller.consumer is not None
    token = polling.caller.consumer.headers["Authorization"].removeprefix("Bearer ")
    before = door.asked
    sent = {name: value.replace("{token}", token) for name, value in headers.items()}
    assert polling.poll(**sent).status_code == status
    assert door.asked == before + 1
    assert polling.poll().status_code == 304 and door.asked == before + 1


def test_a_whole_set_is_no_poll(the_town: Town, door: Watched) -> None:
    """It has no tag, and is streamed."""
    polling = poller(the_town)
    before = door.asked
    assert polling.caller.consumer is not None
    sent = dict(polling.caller.consumer.headers) | {
        "If-None-Match": polling.tag, "Accept": "application/x-ndjson",
    }  # fmt: skip
    answers = [the_town.http.get(f"{DOOR}/rooms", headers=sent) for _ in range(2)]
    assert [one.text.splitlines()[-1] for one in answers] == ['{"complete":true,"count":2}'] * 2
    assert door.asked == before + 2


def test_another_query_method_or_path_is_the_doors(the_town: Town, door: Watched) -> None:
    polling = poller(the_town)
    before, tag = door.asked, {"If-None-Match": polling.tag}
    request = polling.caller.request
    token = polling.caller.consumer.headers["Authorization"]  # type: ignore[union-attr]
    assert request("GET", "/rooms", params={"limit": 1}, headers=tag).status_code == 200
    assert request("HEAD", "/rooms", headers=tag).status_code == 405
    assert request("POST", "/rooms", headers=tag).status_code == 405
    assert request("GET", "/groups", headers=tag).status_code == 200
    in_query = {"access_token": token.removeprefix("Bearer ")}
    assert request("GET", "/rooms", params=in_query, headers=tag).status_code == 401
    assert door.asked == before + 5


def test_two_tokens_are_refused(the_town: Town, door: Watched) -> None:
    polling = poller(the_town)
    token = polling.caller.consumer.headers["Authorization"]  # type: ignore[union-attr]
    twice = [("Authorization", token), ("Authorization", token), ("If-None-Match", polling.tag)]
    before = door.asked
    answers = [the_town.http.get(f"{DOOR}/rooms", headers=twice) for _ in range(2)]
    assert [one.status_code for one in answers] == [401] * 2 and door.asked == before + 2


def test_the_tag_of_another_consumer_is_worth_nothing(the_town: Town) -> None:
    """Nor does it tell that somebody polls."""
    one, other = poller(the_town), the_town.caller()
    for _ in range(2):
        answer = other.request("GET", "/rooms", headers={"If-None-Match": one.tag})
        assert answer.status_code == 200 and answer.headers["etag"] != one.tag


def test_who_may_not_call_any_more_is_refused(own_town: Town) -> None:
    """As soon as the process has heard of it."""
    polling = poller(own_town)
    assert polling.poll().status_code == 304 and polling.caller.consumer is not None
    with own_town.database.transaction() as session:
        disable_application(
            session, client_id=polling.caller.consumer.client_id, now=datetime.now(UTC),
            actor="test", reason="test",
        )  # fmt: skip
    wait_until(lambda: polling.poll().status_code == 401)
    assert polling.poll().json()["code"] == "unauthorized"


def test_a_grant_that_shrinks_counts_at_once(own_town: Town) -> None:
    """As soon as the process has heard of it: the same words, another answer."""
    polling = poller(own_town)
    assert polling.poll().status_code == 304 and polling.caller.consumer is not None
    assert len(polling.caller.get("/rooms").json()["data"]) == 2
    with own_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE consumer_grant SET organisation_ids = %s WHERE application_id = "
            "(SELECT id FROM application WHERE client_id = %s)",
            ([named("south")], polling.caller.consumer.client_id),
        )
    wait_until(lambda: polling.poll().status_code == 200)
    assert len(polling.poll().json()["data"]) == 1


def test_a_page_that_came_with_a_token_is_never_answered_ahead(
    the_town: Town, door: Watched
) -> None:
    """However the parameter is spelt: only reading the token tells whether it has grown old."""
    caller = caller_of(the_town)
    token = caller.get("/persons", limit=1).json()["pageToken"]
    assert caller.consumer is not None
    for name in ("pageToken", "page%54oken"):
        path = f"{DOOR}/persons?{name}={token}"
        page = the_town.http.get(path, headers=caller.consumer.headers)
        headers = dict(caller.consumer.headers) | {"If-None-Match": page.headers["etag"]}
        before = door.asked
        assert [the_town.http.get(path, headers=headers).status_code for _ in range(2)] == [304] * 2
        assert door.asked == before + 2


def test_what_stands_in_a_path_is_no_header(the_town: Town) -> None:
    """A line break in it makes no other request of it."""
    caller, liked = caller_of(the_town), "/x, application/json"
    assert caller.consumer is not None
    tag = the_town.http.get(
        f"{DOOR}/rooms", headers=dict(caller.consumer.headers) | {"Accept": liked}
    ).headers["etag"]
    sent = [*caller.consumer.headers.items(), ("If-None-Match", tag)]
    with httpx.Client(base_url=the_town.http.base_url) as bare:
        del bare.headers["accept"]
        poll = bare.get(f"{DOOR}/rooms", headers=[*sent, ("Accept", liked)])
        assert poll.status_code == 304
        odd = bare.get("/x,%20application/json%0A%0A/ss12000/v2.0/rooms?accept", headers=sent)
        assert odd.status_code == 404


def test_a_token_ends(own_town: Town) -> None:
    polling = poller(own_town)
    assert polling.poll().status_code == 304
    own_town.app.state.authenticator.clock = lambda: datetime.now(UTC) + timedelta(minutes=6)
    assert polling.poll().status_code == 401


def test_while_changes_cannot_be_heard_every_poll_is_the_doors(
    the_town: Town, door: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which asks the database who calls."""
    polling = poller(the_town)
    before = door.asked
    with monkeypatch.context() as patched:
        patched.setattr(NoticeListener, "is_trusted", False)
        assert [polling.poll().status_code for _ in range(2)] == [304] * 2
        assert door.asked == before + 2
    assert polling.poll().status_code == 304 and door.asked == before + 2


def test_polls_are_counted_and_limited(the_town: Town, door: Watched) -> None:
    """The refusal is the door's: in its shape, with when to come back."""
    polling = poller(the_town, rate_tier="trial")
    told = [polling.poll() for _ in range(118)]
    left = [one.headers["ratelimit"].split(";")[1] for one in told]
    assert {one.status_code for one in told} == {304} and door.asked == 1
    assert left == [f"r={number}" for number in reversed(range(118))]
    seconds = [int(one.headers["ratelimit"].split(";t=")[1]) for one in told]
    assert seconds == sorted(seconds, reverse=True) and 1 < seconds[0] <= 60
    refused = polling.poll()
    assert refused.status_code == 429 and set(refused.json()) == {"code", "message"}
    assert int(refused.headers["retry-after"]) <= 60 and door.asked == 2


def test_a_change_is_found_with_one_look(own_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The door need not look again."""
    polling, looks = poller(own_town), list[bytes]()
    looking = own_town.database.looking
    read = looking.read

    async def counted(statement: bytes, *asked: Any, **how: Any) -> list[bytes | None]:
        looks.append(statement)
        return await read(statement, *asked, **how)

    monkeypatch.setattr(looking, "read", counted)
    assert polling.poll().status_code == 304 and len(looks) == 1
    with own_town.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE room SET modified = now()")
    changed = polling.poll()
    assert changed.status_code == 200 and len(looks) == 2
    polling.tag = changed.headers["etag"]
    assert [polling.poll().status_code for _ in range(2)] == [304] * 2 and len(looks) == 4


def test_what_another_process_of_the_consumer_was_answered_is_not_in_hand(own_town: Town) -> None:
    """The last answer that was made stands; the one that the poll names does not."""
    polling = poller(own_town)
    assert polling.poll().status_code == 304
    change(own_town)
    fresh = polling.caller.get("/rooms").headers["etag"]
    assert fresh != polling.tag
    answers = [polling.poll() for _ in range(2)]
    assert [one.status_code for one in answers] == [200] * 2
    assert {one.headers["etag"] for one in answers} == {fresh}


def test_only_so_many_are_remembered(the_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_REMEMBERED", 2)
    polls = polls_of(the_town)
    polls._known.clear()
    polling = [poller(the_town) for _ in range(3)]
    assert len(polls._known) == 2
    assert [one.poll().status_code for one in (*polling, *polling)] == [304] * 6
    known = set(polls._known)
    assert len(known) == 2
    the_town.app.state.authenticator.cache.clear()
    assert [polling[2].poll().status_code for _ in range(3)] == [304] * 3
    assert set(polls._known) == known, "what is understood anew takes no other's place"


def polls_of(town: Town) -> Polls:
    """What stands before a town's doors."""
    layer: Any = town.app.middleware_stack
    while not isinstance(layer, Polls):
        layer = layer.app
    return layer


def test_what_changes_while_another_poll_looks_is_not_missed(
    own_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who came after the change is not answered by a look that began before it."""
    polling, other = poller(own_town), poller(own_town)
    own_door = watched(own_town, monkeypatch)
    looking, read = own_town.database.looking, own_town.database.looking.read
    looked = threading.Event()

    async def slow(*asked: Any, **how: Any) -> list[bytes | None]:
        found = await read(*asked, **how)
        looked.set()
        await asyncio.sleep(0.5)
        return found

    monkeypatch.setattr(looking, "read", slow)
    with ThreadPoolExecutor(2) as others:
        early = others.submit(polling.poll)
        assert looked.wait(30)
        change(own_town)
        late = others.submit(other.poll)
        assert early.result().status_code == 304 and own_door.asked == 0
        assert late.result().status_code == 200 and own_door.asked == 1


def change(town: Town) -> None:
    """Something that the answer holds."""
    with town.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE room SET display_name = 'Annat'")


@pytest.fixture(autouse=True)
def trusted(request: pytest.FixtureRequest) -> None:
    """The process hears of changes, from the beginning of a test on."""
    for name in ("the_town", "own_town"):
        if name in request.fixturenames:
            town: Town = request.getfixturevalue(name)
            assert town.app.state.authenticator.listener.wait_until_trusted(30)
