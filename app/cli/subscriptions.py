"""`skolnav consumers subscriptions`: who is told of changes, and how telling goes."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.auth.secret import WEBHOOK_SECRETS, derived_key, installation_secret
from app.cli.consumer_tables import whole
from app.cli.context import actor, now, open_configured_database
from app.queries.subscription_queue import SubscriptionRow, every_subscription, state_of
from app.services.subscriptions import rotate_webhook_secret, wake_subscription
from app.settings import get_settings

cli = typer.Typer(help="Who is told of changes, and how telling goes.")
COLOURS = {"active": "green", "failing": "yellow", "parked": "red", "expired": "dim"}
Identifier = Annotated[UUID, typer.Argument(help="As the list has it.", show_default=False)]


@cli.callback(invoke_without_command=True)
def list_subscriptions(
    context: typer.Context,
    client_id: Annotated[str | None, typer.Option(help="One consumer's only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Who is told of changes, and how telling goes."""
    if context.invoked_subcommand is not None:
        return
    with open_configured_database() as database, database.transaction() as session:
        rows = every_subscription(session, client_id=client_id)
    found = [described(row, now()) for row in rows]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    elif not found:
        _say("Nobody has subscribed to anything.")
    else:
        Console().print(_table(found, now()))


@cli.command("wake")
def wake(identifier: Identifier) -> None:
    """Try a parked or failing subscription again, at once."""
    with open_configured_database() as database, database.transaction() as session:
        name = wake_subscription(session, identifier, now=now(), actor=actor()).name
    _say(f"{name} is tried again now, with all that it has not been told.")


@cli.command("rotate-secret")
def rotate_secret(
    identifier: Identifier,
    overlap_hours: Annotated[
        int, typer.Option(help="How long notices are signed with the old secret too.", min=0)
    ] = 24,
) -> None:
    """Make a new signing secret; for a while notices are signed with both."""
    sealing_key = derived_key(installation_secret(get_settings()), WEBHOOK_SECRETS)
    overlap = timedelta(hours=overlap_hours)
    with open_configured_database() as database, database.transaction() as session:
        secret = rotate_webhook_secret(
            session, identifier, overlap=overlap, sealing_key=sealing_key, now=now(), actor=actor()
        )
    _say("The new secret, shown this once. Give it to whoever runs the receiver:")
    typer.echo(secret)


def described(row: SubscriptionRow, at: datetime) -> dict[str, Any]:
    """One subscription without its secret, and without what may be one in its target."""
    subscription = row.subscription
    target = urlsplit(subscription.target)
    state = state_of(subscription, at)
    return {
        "id": str(subscription.id),
        "clientId": row.application.client_id,
        "name": subscription.name,
        "target": f"{target.scheme}://{target.netloc}{target.path}",
        "resourceTypes": subscription.resource_types,
        "state": state,
        "expires": subscription.expires.isoformat(),
        "failures": subscription.failures,
        "lastAnswer": subscription.last_answer,
        "lastTried": _iso(subscription.last_tried),
        "lastTold": _iso(subscription.last_told),
        "nextTry": _iso(subscription.due_at) if state == "failing" else None,
        "parked": _iso(subscription.parked_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _table(found: Sequence[dict[str, Any]], at: datetime) -> Table:
    """A block per subscription, so that nothing in it is cut on a narrow terminal."""
    table = Table(whole("State"), "Subscription", box=SIMPLE)
    for one in found:
        block = Text("\n").join(
            [
                Text.assemble((one["clientId"], "bold"), f"  {one['name']}"),
                Text(one["target"]),
                Text(", ".join(one["resourceTypes"])),
                *map(Text, _how(one, at)),
                Text(f"{one['id']}\n", style="dim"),
            ]
        )
        table.add_row(Text(one["state"], style=COLOURS[one["state"]]), block)
    return table


def _how(one: dict[str, Any], at: datetime) -> list[str]:
    lines = [f"told {_ago(one['lastTold'], at)}, ends {one['expires'][:10]}"]
    if one["failures"]:
        lines.append(f"{one['failures']} failed, the last {_ago(one['lastTried'], at)}: "
                     f"{one['lastAnswer']}")  # fmt: skip
    if one["nextTry"]:
        lines.append(f"next try {_ago(one['nextTry'], at)}")
    if one["parked"]:
        lines.append(f"parked {_ago(one['parked'], at)}; `wake` tries it again")
    return lines


def _ago(moment: str | None, at: datetime) -> str:
    if moment is None:
        return "never"
    seconds = round((at - datetime.fromisoformat(moment)).total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if abs(seconds) >= size:
            return (
                f"{seconds // size} {unit} ago" if seconds > 0 else f"in {-seconds // size} {unit}"
            )
    return "now"


def _say(message: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(message)
