"""Keeps what consumers report, so many a day."""

from datetime import datetime, time, timedelta

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from app.errors import TooManyRequests
from app.local_time import STOCKHOLM, local_day
from app.models import consumer_reports as tables
from app.schemas.consumer_reports import LogEntry, StatisticsEntry


def keep_report(
    session: Session,
    report: LogEntry | StatisticsEntry,
    *,
    client_id: str,
    most_per_day: int,
    now: datetime,
) -> None:
    """Store a report. Raises TooManyRequests when the consumer has sent enough for a day."""
    _count(session, client_id, most_per_day, now)
    table = tables.LogEntry if isinstance(report, LogEntry) else tables.StatisticsEntry
    session.add(table(received=now, client_id=client_id, **report.model_dump()))
    session.flush()


def _count(session: Session, client_id: str, most: int, now: datetime) -> None:
    today = local_day(now)
    day, reports = col(tables.ReportCount.day), col(tables.ReportCount.reports)
    counted = insert(tables.ReportCount).values(client_id=client_id, day=today, reports=1)
    counted = counted.on_conflict_do_update(
        index_elements=["client_id"],
        set_={"day": today, "reports": case((day == today, reports + 1), else_=1)},
        # A day that is over begins anew; a full one stays as it is, and nothing is returned.
        where=(day != today) | (reports < most),
    )
    if session.execute(counted.returning(reports)).first() is None:
        midnight = datetime.combine(today + timedelta(days=1), time(), STOCKHOLM)
        raise TooManyRequests(
            f"This consumer has sent {most} reports today, which is all that is taken in a day. "
            "Send fewer, or sum them up; the next day begins at midnight in Stockholm.",
            headers={"Retry-After": str(int((midnight - now).total_seconds()) + 1)},
        )
