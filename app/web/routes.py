"""How a request reaches an endpoint."""

from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class PlainRoute(APIRoute):
    """Calls its endpoint with the request, and nothing else.

    Our endpoints read what they take themselves and answer a Response, so that FastAPI has nothing
    to resolve, to validate or to close for them. What it is told of answers is for the document
    alone: the validators that FastAPI would make of it take megabytes.
    """

    def __init__(self, path: str, endpoint: Endpoint, **told: Any) -> None:  # noqa: ANN401 - what FastAPI takes
        self.told = told
        super().__init__(path, endpoint, **told | {"response_model": None, "responses": None})
        self.app = _answered_by(endpoint)

    def described(self) -> APIRoute:
        """The same route with all that it was told, for an OpenAPI document."""
        return APIRoute(self.path, self.endpoint, **self.told)

    def get_route_handler(self) -> Endpoint:
        """The endpoint itself, which must take a Request. A router that is included asks for it."""
        endpoint: Endpoint = self.endpoint
        return endpoint


def _answered_by(endpoint: Endpoint) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


class RoutesByWord:
    """A door's routes, found by the first word of the path: a door has up to two hundred."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        by_word: defaultdict[str, list[BaseRoute]] = defaultdict(list)
        for route in routes:
            assert isinstance(route, PlainRoute), f"not a door's own kind of route: {route}"
            word = _first_word(route.path)
            assert "{" not in word, f"a path that begins with a parameter: {route.path}"
            by_word[word].append(route)
        self._found = {word: _router(of_word) for word, of_word in by_word.items()}
        self._none = _router([])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lead to the route, or raise what Starlette's router raises: 404 and 405."""
        word = _first_word(scope["path"].removeprefix(scope["root_path"]))
        await self._found.get(word, self._none)(scope, receive, send)


def _first_word(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]


def _router(routes: list[BaseRoute]) -> Router:
    return Router(routes, redirect_slashes=False)
