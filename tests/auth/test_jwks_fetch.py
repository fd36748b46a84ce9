"""jwks_uri: fetched from public hosts only, never from inside, and never without bounds."""

import http.server
import json
import socket
import threading
from typing import Any

import anyio
import pytest

from app.auth import jwks_fetch
from app.auth.jwks_fetch import FetchRefused, KeysWanted, RemoteKeys, checked_target
from tests.auth.keys_server import JWK, KeyServer


@pytest.mark.parametrize(
    "uri",
    [
        "http://example.com/jwks", "https://127.0.0.1/jwks", "https://localhost/jwks",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
        "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
        "https://0/", "https://0.0.0.0/", "https://10.0.0.1/", "https://172.16.0.1/",
        "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/",
        "https://[fe80::1]/", "https://[fc00::1]/", "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/", "https://100.64.0.1/", "https://224.0.0.1/",
        "https://255.255.255.255/", "https://user@8.8.8.8/", "https://a:b@8.8.8.8/",
        "https://8.8.8.8@127.0.0.1/", "https://8.8.8.8:8443/", "https://8.8.8.8:0/",
        "https://8.8.8.8:x/", "https://8.8.8.8/#f", "https://8.8.8.8\\@127.0.0.1/",
        "https://8.8.8.8/ x", "https://8.8.8.8/\r\nHost: x", "https:///jwks", "//8.8.8.8/",
        "file:///etc/passwd", "gopher://8.8.8.8/", "https://exa\u0301mple.com/", "", "x",
    ],
)  # fmt: skip
def test_an_address_that_leads_inside_is_refused(uri: str) -> None:
    with pytest.raises(FetchRefused):
        checked_target(uri, allowed_hosts=frozenset())


def test_a_public_address_is_taken() -> None:
    target = checked_target("https://8.8.8.8/jwks?a=b", allowed_hosts=frozenset())
    assert (target.host, target.port, target.path) == ("8.8.8.8", 443, "/jwks?a=b")


def test_a_name_with_one_inner_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(FetchRefused):
        checked_target("https://rebinding.example/", allowed_hosts=frozenset())


def test_an_allowed_inner_host_is_fetched(keys_server: KeyServer, remote: RemoteKeys) -> None:
    assert remote.fetch(keys_server.uri) == [JWK]


def test_a_certificate_that_nobody_trusts_is_refused(keys_server: KeyServer) -> None:
    with pytest.raises(FetchRefused):
        RemoteKeys(frozenset({"localhost"})).fetch(keys_server.uri)
    assert keys_server.hits == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b'{"keys":{}}', b'{"keys":[1]}', b"[" * 60_000, b" " * 70_000, b"\xff",
     json.dumps({"keys": [JWK] * 21}).encode()],
)  # fmt: skip
def test_an_answer_that_is_no_key_set_is_refused(
    keys_server: KeyServer, remote: RemoteKeys, body: bytes
) -> None:
    keys_server.says(body)
    with pytest.raises(FetchRefused):
        remote.fetch(keys_server.uri)


def test_a_redirect_is_not_followed(keys_server: KeyServer, remote: RemoteKeys) -> None:
    keys_server.says(b"", 302, Location=keys_server.uri + "2")
    with pytest.raises(FetchRefused, match="302"):
        remote.fetch(keys_server.uri)
    assert keys_server.hits == 1


def test_an_answer_that_drips_is_cut_off(
    keys_server: KeyServer, remote: RemoteKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks_fetch, "SECONDS_PER_FETCH", 0.5)
    over = threading.Event()

    def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not over.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    keys_server.answer = drip
    with pytest.raises(FetchRefused):
        remote.fetch(keys_server.uri)
    over.set()


def asked(remote: RemoteKeys, uri: str, kid: str) -> list[dict[str, Any]]:
    """The keys as the token endpoint gets them: fetched when they are wanted."""
    try:
        return remote.kept(uri, kid=kid)
    except KeysWanted as wanted:
        anyio.run(remote.refresh, wanted)
        return remote.kept(uri, kid=kid)


def test_keys_are_remembered_and_unknown_ones_ask_again_once_a_minute(
    keys_server: KeyServer, remote: RemoteKeys
) -> None:
    clock = 1_000.0
    remote.monotonic = lambda: clock
    assert asked(remote, keys_server.uri, "k1") == [JWK]
    for _ in range(5):
        asked(remote, keys_server.uri, "unknown")
    assert keys_server.hits == 1
    clock += 61
    asked(remote, keys_server.uri, "k1")
    assert keys_server.hits == 1
    asked(remote, keys_server.uri, "unknown")
    assert keys_server.hits == 2


def test_an_outage_keeps_the_last_keys_for_an_hour_and_is_logged(
    keys_server: KeyServer, remote: RemoteKeys, caplog: pytest.LogCaptureFixture
) -> None:
    clock = 1_000.0
    remote.monotonic = lambda: clock
    asked(remote, keys_server.uri, "k1")
    keys_server.says(b"down", 500)
    clock += 3_000
    assert asked(remote, keys_server.uri, "k1") == [JWK]
    clock += 1_000
    assert asked(remote, keys_server.uri, "k1") == []
    assert [record.message for record in caplog.records] == ["keys.fetch_failed"] * 2
    assert {vars(record)["host"] for record in caplog.records} == {"localhost"}
