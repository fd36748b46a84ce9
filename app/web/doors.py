"""What every door is made of: an application of its own that does by itself what it does."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig

CACHEABLE = {"Cache-Control": "public, max-age=300"}
# Spans and error reports would carry query strings, with personal numbers, to wherever the
# environment says. We count and log by ourselves.
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


def new_door(
    title: str, *, version: str, description: str, document: Callable[[FastAPI], dict[str, Any]]
) -> FastAPI:
    """An application to be mounted, with nothing but its document at `/openapi.json`, public."""
    door = FastAPI(
        title=title,
        version=version,
        description=description,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    door.router.route_class = PlainRoute
    door.openapi = lambda: document(door)  # type: ignore[method-assign] # FastAPI's own way

    async def openapi_json(request: Request) -> Response:
        request.state.route = f"GET {request.url.path}"
        return JSONResponse(door.openapi(), headers=CACHEABLE)

    door.add_api_route("/openapi.json", openapi_json, methods=["GET"], include_in_schema=False)
    return door
