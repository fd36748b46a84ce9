"""Notices between processes: a thread that listens to PostgreSQL."""

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from app.metrics import NOTICES_LOST

# Something changed about who may call; for the caches.
CHANNEL = "skolnav"
# A table of school data was written to; for the workers.
CHANGED_CHANNEL = "skolnav_changed"
HEARTBEAT_SECONDS = 0.25
# A listener that has proved nothing for longer may be missing notices without knowing it.
TRUSTED_SECONDS = 1.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
NEVER = float("-inf")

log = logging.getLogger(__name__)


@dataclass
class NoticeListener:
    """Calls `on_notice` with each payload, and `on_lost` whenever notices may have been missed.

    `on_outage` is called when the server was heard before, and is lost.
    All are called in the listener's own thread. It needs a direct connection: through a pooler
    that shares connections between transactions, LISTEN hears nothing.
    """

    url: str
    on_notice: Callable[[str], None]
    on_lost: Callable[[], None]
    channel: str = CHANNEL
    on_outage: Callable[[], None] = lambda: None
    _heard_at: float = field(default=NEVER, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    # What is sent on the first wakes the thread, which waits for the second.
    _waking: tuple[socket.socket, socket.socket] | None = field(default=None, init=False)

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._waking = socket.socketpair()
        self._thread = threading.Thread(
            target=self._run, args=(self._waking[1],), name="notices", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; from here on nothing heard is trusted."""
        self._stopping.set()
        if self._thread is not None and self._waking is not None:
            self._waking[0].send(b"!")
            self._thread.join(timeout=10)
            for end in self._waking:
                end.close()
            self._thread = self._waking = None
        self._heard_at = NEVER

    @property
    def is_trusted(self) -> bool:
        """Whether every notice until a moment ago has certainly been heard."""
        return time.monotonic() - self._heard_at < TRUSTED_SECONDS

    def wait_until_trusted(self, seconds: float) -> bool:
        """Wait for the connection; for start-up and tests."""
        deadline = time.monotonic() + seconds
        while not self.is_trusted and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.is_trusted

    def _run(self, woken: socket.socket) -> None:
        pause = SHORTEST_PAUSE
        while not self._stopping.is_set():
            try:
                self._listen(woken)
                pause = SHORTEST_PAUSE
            except psycopg.Error as failure:
                NOTICES_LOST.inc()
                log.warning("notices.lost", extra={"reason": type(failure).__name__})
                if self._heard_at > NEVER:
                    self.on_outage()
                pause = min(LONGEST_PAUSE, pause * 2) if self._heard_at < 0 else SHORTEST_PAUSE
            self._heard_at = NEVER
            self.on_lost()
            self._stopping.wait(pause)

    def _listen(self, woken: socket.socket) -> None:
        # tcp_user_timeout: an unplugged network is noticed after seconds, not after minutes.
        with psycopg.connect(
            self.url,
            autocommit=True,
            connect_timeout=5,
            application_name="skolnav-notices",
            tcp_user_timeout=5_000,
        ) as connection:
            connection.execute(f"LISTEN {self.channel}")
            # What changed before LISTEN was heard by nobody.
            self.on_lost()
            with selectors.DefaultSelector() as something:
                something.register(connection, selectors.EVENT_READ)
                something.register(woken, selectors.EVENT_READ)
                while not self._stopping.is_set():
                    self._hear(connection)
                    something.select(HEARTBEAT_SECONDS)

    def _hear(self, connection: psycopg.Connection) -> None:
        asked_at = time.monotonic()
        # The answer comes after every notice that was committed before the question.
        connection.execute("SELECT 1")
        for notice in connection.notifies(timeout=0):
            self.on_notice(notice.payload)
        self._heard_at = asked_at
