"""Acts on what the authorization server remembers of tokens."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from app.models.tokens import RevokedToken, UsedAssertion

# Beyond every leeway: what is forgotten here is refused for its age.
MARGIN = timedelta(minutes=10)


def forget_expired(session: Session, *, now: datetime) -> None:
    """Forget revocations and used assertions that have expired by themselves."""
    for table in (RevokedToken, UsedAssertion):
        session.execute(delete(table).where(col(table.expires) < now - MARGIN))
