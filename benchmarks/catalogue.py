"""The service catalogue with ten thousand services: searching it, and exporting all of it."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import quote

import httpx
import psycopg

from app.queries.access import CATALOGUE_SCOPES
from app.services.catalogue.editing import Editor, begin_edit
from app.services.catalogue.importing import import_catalogue
from benchmarks.load import load
from benchmarks.stage import Running, Stage, served

SERVICES = 10_000
PREFIX = "/catalogue/v1"
HEAD = (
    "| way | answers/s | p50 ms | p99 ms | server CPU µs | database CPU µs |\n"
    "|---|---|---|---|---|---|"
)
EXPORTS = "| way | rows | seconds | rows/s | CPU s |\n|---|---|---|---|---|"
# What a person types: a part of a name, a misspelt name, two words of a task, a rare one.
SEARCHES = ("närvaro", "skolplatformen", "anmäla frånvaro", "qvintus")
STEMS = ("skol", "elev", "närvaro", "schema", "betyg", "lär", "matsedel", "frånvaro", "kontakt",
         "bibliotek", "prov", "lokal", "tjänst", "barn", "kurs", "läxa")  # fmt: skip
ENDS = (
    "portalen",
    "plattformen",
    "registret",
    "appen",
    "systemet",
    "kalendern",
    "stödet",
    "rummet",
)
PLAIN = """SELECT document FROM catalogue_version
 WHERE section = 'itServices' AND published IS NOT NULL AND ended IS NULL
   AND document::text ILIKE %s ORDER BY sort_key LIMIT 20"""


def catalogue(on: Stage, seconds: float) -> list[str]:
    """The rows of the tables."""
    took = fill(on)
    with served("app.main:create_app", on) as running:
        return [
            f"The service catalogue, {SERVICES:,} services with a usage each, imported and "
            f"published in {took:.1f} s:\n",
            HEAD, *searches(running, on, seconds), "",
            EXPORTS, *exports(running, on),
        ]  # fmt: skip


def fill(on: Stage) -> float:
    """Services with names and tasks of words that return; seconds, or 0 when they are there."""
    with psycopg.connect(on.postgres.url()) as connection:
        connection.execute("TRUNCATE catalogue_words, catalogue_version, catalogue_record")
    file = made_up()
    started = time.perf_counter()
    with on.database.transaction() as session:
        editor = Editor("bench", frozenset(map(str, CATALOGUE_SCOPES)))
        edit = begin_edit(session, editor, now=datetime.now(UTC))
        import_catalogue(edit, file, publish=True, replace=False)
    took = time.perf_counter() - started
    with psycopg.connect(on.postgres.url(), autocommit=True) as connection:
        connection.execute("ANALYZE")
    return took


def made_up() -> dict[str, Any]:
    """A catalogue; the same one at each run."""
    chance = Random(7)
    ids = {stem: f"typ-{number}" for number, stem in enumerate(STEMS)}
    types = [{"id": ids[stem], "name": {"sv": stem}} for stem in STEMS]
    services, usages = [], []
    for number in range(SERVICES):
        stems = chance.sample(STEMS, 3)
        name = f"{stems[0].capitalize()}{chance.choice(ENDS)} {number % 97}"
        services.append({
            "id": f"tjanst-{number}", "organisationId": "stad", "status": "in_use",
            "name": "Qvintus" if number == SERVICES // 2 else name,
            "schoolForms": chance.sample(["FS", "GR", "GY", "VUX"], 2),
            "informationTypes": [ids[stem] for stem in stems[:2]],
            "description": {"sv": f"Här anmäler och läser man {stems[1]} och {stems[2]}."},
        })  # fmt: skip
        usages.append({
            "id": f"anv-{number}", "serviceId": f"tjanst-{number}",
            "informationTypes": [ids[stems[2]]], "schoolForms": ["GR"],
            "purposeCategory": "pedagogical_administration", "userGroups": ["guardian"],
        })  # fmt: skip
    city = {"id": "stad", "type": "municipality", "name": "Stad"}
    return {"organisations": [city], "informationTypes": types, "itServices": services,
            "serviceUsages": usages}  # fmt: skip


def searches(running: Running, on: Stage, seconds: float) -> list[str]:
    """Each search by four connections, as nobody with a token; then what PostgreSQL does alone."""
    rows = []
    for words in SEARCHES:
        path = f"{PREFIX}/services?limit=20&q={quote(words)}"
        rows.append(_row(running, on, f"search: {words}", path, seconds))
    for name, asked in (
        (
            "filter: informationType and schoolForm",
            f"informationType=typ-{STEMS.index('betyg')}&schoolForm=GY",
        ),
        (
            "the same, on a day",
            f"informationType=typ-{STEMS.index('betyg')}&schoolForm=GY&validOn=2025-03-01",
        ),
    ):
        rows.append(_row(running, on, name, f"{PREFIX}/services?limit=20&{asked}", seconds))
    rows.append(_row(running, on, "one service by id", f"{PREFIX}/services/tjanst-5", seconds))
    rows.append(_plain(on, seconds))
    return rows


def _row(running: Running, on: Stage, name: str, path: str, seconds: float) -> str:
    # With a token: whoever has none is counted by address, and all of this comes from one.
    headers = on.headers
    load(running.port, path, headers, seconds=seconds / 8, connections=4)
    before = running.processor_seconds()
    measured = load(running.port, path, headers, seconds=seconds / 2, connections=4)
    server, database = (
        (later - earlier) / measured.requests * 1e6
        for earlier, later in zip(before, running.processor_seconds(), strict=True)
    )
    return (
        f"| {name} | {measured.per_second:,.0f} | {measured.percentile(0.5):.1f} "
        f"| {measured.percentile(0.99):.1f} | {server:,.0f} | {database:,.0f} |"
    )


def _plain(on: Stage, seconds: float) -> str:
    """One connection without a server: what the documents hold, letter by letter."""
    latencies = []
    with psycopg.connect(on.postgres.url(), autocommit=True) as connection:
        ends = time.perf_counter() + seconds / 2
        while time.perf_counter() < ends:
            began = time.perf_counter()
            connection.execute(PLAIN, ["%närvaro%"]).fetchall()
            latencies.append(time.perf_counter() - began)
    latencies.sort()
    middle, late = (latencies[int(share * (len(latencies) - 1))] * 1e3 for share in (0.5, 0.99))
    return (
        f"| plain: ILIKE over the documents, psycopg, no server, nothing misspelt found "
        f"| {1e3 / middle:,.0f} | {middle:.1f} | {late:.1f} | | |"
    )


def exports(running: Running, on: Stage) -> list[str]:
    """All of it at once: made, given again, and the plain way."""
    http = httpx.Client(base_url=f"http://127.0.0.1:{running.port}", timeout=600)
    rows = 2 * SERVICES + len(STEMS) + 1

    def get(path: str) -> Callable[[], bytes]:
        return lambda: http.get(path).raise_for_status().content

    def plain() -> bytes:
        with psycopg.connect(on.postgres.url()) as connection:
            found = connection.execute(
                "SELECT document FROM catalogue_version "
                "WHERE published IS NOT NULL AND ended IS NULL ORDER BY section, sort_key, id"
            ).fetchall()
        return json.dumps([one for (one,) in found], ensure_ascii=False).encode()

    told = []
    for name, act in (
        ("YAML, made", get(f"{PREFIX}/exports/yaml")),
        ("YAML, given again", get(f"{PREFIX}/exports/yaml")),
        ("plain: the documents by psycopg, json.dumps, no server", plain),
    ):
        before = sum(running.processor_seconds()) + time.process_time()
        began = time.perf_counter()
        act()
        took = time.perf_counter() - began
        used = sum(running.processor_seconds()) + time.process_time() - before
        told.append(f"| {name} | {rows:,} | {took:.2f} | {rows / took:,.0f} | {used:.2f} |")
    http.close()
    return told
