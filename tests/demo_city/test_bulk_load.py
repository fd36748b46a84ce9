"""Loading in bulk leaves the schema as it was, and lets nothing in that the schema forbids."""

import psycopg
import pytest

from app.database import Database
from app.services.bulk_load import without_indexes
from tests.demo_city.test_city_in_the_database import load

SCHEMA = """
SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace
 ORDER BY 1, 2"""
PARTITIONS = "SELECT skolnav_ensure_partitions('2026-08-01', '2027-06-01')"


def schema(database: Database) -> list[tuple[str, str]]:
    """Every index and constraint, partitions' own included."""
    with psycopg.connect(database.url) as connection:
        return connection.execute(SCHEMA).fetchall()


def test_a_loaded_city_has_every_index_and_key_that_an_empty_one_has(database: Database) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute(PARTITIONS)
    before = schema(database)
    load(database)
    assert len(before) > 100 and schema(database) == before


def test_indexes_are_away_during_the_load(database: Database) -> None:
    with psycopg.connect(database.url) as connection, connection.cursor() as cursor:
        with without_indexes(cursor, ["person"]):
            during = cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE tablename = 'person'"
            ).fetchall()
        assert during == [("pk_person",)]


def test_a_load_counts_as_one_change_of_each_table(database: Database) -> None:
    """Who had an answer from before asks anew; no dead rows are left in the way of readers."""
    counted = "SELECT name, version FROM table_version"
    enabled = "SELECT count(*) FROM pg_trigger WHERE tgname = 'count_version' AND tgenabled = 'O'"
    with psycopg.connect(database.url) as connection:
        before: dict[str, int] = dict(connection.execute(counted).fetchall())
        triggers = connection.execute(enabled).fetchone()
    load(database)
    with psycopg.connect(database.url) as connection:
        after: dict[str, int] = dict(connection.execute(counted).fetchall())
        assert connection.execute(enabled).fetchone() == triggers
    # The tables are emptied before, which counts too.
    assert {name: after[name] - version for name, version in before.items()} == dict.fromkeys(
        before, 2
    )


def test_a_row_that_points_at_nothing_is_refused_in_the_end(database: Database) -> None:
    dangling = (
        "INSERT INTO room (id, created, modified, display_name, sort_name, owner_id) "
        "VALUES (gen_random_uuid(), now(), now(), 'A1', 'a1', gen_random_uuid())"
    )
    with (
        psycopg.connect(database.url) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg.errors.ForeignKeyViolation),
        without_indexes(cursor, ["room"]),
    ):
        cursor.execute(dangling)
