"""Addresses that others give us: none of them leads inside, in whatever form it is written."""

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.auth import outbound
from app.auth.outbound import AddressRefused, NotReached, Target, call, checked_target, is_public

INNER = frozenset({"receiver.inner.example"})
TLS = ssl.create_default_context()
REFUSED = {
    "loopback": "https://127.0.0.1/",
    "loopback by name": "https://localhost/",
    "loopback by absolute name": "https://localhost./",
    "decimal": "https://2130706433/",
    "hexadecimal": "https://0x7f000001/",
    "octal": "https://0177.0.0.1/",
    "short": "https://127.1/",
    "private": "https://10.1.2.3/",
    "private with a final dot": "https://10.1.2.3./",
    "link-local, where clouds keep credentials": "https://169.254.169.254/latest/meta-data/",
    "carrier-grade NAT": "https://100.64.1.1/",
    "IPv6 loopback": "https://[::1]/",
    "IPv6 unspecified": "https://[::]/",
    "IPv4-mapped": "https://[::ffff:10.1.2.3]/",
    "IPv4-mapped public": "https://[::ffff:8.8.8.8]/",
    "IPv4-compatible": "https://[::10.1.2.3]/",
    "IPv4-translated": "https://[::ffff:0:10.1.2.3]/",
    "6to4": "https://[2002:0a01:0203::1]/",
    "NAT64": "https://[64:ff9b::10.1.2.3]/",
    "local NAT64": "https://[64:ff9b:1::a01:203]/",
    "Teredo": "https://[2001:0:a01:203::1]/",
    "unique local": "https://[fd00::1]/",
    "IPv6 link-local": "https://[fe80::1]/",
    "IPv6 link-local with a zone": "https://[fe80::1%25eth0]/",
    "site-local": "https://[fec0::1]/",
    "multicast": "https://[ff02::1]/",
    "documentation": "https://[2001:db8::1]/",
    "percent-encoded": "https://%31%32%37.0.0.1/",
    "credentials": "https://8.8.8.8@127.0.0.1/",
    "credentials before a public host": "https://inside@8.8.8.8/",
    "a backslash": "https://8.8.8.8\\@127.0.0.1/",
    "a fragment": "https://8.8.8.8/#@127.0.0.1/",
    "letters that look alike": "https://loc\uff41lhost/",
    "a line break": "https://8.8.8.8/\r\nX-Forged: 1",
    "no TLS": "http://8.8.8.8/",
    "no TLS, on an inner host that was not allowed": "http://127.0.0.1/",
    "another port": "https://8.8.8.8:8443/",
    "the port of no TLS": "https://8.8.8.8:80/",
    "another scheme": "ftp://8.8.8.8/",
    "no scheme": "8.8.8.8/x",
    "no host": "https:///x",
    "very long": "https://8.8.8.8/" + "x" * 2_000,
}


@pytest.mark.parametrize("form", REFUSED)
def test_no_form_of_an_inner_address_is_taken(form: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        checked_target(REFUSED[form], allowed_hosts=INNER, inner_http=True, named="target")
    assert "127.0.0.1" not in str(refused.value)


@pytest.mark.parametrize("address", ["8.8.8.8", "193.10.0.1", "2606:4700::1111", "2a00:801::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


Rows = Callable[..., list[Any]]


def names(found: dict[str, list[str]], asked: list[str]) -> Rows:
    """A resolver that knows these names, and takes the first answer out of the list if several."""
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if host not in found:
            return real(host, port, *more, **named)
        asked.append(host)
        answers = found[host]
        address = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
                for one in address.split()]  # fmt: skip

    return look_up


@pytest.fixture
def receiver() -> Iterator[http.server.HTTPServer]:
    """A server on loopback that answers 200."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def post(target: Target, seconds: float = 5.0) -> int:
    """The status of an empty POST."""
    return call(target, TLS, method="POST", headers={}, body=b"", seconds=seconds,
                largest=0).status  # fmt: skip


def test_a_name_is_resolved_once_and_only_what_was_checked_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, receiver: http.server.HTTPServer
) -> None:
    """A second answer of the name server, after the check, has no effect."""
    asked: list[str] = []
    found = {"receiver.inner.example": ["127.0.0.1", "10.255.255.1"]}
    monkeypatch.setattr(socket, "getaddrinfo", names(found, asked))
    url = f"http://receiver.inner.example:{receiver.server_port}/"
    target = checked_target(url, allowed_hosts=INNER, inner_http=True)
    assert post(target) == 200
    assert asked == ["receiver.inner.example"]


def test_a_name_with_a_public_and_an_inner_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", names({"x.example": ["8.8.8.8 10.0.0.1"]}, []))
    with pytest.raises(AddressRefused):
        checked_target("https://x.example/", allowed_hosts=INNER)


def test_the_next_address_is_tried_when_one_does_not_answer(
    receiver: http.server.HTTPServer,
) -> None:
    target = Target("http", "x", receiver.server_port, "/", ("127.0.0.2", "127.0.0.1"))
    with socket.socket() as closed:
        closed.bind(("127.0.0.2", 0))
        assert post(target) == 200


def test_an_allowed_host_is_allowed_as_it_is_named_only() -> None:
    """Not with something before or after it."""
    for name in ("receiver.inner.example.evil.example", "x-receiver.inner.example"):
        with pytest.raises(AddressRefused):
            checked_target(f"http://{name}/", allowed_hosts=INNER, inner_http=True)


def test_a_final_dot_names_the_same_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is allowed where the host is, and its certificate is the host's."""
    found = names({"receiver.inner.example": ["127.0.0.1"]}, [])
    monkeypatch.setattr(socket, "getaddrinfo", found)
    target = checked_target("https://receiver.inner.example./", allowed_hosts=INNER)
    assert (target.host, target.addresses) == ("receiver.inner.example", ("127.0.0.1",))


def test_a_lookup_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_: Any, **__: Any) -> list[Any]:
        over.wait(30)
        return []

    monkeypatch.setattr(outbound, "SECONDS_TO_RESOLVE", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    with pytest.raises(AddressRefused):
        checked_target("https://slow.example/", allowed_hosts=INNER)
    assert time.monotonic() - began < 5
    over.set()


def test_who_does_not_answer_is_told_apart_from_who_is_not_there() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with pytest.raises(NotReached) as refused:
            post(Target("http", "x", port, "/", ("127.0.0.1",)))
        silent.listen(1)
        with pytest.raises(NotReached) as late:
            post(Target("http", "x", port, "/", ("127.0.0.1",)), seconds=0.3)
    assert (refused.value.reason, late.value.reason) == ("refused", "timeout")
