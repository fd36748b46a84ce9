"""What every door is made of: an application of its own that does by itself what it does."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig

from app.schemas.problems import ApiInfo
from app.web.documents import as_served

# The data portal's pages read documents from elsewhere.
ANYWHERE = {"Access-Control-Allow-Origin": "*"}
CACHEABLE = {"Cache-Control": "public, max-age=300"}
NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)


class PlainRoute(APIRoute):
    """Calls its endpoint with the request, and nothing else.

    Our endpoints read what they take themselves and answer a Response, so that FastAPI has nothing
    to resolve, to validate or to close for them.
    """

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The endpoint itself, which must take a Request."""
        endpoint: Callable[[Request], Awaitable[Response]] = self.endpoint
        return endpoint


def application(title: str, **more: Any) -> FastAPI:  # noqa: ANN401 - whatever FastAPI takes
    """An application that serves what it is told to serve: no document, no pages, no redirects.

    Nor telemetry: spans and error reports would carry query strings, with personal numbers, to
    wherever the environment says. We count and log by ourselves.
    """
    return FastAPI(
        title=title, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False,
        telemetry=NO_TELEMETRY, **more,
    )  # fmt: skip


def counted_as_itself(request: Request) -> None:
    """The path is fixed, so it is the route's name in metrics and logs."""
    request.state.route = f"GET {request.url.path}"


def public_document(request: Request, made: dict[str, Any]) -> JSONResponse:
    """An OpenAPI document, for everyone and every cache."""
    counted_as_itself(request)
    settings = request.app.state.settings
    told = as_served(
        made, city=settings.city_name, email=settings.city_email, address=settings.public_url
    )
    return JSONResponse(told, headers=CACHEABLE | ANYWHERE)


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


def new_door(
    title: str, *, version: str, description: str, document: Callable[[FastAPI], dict[str, Any]]
) -> FastAPI:
    """An application to be mounted, with nothing but its document at `/openapi.json`, public."""
    door = application(title, version=version, description=description)
    door.router.route_class = PlainRoute
    door.openapi = lambda: document(door)  # type: ignore[method-assign] # FastAPI's own way

    async def openapi_json(request: Request) -> Response:
        return public_document(request, door.openapi())

    door.add_api_route("/openapi.json", openapi_json, methods=["GET"], include_in_schema=False)
    return door
