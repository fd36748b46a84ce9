"""Who it is that signed in: by what the city's identity provider says of them."""

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.models.user_sessions import UserSession

CIVIC_NO = re.compile(r"(\d{8})-?(\d{4})")
# By what a provider's claim can be. Each must find one person, or nobody is signed in.
FOUND_BY = {
    "civicNo": "civic_no = :value",
    "personId": "id = CAST(:value AS uuid)",
    "eduPersonPrincipalName": "edu_person_principal_names @> ARRAY[:value]::text[]",
    "email": "EXISTS (SELECT 1 FROM jsonb_array_elements(emails) mail "
             "WHERE lower(mail ->> 'value') = lower(:value))",
}  # fmt: skip


def person_signed_in(session: Session, *, identifies: str, value: str) -> UUID | None:
    """The one person whom the claim's value names; None for nobody, and for several."""
    if identifies == "civicNo":
        found = CIVIC_NO.fullmatch(value)
        if found is None:
            return None
        value = found[1] + found[2]
    elif identifies == "personId" and not _is_uuid(value):
        return None
    sql = (
        f"SELECT id FROM person WHERE {FOUND_BY[identifies]} "
        "AND person_status IS DISTINCT FROM 'Avliden' LIMIT 2"
    )
    ids = session.execute(text(sql), {"value": value}).scalars().all()
    return ids[0] if len(ids) == 1 else None


def living_session(session: Session, *, hashed: bytes, now: datetime) -> UserSession | None:
    """A browser's session, unless it has ended."""
    return session.exec(
        select(UserSession).where(
            col(UserSession.session_hash) == hashed, col(UserSession.expires) > now
        )
    ).first()


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
