"""The door's routes, and its OpenAPI document."""

from functools import cache
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.openapi.utils import get_openapi

from app.routers.oauth import authorize, endpoints, metadata
from app.web.doors import public_document

DOCUMENT_PATH = "/oauth/openapi.json"
DESCRIPTION = """How an app or a system gets the access token that every API of this service asks
for: OAuth 2 client credentials for a system that acts for itself, and authorization code with PKCE
for an app that acts for somebody who signs in at the city's own login and allows it. Send the
person's browser to `/oauth/authorize` (RFC 6749 section 4.1, with `code_challenge_method=S256`), or
push the request to `/oauth/par` first. Refresh tokens are good once; one that comes again ends all
that came of the same code. Tokens may be bound to a key (DPoP, RFC 9449).

A consumer proves itself by an assertion that it signs (`private_key_jwt`) or, where the city
allowed that, by a secret: in the form (`client_secret_post`), or form-encoded in an Authorization
header of the scheme Basic (`client_secret_basic`, RFC 6749 section 2.3.1). One way at a time. An
app that can keep no secret sends its `client_id` only. Parameters stand in the body, each once,
never in the query string."""

router = APIRouter()
router.include_router(authorize.router)
router.include_router(endpoints.router)
router.include_router(metadata.router)


@cache
def document() -> dict[str, Any]:
    """The door's OpenAPI document. No scheme is declared for Basic: DIGG's profile bars it
    (SAK.09), and who is given no secret cannot use it.
    """
    return get_openapi(
        title="Skolnav OAuth",
        version="1.0.0",
        description=DESCRIPTION,
        routes=router.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
    )


async def openapi_json(request: Request) -> Response:
    """The document, for everyone."""
    return public_document(request, "oauth.json")


router.add_api_route(DOCUMENT_PATH, openapi_json, methods=["GET"], include_in_schema=False)
