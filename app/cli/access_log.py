"""`skolnav access-log`: who read a person's data."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.context import actor, now, open_configured_database
from app.queries.access_records import Reading, log_begins, who_read
from app.services.audit_records import record_act


def access_log(
    person: Annotated[UUID, typer.Option(help="The person's id.")],
    days: Annotated[int, typer.Option(min=1, max=3_660, help="How far back.")] = 30,
    as_json: Annotated[
        bool, typer.Option("--json", help="Machine-readable, every record.")
    ] = False,
) -> None:
    """Say who read a person's data: which consumer, how, when, and whether that is certain."""
    asked_at = now()
    with open_configured_database() as database, database.transaction() as session:
        found = who_read(session, person_id=person, since=asked_at - timedelta(days=days))
        # To look into the log is itself an act that someone may ask about.
        record_act(
            session, now=asked_at, actor=actor(), act="access_log.read", subject=str(person),
            details={"days": days},
        )  # fmt: skip
        begins = log_begins(session)
    if as_json:
        typer.echo(json.dumps([_described(reading) for reading in found], indent=1, default=str))
        return
    if begins is not None and begins > asked_at - timedelta(days=days):
        typer.echo(f"The log begins on {begins:%Y-%m-%d}; what came before is not in it.")
    if not found:
        typer.echo(f"Nobody has read anything about {person} in the last {days} days.")
        return
    console = Console()
    console.print(_table(found))
    console.print("Possibly: the page cannot be excluded from having held the person.")


def _described(reading: Reading) -> dict[str, object]:
    named = {
        "".join([first, *map(str.capitalize, rest)]): value
        for (first, *rest), value in ((k.split("_"), v) for k, v in asdict(reading).items())
    }
    return named | {"at": reading.at.isoformat()}


def _table(found: Sequence[Reading]) -> Table:
    """A line per consumer, operation and certainty; the certain ones first."""
    table = Table("Consumer", "Organisation", "Operation", "About", "Times", "First", "Last")
    lines: dict[tuple[bool, str, str], list[Reading]] = {}
    for reading in found:
        key = (not reading.certain, reading.client_id, reading.operation)
        lines.setdefault(key, []).append(reading)
    for (uncertain, client_id, operation), readings in sorted(lines.items()):
        first, last = readings[0], readings[-1]
        table.add_row(
            Text(first.application or client_id),
            Text(first.organisation or ""),
            operation,
            "possibly" if uncertain else "certainly",
            str(len(readings)),
            f"{first.at:%Y-%m-%d %H:%M}",
            f"{last.at:%Y-%m-%d %H:%M}",
        )
    return table
