"""Signing in and out at the city's identity provider. Pages for people, no API."""

from app.routers.sign_in.routes import router

__all__ = ["router"]
