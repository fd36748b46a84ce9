"""Instants out of the database are reckoned with as instants, also where clocks are put forward."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from app.database import Database


def loaded(database: Database, *written: str) -> list[datetime]:
    """Instants as the database gives them, to all who ask it for rows."""
    columns = ", ".join(f"CAST('{one}' AS timestamptz)" for one in written)
    with database.transaction() as session:
        row = session.execute(text(f"SELECT {columns}")).one()
    return list(row)


def test_two_instants_of_the_hour_that_comes_twice_are_an_hour_apart(database: Database) -> None:
    first, second = loaded(database, "2026-10-25 00:30:00.25+00", "2026-10-25 01:30:00.25+00")
    assert first < second
    assert second - first == timedelta(hours=1)
    assert [first.isoformat(), second.isoformat()] == [
        "2026-10-25T02:30:00.250000+02:00", "2026-10-25T02:30:00.250000+01:00",
    ]  # fmt: skip


def test_a_day_from_an_instant_is_24_hours(database: Database) -> None:
    """In the night in which summer time begins, too."""
    (evening,) = loaded(database, "2027-03-27 20:00:00+01")
    assert evening + timedelta(days=1) == datetime(2027, 3, 28, 19, tzinfo=UTC)


@pytest.mark.parametrize("pool", ["reading", "writing", "streaming"])
def test_each_pool_gives_them_so(database: Database, pool: str) -> None:
    with getattr(database, pool).connect() as connection:
        found = connection.execute(text("SELECT ARRAY[now()], now()")).one()
    assert [type(one.tzinfo) for one in (found[0][0], found[1])] == [timezone] * 2


def test_the_style_and_zone_of_the_database_do_not_matter(database: Database) -> None:
    """An administrator may have set them for people's eyes."""
    with database.writing.connect() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        for setting in ("datestyle = 'SQL, DMY'", "timezone = 'America/New_York'"):
            connection.execute(text(f'ALTER DATABASE "{name}" SET {setting}'))
        connection.commit()
    database.writing.dispose()
    (instant,) = loaded(database, "2026-10-05 00:30:00+00")
    assert instant.isoformat() == "2026-10-05T02:30:00+02:00"
