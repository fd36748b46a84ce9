"""How a request reaches an endpoint."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

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

    def described(self) -> APIRoute:
        """The same route with all that it was told, for an OpenAPI document."""
        return APIRoute(self.path, self.endpoint, **self.told)

    def get_route_handler(self) -> Endpoint:
        """The endpoint itself, which must take a Request."""
        endpoint: Endpoint = self.endpoint
        return endpoint
