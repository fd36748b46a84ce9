"""A load client: a few keep-alive connections that send one request after the other."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat


@dataclass(frozen=True)
class Measured:
    """What a load gave. Latencies are in seconds, sorted."""

    requests: int
    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Requests answered a second."""
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests did not exceed, in milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))] * 1e3


class Connection:
    """One keep-alive connection, with one request under way at most."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = bytearray()
        self.expected = 0
        self.sent = 0.0

    def send(self, request: bytes) -> None:
        """Send a request; its answer is what comes next."""
        self.received.clear()
        self.expected = 0
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def finished(self) -> bool:
        """Take what has come; whether the answer is whole.

        Raises RuntimeError unless it is 200 or 304.
        """
        self.received += self.socket.recv(262_144)
        if not self.expected:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return False
            if self.received.startswith(b"HTTP/1.1 304"):
                self.expected = end + 4
                return True
            if not self.received.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(bytes(self.received[:600]).decode(errors="replace"))
            head = bytes(self.received[:end]).lower()
            length = head.split(b"content-length: ")[1].split(b"\r\n")[0]
            self.expected = end + 4 + int(length)
        return len(self.received) >= self.expected


def load(
    port: int, path: str, headers: dict[str, str], *, seconds: float, connections: int = 8
) -> Measured:
    """Send GETs to 127.0.0.1 for a while, the next on each connection as the last is answered."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode()
    return load_each(port, repeat(request), seconds=seconds, connections=connections)


def load_each(
    port: int, requests: Iterator[bytes], *, seconds: float, connections: int = 8
) -> Measured:
    """As `load`, each request another one."""
    latencies: list[float] = []
    with selectors.DefaultSelector() as waiting:
        for _ in range(connections):
            connection = Connection(port)
            waiting.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(next(requests))
        started = time.perf_counter()
        ends = started + seconds
        while (now := time.perf_counter()) < ends:
            for ready, _ in waiting.select(timeout=1):
                connection = ready.data
                if connection.finished():
                    latencies.append(time.perf_counter() - connection.sent)
                    connection.send(next(requests))
        for ready in list(waiting.get_map().values()):
            ready.data.socket.close()
    return Measured(len(latencies), now - started, sorted(latencies))
