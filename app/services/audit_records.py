"""The record of what admins changed; written by every act, in the act's own transaction."""

from datetime import datetime

from sqlmodel import Session

from app.models.access_records import AuditRecord
from app.models.base import JsonValue


def record_act(
    session: Session, *, now: datetime, actor: str, act: str, subject: str, details: JsonValue
) -> None:
    """Write down who did what to what. `details` never holds a secret."""
    session.add(AuditRecord(at=now, actor=actor, act=act, subject=subject, details=details))
    session.flush()
