"""From the commit that takes a right away to its refusal, in two processes that remember it.

Compared with a bare LISTEN on the same database: the least that telling a process takes.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx
import psycopg

from app.database.notices import CHANNEL
from app.queries.access import Scope
from benchmarks.load import Measured
from benchmarks.notices import HEAD, Arrival, line, listening
from benchmarks.stage import Stage, served

ROOMS = "/ss12000/v2.0/rooms?limit=1"
TIMES = 100
GRANTED = """
UPDATE consumer_grant SET scopes = %s
 WHERE application_id = (SELECT id FROM application WHERE client_id = %s)"""
ALL = [str(scope) for scope in Scope]
LESS = [scope for scope in ALL if scope != Scope.SCHEDULE_READ]


@contextmanager
def asked(on: Stage, answered: Arrival, refused: Arrival) -> Iterator[None]:
    """A process of the service that a consumer asks again and again."""
    over = threading.Event()

    def ask(port: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=on.headers) as http:
            while not over.is_set():
                status = http.get(ROOMS).status_code
                (refused if status == HTTPStatus.FORBIDDEN else answered).mark()

    with served("app.main:create_app", on) as running:
        thread = threading.Thread(target=ask, args=(running.port,), daemon=True)
        thread.start()
        yield
        over.set()
        thread.join()


def taken_back(on: Stage) -> list[str]:
    """The table: how long a right outlives the act that ends it."""
    heard, answered, refused = Arrival(), (Arrival(), Arrival()), (Arrival(), Arrival())
    to_listener: list[float] = []
    to_both: list[float] = []
    with (
        listening(on, heard, CHANNEL),
        asked(on, answered[0], refused[0]),
        asked(on, answered[1], refused[1]),
        psycopg.connect(on.postgres.url()) as connection,
    ):
        for _ in range(TIMES):
            for one in answered:
                one.forget()
                one.wait()
            for arrival in (heard, *refused):
                arrival.forget()
            connection.execute(GRANTED, (LESS, on.client_id))
            sent = time.perf_counter()
            connection.commit()
            to_listener.append(heard.wait() - sent)
            to_both.append(max(one.wait() for one in refused) - sent)
            connection.execute(GRANTED, (ALL, on.client_id))
            connection.commit()
    return [
        HEAD,
        _line("commit to refusal in both of two processes", to_both),
        _line("commit to a bare LISTEN, at the same changes", to_listener),
    ]


def _line(name: str, taken: list[float]) -> str:
    return line(name, Measured(len(taken), sum(taken), sorted(taken)))
