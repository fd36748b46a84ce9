"""The stage of the benchmarks: a city in a database, servers beside it, and what they use."""

import json
import multiprocessing
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import psycopg
from joserfc.jwk import ECKey
from pydantic import SecretStr
from sqlalchemy import text

from app.auth.secret import SIGNING_KEYS, derived_key, installation_secret
from app.auth.signing_keys import current_signing_key
from app.auth.tokens import issue_token
from app.database import Database, open_database
from app.database.embedded import EmbeddedPostgres, start_embedded
from app.database.migrations import migrate
from app.main import prepare
from app.models.consumers import Application, ConsumerOrganisation, Grant
from app.queries.access import FieldGroup, Scope
from app.services.demo_city import load_demo_city
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
ISSUER = "http://127.0.0.1:8000"
SECRET = "benchmark secret, of no use anywhere else"  # noqa: S105 - it protects made-up data
TODAY = date(2026, 11, 24)
STATEMENT_OF_BUSIEST = """
SELECT school_unit_id FROM calendar_event
 WHERE start_time BETWEEN '2026-09-01' AND '2026-10-01'
 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"""


@dataclass(frozen=True)
class Made:
    """What it took to generate and load a city, in a process of its own."""

    seconds: float
    peak_mebibytes: int


@dataclass(frozen=True)
class Stage:
    """A city that is ready to be asked about. `made` is of the run that made it."""

    postgres: EmbeddedPostgres
    database: Database
    client_id: str
    key: ECKey
    organisation: str
    made: Made

    @property
    def headers(self) -> dict[str, str]:
        """What an authenticated request carries, for ten minutes from now."""
        token = issue_token(
            self.key, issuer=ISSUER, client_id=self.client_id, scopes=frozenset(map(str, Scope)),
            jti=uuid4().hex, now=datetime.now(UTC), lifetime=timedelta(minutes=10),
        )  # fmt: skip
        return {"Authorization": f"Bearer {token}"}


@contextmanager
def stage(pupils: int) -> Iterator[Stage]:
    """A durable PostgreSQL with a city of so many pupils, kept under .bench for the next run."""
    directory = ROOT / ".bench" / f"pupils-{pupils}"
    postgres = start_embedded(directory)
    try:
        migrate(postgres.url())
        made = _made_city(postgres, pupils)
        database = open_database(postgres.url())
        settings = Settings(
            public_url=ISSUER, secret=SecretStr(SECRET), DATABASE_URL=postgres.url()
        )
        prepare(database, settings)
        with database.transaction() as session:
            organisation = str(session.execute(text(STATEMENT_OF_BUSIEST)).scalar_one())
        yield Stage(postgres, database, *_consumer(database, settings), organisation, made)
        database.close()
    finally:
        postgres.stop()


def seconds_to_migrate(postgres: EmbeddedPostgres) -> float:
    """How long an empty database takes to get the newest schema."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
        started = time.perf_counter()
        migrate(postgres.url("migrated"))
        taken = time.perf_counter() - started
        connection.execute("DROP DATABASE migrated")
    return taken


def _made_city(postgres: EmbeddedPostgres, pupils: int) -> Made:
    kept = postgres.directory.with_suffix(".json")
    with psycopg.connect(postgres.url()) as connection:
        city_is_there = connection.execute("SELECT 1 FROM organisation LIMIT 1").fetchone()
    if city_is_there is None:
        print(f"Making the city of {pupils:,} pupils; it is kept in {postgres.directory}.\n")
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as process:
            made = process.submit(make_city, postgres.url(), pupils).result()
        kept.write_text(json.dumps(asdict(made)), encoding="utf-8")
    return Made(**json.loads(kept.read_text(encoding="utf-8")))


def make_city(url: str, pupils: int) -> Made:
    """Generate and load a city, in the process that this is called in."""
    started = time.perf_counter()
    database = open_database(url)
    load_demo_city(database, pupils=pupils, seed=1, today=TODAY, progress=_silent)
    database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return Made(time.perf_counter() - started, peak)


def _silent(_step: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def _consumer(database: Database, settings: Settings) -> tuple[str, ECKey]:
    now = datetime.now(UTC)
    client_id = f"bench-{uuid4().hex[:8]}"
    owner = ConsumerOrganisation(id=uuid4(), name=client_id, created=now)
    application = Application(
        id=uuid4(), client_id=client_id, consumer_organisation_id=owner.id, name=client_id,
        token_endpoint_auth_methods=["private_key_jwt"], created=now,
    )  # fmt: skip
    with database.transaction() as session:
        roots = session.execute(text("SELECT id FROM organisation WHERE parent_id IS NULL"))
        grant = Grant(
            id=uuid4(), application_id=application.id, agreement_reference="bench",
            purpose="bench", scopes=list(Scope), organisation_ids=list(roots.scalars()),
            school_types=[], field_groups=[FieldGroup.GUARDIANS], rate_tier="city", created=now,
            valid_from=now.date() - timedelta(days=1), valid_to=now.date() + timedelta(days=9),
        )  # fmt: skip
        for row in (owner, application, grant):
            session.add(row)
            session.flush()
        key = current_signing_key(
            session, sealing_key=derived_key(installation_secret(settings), SIGNING_KEYS), now=now
        )
    return client_id, key


@dataclass(frozen=True)
class Running:
    """A server process and its database, to be asked and watched."""

    port: int
    process: psutil.Process
    postgres: psutil.Process

    def processor_seconds(self) -> tuple[float, float]:
        """User and system time that the server and PostgreSQL have used so far."""
        ended = self.postgres.cpu_times()
        backends = [self.postgres, *self.postgres.children()]
        used = sum(map(_used, backends)) + ended.children_user + ended.children_system
        return _used(self.process), used


def _used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@contextmanager
def served(factory: str, on: Stage, **more: str) -> Iterator[Running]:
    """`factory` in one uvicorn worker of its own, as production runs it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": on.postgres.url(),
        "SKOLNAV_SECRET": SECRET,
        "SKOLNAV_PUBLIC_URL": ISSUER,
        "SKOLNAV_LOG_LEVEL": "WARNING",
        "BENCH_DATABASE_URL": on.postgres.url(),
        "BENCH_ISSUER": ISSUER,
        **more,
    }
    command = [sys.executable, "-m", "uvicorn", factory, "--factory", "--port", str(port),
               "--no-access-log", "--no-server-header", "--no-proxy-headers",
               "--log-level", "warning"]  # fmt: skip
    process = subprocess.Popen(command, env=environment, cwd=ROOT)  # noqa: S603 - our own server
    try:
        _wait(port, process)
        yield Running(port, psutil.Process(process.pid), psutil.Process(on.postgres.process.pid))
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    message = "the server did not start"
    raise RuntimeError(message)
