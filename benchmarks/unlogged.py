"""The service without its access log: what the log costs is the difference."""

from fastapi import FastAPI

from app.main import create_app
from app.queries.resource import Resource


def create_unlogged_app() -> FastAPI:
    """The same application, whose statements write no access record."""
    Resource.personal = property(lambda _resource: False)  # type: ignore[method-assign,assignment]
    return create_app()
