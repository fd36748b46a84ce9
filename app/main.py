"""Builds the application: the only file that knows every room."""

import copy
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.authentication import Authenticator
from app.auth.identity_providers import IdentityProviders
from app.auth.rate_limits import RateLimits
from app.auth.secret import PAGE_TOKENS, SIGNING_KEYS, derived_key, installation_secret
from app.database import Database, open_database
from app.database.maintenance import ensure_partitions
from app.database.migrations import older_revisions
from app.errors import (
    ConfigurationError,
    DatabaseUnavailable,
    MethodNotAllowed,
    NotFound,
    Refusal,
)
from app.middleware import Doors, Observed, StandardPaths
from app.queries.entity_tags import RememberedTags
from app.queries.table_versions import CurrentVersions
from app.routers import (
    absence_reports,
    calendar_feeds,
    catalogue,
    catalogue_pages,
    me,
    oauth,
    service,
    sign_in,
    ss12000,
)
from app.routers.ss12000.door import PATHS
from app.routers.ss12000.streams import Streams
from app.services.signing_keys import ensure_signing_key
from app.services.tidying import forget_what_is_over
from app.settings import Settings, get_settings
from app.web.doors import BARE
from app.web.polls import Polls
from app.web.problems import render_problem

# The doors that are applications of their own, each with its own OpenAPI document.
DOORS: dict[str, Callable[[], FastAPI]] = {
    "/ss12000/v2.0": ss12000.build_door,
    "/absence-reports/v1": absence_reports.build_door,
    "/me/v1": me.build_door,
    "/catalogue/v1": catalogue.build_door,
}
DOCUMENT_PATHS = (*(f"{path}/openapi.json" for path in DOORS), oauth.DOCUMENT_PATH)

log = logging.getLogger("skolnav")


def documents() -> dict[str, dict[str, Any]]:
    """Every OpenAPI document, by the name of its file under openapi/."""
    made = {f"{path.split('/')[1]}.json": build().openapi() for path, build in DOORS.items()}
    own = {"oauth.json": oauth.document(), "service.json": service.document(DOCUMENT_PATHS)}
    return made | own


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
    await app.state.streams.ended()
    app.state.authenticator.stop()
    app.state.database.close()


def prepare(database: Database, settings: Settings) -> None:
    """What must be in the database before the first answer: partitions and a signing key.

    And what need not: revocations, assertions, answers and keys whose time is over.
    """
    ensure_partitions(database)
    sealing_key = derived_key(installation_secret(settings), SIGNING_KEYS)
    now = datetime.now(UTC)
    with database.transaction() as session:
        ensure_signing_key(session, sealing_key=sealing_key, now=now)
        forget_what_is_over(session, now=now)


class Service(FastAPI):
    """The whole: doors, and FastAPI's own routes for what is behind none of them."""

    doors: Mapping[str, FastAPI]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Straight to the layers: what FastAPI looks for ahead of them is telemetry."""
        if scope["type"] == "http" and self.middleware_stack is not None:
            scope["app"] = self
            await self.middleware_stack(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """What goes around doors goes around everything; what FastAPI needs, around its routes."""
        assert not self.user_middleware, "what goes around everything is named below"
        doors = Doors(self.doors, otherwise=super().build_middleware_stack())
        return Observed(StandardPaths(Polls(doors, self.state), resources=PATHS))


def create_app(
    settings: Settings | None = None, database: Database | None = None,
    *, beside: Mapping[str, FastAPI] = MappingProxyType({}),
) -> Service:  # fmt: skip
    """The service. Settings from the environment and the database they name, unless given.

    `beside`: what a demonstration mounts besides, by path.

    Raises ConfigurationError when there is no database or secret to run with.
    """
    settings = settings or get_settings()
    if database is None:
        if settings.database_url is None:
            message = "DATABASE_URL is not set. Set it, or run `skolnav demo`."
            raise ConfigurationError(message)
        database = open_database(
            settings.database_url,
            pool_size=settings.database_pool_size,
            streams=settings.streams_max,
        )
    database.refuse_schemas(older_revisions())
    app = Service(title="Skolnav", lifespan=lifespan, **BARE)
    app.state.settings = settings
    app.state.database = database
    app.state.authenticator = Authenticator(database, settings)
    app.state.identity_providers = IdentityProviders.of(settings)
    app.state.rate_limits = RateLimits(settings.rate_limit_storage)
    app.state.tags = RememberedTags()
    app.state.versions = CurrentVersions(database)
    # What was made of the catalogue as it stands, by name.
    app.state.exports = {}
    app.state.streams = Streams(settings.streams_max)
    app.state.page_token_key = derived_key(installation_secret(settings), PAGE_TOKENS)
    app.doors = {path: _door(path, app.state) for path in DOORS} | dict(beside)
    for part in (oauth, sign_in, calendar_feeds, catalogue, catalogue_pages, service):
        app.include_router(part.router)
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(404, on_unknown_path)
    app.add_exception_handler(405, on_wrong_method)
    return app


def _door(path: str, state: State) -> FastAPI:
    door = copy.copy(_built(path))
    door.state = state
    return door


@cache
def _built(path: str) -> FastAPI:
    """Built once; what a service of its own has of it is the state."""
    return DOORS[path]()


async def on_refusal(_request: Request, refusal: Exception) -> Response:
    """A refusal outside the doors that have a shape of their own."""
    assert isinstance(refusal, Refusal)
    return render_problem(refusal)


async def on_unknown_path(_request: Request, _missing: Exception) -> Response:
    """No such path on this host."""
    apis = " and ".join(DOORS)
    return render_problem(NotFound(f"There is no such path here. The APIs begin at {apis}."))


async def on_wrong_method(request: Request, problem: Exception) -> Response:
    """The path exists, the method does not."""
    assert isinstance(problem, HTTPException)
    allowed = (problem.headers or {})["Allow"]
    message = f"{request.method} is not offered here; use {allowed}."
    return render_problem(MethodNotAllowed(message, headers={"Allow": allowed}))
