"""Runs migrations with a 5 s lock timeout: a migration that would make callers wait gives up."""

import re

from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlmodel import SQLModel

import app.models
from app.database import driver_url
from app.settings import get_settings

LOCK_TIMEOUT = "5s"
PARTITION = re.compile(r"_y\d{4}(m\d{2})?$")

assert app.models.__all__, "importing the models registers the tables"


def is_ours(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
    """Partitions are made by skolnav_ensure_partitions(), not declared in the models."""
    return not (kind == "table" and name and PARTITION.search(name))


def migrate(connection: Connection) -> None:
    """Run the migrations on an open connection, all in one transaction."""
    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, include_object=is_ours
    )
    with context.begin_transaction():
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        context.run_migrations()


given = context.config.attributes.get("url")
engine = create_engine(driver_url(given or get_settings().database_url or ""))
with engine.connect() as opened:
    migrate(opened)
engine.dispose()
