"""Partitions that must exist before rows arrive."""

from datetime import date

from sqlalchemy import text

from app.database import Database, Session

# Any number that no other lock of ours has.
PARTITIONS_LOCK = 7_310_002


def ensure_partitions(database: Database) -> None:
    """Make the partitions from today to two years on: of the access log, and of what is written."""
    ahead = "current_date, (current_date + interval '24 months')::date"
    with database.transaction() as session:
        _one_at_a_time(session)
        session.execute(text(f"SELECT skolnav_ensure_months({ahead})"))
        session.execute(text(f"SELECT skolnav_ensure_partitions({ahead})"))


def ensure_school_years(database: Database, *, first: date, last: date) -> None:
    """Make the partitions of lessons and attendance for the school years of these days."""
    with database.transaction() as session:
        _one_at_a_time(session)
        session.execute(
            text("SELECT skolnav_ensure_partitions(:first, :last)"), {"first": first, "last": last}
        )


def _one_at_a_time(session: Session) -> None:
    # IF NOT EXISTS does not help those who make the same table at the same moment, as the workers
    # of one service do when they start.
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": PARTITIONS_LOCK})
