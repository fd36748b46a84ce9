"""`skolnav keys`: the keys that sign access tokens."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from app.auth.signing_keys import key_ring
from app.cli.context import actor, now, open_configured_database, sealing_key
from app.services.signing_keys import rotate_signing_key

cli = typer.Typer(help="The keys that sign access tokens.", no_args_is_help=True)


@cli.command()
def rotate(
    immediately: Annotated[
        bool, typer.Option("--now", help="End the old keys at once, with every token out there.")
    ] = False,
) -> None:
    """Make a new key. It signs in two minutes; the old one is published until unused."""
    with open_configured_database() as database, database.transaction() as session:
        kid = rotate_signing_key(
            session, sealing_key=sealing_key(), now=now(), actor=actor(), immediately=immediately
        )
    when = "now" if immediately else "in two minutes"
    Console(stderr=True, highlight=False).print(f"The key [bold]{kid}[/bold] signs {when}.")


@cli.command("list")
def list_keys(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Every published key, and from when to when."""
    with open_configured_database() as database, database.transaction() as session:
        published = key_ring(session).published(now())
    found: list[dict[str, Any]] = [
        {
            "kid": key.kid,
            "signsFrom": key.active_from.isoformat(),
            "publishedUntil": key.until.isoformat() if key.until else None,
        }
        for key in published
    ]
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    table = Table("kid", "Signs from", "Published until")
    for row in found:
        table.add_row(row["kid"], row["signsFrom"][:19], (row["publishedUntil"] or "")[:19])
    Console().print(table)
