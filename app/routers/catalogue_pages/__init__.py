"""The catalogue's pages: people look rather than read JSON."""

from app.routers.catalogue_pages.pages import router

__all__ = ["router"]
