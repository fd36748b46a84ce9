"""`skolnav worker`: the process that tells consumers of changes."""

import logging
import signal
import threading
from typing import Annotated

import typer
from prometheus_client import start_http_server

from app.database import open_database
from app.database.migrations import older_revisions, refuse_old_schema
from app.errors import ConfigurationError, DatabaseUnavailable
from app.jobs.deliver_notices import NoticeWorker
from app.logs import configure_logs
from app.settings import get_settings

ENDING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
LOOK_AT_THREAD_SECONDS = 1.0

log = logging.getLogger(__name__)


def worker(
    metrics_port: Annotated[
        int | None, typer.Option(help="Port for Prometheus' metrics; none: not served.")
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="Address to serve them on.")] = "127.0.0.1",
) -> None:
    """Tell consumers of changes, until stopped. Several workers share the work."""
    settings = get_settings()
    configure_logs(settings.log_level)
    if settings.database_url is None:
        message = "DATABASE_URL is not set. Set it; `skolnav demo` has a worker of its own."
        raise ConfigurationError(message)
    try:
        refuse_old_schema(settings.database_url)
    except DatabaseUnavailable:
        # It may come.
        log.warning("start.database_unavailable")
    # Before there are threads, which inherit it: the signals are for this one alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    if metrics_port is not None:
        start_http_server(metrics_port, metrics_host)
    database = open_database(settings.database_url, pool_size=settings.database_pool_size)
    database.refuse_schemas(older_revisions())
    working = NoticeWorker(database, settings)
    thread = threading.Thread(target=working.run, name="worker", daemon=True)
    thread.start()
    while thread.is_alive() and signal.sigtimedwait(ENDING, LOOK_AT_THREAD_SECONDS) is None:
        pass
    ended_by_itself = not thread.is_alive()
    working.stop()
    thread.join()
    database.close()
    if ended_by_itself:
        message = "The worker ended by itself; its log says why."
        raise ConfigurationError(message)
