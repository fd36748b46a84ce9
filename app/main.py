"""Builds the application: the only file that knows every room."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from app.auth.authentication import Authenticator
from app.auth.rate_limits import RateLimits
from app.auth.secret import PAGE_TOKENS, SIGNING_KEYS, derived_key, installation_secret
from app.database import Database, open_database
from app.database.maintenance import ensure_partitions
from app.errors import ConfigurationError, DatabaseUnavailable, Refusal
from app.metrics import rendered
from app.middleware import Observed, StandardPaths
from app.queries.entity_tags import RememberedTags
from app.routers import oauth, ss12000
from app.routers.ss12000.door import PATHS
from app.services.signing_keys import ensure_signing_key, forget_retired_keys
from app.services.tokens import forget_expired
from app.settings import Settings, get_settings

log = logging.getLogger("skolnav")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start listening for notices; stop and close when the process ends."""
    limiter = anyio.to_thread.current_default_thread_limiter()
    limiter.total_tokens = app.state.settings.database_pool_size
    try:
        await anyio.to_thread.run_sync(prepare, app.state.database, app.state.settings)
    except DatabaseUnavailable:
        log.warning("start.database_unavailable")
    app.state.authenticator.start()
    yield
    app.state.authenticator.stop()
    app.state.database.close()


def prepare(database: Database, settings: Settings) -> None:
    """What must be in the database before the first answer: partitions and a signing key.

    And what need not: revocations, assertions and keys whose time is over.
    """
    ensure_partitions(database)
    sealing_key = derived_key(installation_secret(settings), SIGNING_KEYS)
    now = datetime.now(UTC)
    with database.transaction() as session:
        ensure_signing_key(session, sealing_key=sealing_key, now=now)
        forget_expired(session, now=now)
        forget_retired_keys(session, now=now)


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """The service. Settings from the environment and the database they name, unless given.

    Raises ConfigurationError when there is no database or secret to run with.
    """
    settings = settings or get_settings()
    if database is None:
        if settings.database_url is None:
            message = "DATABASE_URL is not set. Set it, or run `skolnav demo`."
            raise ConfigurationError(message)
        database = open_database(settings.database_url, pool_size=settings.database_pool_size)
    app = FastAPI(
        title="Skolnav",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.authenticator = Authenticator(database, settings)
    app.state.rate_limits = RateLimits(settings.rate_limit_storage)
    app.state.tags = RememberedTags()
    app.state.page_token_key = derived_key(installation_secret(settings), PAGE_TOKENS)
    door = ss12000.build_door()
    door.state = app.state
    app.mount("/ss12000/v2.0", door)
    app.include_router(oauth.router)
    add_health(app)
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(404, on_unknown_path)
    app.add_middleware(StandardPaths, resources=PATHS)
    app.add_middleware(Observed)
    return app


async def on_refusal(_request: Request, refusal: Exception) -> Response:
    """A refusal outside the doors that have a shape of their own (RFC 9457)."""
    assert isinstance(refusal, Refusal)
    return _problem(refusal.status, refusal.code, refusal.message, refusal.headers)


async def on_unknown_path(_request: Request, _missing: Exception) -> Response:
    """No such path on this host."""
    return _problem(404, "notFound", "There is no such path here. The APIs begin at /ss12000/v2.0.")


def _problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": code,
        "status": status,
        "detail": detail,
    }
    return JSONResponse(
        body, status_code=status, media_type="application/problem+json", headers=headers
    )


def add_health(app: FastAPI) -> None:
    """Liveness, readiness and metrics; none of them holds personal data."""

    async def healthz(request: Request) -> Response:
        request.state.route = "GET /healthz"
        return PlainTextResponse("ok")

    def readyz(request: Request) -> Response:
        request.state.route = "GET /readyz"
        request.app.state.database.read_bytes(b"SELECT stamp FROM change_clock", {})
        return PlainTextResponse("ready")

    async def metrics(request: Request) -> Response:
        request.state.route = "GET /metrics"
        return Response(rendered(), media_type=CONTENT_TYPE_LATEST)

    for path, endpoint in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        app.add_api_route(path, endpoint, methods=["GET"], response_model=None)
