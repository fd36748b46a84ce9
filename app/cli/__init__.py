"""The `skolnav` command."""

import json
import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from app.cli import catalogue, consumers, imports, keys, subscriptions
from app.cli.access_log import access_log
from app.cli.demo import demo, demo_city
from app.cli.demo_app import demo_app
from app.cli.doctor import doctor
from app.cli.ending import end_in_order
from app.cli.restored import restored
from app.cli.retention import retention
from app.cli.serve import serve
from app.cli.worker import worker
from app.database.migrations import migrate as run_migrations
from app.errors import ConfigurationError, Refusal
from app.main import documents
from app.settings import get_settings
from app.web.documents import OPENAPI

cli = typer.Typer(
    help="The open-data gate of a city's schools.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
cli.command()(demo)
cli.command()(demo_app)
cli.command("demo-city")(demo_city)
cli.command()(doctor)
cli.command()(serve)
cli.command()(worker)
cli.command("access-log")(access_log)
consumers.cli.add_typer(subscriptions.cli, name="subscriptions")
cli.command()(retention)
cli.command()(restored)
cli.add_typer(consumers.cli, name="consumers")
cli.add_typer(catalogue.cli, name="catalogue")
cli.add_typer(keys.cli, name="keys")
cli.add_typer(imports.cli, name="import")


@cli.command()
def migrate() -> None:
    """Bring the database at DATABASE_URL to the newest schema."""
    url = get_settings().database_url
    if url is None:
        message = "DATABASE_URL is not set. Set it to the database that should be migrated."
        raise ConfigurationError(message)
    run_migrations(url)
    typer.echo("The database has the newest schema.")


@cli.command()
def openapi(
    check: Annotated[bool, typer.Option(help="Only say whether the files are up to date.")] = False,
) -> None:
    """Write the OpenAPI documents that are committed under openapi/."""
    made = documents()
    stale = []
    for name, document in made.items():
        path = OPENAPI / name
        text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and stale:
        typer.echo(
            f"Not what the code generates: {', '.join(stale)}. Run `make openapi`.", err=True
        )
        raise typer.Exit(1)


def main() -> None:
    """Run the command; say what is wrong in words, not in a traceback."""
    end_in_order()
    try:
        cli()
    except ConfigurationError as problem:
        _fail(str(problem))
    except Refusal as refusal:
        _fail(refusal.message)
    except ValidationError as invalid:
        _fail("\n".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in invalid.errors()))


def _fail(message: str) -> None:
    # As it stands: what a message quotes may look like markup.
    Console(stderr=True).print(Text(message, style="red"), soft_wrap=True)
    sys.exit(1)
