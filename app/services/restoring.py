"""After the database came from a backup: what it may have forgotten is refused.

A backup is the past. What was revoked or taken back since then counts again in it, and nobody can
tell which of it: so all that people allowed ends, and every token, and whoever keeps a copy begins
anew.
"""

from datetime import datetime

from sqlmodel import Session, col, delete, func, select, update

from app.models.consents import CalendarFeed, Consent, TokenFamily
from app.models.consumers import Application
from app.models.user_sessions import UserSession
from app.services.audit_records import record_act
from app.services.retention import database_clock, forget_deletions
from app.services.signing_keys import rotate_signing_key

REVOCABLE: dict[str, type[Consent | TokenFamily | CalendarFeed]] = {
    "permissions": Consent,
    "sign-ins by apps": TokenFamily,
    "calendar feeds": CalendarFeed,
}
BROWSERS = "signed-in browsers"


def revived(session: Session) -> dict[str, int]:
    """How many of each kind count, of which some may have been ended since the backup."""
    counts = {
        kind: session.exec(
            select(func.count()).select_from(table).where(col(table.revoked_at).is_(None))
        ).one()
        for kind, table in REVOCABLE.items()
    }
    browsers = session.exec(select(func.count()).select_from(UserSession)).one()
    return counts | {BROWSERS: browsers}


def end_what_was_revived(
    session: Session, *, sealing_key: bytes, now: datetime, actor: str
) -> dict[str, int]:
    """End all that people allowed and every access token; how many `revived` had counted.

    From here on `/deletedEntities` answers 410 for every time before.
    """
    ended = revived(session)
    for table in REVOCABLE.values():
        session.execute(update(table).where(col(table.revoked_at).is_(None)).values(revoked_at=now))
    session.execute(delete(UserSession))
    # Tokens of trusted issuers are not signed by us.
    session.execute(update(Application).values(tokens_valid_from=now))
    rotate_signing_key(session, sealing_key=sealing_key, now=now, actor=actor, immediately=True)
    forget_deletions(session, before=database_clock(session))
    record_act(
        session, now=now, actor=actor, act="restoredFromBackup", subject="database", details=ended
    )
    return ended
