"""`skolnav retention`: what the city's rules no longer keep."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.consumer_tables import whole
from app.cli.context import actor, now, open_configured_database
from app.database.partitions import TableBusy
from app.errors import ConfigurationError
from app.jobs.retention import Outcome, RetentionAlreadyRunning, apply, check_clocks, planned
from app.local_time import local_day
from app.services.retention import Removal
from app.services.retention_rules import Rule
from app.settings import get_settings

NOT_ALL = 2


def retention(
    for_real: Annotated[
        bool, typer.Option("--apply", help="Remove it. What is removed cannot be brought back.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Show what the city's rules no longer keep; with --apply, remove it.

    Exit code 2 when something was in use and is left for the next run.
    """
    settings, at = get_settings(), now()
    with open_configured_database() as database:
        try:
            if not for_real:
                _show(planned(database, settings, now=at), as_json=as_json)
                return
            check_clocks(database, now=at)
            outcomes = apply(database, settings, now=at, actor=actor())
        except (RetentionAlreadyRunning, TableBusy) as problem:
            raise ConfigurationError(f"{problem}. Nothing was removed.") from problem
    _report(outcomes, as_json=as_json)
    if any(one.problem for one in outcomes):
        raise typer.Exit(NOT_ALL)


def _show(plan: Sequence[tuple[Rule, Sequence[Removal]]], *, as_json: bool) -> None:
    if as_json:
        found = [
            {
                "rule": rule.name,
                "setting": rule.setting,
                "kept": rule.kept,
                "before": rule.before.isoformat() if rule.before else None,
                "goes": [_described(removal) for removal in removals],
            }
            for rule, removals in plan
        ]
        typer.echo(json.dumps(found, indent=1))
        return
    table = Table("Rule", "Kept", whole("Goes"), whole("Period"), "Rows", box=SIMPLE)
    for rule, removals in plan:
        kept = rule.kept if rule.before else f"for ever: {rule.setting} is not set"
        if not removals:
            table.add_row(rule.name, kept, "nothing", "", "")
        for first, removal in enumerate(removals):
            shown = ("", "") if first else (rule.name, kept)
            about = "" if removal.partition is None else "about "
            table.add_row(*shown, _name(removal), _period(removal), f"{about}{removal.rows}")
    console = Console(highlight=False)
    console.print(table)
    if any(removals for _, removals in plan):
        console.print("Nothing was removed. `skolnav retention --apply` removes what is listed.")


def _report(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    if as_json:
        found = [
            {"rule": one.rule.name}
            | (_described(one.removal) if one.removal else {})
            | {"rows": one.rows, "problem": one.problem}
            for one in outcomes
        ]
        typer.echo(json.dumps(found, indent=1))
        return
    console = Console(highlight=False)
    if not outcomes:
        console.print("There was nothing to remove.")
        return
    table = Table("Rule", whole("Gone"), whole("Period"), "Rows", "", box=SIMPLE)
    for one in outcomes:
        problem = Text(one.problem or "", style="red")
        what = (_name(one.removal), _period(one.removal)) if one.removal else ("nothing", "")
        table.add_row(one.rule.name, *what, str(one.rows), problem)
    console.print(table)


def _described(removal: Removal) -> dict[str, Any]:
    partition = removal.partition
    return {
        "table": removal.table,
        "partition": partition.name if partition else None,
        "from": partition.begins.isoformat() if partition else None,
        "before": removal.before.isoformat(),
        "rows": removal.rows,
    }


def _name(removal: Removal) -> str:
    return removal.table if removal.partition is None else removal.partition.name


def _period(removal: Removal) -> str:
    last = local_day(removal.before - timedelta(microseconds=1))
    if removal.partition is None:
        return f"to {last}"
    return f"{local_day(removal.partition.begins)} to {last}"
