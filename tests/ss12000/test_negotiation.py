"""Media types and content codings are chosen as RFC 9110 has it."""

import pytest
from starlette.requests import Request

from app.errors import NotAcceptable
from app.routers.ss12000.content_codings import CODINGS
from app.web.negotiation import JSON, NDJSON, accepted_coding, accepted_type


def request(name: str, *values: str) -> Request:
    """A request with a header, perhaps several times."""
    headers = [(name.encode(), value.encode()) for value in values]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ((), JSON),
        (("",), JSON),
        (("*/*",), JSON),
        (("application/*",), JSON),
        (("application/json",), JSON),
        (("application/x-ndjson",), NDJSON),
        (("Application/X-NDJSON",), NDJSON),
        (("application/x-ndjson;charset=utf-8",), NDJSON),
        (("application/json, application/x-ndjson",), JSON),
        (("application/x-ndjson, application/json",), JSON),
        (("application/x-ndjson, application/json;q=0.9",), NDJSON),
        (("application/x-ndjson;q=0.5, application/json",), JSON),
        (("application/x-ndjson, */*",), NDJSON),
        (("application/x-ndjson;q=0.5, */*;q=0.8",), JSON),
        (("application/json;q=0, */*",), NDJSON),
        (("application/json;q=0, application/*;q=0.1",), NDJSON),
        (("application/x-ndjson;q=0, */*",), JSON),
        (("text/html", "application/x-ndjson"), NDJSON),
        (("text/html, image/gif, *; q=.2, */*; q=.2",), JSON),
        (("application/json;q=high",), JSON),
    ],
)  # fmt: skip
def test_the_type_that_is_liked_best_is_answered(accept: tuple[str, ...], chosen: str) -> None:
    assert accepted_type(request("accept", *accept), (JSON, NDJSON)) == chosen


@pytest.mark.parametrize(
    "accept", ["text/csv", "application/json;q=0, application/x-ndjson;q=0.0", "*/*;q=0"]
)
def test_what_excludes_both_types_is_refused_with_their_names(accept: str) -> None:
    with pytest.raises(NotAcceptable, match=f"{JSON} or {NDJSON}"):
        accepted_type(request("accept", accept), (JSON, NDJSON))


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ((), None),
        (("",), None),
        (("*",), None),
        (("identity",), None),
        (("br, deflate",), None),
        (("gzip",), "gzip"),
        (("gzip, deflate, br, zstd",), "zstd"),
        (("gzip", "zstd"), "zstd"),
        (("gzip;q=1.0, zstd;q=0.5",), "gzip"),
        (("gzip;q=0, zstd;q=0",), None),
        (("identity, gzip;q=0.5",), None),
        (("*, gzip;q=0.5",), None),
        (("gzip;q=0.5, *;q=0",), "gzip"),
    ],
)
def test_the_coding_that_is_liked_best_is_used(accept: tuple[str, ...], chosen: str | None) -> None:
    assert accepted_coding(request("accept-encoding", *accept), CODINGS) == chosen


@pytest.mark.parametrize("accept", ["identity;q=0", "br, *;q=0"])
def test_what_excludes_every_coding_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        accepted_coding(request("accept-encoding", accept), CODINGS)
