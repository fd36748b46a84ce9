"""`skolnav restored`: after the database came from a backup."""

import json
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from app.cli.context import actor, now, open_configured_database, sealing_key
from app.services.restoring import end_what_was_revived, revived

# What no command can know.
BY_HAND = """Before you start `serve` and `worker`:
1. `skolnav import … --full` for every source: protected identities are as old as the backup.
2. `skolnav consumers list`, `show` and `subscriptions`: disable, revoke, end and rotate again what
   was since the backup.
3. `skolnav catalogue export`: what was published since is missing.
docs/operations.md tells the rest."""


def restored(
    for_real: Annotated[
        bool, typer.Option("--apply", help="End it. It cannot be brought back.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """After the database came from a backup: end what the backup cannot know to be ended.

    All that people allowed apps, their calendar feeds, who is signed in, and every access token;
    and whoever keeps a copy is told to begin anew. Without --apply it only shows how many they are.
    """
    with open_configured_database() as database, database.transaction() as session:
        if for_real:
            found = end_what_was_revived(
                session, sealing_key=sealing_key(), now=now(), actor=actor()
            )
        else:
            found = revived(session)
    if as_json:
        typer.echo(json.dumps({"ended": for_real, "counts": found}, indent=1))
        return
    table = Table("Of people", "Ended" if for_real else "Count again", box=SIMPLE)
    for said, count in found.items():
        table.add_row(said, str(count))
    console = Console(highlight=False)
    console.print(table)
    if for_real:
        console.print("A new key signs access tokens; `/deletedEntities` has copies begin anew.\n")
        console.print(BY_HAND)
    else:
        console.print("Nothing was ended. `skolnav restored --apply` ends them.")
