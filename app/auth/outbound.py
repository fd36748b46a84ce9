"""Calls an address that a consumer gave us, without letting it lead into the city's own network.

The address is checked, resolved once, and only what was checked is connected to. No redirect is
followed, no proxy setting is read, and the whole call has one deadline.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

PORTS = {"https": 443, "http": 80}
LONGEST_ADDRESS = 2_000
SECONDS_TO_RESOLVE = 5.0
# Of IPv6 only what is handed out for the public internet: mapped, translated and tunnelled
# addresses lead to an IPv4 address that nobody has checked.
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        ("2002::/16", "2001::/23", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24"),
    )
)


class AddressRefused(Exception):
    """The address may not be called; the message says why, without naming the address."""


class NotReached(Exception):
    """The address may be called, but no whole answer came; `reason` is a word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"There was no answer ({reason}).")
        self.reason = reason


@cache
def public_authorities() -> ssl.SSLContext:
    """Whom this machine trusts to say who a server is. Read once: it takes some 20 ms."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: `addresses` are where to connect, `host` who must answer there."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; of the body at most as much as was asked for and one byte, or nothing."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def checked_target(
    url: str, *, allowed_hosts: frozenset[str], inner_http: bool = False, named: str = "The address"
) -> Target:
    """Resolve an address once and check all that it resolved to.

    `allowed_hosts` may be inside and on any port; with `inner_http` also without TLS. `named` is
    what the messages call the address. Raises AddressRefused.
    """
    parts = _parts(url, named)
    # A final dot makes the same name absolute.
    host = (parts.hostname or "").lower().removesuffix(".")
    inner = host in allowed_hosts
    if parts.scheme != "https" and not (inner and inner_http):
        raise AddressRefused(f"{named} must start with https://.")
    port = parts.port or PORTS[parts.scheme]
    if port != PORTS["https"] and not inner:
        raise AddressRefused(f"{named} must use port 443.")
    addresses = _resolved(host, port)
    if not addresses:
        raise AddressRefused(f"The host of {named} cannot be found.")
    # All of them: a name with one public and one internal address is not an honest one.
    if not inner and not all(map(is_public, addresses)):
        raise AddressRefused(f"{named} must lead to a public host, or one that the city allows.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, addresses)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, whatever it is wrapped in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        # Not one, or one with a zone: link-local.
        return False
    if parsed.version == PUBLIC_V6.version and parsed not in PUBLIC_V6:
        return False
    if any(parsed in network for network in NOT_PUBLIC if network.version == parsed.version):
        return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def call(
    target: Target,
    tls: ssl.SSLContext,
    *,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    seconds: float,
    largest: int,
) -> Answer:
    """One request to a checked address. Raises NotReached."""
    # http.client follows no redirects and reads no proxy settings from the environment.
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.host, target.port)
    deadline = time.monotonic() + seconds
    try:
        with _connected(target, deadline) as plain:
            connection.sock = plain
            if target.scheme == "https":
                connection.sock = tls.wrap_socket(plain, server_hostname=target.host)
            connection.request(method, target.path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            received = answer.read(largest + 1) if largest else b""
    except (OSError, http.client.HTTPException, ValueError) as failure:
        late = isinstance(failure, TimeoutError) or time.monotonic() >= deadline
        raise NotReached("timeout" if late else _reason(failure)) from failure
    finally:
        connection.close()
    return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, received)


@contextlib.contextmanager
def _connected(target: Target, deadline: float) -> Iterator[socket.socket]:
    """A connection to the first address that takes one, cut when the deadline comes."""
    plain = _connect(target, deadline)
    # The socket's own timeout starts anew with each byte; the watchdog's does not. Its
    # duplicate outlives `wrap_socket`, which takes the first descriptor away.
    handle = plain.dup()
    watchdog = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [handle])
    watchdog.daemon = True
    watchdog.start()
    try:
        yield plain
    finally:
        watchdog.cancel()
        handle.close()
        plain.close()


def _connect(target: Target, deadline: float) -> socket.socket:
    failure: OSError = TimeoutError("no time was left")
    for address in target.addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, target.port), timeout=left)
        except OSError as refused:
            failure = refused
    raise failure


def _cut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _reason(failure: Exception) -> str:
    if isinstance(failure, ssl.SSLError):
        return "tls"
    if isinstance(failure, ConnectionRefusedError):
        return "refused"
    return "broken" if isinstance(failure, OSError) else "malformed"


def _resolved(host: str, port: int) -> tuple[str, ...]:
    """What a name resolves to; nothing when that takes too long.

    In a thread of its own, because a lookup cannot be interrupted.
    """
    found: list[str] = []

    def look_up() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(row[4][0]) for row in rows))

    thread = threading.Thread(target=look_up, name="resolve", daemon=True)
    thread.start()
    thread.join(SECONDS_TO_RESOLVE)
    return () if thread.is_alive() else tuple(found)


def _parts(url: str, named: str) -> SplitResult:
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not plain or len(url) > LONGEST_ADDRESS:
        raise AddressRefused(f"{named} must be a plain https:// address.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as failure:
        raise AddressRefused(f"{named} must be a plain https:// address.") from failure
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise AddressRefused(f"{named} must start with https:// and name a host.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused(f"{named} must hold neither credentials nor a fragment.")
    return parts
