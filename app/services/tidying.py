"""Forgets what is over by itself: nothing that anyone decides about, unlike retention."""

from datetime import datetime

from sqlmodel import Session

from app.services.idempotency import forget_old_keys
from app.services.signing_keys import forget_retired_keys
from app.services.tokens import forget_expired


def forget_what_is_over(session: Session, *, now: datetime) -> None:
    """Revocations and assertions that have expired, retired keys, answers kept for a repeat."""
    forget_expired(session, now=now)
    forget_retired_keys(session, now=now)
    forget_old_keys(session, now=now)
