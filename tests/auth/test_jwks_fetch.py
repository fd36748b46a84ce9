"""jwks_uri: fetched from public hosts only, never from inside, and never without bounds."""

import http.server
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from app.auth import jwks_fetch
from app.auth.jwks_fetch import FetchRefused, RemoteKeys, checked_target

JWK = ECKey.generate_key("P-256", parameters={"kid": "k1"}).as_dict(private=False)


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


@dataclass
class KeyServer:
    """An HTTPS server on loopback whose answers a test chooses."""

    uri: str = ""
    hits: int = 0
    answer: Callable[[http.server.BaseHTTPRequestHandler], None] = field(init=False)

    def says(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer this from now on."""

        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answer = answer


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that only these tests trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def keys_server(certificate: Path) -> Iterator[KeyServer]:
    """A running key server."""
    served = KeyServer()
    served.says(json.dumps({"keys": [JWK]}).encode())

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.hits += 1
            served.answer(self)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.handle_error = lambda *_: None  # type: ignore[method-assign]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    served.uri = f"https://localhost:{running.server_address[1]}/jwks"
    yield served
    running.shutdown()
    running.server_close()


@pytest.fixture
def remote(certificate: Path) -> RemoteKeys:
    """A fetcher that may reach localhost and trusts its certificate."""
    tls = ssl.create_default_context(cafile=str(certificate))
    return RemoteKeys(frozenset({"localhost"}), tls)


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

    def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(50):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)

    keys_server.answer = drip
    began = time.monotonic()
    with pytest.raises(FetchRefused):
        remote.fetch(keys_server.uri)
    assert time.monotonic() - began < 2


def test_keys_are_remembered_and_unknown_ones_ask_again_once_a_minute(
    keys_server: KeyServer, remote: RemoteKeys
) -> None:
    clock = 1_000.0
    remote.monotonic = lambda: clock
    assert remote.keys(keys_server.uri, kid="k1") == [JWK]
    for _ in range(5):
        remote.keys(keys_server.uri, kid="unknown")
    assert keys_server.hits == 1
    clock += 61
    remote.keys(keys_server.uri, kid="k1")
    assert keys_server.hits == 1
    remote.keys(keys_server.uri, kid="unknown")
    assert keys_server.hits == 2


def test_an_outage_keeps_the_last_keys_for_an_hour(
    keys_server: KeyServer, remote: RemoteKeys
) -> None:
    clock = 1_000.0
    remote.monotonic = lambda: clock
    remote.keys(keys_server.uri, kid="k1")
    keys_server.says(b"down", 500)
    clock += 3_000
    assert remote.keys(keys_server.uri, kid="k1") == [JWK]
    clock += 1_000
    assert remote.keys(keys_server.uri, kid="k1") == []
