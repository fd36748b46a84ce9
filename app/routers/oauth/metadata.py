"""What a client needs to find its way: keys, and metadata of the server and the resource."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from app.auth import dpop
from app.auth.authentication import RESOURCE_METADATA
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

# Path, operation id and name of what takes our tokens: the service, and each of its doors.
RESOURCES = (
    ("", "getServiceMetadata", "the whole service"),
    ("/ss12000/v2.0", "getSs12000Metadata", "the SS 12000 API"),
    ("/absence-reports/v1", "getAbsenceReportsMetadata", "the API of absence reports"),
    ("/me/v1", "getMeMetadata", "the API for signed-in people"),
    ("/catalogue/v1", "getCatalogueMetadata", "the API of the service catalogue"),
)
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


def _tell_resource(path: str, operation: str, what: str) -> None:
    """Serve RFC 9728's metadata of the resource at `path` where a challenge leads to."""

    async def protected_resource(request: Request) -> JSONResponse:
        settings: Settings = request.app.state.settings
        return _document(_resource_metadata(settings, settings.public_url + path))

    router.add_api_route(
        RESOURCE_METADATA + path, protected_resource, methods=["GET"], operation_id=operation,
        summary=f"The metadata of {what}", responses=published(ResourceMetadata, "The metadata."),
        description="RFC 9728.",
    )  # fmt: skip


for resource in RESOURCES:
    _tell_resource(*resource)


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
