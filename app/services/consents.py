"""Acts of people on what they allow: giving it, taking it back, and signing in to do so."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select, update

from app.auth.authorization_requests import AuthorizationRequest
from app.errors import NotFound
from app.models.access_records import AccessRecord
from app.models.consents import CalendarFeed, Consent, TokenFamily
from app.models.tokens import UsedAssertion
from app.models.user_sessions import UserSession
from app.queries.people_views import Family
from app.services.audit_records import record_act

SESSION_BYTES = 32


def give_consent(
    session: Session, request: AuthorizationRequest, family: Family, *,
    scopes: Collection[str], children: Collection[UUID], now: datetime,
) -> Consent:  # fmt: skip
    """Write down what a person allows an app; of the scopes asked for those not chosen end.

    Only what was asked for and only the person's own children can be chosen.
    """
    person_id = family.person.id
    chosen = request.scopes & frozenset(scopes)
    own = {child.id for child in family.children} & set(children)
    consent = _own_consent(session, request.application.id, person_id, now)
    consent.scopes = sorted((frozenset(consent.scopes) - request.scopes) | chosen)
    consent.child_ids = sorted(own)
    session.add(consent)
    record_act(
        session, now=now, actor=f"person {person_id}", act="giveConsent",
        subject=request.application.client_id,
        details={"scopes": consent.scopes, "children": [str(one) for one in consent.child_ids]},
    )  # fmt: skip
    return consent


def _own_consent(session: Session, application_id: UUID, person_id: UUID, now: datetime) -> Consent:
    """The living consent, locked; a new one, where there is none. Of two pages that are answered
    at once the second waits for the first.
    """
    session.execute(
        insert(Consent)
        .values(
            id=uuid4(), application_id=application_id, person_id=person_id, scopes=[],
            child_ids=[], created=now,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    return session.exec(
        select(Consent)
        .where(
            Consent.application_id == application_id,
            Consent.person_id == person_id,
            col(Consent.revoked_at).is_(None),
        )
        .with_for_update()
    ).one()


def record_page(
    session: Session, request: AuthorizationRequest, family: Family, *, request_id: str,
    now: datetime,
) -> None:  # fmt: skip
    """Write down that a person was shown their children's names, before the page is sent."""
    session.add(
        AccessRecord(
            at=now, request_id=request_id, client_id=request.application.client_id,
            grant_id=request.grant.id, acting_person_id=family.person.id,
            operation="oauth.authorize", field_groups=[], row_count=1 + len(family.children),
            person_ids=[family.person.id, *(child.id for child in family.children)],
        )
    )  # fmt: skip
    session.flush()


def withdraw_consent(session: Session, *, consent_id: UUID, person_id: UUID, now: datetime) -> None:
    """Take back everything from an app; its tokens and calendar feeds are refused from now on.

    Raises NotFound for one that is not the person's own, or was taken back before.
    """
    consent = session.exec(
        select(Consent)
        .where(
            Consent.id == consent_id,
            Consent.person_id == person_id,
            col(Consent.revoked_at).is_(None),
        )
        .with_for_update()
    ).first()
    if consent is None:
        raise NotFound("There is no such app among those that you allow something.")
    consent.revoked_at = now
    session.add(consent)
    for table in (TokenFamily, CalendarFeed):
        session.execute(
            update(table)
            .where(col(table.consent_id) == consent_id, col(table.revoked_at).is_(None))
            .values(revoked_at=now)
        )
    record_act(
        session, now=now, actor=f"person {person_id}", act="withdrawConsent",
        subject=str(consent_id), details={},
    )  # fmt: skip


def open_session(  # noqa: PLR0913 - what a session is known by, each by its name
    session: Session, *, person_id: UUID, provider: str, issuer: str, subject: str,
    sid: str | None, acr: str | None, lifetime: timedelta, now: datetime,
) -> str:  # fmt: skip
    """Sign a person's browser in: always as a new session, whose secret is returned once."""
    secret = secrets.token_urlsafe(SESSION_BYTES)
    session.add(
        UserSession(
            session_hash=session_hash(secret), person_id=person_id, provider=provider,
            issuer=issuer, subject=subject, sid=sid, acr=acr, signed_in=now,
            expires=now + lifetime,
        )
    )  # fmt: skip
    return secret


def close_session(session: Session, *, secret: str) -> None:
    """Sign this browser out."""
    session.execute(
        delete(UserSession).where(col(UserSession.session_hash) == session_hash(secret))
    )


def close_sessions_of(
    session: Session, *, issuer: str, subject: str | None, sid: str | None
) -> int:
    """Sign out what the identity provider says has ended: one session, or all of somebody; how
    many there were.
    """
    statement = delete(UserSession).where(col(UserSession.issuer) == issuer)
    if sid is not None:
        statement = statement.where(col(UserSession.sid) == sid)
    if subject is not None:
        statement = statement.where(col(UserSession.subject) == subject)
    if sid is None and subject is None:
        return 0
    return len(session.execute(statement.returning(col(UserSession.session_hash))).all())


def first_use(session: Session, *, of: str, jti: str, expires: datetime) -> bool:
    """Whether a provider's logout token comes for the first time."""
    done = session.execute(
        insert(UsedAssertion)
        .values(client_id=f"logout:{of}", jti=jti, expires=expires)
        .on_conflict_do_nothing()
        .returning(col(UsedAssertion.jti))
    )
    return done.first() is not None


def session_hash(secret: str) -> bytes:
    """What is kept of a session's secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
