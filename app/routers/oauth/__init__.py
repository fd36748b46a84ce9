"""The OAuth door: token, revocation, introspection, keys and metadata."""

from fastapi import APIRouter

from app.routers.oauth import endpoints, metadata

# Not in the OpenAPI documents: these routes are described by their own metadata (RFC 8414).
router = APIRouter(include_in_schema=False)
router.include_router(endpoints.router)
router.include_router(metadata.router)

__all__ = ["router"]
