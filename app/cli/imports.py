"""`skolnav import`: pull a source's data into the store."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from app.cli.context import now, open_configured_database
from app.errors import ConfigurationError
from app.jobs.import_sources import ImportPlan, RunReport, SourceServer, import_ss12000
from app.services.import_runs import ImportAlreadyRunning
from app.sources.ss12000.credentials import Authentication, ClientCredentials, StaticBearer
from app.sources.ss12000.failures import SourceFailed

cli = typer.Typer(help="Pull a source's data into the store.", no_args_is_help=True)
Day = typer.Option(formats=["%Y-%m-%d"], show_default=False)


@cli.callback()
def group() -> None:
    """Pull a source's data into the store."""


@cli.command("ss12000")
def pull_ss12000(
    url: Annotated[str, typer.Option(help="Base URL of the server, without the resource.")],
    name: Annotated[str, typer.Option(help="What the source is called here.")] = "ss12000",
    client_id: Annotated[str | None, typer.Option(help="OAuth client id.")] = None,
    client_secret: Annotated[
        str | None, typer.Option(envvar="SKOLNAV_SOURCE_SECRET", help="OAuth client secret.")
    ] = None,
    token_endpoint: Annotated[str | None, typer.Option(help="OAuth token endpoint.")] = None,
    scope: Annotated[str | None, typer.Option(help="OAuth scope to ask for.")] = None,
    style: Annotated[
        str, typer.Option("--token-style", help="How the secret is sent: basic or post.")
    ] = "basic",
    bearer: Annotated[
        str | None, typer.Option(envvar="SKOLNAV_SOURCE_TOKEN", help="A static token instead.")
    ] = None,
    full: Annotated[bool, typer.Option(help="Pull everything, and find what vanished.")] = False,
    first_day: Annotated[datetime | None, Day] = None,
    last_day: Annotated[datetime | None, Day] = None,
    max_vanish_share: Annotated[
        float, typer.Option(help="Refuse to delete more of a resource than this share.")
    ] = 0.1,
    force: Annotated[bool, typer.Option(help="Delete however much has vanished.")] = False,
    token_only: Annotated[
        bool, typer.Option(help="Send page tokens alone, without the filters again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable report.")] = False,
) -> None:
    """Pull an SS 12000 server, whole or what changed since the last run.

    Exit code 0 when the run completed, 2 when it was refused or failed.
    """
    server = SourceServer(
        name=name,
        url=url,
        authentication=_authentication(
            client_id, client_secret, token_endpoint, scope, style, bearer
        ),
        resend_filters=not token_only,
    )
    plan = ImportPlan(
        mode="full" if full else "incremental",
        first_day=_day(first_day),
        last_day=_day(last_day),
        max_vanish_share=max_vanish_share,
        force=force,
    )
    console = Console(stderr=True)
    try:
        with open_configured_database() as database, console.status("Reading …") as status:
            report = import_ss12000(
                database, server=server, plan=plan, now=now(),
                progress=lambda resource, rows: status.update(f"{resource}: {rows} rows"),
            )  # fmt: skip
    except (ImportAlreadyRunning, SourceFailed) as failure:
        raise ConfigurationError(str(failure)) from failure
    _print(report, as_json=as_json)
    if report.status != "completed":
        raise typer.Exit(2)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _authentication(
    client_id: str | None,
    client_secret: str | None,
    token_endpoint: str | None,
    scope: str | None,
    style: str,
    bearer: str | None,
) -> Authentication:
    if bearer:
        return StaticBearer(bearer)
    if client_id and client_secret and token_endpoint:
        return ClientCredentials(token_endpoint, client_id, client_secret, scope, style)
    message = (
        "Say how to sign in: --client-id and --token-endpoint with SKOLNAV_SOURCE_SECRET in the "
        "environment, or a token in SKOLNAV_SOURCE_TOKEN."
    )
    raise ConfigurationError(message)


def _print(report: RunReport, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(report), default=str, ensure_ascii=False))
        return
    console = Console(highlight=False)
    counted = {name: asdict(counts) for name, counts in report.counts.items()}
    columns = list(next(iter(counted.values()))) if counted else []
    table = Table("Resource", *columns, box=SIMPLE)
    for name, counts in counted.items():
        table.add_row(name, *(str(counts[column]) for column in columns))
    console.print(table)
    console.print(f"Run {report.run_id} ({report.mode}): {report.status}. {report.message or ''}")
    for name, unknown in report.unknown_properties.items():
        if unknown:
            console.print(f"{name}: properties that the standard does not have: {unknown}")
