"""How the door is found that a request is for, and in it the route."""

import asyncio
from typing import Any

import pytest
from fastapi import Request, Response
from starlette.exceptions import HTTPException

from app.middleware import Doors
from app.web.routes import PlainRoute, RoutesByWord


async def endpoint(request: Request) -> Response:
    """Tells which path template was found and what stood in it."""
    return Response(f"{request.scope['route'].path} {request.path_params}")


def found(routes: RoutesByWord, method: str, path: str) -> str:
    """What a door at /door/v1 with these routes answers."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise NotImplementedError

    scope: dict[str, Any] = {
        "type": "http", "method": method, "path": f"/door/v1{path}", "root_path": "/door/v1",
        "headers": [], "query_string": b"", "app": None,
    }  # fmt: skip
    asyncio.run(routes(scope, receive, send))
    return str(sent[1]["body"].decode())


@pytest.fixture
def routes() -> RoutesByWord:
    """Two words, one of which is the other's beginning."""
    paths = ["/persons", "/persons/{id}", "/person", "/a/b/{rest:path}"]
    return RoutesByWord([PlainRoute(path, endpoint, methods=["GET"]) for path in paths])


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/persons", "/persons {}"),
        ("/person", "/person {}"),
        ("/persons/persons", "/persons/{id} {'id': 'persons'}"),
        ("/a/b/c/d", "/a/b/{rest:path} {'rest': 'c/d'}"),
    ],
)
def test_a_route_is_found_by_the_whole_path(routes: RoutesByWord, path: str, answer: str) -> None:
    assert found(routes, "GET", path) == answer


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/persons/", "/persons/a/b", "//persons"])
def test_what_is_no_route_is_404(routes: RoutesByWord, path: str) -> None:
    with pytest.raises(HTTPException) as refused:
        found(routes, "GET", path)
    assert refused.value.status_code == 404


def test_a_method_that_is_not_offered_is_405(routes: RoutesByWord) -> None:
    with pytest.raises(HTTPException) as refused:
        found(routes, "DELETE", "/persons")
    assert refused.value.status_code == 405


def test_a_route_for_any_word_is_refused() -> None:
    """It would never be found."""
    with pytest.raises(AssertionError, match="begins with a parameter"):
        RoutesByWord([PlainRoute("/{id}", endpoint, methods=["GET"])])


def led(path: str, root_path: str = "") -> tuple[str, str]:
    """Where a request is led, and under which root path."""
    came: list[tuple[str, str]] = []

    def door(name: str) -> Any:
        async def app(scope: Any, _receive: Any, _send: Any) -> None:
            came.append((name, scope["root_path"]))

        return app

    doors = Doors({"/a/v1": door("a"), "/ab/v1": door("ab")}, otherwise=door("none"))
    scope = {"type": "http", "path": path, "root_path": root_path}
    asyncio.run(doors(scope, None, None))  # type: ignore[arg-type]
    (found,) = came
    return found


@pytest.mark.parametrize(
    ("path", "root_path", "door"),
    [
        ("/a/v1/persons", "", ("a", "/a/v1")),
        ("/ab/v1/", "", ("ab", "/ab/v1")),
        ("/a/v1/\n/x", "", ("a", "/a/v1")),
        ("/a/v1", "", ("none", "")),
        ("/a/v10/persons", "", ("none", "")),
        ("/x/a/v1/persons", "", ("none", "")),
        ("/x/a/v1/persons", "/x", ("a", "/x/a/v1")),
    ],
)
def test_a_door_is_found_by_the_path_that_it_is_at(
    path: str, root_path: str, door: tuple[str, str]
) -> None:
    assert led(path, root_path) == door
