"""Acts on what the authorization server remembers of tokens."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from app.models.consents import PushedRequest, TokenFamily
from app.models.tokens import RevokedToken, UsedAssertion
from app.models.user_sessions import UserSession

# Beyond every leeway: what is forgotten here is refused for its age.
MARGIN = timedelta(minutes=10)


def forget_expired(session: Session, *, now: datetime) -> None:
    """Forget what has expired by itself: revocations, used assertions, pushed requests, browsers'
    sessions, and what came of authorizations, codes and refresh tokens included.
    """
    for table in (RevokedToken, UsedAssertion, PushedRequest, UserSession, TokenFamily):
        session.execute(delete(table).where(col(table.expires) < now - MARGIN))
