"""Who calls, and that they may call this."""

from collections.abc import Sequence
from enum import Enum

from fastapi import Request

from app.errors import Forbidden
from app.queries.access import Access
from app.web.negotiation import JSON, accepted_type

# Scopes of an operation that needs none: a grant that counts today will do.
ANY_GRANT: tuple[str, ...] = ()


class Caller(Enum):
    """Who may call an operation: a system for itself, someone's app for them, or both."""

    SYSTEM = "system"
    PERSON = "person"
    BOTH = "both"


async def admit(
    request: Request, scopes: Sequence[str], route: str, *, offered: tuple[str, ...] = (JSON,),
    caller: Caller = Caller.SYSTEM,
) -> Access:  # fmt: skip
    """Who calls and that they may: one of the scopes will do, or `ANY_GRANT`.

    `request.state.media_type` becomes the one of the offered that they like best.
    Raises NotAuthenticated, ScopeMissing, Forbidden, NotAcceptable.
    """
    request.state.route = route
    request.state.media_type = accepted_type(request, offered)
    authenticator = request.app.state.authenticator
    access: Access = await authenticator.authenticate(request)
    request.state.client_id = access.client_id
    if caller is Caller.SYSTEM:
        for_systems(access)
    if access.view is None and caller is Caller.PERSON:
        raise Forbidden(
            "This operation is for an app that acts for someone who has signed in; ask for a "
            "token with grant_type=authorization_code."
        )
    if scopes is not ANY_GRANT:
        authenticator.require(request, access, *scopes)
    return access


def for_systems(access: Access) -> None:
    """Raise Forbidden for an app that acts for somebody."""
    if access.view is not None:
        raise Forbidden(
            "This is for systems that act for themselves; ask for a token with "
            "grant_type=client_credentials."
        )


async def admit_anyone(
    request: Request, route: str, *, offered: tuple[str, ...] = (JSON,)
) -> Access | None:
    """Who calls, if they say so; a token that is no good is refused, not ignored.

    `request.state.media_type` becomes the one of the offered that they like best.
    Raises NotAuthenticated, NotAcceptable.
    """
    request.state.route = route
    request.state.media_type = accepted_type(request, offered)
    if "authorization" not in request.headers:
        return None
    access: Access = await request.app.state.authenticator.authenticate(request)
    request.state.client_id = access.client_id
    return access
