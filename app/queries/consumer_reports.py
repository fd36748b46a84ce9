"""What consumers reported, newest first, for whoever runs the installation."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from app.models.consumer_reports import LogEntry, StatisticsEntry


def log_entries(
    session: Session,
    *,
    client_id: str | None,
    since: datetime,
    severities: Collection[str],
    limit: int,
) -> Sequence[LogEntry]:
    """Log entries of one consumer, or of all when `client_id` is None."""
    statement = select(LogEntry).where(
        LogEntry.received >= since, col(LogEntry.severity_level).in_(severities)
    )
    if client_id is not None:
        statement = statement.where(LogEntry.client_id == client_id)
    newest = statement.order_by(col(LogEntry.received).desc(), col(LogEntry.id).desc())
    return session.exec(newest.limit(limit)).all()


def statistics_entries(
    session: Session, *, client_id: str | None, since: datetime, limit: int
) -> Sequence[StatisticsEntry]:
    """Statistics entries of one consumer, or of all when `client_id` is None."""
    statement = select(StatisticsEntry).where(StatisticsEntry.received >= since)
    if client_id is not None:
        statement = statement.where(StatisticsEntry.client_id == client_id)
    newest = statement.order_by(
        col(StatisticsEntry.received).desc(), col(StatisticsEntry.id).desc()
    )
    return session.exec(newest.limit(limit)).all()
