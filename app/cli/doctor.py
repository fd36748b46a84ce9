"""`skolnav doctor`: what is wrong with an installation, in words."""

from collections.abc import Callable

import psycopg
import typer
from rich.console import Console

from app.auth.jwks_fetch import FetchRefused, RemoteKeys
from app.auth.provider_documents import check_provider, discovery_url
from app.auth.secret import installation_secret
from app.auth.sign_in_refusals import ProviderUnavailable
from app.cli.context import now
from app.database import driver_url, open_database
from app.database.migrations import check_schema
from app.errors import ConfigurationError, Refusal
from app.local_time import local_day
from app.queries.consumers import active_grant, consumer
from app.services.retention_rules import rules
from app.settings import Settings, TrustedIssuer, get_settings

OLDEST_SERVER = 150_000
Check = Callable[[Settings], str]


def secret_is_set(settings: Settings) -> str:
    """The secret that signing keys and page tokens hang on."""
    installation_secret(settings)
    return "The installation's secret is set."


def address_is_set(settings: Settings) -> str:
    """Where tokens travel to; settings take nothing but https or loopback."""
    return f"Callers reach the service at {settings.public_url}."


def database_answers(settings: Settings) -> str:
    """The server can be reached and is new enough."""
    url = _url(settings)
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as failure:
        message = f"The database does not answer: {failure}. Check DATABASE_URL and that it runs."
        raise ConfigurationError(message) from failure
    if version < OLDEST_SERVER:
        message = f"The database is PostgreSQL {version // 10_000}; 15 or newer is needed."
        raise ConfigurationError(message)
    return f"PostgreSQL {version // 10_000} answers."


def schema_is_newest(settings: Settings) -> str:
    """Every migration has run."""
    return f"The schema is the newest ({check_schema(_url(settings))})."


def time_zone_is_known(settings: Settings) -> str:
    """Times are rendered in Stockholm's."""
    with psycopg.connect(_url(settings), connect_timeout=5) as connection:
        connection.execute("SET timezone = 'Europe/Stockholm'")
    return "The database knows Europe/Stockholm."


def trusted_issuers_are_usable(settings: Settings) -> str:
    """Each publishes keys and stands for a consumer that has a grant."""
    keys = RemoteKeys(frozenset(host.lower() for host in settings.allowed_jwks_hosts))
    for rule in settings.trusted_issuers:
        try:
            keys.fetch(rule.jwks_uri)
        except FetchRefused as refusal:
            message = f"The keys of {rule.issuer} cannot be fetched. {refusal}"
            raise ConfigurationError(message) from refusal
        _check_consumer_of(rule, settings)
    names = ", ".join(rule.issuer for rule in settings.trusted_issuers)
    return f"Tokens are accepted from {names or 'no other issuer'}."


def identity_providers_are_usable(settings: Settings) -> str:
    """Each publishes where its endpoints are, and its keys."""
    for provider in settings.identity_providers:
        try:
            check_provider(provider)
        except ProviderUnavailable as failure:
            message = (
                f"People cannot sign in at {provider.label}. {failure} Compare `issuer` with what "
                f"stands in {discovery_url(provider)}, and that this machine may call it."
            )
            raise ConfigurationError(message) from failure
    names = ", ".join(provider.label for provider in settings.identity_providers)
    return f"People sign in at {names or 'no identity provider'}."


def retention_is_decided(settings: Settings) -> str:
    """How long data is kept; nothing is wrong with for ever, but somebody must have meant it."""
    unset = [rule.setting for rule in rules(settings, now=now()) if rule.before is None]
    if not unset:
        return "Every kind of data has a rule for how long it is kept."
    return f"Kept for ever, because not set (docs/retention.md): {', '.join(unset)}."


def _check_consumer_of(rule: TrustedIssuer, settings: Settings) -> None:
    database = open_database(_url(settings), pool_size=1)
    with database.transaction() as session:
        row = consumer(session, client_id=rule.client_id)
        today = local_day(now())
        usable = row is not None and row.application.disabled_at is None and active_grant(
            session, application_id=row.application.id, today=today
        )  # fmt: skip
    database.close()
    if not usable:
        message = (
            f"{rule.issuer} stands for the consumer {rule.client_id}, which is unknown, disabled "
            "or without a grant today. See `skolnav consumers show`."
        )
        raise ConfigurationError(message)


CHECKS: tuple[Check, ...] = (
    address_is_set,
    secret_is_set,
    database_answers,
    schema_is_newest,
    time_zone_is_known,
    retention_is_decided,
    identity_providers_are_usable,
    trusted_issuers_are_usable,
)


def doctor() -> None:
    """Say what is wrong with this installation, and what to do about it."""
    settings = get_settings()
    console = Console()
    wrong = 0
    for check in CHECKS:
        try:
            console.print(f"[green]ok[/green]    {check(settings)}", highlight=False)
        except ConfigurationError as problem:
            wrong += 1
            console.print(f"[red]wrong[/red] {problem}", highlight=False, soft_wrap=True)
        except Refusal as refusal:
            wrong += 1
            console.print(f"[red]wrong[/red] {check.__doc__} {refusal.message}", highlight=False)
        except psycopg.Error as failure:
            wrong += 1
            console.print(f"[red]wrong[/red] {check.__doc__} {failure}", highlight=False)
    raise typer.Exit(1 if wrong else 0)


def _url(settings: Settings) -> str:
    if settings.database_url is None:
        message = "DATABASE_URL is not set. Set it, or run `skolnav demo` to try the service."
        raise ConfigurationError(message)
    return driver_url(settings.database_url).replace("postgresql+psycopg://", "postgresql://", 1)
