"""`skolnav consumers`: who may call, with which credentials, and what they may see."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from sqlmodel import Session, select

from app.cli.consumer_reports import reports
from app.cli.consumer_tables import consumer_details, consumer_table, described
from app.cli.context import actor, now, open_configured_database
from app.errors import BadBody, NotFound
from app.local_time import local_day
from app.models.consumers import ConsumerOrganisation
from app.queries.consumers import ConsumerRow, consumer, consumers
from app.services.acting_for_sources import Acting, act_for_source
from app.services.consumers import (
    NewApplication,
    disable_application,
    enable_application,
    register_application,
    register_organisation,
    set_redirect_uris,
)
from app.services.credentials import add_key, issue_secret, revoke_credential, rotate_secret
from app.services.grants import GrantTerms, replace_grant
from app.services.grants import grant as add_grant
from app.settings import get_settings

cli = typer.Typer(help="Who may call, and what they may see.", no_args_is_help=True)
cli.command()(reports)

ClientId = Annotated[str, typer.Argument(help="The application's client_id.", show_default=False)]
Days = Annotated[int, typer.Option(help="Days until the credential ends.", min=1, max=731)]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Day = typer.Option(formats=["%Y-%m-%d"], show_default=False)


@cli.command()
def register(
    name: Annotated[str, typer.Argument(help="The application's name.", show_default=False)],
    organisation: Annotated[str, typer.Option(help="The legal person that answers for it.")],
    organisation_number: Annotated[str | None, typer.Option(help="Its number.")] = None,
    contact: Annotated[str | None, typer.Option(help="E-mail for notices.")] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="private_key_jwt (default), client_secret_basic, client_secret_post; none for an "
            "app that can keep no secret."
        ),
    ] = None,
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option(help="Where people come back to, if it acts for people; repeatable."),
    ] = None,
    require_par: Annotated[bool, typer.Option(help="Its requests must be pushed.")] = False,
    require_dpop: Annotated[bool, typer.Option(help="Its tokens must be bound to a key.")] = False,
    jwks_uri: Annotated[str | None, typer.Option(help="Where it publishes its keys.")] = None,
    client_id: Annotated[str | None, typer.Option(help="Chosen instead of made.")] = None,
) -> None:
    """Register an application; its organisation too, when it is new."""
    settings = get_settings()
    made = NewApplication(
        name=name,
        auth_methods=tuple(method or ["private_key_jwt"]),
        jwks_uri=jwks_uri,
        client_id=client_id,
        redirect_uris=tuple(redirect_uri or ()),
        requires_par=require_par,
        requires_dpop=require_dpop,
    )
    with open_configured_database() as database, database.transaction() as session:
        answering = session.exec(
            select(ConsumerOrganisation).where(ConsumerOrganisation.name == organisation.strip())
        ).first() or register_organisation(
            session,
            name=organisation,
            organisation_number=organisation_number,
            contact_email=contact,
            now=now(),
            actor=actor(),
        )
        application = register_application(
            session,
            organisation=answering,
            described=made,
            allowed_jwks_hosts=frozenset(settings.allowed_jwks_hosts),
            now=now(),
            actor=actor(),
        )
        registered = application.client_id
    _say(f"Registered [bold]{registered}[/bold]. It sees nothing until it has a grant and a")
    _say("credential: `skolnav consumers grant` and `skolnav consumers issue`.")


@cli.command()
def grant(
    client_id: ClientId,
    agreement: Annotated[str, typer.Option(help="Reference of the agreement.")],
    purpose: Annotated[str, typer.Option(help="What the data is used for.")],
    scope: Annotated[list[str], typer.Option(help="Repeat for several.")],
    organisation: Annotated[list[UUID], typer.Option(help="Root of a subtree; repeatable.")],
    valid_from: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    valid_to: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"])],
    school_type: Annotated[list[str] | None, typer.Option(help="None: every school form.")] = None,
    field_group: Annotated[list[str] | None, typer.Option(help="Properties of persons.")] = None,
    sees_protected: Annotated[
        bool, typer.Option("--sees-protected", help="Clearance for protected identity.")
    ] = False,
    rate_tier: Annotated[str, typer.Option(help="Which rate limit applies.")] = "standard",
    replace: Annotated[
        bool, typer.Option("--replace", help="End the grants that overlap, at once.")
    ] = False,
) -> None:
    """Say what an application may see."""
    terms = GrantTerms(
        agreement_reference=agreement,
        purpose=purpose,
        scopes=frozenset(scope),
        organisation_ids=frozenset(organisation),
        school_types=frozenset(school_type or []),
        field_groups=frozenset(field_group or []),
        sees_protected=sees_protected,
        rate_tier=rate_tier,
        valid_from=valid_from.date(),
        valid_to=valid_to.date(),
    )
    act = replace_grant if replace else add_grant
    with open_configured_database() as database, database.transaction() as session:
        act(session, client_id=client_id, terms=terms, now=now(), actor=actor())
    _say(f"Granted to [bold]{client_id}[/bold], {terms.valid_from} to {terms.valid_to}.")


@cli.command()
def issue(
    client_id: ClientId,
    key: Annotated[Path | None, typer.Option(help="File with its public key as a JWK.")] = None,
    days: Days = 365,
) -> None:
    """Register a public key, or make a secret where the application was allowed one."""
    expires = now() + timedelta(days=days)
    with open_configured_database() as database:
        if key is not None:
            jwk = _jwk(key)
            with database.transaction() as session:
                kid = add_key(session, client_id=client_id, jwk=jwk, expires=expires, now=now(),
                              actor=actor())  # fmt: skip
            _say(f"Registered the key [bold]{kid}[/bold] until {local_day(expires)}.")
            return
        with database.transaction() as session:
            secret = issue_secret(session, client_id=client_id, expires=expires, now=now(),
                                  actor=actor())  # fmt: skip
    _show_once(secret, expires)


@cli.command()
def rotate(
    client_id: ClientId,
    overlap_hours: Annotated[
        int, typer.Option(help="How long the old secret lives on; 0 ends its tokens too.", min=0)
    ] = 24,
    days: Days = 365,
) -> None:
    """Make a new secret; the old one lives on for a while."""
    expires = now() + timedelta(days=days)
    overlap = timedelta(hours=overlap_hours)
    with open_configured_database() as database, database.transaction() as session:
        secret = rotate_secret(session, client_id=client_id, overlap=overlap, expires=expires,
                               now=now(), actor=actor())  # fmt: skip
    _show_once(secret, expires)


@cli.command()
def revoke(
    client_id: ClientId,
    credential: Annotated[UUID, typer.Argument(help="As `show` lists it.", show_default=False)],
) -> None:
    """End one credential at once, and every token the application has."""
    with open_configured_database() as database, database.transaction() as session:
        revoke_credential(session, client_id=client_id, credential_id=credential, now=now(),
                          actor=actor())  # fmt: skip
    _say(f"Revoked. Tokens of [bold]{client_id}[/bold] are refused from now on.")


@cli.command()
def disable(
    client_id: ClientId, reason: Annotated[str, typer.Option(help="Why; for the record.")]
) -> None:
    """Stop an application at once, with every token it has."""
    with open_configured_database() as database, database.transaction() as session:
        disable_application(session, client_id=client_id, reason=reason, now=now(), actor=actor())
    _say(f"[bold]{client_id}[/bold] is disabled.")


@cli.command()
def enable(client_id: ClientId) -> None:
    """Let a disabled application in again; it asks for new tokens."""
    with open_configured_database() as database, database.transaction() as session:
        enable_application(session, client_id=client_id, now=now(), actor=actor())
    _say(f"[bold]{client_id}[/bold] is enabled.")


@cli.command("act-for")
def act_for(
    client_id: ClientId,
    source: Annotated[
        str | None, typer.Option(help="The source system's name; none: it acts for no one.")
    ] = None,
    takes_absences: Annotated[
        bool | None,
        typer.Option(
            "--takes-absences/--takes-no-absences",
            help="Whether new absences are to be delivered to that system.",
        ),
    ] = None,
    new_source: Annotated[
        bool, typer.Option("--new-source", help="Register the source: nothing is imported from it.")
    ] = False,
) -> None:
    """Let an application tell which absence reports its source system has taken."""
    acting = Acting(source=source, takes_absences=takes_absences, is_new=new_source)
    with open_configured_database() as database, database.transaction() as session:
        act_for_source(session, client_id=client_id, acting=acting, now=now(), actor=actor())
    _say(f"[bold]{client_id}[/bold] acts for {source or 'no source system'}.")


@cli.command("redirect-uris")
def redirect_uris(
    client_id: ClientId,
    uri: Annotated[
        list[str] | None, typer.Option(help="Repeatable; none: for people no more.")
    ] = None,
) -> None:
    """Say where people come back to after they allowed an application something."""
    with open_configured_database() as database, database.transaction() as session:
        set_redirect_uris(session, client_id=client_id, redirect_uris=uri or (), now=now(),
                          actor=actor())  # fmt: skip
    _say(f"[bold]{client_id}[/bold] has {len(uri or ())} redirect URIs.")


@cli.command("list")
def list_consumers(as_json: AsJson = False) -> None:
    """Every application, whose it is and whether it may call."""
    with open_configured_database() as database, database.transaction() as session:
        rows = consumers(session)
        found = [described(session, row, now()) for row in rows]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    elif not found:
        _say("No applications yet. Begin with `skolnav consumers register`.")
    else:
        Console().print(consumer_table(found))


@cli.command()
def show(client_id: ClientId, as_json: AsJson = False) -> None:
    """One application: its credentials and grants, without any secret."""
    with open_configured_database() as database, database.transaction() as session:
        found = described(session, _known(session, client_id), now())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        Console().print(consumer_details(found))


def _known(session: Session, client_id: str) -> ConsumerRow:
    row = consumer(session, client_id=client_id)
    if row is None:
        raise NotFound(f"There is no application {client_id}. `skolnav consumers list` shows all.")
    return row


def _jwk(path: Path) -> dict[str, object]:
    try:
        jwk = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        raise BadBody(f"{path} cannot be read as JSON: {failure}.") from failure
    if not isinstance(jwk, dict):
        raise BadBody(f"{path} holds no JWK. Give the file of one public key.")
    return jwk


def _show_once(secret: str, expires: datetime) -> None:
    _say(f"The secret, until {local_day(expires)}. It is shown this once and kept only as a hash:")
    typer.echo(secret)


def _say(message: str) -> None:
    # On stderr, so that stdout holds the secret or the JSON alone.
    Console(stderr=True, highlight=False, soft_wrap=True).print(message)
