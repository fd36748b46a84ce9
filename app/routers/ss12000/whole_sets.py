"""Answers a whole list as NDJSON: an object a line, page tokens between them (docs/adr/0011)."""

import asyncio
import json
import logging
import time
from functools import partial

import anyio
from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from app.auth.authentication import Authenticator
from app.auth.rate_limits import RouteClass
from app.errors import BadParameter, Refusal, StreamInterrupted
from app.metrics import STREAMS
from app.queries.access import Access
from app.queries.entity_tags import rights
from app.queries.resource import Resource
from app.queries.whole_sets import Batch, WholeSet, open_whole_set
from app.routers.ss12000.content_codings import CODINGS, encoder
from app.routers.ss12000.streams import Streams
from app.web.list_requests import ListRequest, read_list_request
from app.web.negotiation import NDJSON, VARY, accepted_coding

log = logging.getLogger("skolnav.streams")

# How a stream ends; or with the code of a refusal.
COMPLETE, DISCONNECTED, STALLED, STOPPED = "complete", "disconnected", "stalled", "stopped"
# The ASGI extension by which the server drops a connection, with what waits to be sent on it.
DROP = "skolnav.drop"
PIECE_BYTES = 1 << 17
# How often rights are looked at while a consumer is waited for.
RECHECK_SECONDS = 0.5

Limits = dict[str, str]


async def answer_whole_set(request: Request, resource: Resource, access: Access) -> Response:
    """Every object of the list. Raises what a page raises."""
    request.state.route += " (whole set)"
    coding = accepted_coding(request, CODINGS)
    limits, asked = await run_in_threadpool(_admitted, request, resource, access)
    return WholeSetAnswer(request, asked, coding, limits)


def _admitted(request: Request, resource: Resource, access: Access) -> tuple[Limits, ListRequest]:
    limits = request.app.state.rate_limits.hit(access, RouteClass.STREAM)
    if "limit" in request.query_params:
        message = (
            f"limit is the size of a page, and {NDJSON} answers the whole list. Leave limit out, "
            "or ask for pages with Accept: application/json."
        )
        raise BadParameter(message)
    tree = request.app.state.authenticator.organisation_tree()
    return limits, read_list_request(request, resource, access, tree)


class WholeSetAnswer(Response):
    """Opens the snapshot when it is sent, so that whoever never gets that far holds none."""

    def __init__(
        self, request: Request, asked: ListRequest, coding: str | None, limits: Limits
    ) -> None:
        super().__init__(headers={"Cache-Control": "private, no-store", "Vary": VARY} | limits)
        del self.headers["content-length"]
        self.headers["Content-Type"] = NDJSON
        if coding:
            self.headers["Content-Encoding"] = coding
        self.request = request
        self.asked = asked
        self.coding = coding

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything. Refused before the first byte, it is answered as any refusal."""
        state, asked = self.request.app.state, self.asked
        begin = partial(
            open_whole_set, state.database, asked.access, asked.resource, asked.question,
            request_id=self.request.state.request_id,
        )  # fmt: skip
        with state.streams.taken(asked.access.client_id):
            whole = await state.streams.work(begin)
            transfer = Transfer(self, whole, scope, receive, send)
            await transfer.run()
        # Only now does the consumer see the end: its next stream finds the place of this one free.
        if transfer.ending == COMPLETE:
            await transfer.conclude()


class CutOff(Exception):
    """The stream ends here, incomplete; the argument says why."""


class Transfer:
    """One whole set on its way to its consumer."""

    def __init__(
        self, answer: WholeSetAnswer, whole: WholeSet, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self.answer = answer
        self.request = answer.request
        self.asked = answer.asked
        self.whole = whole
        self.encoder = encoder(answer.coding)
        self.streams: Streams = self.request.app.state.streams
        self.patience: int = self.request.app.state.settings.stream_stall_seconds
        self.extensions = scope.get("extensions", {})
        self.send = send
        self.begun = time.perf_counter()
        self.rows = 0
        self.started = False
        # Unless it comes to another end: the server stops, or a fault of ours.
        self.ending = STOPPED
        self.gone = asyncio.create_task(_until_gone(receive))
        self.ahead = self._fetch_ahead()

    async def run(self) -> None:
        """Send until the end, or until there is a reason not to. The transaction ends with it."""
        try:
            self.ending = await self._attempt()
        finally:
            if self.started and self.ending != COMPLETE and DROP in self.extensions:
                # That something is missing shows in the connection's breaking.
                self.extensions[DROP]["drop"]()
            await self._end()

    async def _attempt(self) -> str:
        try:
            await self._send_everything()
        except Refusal as refusal:
            if not self.started:
                raise
            return refusal.code
        except CutOff as cut:
            return str(cut)
        return COMPLETE

    async def _send_everything(self) -> None:
        while (batch := await self._fetched()) is not None:
            # PostgreSQL renders the next batch while this one is logged, coded and sent.
            self.ahead = self._fetch_ahead()
            body = await self.streams.work(partial(self._prepared, batch))
            await self._deliver(body)
            self.rows += batch.rows
        last = json.dumps({"complete": True, "count": self.rows}, separators=(",", ":"))
        await self._deliver(self.encoder.finish(last.encode() + b"\n"))

    def _fetch_ahead(self) -> "asyncio.Task[Batch | None]":
        return asyncio.create_task(self.streams.work(self.whole.fetch))

    async def _fetched(self) -> Batch | None:
        await asyncio.wait({self.ahead, self.gone}, return_when=asyncio.FIRST_COMPLETED)
        if self.gone.done():
            raise CutOff(DISCONNECTED)
        return await self.ahead

    def _prepared(self, batch: Batch) -> bytes:
        self.whole.record(batch)
        token = self.asked.token_after(batch.last).encode()
        return self.encoder.encode(batch.lines + b'{"pageToken":"' + token + b'"}\n')

    async def conclude(self) -> None:
        """Tell that the answer is whole; whoever does not take that in time is cut off."""
        with anyio.move_on_after(self.patience) as waiting:
            await self.send({"type": "http.response.body", "body": b"", "more_body": False})
        if waiting.cancelled_caught and DROP in self.extensions:
            self.extensions[DROP]["drop"]()

    async def _deliver(self, body: bytes) -> None:
        """Send a batch. Raises CutOff when the consumer does not take it, or what rights raise."""
        await self._still_allowed()
        writing = asyncio.create_task(self._write(body))
        ends = time.monotonic() + self.patience
        try:
            while not writing.done():
                waited = {writing, self.gone}
                await asyncio.wait(
                    waited, timeout=RECHECK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if writing.done():
                    break
                if self.gone.done():
                    raise CutOff(DISCONNECTED)
                if time.monotonic() >= ends:
                    raise CutOff(STALLED)
                await self._still_allowed()
            await writing
        finally:
            writing.cancel()

    async def _write(self, body: bytes) -> None:
        if not self.started:
            self.started = True
            headers = self.answer.raw_headers
            await self.send({"type": "http.response.start", "status": 200, "headers": headers})
        for at in range(0, len(body), PIECE_BYTES):
            piece = body[at : at + PIECE_BYTES]
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _still_allowed(self) -> None:
        """Raise unless the caller may see exactly what it could see at the start."""
        authenticator: Authenticator = self.request.app.state.authenticator
        access = await authenticator.authenticate(self.request, proved=True)
        if rights(access) != rights(self.asked.access):
            raise StreamInterrupted

    async def _end(self) -> None:
        with anyio.CancelScope(shield=True):
            if not self.ahead.done():
                await self.streams.work(self.whole.cancel)
                await asyncio.wait({self.ahead})
            if not self.ahead.cancelled():
                self.ahead.exception()  # or asyncio would complain that nobody looked
            await self.streams.work(self.whole.close)
        self.gone.cancel()
        if self.started:
            self._tell()

    def _tell(self) -> None:
        route, state = self.request.state.route, self.request.state
        STREAMS.labels(route, self.ending).inc()
        log.info(
            "stream.ended",
            extra={
                "requestId": state.request_id,
                "route": route,
                "consumer": self.asked.access.client_id,
                "ending": self.ending,
                "rows": self.rows,
                "milliseconds": round((time.perf_counter() - self.begun) * 1000, 1),
            },
        )


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
