"""`skolnav catalogue`: the service catalogue from and to files."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import actor, now, open_configured_database
from app.errors import BadBody
from app.local_time import STOCKHOLM
from app.queries.access import CATALOGUE_SCOPES
from app.queries.catalogue.versions import everything
from app.schemas.catalogue.kinds import BY_SECTION
from app.services.catalogue.editing import Editor, begin_edit
from app.services.catalogue.importing import import_catalogue
from app.services.catalogue.yaml_files import read_yaml, write_yaml

cli = typer.Typer(help="The service catalogue from and to files.", no_args_is_help=True)
# Whoever runs the installation sees and changes everything.
SCOPES = frozenset(map(str, CATALOGUE_SCOPES))


@cli.command("import")
def take(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A YAML file.")],
    publish: Annotated[bool, typer.Option(help="Let it count at once.")] = False,
    replace: Annotated[
        bool, typer.Option(help="Change what differs though the file does not name its version.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be done.")] = False,
    comment: Annotated[str | None, typer.Option(help="Why, for the history.")] = None,
) -> None:
    """Take a whole catalogue: all of it or, when anything is wrong, nothing."""
    parsed = read_yaml(file.read_bytes())
    with open_configured_database() as database, database.transaction() as session:
        edit = begin_edit(session, Editor(actor(), SCOPES, comment), now=now())
        try:
            report = import_catalogue(edit, parsed, publish=publish, replace=replace)
        except BadBody as refused:
            for fault in refused.faults:
                typer.echo(f"{fault.path}: {fault.message}", err=True)
            message = f"{len(refused.faults)} faults in {file}; nothing was imported."
            raise BadBody(message) from refused
        if dry_run:
            session.rollback()
    for word, ids in (("created", report.created), ("changed", report.changed),
                      ("published as they were", report.published)):  # fmt: skip
        for section, found in ids.items():
            typer.echo(f"{section}: {len(found)} {word}")
    typer.echo(f"{report.unchanged} unchanged{', nothing was stored' if dry_run else ''}")


@cli.command("export")
def give(
    recorded_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="As it was then."),
    ] = None,
) -> None:
    """Write all that is published to standard output, as YAML that can be imported."""
    at = recorded_on.replace(tzinfo=STOCKHOLM) if recorded_on else None
    with open_configured_database() as database, database.transaction() as session:
        typer.echo(write_yaml(everything(session, BY_SECTION, at), SCOPES), nl=False)
