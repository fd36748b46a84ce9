"""The door's routes, and its OpenAPI document."""

from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from app.routers.oauth import endpoints, metadata
from app.web.doors import public_document

DOCUMENT_PATH = "/oauth/openapi.json"
DESCRIPTION = """How a consumer gets the access token that every API of this service asks for:
OAuth 2 client credentials, and nothing else. A consumer proves itself by an assertion that it signs
(`private_key_jwt`) or, where the city allowed that, by a secret: in the form
(`client_secret_post`), or form-encoded in an Authorization header of the scheme Basic
(`client_secret_basic`, RFC 6749 section 2.3.1). One way at a time. Parameters stand in the body,
each once, never in the query string."""

router = APIRouter()
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


async def openapi_json(request: Request) -> JSONResponse:
    """The document, for everyone."""
    return public_document(request, document())


router.add_api_route(DOCUMENT_PATH, openapi_json, methods=["GET"], include_in_schema=False)
