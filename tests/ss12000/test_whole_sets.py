"""Lists as NDJSON: the bytes of the pages, continued by the same tokens, refused as they are."""

import json
import threading
import zlib
from typing import Any

import pytest
import zstandard
from sqlalchemy import text

from app.queries import whole_sets
from app.queries.resource import Resource
from app.queries.ss12000 import OFFERED
from app.queries.whole_sets import WholeSet
from app.routers.ss12000.content_codings import CODINGS, encoder
from app.routers.ss12000.wire import WIRE
from app.web.negotiation import NDJSON
from tests.make import named
from tests.ss12000.conftest import DOOR, Town, contract
from tests.ss12000.streams import ACCEPT, ask, received, whole_set
from tests.ss12000.test_who_sees_whom import WINDOW


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two objects a batch."""
    monkeypatch.setattr(whole_sets, "FIRST_ROWS", 2)
    monkeypatch.setattr(whole_sets, "MOST_ROWS", 2)


def page_bytes(objects: list[bytes]) -> bytes:
    """The objects as a last page has them."""
    return b'{"data":[' + b",".join(objects) + b"]}"


@pytest.mark.parametrize("resource", OFFERED, ids=lambda resource: resource.name)
@pytest.mark.usefixtures("small_batches")
def test_a_whole_set_holds_the_bytes_of_the_pages(the_town: Town, resource: Resource) -> None:
    """With and without expansions and names, each object on a line of its own."""
    caller, path, window = the_town.caller(), f"/{resource.path}", WINDOW.get(resource.name, {})
    shaping: dict[str, Any] = {"expandReferenceNames": "true", "expand": list(resource.expansions)}
    for extra in ({}, shaping):
        page = caller.get(path, **window, **extra)
        found = whole_set(caller, path, **window, **extra)
        assert page_bytes(found.objects) == page.content
        assert found.count


SORTED = [(resource.path, sort.name) for resource in OFFERED for sort in resource.sorts]


@pytest.mark.parametrize(("path", "sortkey"), SORTED)
@pytest.mark.usefixtures("small_batches")
def test_a_whole_set_goes_on_after_each_of_its_tokens_and_so_do_pages(
    the_town: Town, path: str, sortkey: str
) -> None:
    """Nothing is lost or repeated, whichever way is gone on."""
    caller, window = the_town.caller(), WINDOW.get(path, {})
    whole = whole_set(caller, f"/{path}", **window, sortkey=sortkey)
    assert whole.tokens
    for done, token in enumerate(whole.tokens, start=1):
        rest = [one for batch in whole.batches[done:] for one in batch]
        assert whole_set(caller, f"/{path}", pageToken=token).objects == rest
        assert caller.get(f"/{path}", pageToken=token).content == page_bytes(rest)


def test_one_whole_set_after_the_other_is_never_too_many(
    the_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has received the end of one may begin the next at once, however slowly it closes."""
    caller, close = the_town.caller(), WholeSet.close

    def slow(whole: WholeSet) -> None:
        threading.Event().wait(0.1)
        close(whole)

    monkeypatch.setattr(WholeSet, "close", slow)
    assert [ask(caller, "/rooms").status_code for _ in range(5)] == [200] * 5


def test_a_whole_set_goes_on_after_a_page(the_town: Town) -> None:
    """A consumer may change its mind, also repeating the filters."""
    caller, asked = the_town.caller(), {"nameContains": "a", "sortkey": "GivenNameDesc"}
    everything = caller.get("/persons", **asked).content
    page = caller.get("/persons", **asked, limit=1)
    token = page.json()["pageToken"]
    first = page.content.removeprefix(b'{"data":[').split(b'],"pageToken"')[0]
    assert page_bytes([first, *whole_set(caller, "/persons", pageToken=token).objects]) == (
        everything
    )
    assert ask(caller, "/persons", pageToken=token, nameContains="b").status_code == 400
    assert ask(the_town.caller(), "/persons", pageToken=token).json()["code"] == "badPageToken"


def test_an_empty_set_is_complete(the_town: Town) -> None:
    """And nothing else."""
    answer = ask(the_town.caller(), "/persons", civicNo="nobody")
    assert answer.content == b'{"complete":true,"count":0}\n'


@pytest.mark.parametrize("name", WIRE)
def test_no_object_looks_like_a_control_line(name: str) -> None:
    """aggregatedAttendance has no id, so that the id alone cannot tell."""
    model = WIRE[name].item
    properties = {field.alias or known for known, field in model.model_fields.items()}
    assert properties
    assert properties.isdisjoint({"pageToken", "complete", "count"})


def test_a_line_break_in_a_text_breaks_no_line(own_town: Town) -> None:
    with own_town.database.transaction() as session:
        session.execute(
            text("UPDATE person SET given_name = E'An\\nna\\u2028\\r' WHERE id = :id"),
            {"id": named("anna")},
        )
    lines = ask(own_town.caller(), "/persons").content.split(b"\n")
    names = [json.loads(line).get("givenName") for line in lines[:-1]]
    assert "An\nna\u2028\r" in names


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.usefixtures("small_batches")
def test_a_coded_set_is_the_same_set(the_town: Town, coding: str) -> None:
    """As the client's library decodes it, and said in the headers."""
    caller = the_town.caller()
    assert caller.consumer is not None
    headers = caller.consumer.headers | ACCEPT
    plain, coded = (
        the_town.http.get(f"{DOOR}/persons", headers=headers | {"Accept-Encoding": accepted})
        for accepted in ("identity", coding)
    )
    assert received(coded.content).objects == received(plain.content).objects
    assert coded.headers["content-encoding"] == coding
    assert "content-encoding" not in plain.headers
    for answer in (coded, plain):
        assert answer.headers["vary"] == "Authorization, Accept, Accept-Encoding"
        assert answer.headers["cache-control"] == "private, no-store"
        assert "content-length" not in answer.headers


def decoded(coding: str, made: bytes) -> bytes:
    """What a consumer can read of a coded stream that has not ended."""
    if coding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(made)
    return zlib.decompressobj(31).decompress(made)


@pytest.mark.parametrize("coding", CODINGS)
def test_each_batch_can_be_read_when_it_has_come(coding: str) -> None:
    """The coding is flushed after each."""
    made, coded = encoder(coding), b""
    for batch in (b"a" * 50_000, b"b" * 3):
        coded += made.encode(batch)
        assert decoded(coding, coded).endswith(batch)


@pytest.mark.parametrize(
    ("parameters", "headers", "status", "code"),
    [
        ({"limit": "5"}, {}, 400, "badParameter"),
        ({"shoeSize": "44"}, {}, 400, "badParameter"),
        ({"pageToken": "x"}, {}, 400, "badPageToken"),
        ({"sortkey": "Sideways"}, {}, 400, "badParameter"),
        ({}, {"Accept": "application/x-ndjson;q=0"}, 406, "notAcceptable"),
        ({}, {"Accept-Encoding": "identity;q=0"}, 406, "notAcceptable"),
        ({}, {"Authorization": "Bearer x"}, 401, "unauthorized"),
    ],
)
def test_a_whole_set_is_refused_as_a_page_is(
    the_town: Town, parameters: dict[str, str], headers: dict[str, str], status: int, code: str
) -> None:
    """In the standard's shape, before anything is sent."""
    caller = the_town.caller()
    assert caller.consumer is not None
    answer = the_town.http.get(
        f"{DOOR}/persons", params=parameters, headers=caller.consumer.headers | ACCEPT | headers
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message"}


def test_a_whole_set_needs_the_scope(the_town: Town) -> None:
    caller = the_town.caller(scopes=("organisations:read",))
    assert ask(caller, "/persons").json()["code"] == "insufficientScope"


def test_only_lists_are_streamed(the_town: Town) -> None:
    """By-id and lookups answer one document, and HEAD is no way to start a stream."""
    caller = the_town.caller()
    assert caller.consumer is not None
    headers = caller.consumer.headers | ACCEPT
    http, persons = the_town.http, f"{DOOR}/persons"
    assert http.get(f"{persons}/{named('anna')}", headers=headers).status_code == 406
    assert http.post(f"{persons}/lookup", json={}, headers=headers).status_code == 406
    assert http.head(persons, headers=headers).status_code == 405


def test_streams_are_counted_apart_from_pages(the_town: Town) -> None:
    """A trial may start two a minute, and reads pages on."""
    caller = the_town.caller(rate_tier="trial")
    answers = [ask(caller, "/rooms") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"stream";q=2;w=60'
    assert int(answers[2].headers["retry-after"]) > 0
    assert caller.get("/rooms").status_code == 200


def test_the_contract_names_the_second_media_type() -> None:
    """On every list and nowhere else."""
    streamed = {
        path
        for path, operations in contract()["paths"].items()
        if "get" in operations and NDJSON in operations["get"]["responses"]["200"]["content"]
    }
    assert streamed == {f"/{resource.path}" for resource in OFFERED}
