"""Whatever goes wrong behind a door is told in that door's own shape."""

import logging
from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from app.errors import BadParameter, InternalError, MethodNotAllowed, NotFound, Refusal

log = logging.getLogger("skolnav")


def handle_errors(door: FastAPI, render: Callable[[Refusal], Response]) -> None:
    """Have refusals, routing errors and faults of ours rendered."""

    async def on_refusal(_request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)
        return render(refusal)

    async def on_routing(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, HTTPException)
        return render(_of_routing(request, problem))

    async def on_failure(request: Request, failure: Exception) -> Response:
        log.error("request.failed", exc_info=failure, extra={"requestId": request.state.request_id})
        message = (
            "The service failed to answer; the fault is ours and was logged. "
            f"When you report it, name request id {request.state.request_id}."
        )
        # The server ends the connection after a fault; unsaid, the client's next request on it is
        # lost.
        return render(InternalError(message, headers={"Connection": "close"}))

    door.add_exception_handler(Refusal, on_refusal)
    door.add_exception_handler(HTTPException, on_routing)
    door.add_exception_handler(Exception, on_failure)


def _of_routing(request: Request, problem: HTTPException) -> Refusal:
    """What the router refuses by itself: unknown path, wrong method."""
    if problem.status_code == MethodNotAllowed.status:
        allowed = _allowed_methods(request)
        message = f"{request.method} is not offered here; use {allowed}."
        return MethodNotAllowed(message, headers={"Allow": allowed})
    if problem.status_code == NotFound.status:
        return NotFound("There is no such path in this API. See openapi.json beside it.")
    return BadParameter("The request could not be read.")


def _allowed_methods(request: Request) -> str:
    """What the path takes. Of its routes the router names only the first one's methods."""
    routes = [one for one in request.app.router.routes if isinstance(one, Route)]
    here = next(one.path for one in routes if one.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for one in routes if one.path == here
                             for method in one.methods or ()}))  # fmt: skip
