"""The client alone: paging, retries, limits, redirects."""

from typing import Any

import pytest

from app.sources.ss12000.client import Limits, SourceClient
from app.sources.ss12000.credentials import StaticBearer
from app.sources.ss12000.failures import SourceFailed
from tests.imports.quirky_server import QuirkySource
from tests.imports.school import named


def read_persons(source: QuirkySource, **options: Any) -> list[Any]:
    """All persons by the client alone."""
    limits = options.pop("limits", Limits(page_size=2, first_pause=0.5))
    client = SourceClient(source.url, StaticBearer("static"), limits, **options)
    pages = list(client.pages("persons"))
    client.close()
    return [one["id"] for page in pages for one in page]


EVERYONE = [named("elin"), named("gun"), named("tor")]


def test_tokens_may_be_integers_and_are_sent_with_the_filters(source: QuirkySource) -> None:
    source.integer_tokens = True

    assert read_persons(source) == EVERYONE

    assert source.asked("persons") == [{"limit": "2"}, {"limit": "2", "pageToken": "2"}]


def test_a_server_that_wants_the_token_alone_gets_it_alone(source: QuirkySource) -> None:
    source.token_alone = True

    assert read_persons(source) == EVERYONE
    assert read_persons(source, resend_filters=False) == EVERYONE

    assert source.asked("persons")[-1] == {"pageToken": "2"}


def test_an_expired_page_token_begins_the_list_anew(source: QuirkySource) -> None:
    read = iter(SourceClient(source.url, StaticBearer("static"), Limits()).pages("persons"))
    first = next(read)
    source.fail_once("persons", 410, {"code": 410})

    assert [one["id"] for page in [first, *read] for one in page] == EVERYONE[:2] + EVERYONE


def test_a_server_that_gives_the_same_token_forever_is_left(source: QuirkySource) -> None:
    for _ in range(3):
        body = b'{"data": [], "pageToken": "again"}'
        source.answers.append(("persons", 200, {}, body))

    with pytest.raises(SourceFailed, match="same pageToken twice"):
        read_persons(source)


def test_a_busy_server_is_asked_again_when_it_says(source: QuirkySource) -> None:
    waits: list[float] = []
    source.fail_once("persons", 429, {"code": 429}, Retry_After="7")
    source.fail_once("persons", 503)
    source.fail_once("persons", 500, {"error": {"code": 500, "message": "oops"}})

    assert read_persons(source, wait=waits.append) == EVERYONE
    assert waits == [7, 1.0, 2.0]


def test_a_server_that_stays_broken_is_given_up_with_its_own_words(source: QuirkySource) -> None:
    for _ in range(2):
        source.fail_once("persons", 500, {"error": {"code": 17, "message": "kaputt"}})

    with pytest.raises(SourceFailed, match="500 17 kaputt"):
        read_persons(source, limits=Limits(attempts=2), wait=lambda _: None)


def test_an_answer_that_is_too_large_is_not_read_to_its_end(source: QuirkySource) -> None:
    with pytest.raises(SourceFailed, match="larger than allowed"):
        read_persons(source, limits=Limits(largest_answer=100))


def test_the_token_is_never_carried_to_another_server(source: QuirkySource) -> None:
    source.fail_once("persons", 302, None, Location="http://127.0.0.1:1/v2.0/persons")

    with pytest.raises(SourceFailed, match="redirected to another server"):
        read_persons(source)


def test_a_redirect_on_the_same_server_is_followed(source: QuirkySource) -> None:
    source.fail_once("persons", 301, None, Location=f"{source.url}/persons")

    assert read_persons(source) == EVERYONE


@pytest.mark.parametrize(
    "url", ["http://school.example/v2.0", "ftp://school.example", "school.example", "https://", ""]
)
def test_only_tls_leaves_the_machine(url: str) -> None:
    with pytest.raises(SourceFailed, match="https"):
        SourceClient(url, StaticBearer("static"))


def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(SourceFailed, match="not an address"):
        SourceClient("https://school.example:port/v2.0", StaticBearer("static"))


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b'{"data": {}}', b'"text"'])
def test_an_answer_that_is_no_page_ends_the_reading(source: QuirkySource, body: bytes) -> None:
    source.answers.append(("persons", 200, {}, body))

    with pytest.raises(SourceFailed):
        read_persons(source)
