"""`skolnav demo` and `skolnav demo-city`: a made-up city, at once and for real."""

import json
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress

from app.cli.connections import IDLE_SECONDS, DroppableConnection
from app.cli.context import open_configured_database
from app.cli.ending import ENDING
from app.database import Database, open_database
from app.database.embedded import EmbeddedPostgres, start_embedded
from app.database.migrations import migrate
from app.errors import ConfigurationError
from app.jobs.deliver_notices import NoticeWorker
from app.local_time import local_day
from app.logs import configure_logs
from app.main import create_app
from app.queries.organisation_tree import has_organisations
from app.routers.demo_provider import DemoClient, DemoPerson, build_provider
from app.services.demo_catalogue import load_demo_catalogue
from app.services.demo_city import load_demo_city
from app.services.demo_consumers import register_demo_consumers
from app.services.demo_people import demo_people
from app.settings import Settings
from app.settings.trusted import IdentityProvider

CLIENTS_FILE = "clients.json"
PROVIDER = "/demo-provider"
PUPILS, SEED = 1_200, 1
SCHEDULE_APP = 0

err = Console(stderr=True)
Pupils = Annotated[int, typer.Option(min=1, help="How many pupils the city has.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same city.")]


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A callback that shows how far each step of the city has come."""
    with Progress(console=err, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield show


def demo_city(
    pupils: Pupils = PUPILS,
    seed: Seed = SEED,
    replace: Annotated[bool, typer.Option(help="Remove what the database holds first.")] = False,
) -> None:
    """Fill the configured database with a made-up city."""
    with open_configured_database() as database, progress_bar() as progress:
        load_demo_city(
            database, pupils=pupils, seed=seed, today=local_day(datetime.now(UTC)),
            progress=progress, replace=replace,
        )  # fmt: skip
        with database.transaction() as session:
            load_demo_catalogue(session, now=datetime.now(UTC))
    typer.echo(f"A city with {pupils} pupils is there.")


def demo(
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the demo keeps its database and keys.")
    ] = Path(".demo"),
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8000,
    pupils: Pupils = PUPILS,
    seed: Seed = SEED,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON, for programs.")
    ] = False,
) -> None:
    """Start everything with a made-up city, and print a request that works."""
    configure_logs("WARNING")
    directory.mkdir(parents=True, exist_ok=True)
    listener = _listen(port)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings(
        public_url=address, data_dir=directory, DATABASE_URL=None,
        identity_providers=[demo_provider(address)],
        # A receiver on this machine can be told.
        allowed_webhook_hosts=["127.0.0.1", "localhost"],
    )  # fmt: skip
    if not as_json:
        err.print("Starting PostgreSQL and the city …")
    postgres = start_embedded(directory / "postgres")
    try:
        database = open_database(postgres.url(), pool_size=settings.database_pool_size)
        clients = prepare(postgres, database, directory, pupils=pupils, seed=seed)
        people = people_to_choose(database)
        provider = build_provider(address + PROVIDER, people, [as_client(settings)])
        description = {
            "baseUrl": f"{address}/ss12000/v2.0",
            "issuer": address,
            "tokenEndpoint": f"{address}/oauth/token",
            "clients": clients,
            "people": [
                {"id": one.key, "name": one.name, "who": one.description["en"]} for one in people
            ],
        }
        app = create_app(settings, database, beside={PROVIDER: provider})
        with telling(settings, postgres.url()):
            _serve(app, listener, lambda: announce(description, as_json=as_json))
    finally:
        postgres.stop()


def prepare(
    postgres: EmbeddedPostgres, database: Database, directory: Path, *, pupils: int, seed: int
) -> list[dict[str, Any]]:
    """The newest schema, a city, and consumers whose credentials are kept for the next start."""
    migrate(postgres.url())
    with database.transaction() as session:
        city_is_there = has_organisations(session)
    if not city_is_there:
        with progress_bar() as progress:
            load_demo_city(
                database, pupils=pupils, seed=seed, today=local_day(datetime.now(UTC)),
                progress=progress,
            )  # fmt: skip
    with database.transaction() as session:
        load_demo_catalogue(session, now=datetime.now(UTC))
    kept = directory / CLIENTS_FILE
    if not kept.exists():
        with database.transaction() as session:
            made = register_demo_consumers(session, now=datetime.now(UTC))
        kept.touch(mode=0o600)
        kept.write_text(json.dumps([client.as_json() for client in made]), encoding="utf-8")
    clients: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
    return clients


def demo_provider(address: str) -> IdentityProvider:
    """The provider that stands in for the city's own; the way through the code is the same."""
    return IdentityProvider(
        name="demo", label="Demo", issuer=address + PROVIDER, client_id="skolnav",
        client_secret=SecretStr(secrets.token_urlsafe(24)), claim="personId",
        identifies="personId",
    )  # fmt: skip


def as_client(settings: Settings) -> DemoClient:
    """This service, as the provider knows it."""
    provider, address = settings.identity_providers[0], settings.public_url
    assert provider.client_secret is not None
    return DemoClient(
        client_id=provider.client_id, client_secret=provider.client_secret.get_secret_value(),
        redirect_uris=(f"{address}/sign-in/{provider.name}/callback",),
        post_logout_redirect_uris=(f"{address}/sign-out",),
        backchannel_logout_uri=f"{address}/sign-in/{provider.name}/back-channel-logout",
    )  # fmt: skip


def people_to_choose(database: Database) -> list[DemoPerson]:
    """One of each kind."""
    with database.transaction() as session:
        found = demo_people(session, today=local_day(datetime.now(UTC)))
    return [
        DemoPerson(one.kind, one.name, one.description, {"personId": str(one.person_id)})
        for one in found
    ]


@contextmanager
def telling(settings: Settings, url: str) -> Iterator[None]:
    """A worker in a thread beside the service."""
    database = open_database(url, pool_size=settings.database_pool_size)
    worker = NoticeWorker(database, settings)
    thread = threading.Thread(target=worker.run, name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()
        database.close()


def announce(description: dict[str, Any], *, as_json: bool) -> None:
    """Say where the service is and how to call it."""
    if as_json:
        sys.stdout.write(json.dumps(description) + "\n")
        sys.stdout.flush()
        return
    out = Console(highlight=False, soft_wrap=True)
    out.print(f"\n[bold]Skolnav is at {description['issuer']}[/bold], with these consumers:\n")
    for client in description["clients"]:
        credential = "a private key" if "privateKey" in client else "acts for people"
        if "clientSecret" in client:
            credential = f"secret {client['clientSecret']}"
        out.print(f"  [bold]{client['clientId']}[/bold] ({client['name']}), {credential}")
        out.print(f"    {client['sees']}\n    scopes: {' '.join(client['scopes'])}")
    first = description["clients"][SCHEDULE_APP]
    out.print("\nA request that works:\n")
    sys.stdout.write(
        f"  TOKEN=$(curl -s -u {first['clientId']}:{first['clientSecret']} "
        f"-d grant_type=client_credentials {description['tokenEndpoint']} "
        '| sed \'s/.*"access_token": *"\\([^"]*\\)".*/\\1/\')\n'
        '  curl -H "Authorization: Bearer $TOKEN" '
        f"'{description['baseUrl']}/organisations?limit=3'\n\n"
    )
    out.print("Which services the schools use, for everybody:\n")
    sys.stdout.write(f"  curl '{description['issuer']}/catalogue/v1/services?q=fr%C3%A5nvaro'\n\n")
    out.print(
        "To sign in as somebody of the city and let an app act for them, run in another terminal:\n"
    )
    sys.stdout.write(f"  {Path(sys.argv[0])} demo-app --at {description['issuer']}\n\n")
    out.print("Ctrl-C stops it.")


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as failure:
        message = f"Port {port} on 127.0.0.1 is taken. Choose another with --port, or 0 for any."
        raise ConfigurationError(message) from failure
    return listener


class _AnnouncingServer(uvicorn.Server):
    """Calls back once it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def _serve(app: FastAPI, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    configuration = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=5, timeout_keep_alive=IDLE_SECONDS,
        http=DroppableConnection,
    )  # fmt: skip
    server = _AnnouncingServer(configuration, on_ready)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises the signal again when it has stopped; by then the database must stop too.
    for number in (signal.SIGINT, *ENDING):
        signal.signal(number, stop)
    server.run(sockets=[listener])
