"""The service without its access log, and with one that is not waited for: what the log costs is
the difference, and what the disk has of it.
"""

from fastapi import FastAPI

from app import database
from app.main import create_app
from app.queries.resource import Resource


def create_unlogged_app() -> FastAPI:
    """The same application, whose statements write no access record."""
    Resource.personal = property(lambda _resource: False)  # type: ignore[method-assign,assignment]
    return create_app()


def create_undurable_app() -> FastAPI:
    """The same application, which answers before its access records are on the disk."""
    database.SESSION_OPTIONS += " -c synchronous_commit=off"
    return create_app()
