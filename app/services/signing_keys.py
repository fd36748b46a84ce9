"""Acts on the keys that sign access tokens."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from app.auth.signing_keys import new_signing_key
from app.auth.tokens import LEEWAY, LONGEST_LIFETIME
from app.models.tokens import SigningKey
from app.services.audit_records import record_act

# Longer than anyone may cache our JWKS: whoever verifies knows a key before it signs.
PUBLISHED_BEFORE = timedelta(minutes=2)
# Any number that no other lock of ours has.
ROTATION_LOCK = 7_310_001


def ensure_signing_key(
    session: Session, *, sealing_key: bytes, now: datetime, actor: str = "start"
) -> None:
    """Make the first key when there is none; for the start of a service."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ROTATION_LOCK})
    if session.exec(select(SigningKey.kid).limit(1)).first() is None:
        rotate_signing_key(session, sealing_key=sealing_key, now=now, actor=actor, immediately=True)


def rotate_signing_key(
    session: Session,
    *,
    sealing_key: bytes,
    now: datetime,
    actor: str,
    immediately: bool = False,
) -> str:
    """Make a new key and return its `kid`.

    It signs two minutes from now; the one before stays published until its last token has
    expired. `immediately`: the old keys end now, and with them every token out there.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ROTATION_LOCK})
    active_from = now if immediately else now + PUBLISHED_BEFORE
    ends = now if immediately else active_from + LONGEST_LIFETIME + LEEWAY
    for old in session.exec(select(SigningKey)):
        # A key that was made a moment ago and has not signed yet is overtaken like the others.
        if old.retired_at is None or old.retired_at > ends:
            old.retired_at = ends
            session.add(old)
    key = new_signing_key(sealing_key=sealing_key, now=now, active_from=active_from)
    session.add(key)
    record_act(session, now=now, actor=actor, act="rotateSigningKey", subject=key.kid,
               details={"activeFrom": active_from.isoformat()})  # fmt: skip
    return key.kid


def forget_retired_keys(session: Session, *, now: datetime) -> None:
    """Delete keys that have verified nothing for a day."""
    over = col(SigningKey.retired_at) < now - timedelta(days=1)
    session.execute(delete(SigningKey).where(over))
