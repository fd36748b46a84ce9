"""`skolnav consumers reports`: what consumers say of their own reading."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.consumer_tables import whole
from app.cli.context import now, open_configured_database
from app.errors import NotFound
from app.local_time import STOCKHOLM
from app.models.consumer_reports import LogEntry, StatisticsEntry
from app.queries.consumer_reports import log_entries, statistics_entries
from app.queries.consumers import consumer
from app.schemas.consumer_reports import SeverityLevel

LEVELS = list(SeverityLevel)
COLOURS = {"Info": "default", "Warning": "yellow", "Error": "red"}
DAYS = 30


def reports(
    client_id: Annotated[
        str | None, typer.Argument(help="Of this application only.", show_default=False)
    ] = None,
    severity: Annotated[
        SeverityLevel | None,
        typer.Option(help="Log entries at least this bad, and no statistics."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help=f"From this day on. Unset: {DAYS} days back."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many of each.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """What consumers have reported about their reading, newest first."""
    begin = since.replace(tzinfo=STOCKHOLM) if since else now() - timedelta(days=DAYS)
    levels = LEVELS[LEVELS.index(severity or SeverityLevel.INFO) :]
    with open_configured_database() as database, database.transaction() as session:
        if client_id is not None and consumer(session, client_id=client_id) is None:
            message = f"There is no application {client_id}. `skolnav consumers list` shows all."
            raise NotFound(message)
        said = log_entries(
            session, client_id=client_id, since=begin, severities=levels, limit=limit
        )
        counted: Sequence[StatisticsEntry] = []
        if severity is None:
            counted = statistics_entries(session, client_id=client_id, since=begin, limit=limit)
    if as_json:
        found = {"log": [*map(_described, said)], "statistics": [*map(_described, counted)]}
        # Escaped, so that what a consumer wrote cannot act on a terminal.
        typer.echo(json.dumps(found, indent=1, default=_text))
        return
    _show(said, counted, limit)


def _described(entry: LogEntry | StatisticsEntry) -> dict[str, Any]:
    columns = entry.model_dump()
    return {
        "".join([first, *map(str.capitalize, rest)]): value
        for (first, *rest), value in ((name.split("_"), value) for name, value in columns.items())
    }


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _show(said: Sequence[LogEntry], counted: Sequence[StatisticsEntry], limit: int) -> None:
    console = Console(highlight=False)
    if not said and not counted:
        console.print("No reports in that time.")
    if said:
        console.print(_log_table(said))
    if counted:
        console.print(_statistics_table(counted))
    if limit in (len(said), len(counted)):
        console.print(f"The newest {limit}; see more with --limit.")


def _log_table(said: Sequence[LogEntry]) -> Table:
    table = Table(
        whole("Received"), "Consumer", "Severity", "About", "Message", title="Log", box=SIMPLE
    )
    for entry in said:
        about = [entry.message_type, entry.resource_type, entry.resource_id, entry.resource_url]
        table.add_row(
            _moment(entry.received),
            Text(entry.client_id),
            Text(entry.severity_level, style=COLOURS[entry.severity_level]),
            Text("\n".join(plain(str(part)) for part in about if part)),
            Text(plain(entry.message)),
        )
    return table


def _statistics_table(counted: Sequence[StatisticsEntry]) -> Table:
    table = Table(
        whole("Received"), "Consumer", "Objects", "New", "Updated", "Deleted", title="Statistics",
        box=SIMPLE,
    )  # fmt: skip
    for entry in counted:
        counts = (entry.new_count, entry.updated_count, entry.deleted_count)
        table.add_row(_moment(entry.received), Text(entry.client_id), Text(entry.resource_type),
                      *map(str, counts))  # fmt: skip
    return table


def plain(value: str) -> str:
    """A text from outside as it may stand in a terminal: what does not print is spelt out.

    Escape sequences, line breaks, and the signs that turn the direction of writing.
    """
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in value
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(STOCKHOLM):%Y-%m-%d %H:%M:%S}"
