"""Receivers of notices on loopback: one server, each path a receiver that a test gives answers."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Handler = http.server.BaseHTTPRequestHandler
Answering = Callable[[Handler], None]
PROMPTLY = 15.0


@dataclass(frozen=True)
class Received:
    """One notice as it came."""

    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        """Its webhook-id."""
        return self.headers["webhook-id"]

    @property
    def types(self) -> list[str]:
        """What has changed."""
        found: list[str] = self.json["modifiedEntities"]
        return found

    @property
    def json(self) -> dict[str, Any]:
        """The body, parsed."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


def status(code: int, **headers: str) -> Answering:
    """Answer with this status and no body."""

    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@dataclass
class Receivers:
    """All receivers of a test."""

    port: int = 0
    received: dict[str, list[Received]] = field(default_factory=dict)
    answers: dict[str, Answering] = field(default_factory=dict)
    came: threading.Condition = field(default_factory=threading.Condition)
    over: threading.Event = field(default_factory=threading.Event)

    def target(self, path: str) -> str:
        """The address of a receiver."""
        return f"http://127.0.0.1:{self.port}{path}"

    def hang(self, _handler: Handler) -> None:
        """Answer nothing until the test is over."""
        self.over.wait(60)

    def wait(self, path: str, count: int, seconds: float = PROMPTLY) -> list[Received]:
        """What a receiver has got, once it is so many."""
        self.wait_until(lambda: len(self.received.get(path, ())) >= count, seconds)
        return list(self.received[path])

    def wait_until(self, so: Callable[[], bool], seconds: float = PROMPTLY) -> None:
        """Wait until something is so; looked at whenever a notice comes."""
        deadline = time.monotonic() + seconds
        with self.came:
            while not so():
                left = deadline - time.monotonic()
                assert left > 0, {path: len(got) for path, got in self.received.items()}
                self.came.wait(min(left, 0.05))

    def take(self, handler: Handler) -> None:
        """A notice has come."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self.came:
            self.received.setdefault(handler.path, []).append(
                Received(headers, body, time.monotonic())
            )
            self.came.notify_all()
        self.answers.get(handler.path, status(200))(handler)


@contextmanager
def receiving() -> Iterator[Receivers]:
    """The receivers behind a real server."""
    receivers = Receivers()

    class Taking(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receivers.take(self)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *_: Any) -> None:
            """Whoever hangs is cut off, which is no error here."""

    server = Server(("127.0.0.1", 0), Taking)
    receivers.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield receivers
    finally:
        receivers.over.set()
        server.shutdown()
        server.server_close()
