"""Who calls, and that they may call this."""

from collections.abc import Sequence

from fastapi import Request

from app.queries.access import Access
from app.web.negotiation import JSON, accepted_type

# Scopes of an operation that needs none: a grant that counts today will do.
ANY_GRANT: tuple[str, ...] = ()


async def admit(
    request: Request, scopes: Sequence[str], route: str, *, offered: tuple[str, ...] = (JSON,)
) -> Access:
    """Who calls and that they may: one of the scopes will do, or
    `ANY_GRANT`.

    `request.state.media_type` becomes the one of the offered that they like best.
    Raises NotAuthenticated, ScopeMissing, NotAcceptable.
    """
    request.state.route = route
    request.state.media_type = accepted_type(request, offered)
    authenticator = request.app.state.authenticator
    access: Access = await authenticator.authenticate(request)
    request.state.client_id = access.client_id
    if scopes is not ANY_GRANT:
        authenticator.require(access, *scopes)
    return access
