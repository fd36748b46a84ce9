"""What a client needs to find its way: keys, and metadata of the server and the resource."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from app.auth import dpop
from app.auth.client_authentication import AUTH_METHODS, PUBLIC
from app.auth.client_keys import ASSERTION_ALGORITHMS
from app.auth.server import GRANT_TYPES
from app.auth.signing_keys import key_ring
from app.queries.access import Scope
from app.routers.oauth.descriptions import UNAVAILABLE, published
from app.routers.oauth.services import ready_services
from app.schemas.oauth import KeySet, OpenIdMetadata, ResourceMetadata, ServerMetadata
from app.settings import Settings
from app.web.doors import counted_as_itself
from app.web.texts import LANGUAGES

# Half the time a key is published before it signs.
CACHEABLE = {"Cache-Control": "public, max-age=60"}

ENDPOINT_PATHS = {"token": "token", "revocation": "revoke", "introspection": "introspect"}

router = APIRouter(dependencies=[Depends(counted_as_itself)])


@router.get(
    "/oauth/jwks.json",
    operation_id="getKeys",
    summary="The keys that verify access tokens",
    responses=published(KeySet, "A JWK set.") | UNAVAILABLE,
)
def jwks(request: Request) -> JSONResponse:
    """The public keys that verify our access tokens, the next one included."""
    state = request.app.state
    ready_services(state)
    with state.database.transaction() as session:
        published = key_ring(session).published(state.authenticator.clock())
    return _document({"keys": [dict(key.public_jwk) for key in published]})


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="getServerMetadata",
    summary="The authorization server's metadata",
    responses=published(ServerMetadata, "The metadata."),
)
async def authorization_server(request: Request) -> JSONResponse:
    """RFC 8414."""
    return _document(_server_metadata(request.app.state.settings))


@router.get(
    "/.well-known/openid-configuration",
    operation_id="getOpenIdConfiguration",
    summary="The same, where some libraries look for it",
    responses=published(OpenIdMetadata, "The metadata."),
)
async def openid_configuration(request: Request) -> JSONResponse:
    """The same for libraries that only look here. It gives no id_tokens: who a person is, is
    between them and the city's identity provider.
    """
    extra = {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }
    return _document({**_server_metadata(request.app.state.settings), **extra})


@router.get(
    "/.well-known/oauth-protected-resource",
    operation_id="getServiceMetadata",
    summary="The metadata of the whole service",
    responses=published(ResourceMetadata, "The metadata."),
)
async def protected_service(request: Request) -> JSONResponse:
    """RFC 9728, for the service as a whole."""
    settings: Settings = request.app.state.settings
    return _document(_resource_metadata(settings, settings.public_url))


@router.get(
    "/.well-known/oauth-protected-resource/ss12000/v2.0",
    operation_id="getSs12000Metadata",
    summary="The metadata of the SS 12000 API",
    responses=published(ResourceMetadata, "The metadata."),
)
async def protected_resource(request: Request) -> JSONResponse:
    """RFC 9728, for the SS 12000 door."""
    settings: Settings = request.app.state.settings
    return _document(_resource_metadata(settings, f"{settings.public_url}/ss12000/v2.0"))


@router.get(
    "/.well-known/oauth-protected-resource/me/v1",
    operation_id="getMeMetadata",
    summary="The metadata of the API for signed-in people",
    responses=published(ResourceMetadata, "The metadata."),
)
async def protected_me(request: Request) -> JSONResponse:
    """RFC 9728, for the door `/me/v1`."""
    settings: Settings = request.app.state.settings
    return _document(_resource_metadata(settings, f"{settings.public_url}/me/v1"))


def _server_metadata(settings: Settings) -> dict[str, Any]:
    issuer = settings.public_url
    methods, algorithms = list(AUTH_METHODS), list(ASSERTION_ALGORITHMS)
    endpoints: dict[str, Any] = {}
    for name, path in ENDPOINT_PATHS.items():
        endpoints[f"{name}_endpoint"] = f"{issuer}/oauth/{path}"
        endpoints[f"{name}_endpoint_auth_methods_supported"] = [*methods, PUBLIC]
        endpoints[f"{name}_endpoint_auth_signing_alg_values_supported"] = algorithms
    return {
        "issuer": issuer,
        **endpoints,
        "jwks_uri": f"{issuer}/oauth/jwks.json",
        "scopes_supported": [scope.value for scope in Scope],
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/oauth/par",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "dpop_signing_alg_values_supported": [dpop.ALGORITHM],
        "ui_locales_supported": list(LANGUAGES),
    }


def _resource_metadata(settings: Settings, resource: str) -> dict[str, Any]:
    return {
        "resource": resource,
        "resource_name": f"Skolnav, {settings.city_name}",
        "authorization_servers": [settings.public_url],
        "jwks_uri": f"{settings.public_url}/oauth/jwks.json",
        "scopes_supported": [scope.value for scope in Scope],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": [dpop.ALGORITHM],
    }


def _document(body: dict[str, Any]) -> JSONResponse:
    return JSONResponse(body, headers=CACHEABLE)
