"""The OAuth door: token, revocation, introspection, keys and metadata."""

from app.routers.oauth.door import DOCUMENT_PATH, document, router

__all__ = ["DOCUMENT_PATH", "document", "router"]
