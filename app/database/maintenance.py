"""Partitions that must exist before rows arrive."""

from datetime import date

from sqlalchemy import text

from app.database import Database


def ensure_partitions(database: Database) -> None:
    """Make the access log's partitions from this month to two years on."""
    statement = (
        "SELECT skolnav_ensure_months(current_date, (current_date + interval '24 months')::date)"
    )
    with database.transaction() as session:
        session.execute(text(statement))


def ensure_school_years(database: Database, *, first: date, last: date) -> None:
    """Make the partitions of lessons and attendance for the school years of these days."""
    with database.transaction() as session:
        session.execute(
            text("SELECT skolnav_ensure_partitions(:first, :last)"), {"first": first, "last": last}
        )
