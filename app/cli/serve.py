"""`skolnav serve`: the service as the environment configures it."""

import logging
from contextlib import nullcontext
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from app.cli.connections import IDLE_SECONDS, DroppableConnection
from app.database.migrations import refuse_old_schema
from app.errors import DatabaseUnavailable
from app.logs import configure_logs
from app.main import create_app
from app.metrics import counted_together
from app.settings import get_settings

WORKER_SECONDS = 30
# Within the ten after which containers are killed.
GRACE_SECONDS = 8

log = logging.getLogger(__name__)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes; one per core.", min=1)] = 1,
) -> None:
    """Serve the API as the environment configures it."""
    settings = get_settings()
    configure_logs(settings.log_level)
    # A wrong setting or an old schema is told here, once, not by every worker.
    database = create_app(settings).state.database
    database.close()
    try:
        refuse_old_schema(database.url)
    except DatabaseUnavailable:
        # It may come: until then every answer is 503.
        log.warning("start.database_unavailable")
    with counted_together() if workers > 1 else nullcontext():
        uvicorn.run(
            "app.cli.serve:worker",
            factory=True,
            http=DroppableConnection,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=IDLE_SECONDS,
            host=host,
            port=port,
            workers=workers,
            log_config=None,
            access_log=False,
            # On a busy machine a worker needs more than the usual 5 s to start, and would be
            # killed and started again for ever.
            timeout_worker_healthcheck=WORKER_SECONDS,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
        )


def worker() -> FastAPI:
    """The service of one process, which begins with nothing but the environment."""
    settings = get_settings()
    configure_logs(settings.log_level)
    return create_app(settings)
