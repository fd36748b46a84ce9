"""A small city, loaded once and only read."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from app.database import open_database
from app.database.embedded import EmbeddedPostgres
from app.services.demo_city import load_demo_city
from tests.conftest import create_database, drop_database

TODAY = date(2026, 11, 24)
PUPILS = 300


def silent(*_told: object) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="package")
def city(server: EmbeddedPostgres, migrated: str) -> Iterator[psycopg.Connection]:
    """A connection to a database with a city of 300 pupils."""
    create_database(server, "demo_city", template=migrated)
    database = open_database(server.url("demo_city"))
    load_demo_city(database, pupils=PUPILS, seed=7, today=TODAY, progress=silent)
    database.close()
    options = "-c timezone=Europe/Stockholm"
    with psycopg.connect(server.url("demo_city"), autocommit=True, options=options) as connection:
        yield connection
    drop_database(server, "demo_city")
