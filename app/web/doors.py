"""What every door is made of: an application of its own that does by itself what it does."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from app.schemas.problems import ApiInfo
from app.web.documents import OPENAPI, as_served
from app.web.routes import PlainRoute, RoutesByWord

# The data portal's pages read documents from elsewhere.
ANYWHERE = {"Access-Control-Allow-Origin": "*"}
CACHEABLE = {"Cache-Control": "public, max-age=300"}
NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
BARE: dict[str, Any] = {
    "openapi_url": None, "docs_url": None, "redoc_url": None, "redirect_slashes": False,
    "telemetry": NO_TELEMETRY,
}  # fmt: skip


def application(title: str, **more: Any) -> FastAPI:  # noqa: ANN401 - whatever FastAPI takes
    """An application that serves what it is told to serve: no document, no pages, no redirects.

    Nor telemetry: spans and error reports would carry query strings, with personal numbers, to
    wherever the environment says. We count and log by ourselves.
    """
    return FastAPI(title=title, **BARE, **more)


def counted_as_itself(request: Request) -> None:
    """The path is fixed, so it is the route's name in metrics and logs."""
    request.state.route = f"GET {request.url.path}"


def public_document(request: Request, name: str) -> Response:
    """The OpenAPI document that is published as openapi/`name`, for everyone and every cache."""
    counted_as_itself(request)
    settings = request.app.state.settings
    told = _as_served(name, settings.city_name, settings.city_email, settings.public_url)
    return Response(told, media_type="application/json", headers=CACHEABLE | ANYWHERE)


@lru_cache(maxsize=16)
def _as_served(name: str, city: str, email: str | None, address: str) -> bytes:
    # Generating them anew would keep every class's validators in memory for the rest of the day.
    made = json.loads((OPENAPI / name).read_bytes())
    told = as_served(made, city=city, email=email, address=address)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def tell_api_info(door: FastAPI, *, name: str, prefix: str, released: str) -> None:
    """Serve at `/api-info`, to everybody, what DIGG's profile asks every API to tell of itself."""

    async def api_info(request: Request) -> Response:
        """What DIGG's profile asks every API to tell of itself."""
        request.state.route = f"GET {prefix}/api-info"
        info = ApiInfo(
            api_name=name, api_version=door.version, api_released=released,
            api_documentation=f"{request.app.state.settings.public_url}{prefix}/openapi.json",
            api_status="active",
        )  # fmt: skip
        return JSONResponse(info.model_dump(by_alias=True), headers=CACHEABLE)

    door.add_api_route(
        "/api-info", api_info, methods=["GET"], operation_id="getApiInfo",
        summary="What this API is; for everyone", response_model=None,
        responses={200: {"model": ApiInfo}},
    )  # fmt: skip


class Door(FastAPI):
    """An application to be mounted. Its routes are `PlainRoute`, which need nothing of FastAPI."""

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's own two, which render what goes wrong, around the routes."""
        assert not self.user_middleware, "what goes around doors goes around the whole application"
        handlers = dict(self.exception_handlers)
        failed = handlers.pop(Exception, None)
        routes = ExceptionMiddleware(RoutesByWord(self.routes), handlers=handlers)
        return ServerErrorMiddleware(routes, handler=failed)


def new_door(
    title: str, *, version: str, description: str, document: Callable[[FastAPI], dict[str, Any]],
    published: str,
) -> FastAPI:  # fmt: skip
    """An application to be mounted, with nothing but its document at `/openapi.json`, public.

    `document` makes it, and `published` is its name under openapi/, from where it is served.
    """
    door = Door(title=title, version=version, description=description, **BARE)
    door.router.route_class = PlainRoute
    door.openapi = lambda: document(door)  # type: ignore[method-assign] # FastAPI's own way

    async def openapi_json(request: Request) -> Response:
        return public_document(request, published)

    door.add_api_route("/openapi.json", openapi_json, methods=["GET"], include_in_schema=False)
    return door
