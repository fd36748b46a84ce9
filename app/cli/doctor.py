"""`skolnav doctor`: what is wrong with an installation, in words."""

from collections.abc import Callable

import psycopg
import typer
from rich.console import Console

from app.auth.secret import installation_secret
from app.database import driver_url
from app.database.migrations import check_schema
from app.errors import ConfigurationError
from app.settings import Settings, get_settings

OLDEST_SERVER = 150_000
Check = Callable[[Settings], str]


def secret_is_set(settings: Settings) -> str:
    """The secret that signing keys and page tokens hang on."""
    installation_secret(settings)
    return "The installation's secret is set."


def address_is_safe(settings: Settings) -> str:
    """Tokens travel to this address."""
    local = settings.public_url.startswith(("http://127.0.0.1", "http://localhost"))
    if not settings.public_url.startswith("https://") and not local:
        message = (
            f"SKOLNAV_PUBLIC_URL is {settings.public_url}: tokens would travel unencrypted. "
            "Use an https:// address."
        )
        raise ConfigurationError(message)
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


CHECKS: tuple[Check, ...] = (
    address_is_safe,
    secret_is_set,
    database_answers,
    schema_is_newest,
    time_zone_is_known,
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
        except psycopg.Error as failure:
            wrong += 1
            console.print(f"[red]wrong[/red] {check.__doc__} {failure}", highlight=False)
    raise typer.Exit(1 if wrong else 0)


def _url(settings: Settings) -> str:
    if settings.database_url is None:
        message = "DATABASE_URL is not set. Set it, or run `skolnav demo` to try the service."
        raise ConfigurationError(message)
    return driver_url(settings.database_url).replace("postgresql+psycopg://", "postgresql://", 1)
