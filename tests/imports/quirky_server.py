"""An SS 12000 server with the habits of servers in the field, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Query = dict[str, str]


@dataclass
class QuirkySource:
    """What the server holds and how it behaves. Every request is kept in `requests`."""

    data: dict[str, list[Any]] = field(default_factory=dict)
    deleted: dict[str, Any] | None = None
    page_size: int = 2
    integer_tokens: bool = False
    token_alone: bool = False
    strict_tokens: bool = False
    requests_per_token: int | None = None
    secret_style: str = "basic"
    answers: list[tuple[str, int, dict[str, str], bytes]] = field(default_factory=list)
    requests: list[tuple[str, Query]] = field(default_factory=list)
    tokens: int = 0
    used: int = 0
    url: str = ""

    def fail_once(self, path: str, status: int, body: object = None, **headers: str) -> None:
        """The next request for the path gets this answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((path, status, named, json.dumps(body).encode()))

    def asked(self, path: str) -> list[Query]:
        """The queries of all requests for a path."""
        return [query for asked, query in self.requests if asked == path]

    def answer(self, path: str, query: Query) -> tuple[int, dict[str, str], bytes]:
        for scripted in self.answers:
            if scripted[0] == path:
                self.answers.remove(scripted)
                return scripted[1:]
        if path == "deletedEntities" and self.deleted is not None:
            return 200, {}, json.dumps(self.deleted).encode()
        if path not in self.data:
            return 404, {}, b""
        if self.token_alone and "pageToken" in query and len(query) > 1:
            return 400, {}, b'{"error": {"code": 400, "message": "token and filters"}}'
        return 200, {}, json.dumps(self.page(path, query)).encode()

    def page(self, path: str, query: Query) -> dict[str, Any]:
        found = self.data[path]
        if path == "calendarEvents" and "startTime.onOrAfter" in query:
            low, high = query["startTime.onOrAfter"], query["startTime.onOrBefore"]
            found = [one for one in found if low <= one["startTime"] <= high]
        if after := query.get("meta.modified.after"):
            found = [one for one in found if one["meta"]["modified"] > after]
        start = int(query.get("pageToken", "0"))
        following = start + self.page_size
        body: dict[str, Any] = {"data": found[start:following], "pageToken": None}
        if following < len(found):
            body["pageToken"] = following if self.integer_tokens else str(following)
        return body


class _Handler(BaseHTTPRequestHandler):
    source: QuirkySource

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        basic = self.headers.get("Authorization", "").startswith("Basic ")
        if basic != (self.source.secret_style == "basic") or basic == ("client_secret" in form):
            self.reply(401, {}, b'{"error": "invalid_client"}')
            return
        self.source.tokens += 1
        self.source.used = 0
        token = {"access_token": f"token-{self.source.tokens}", "expires_in": 3600}
        self.reply(200, {}, json.dumps(token).encode())

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path, query = parts.path.removeprefix("/v2.0/"), dict(parse_qsl(parts.query))
        self.source.used += 1
        bearer = self.headers.get("Authorization")
        limit = self.source.requests_per_token
        expired = limit is not None and self.source.used > limit
        if bearer not in (f"Bearer token-{self.source.tokens}", "Bearer static") or expired:
            self.reply(401, {}, b'{"code": 401, "message": "expired"}')
            return
        self.source.requests.append((path, query))
        self.reply(*self.source.answer(path, query))

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: pytest's output is for failures."""


@contextmanager
def serving_quirks(source: QuirkySource) -> Iterator[QuirkySource]:
    """The source behind a local port; its address is in `url`."""
    handler = type("Handler", (_Handler,), {"source": source})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    source.url = f"http://127.0.0.1:{server.server_port}/v2.0"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield source
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
