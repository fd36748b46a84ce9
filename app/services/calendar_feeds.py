"""Acts of people on their calendar feeds: making one, ending it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session, col, func, select

from app.auth.feed_access import may_have_feed, secret_hash
from app.errors import Conflict, Fault, NotFound
from app.models.consents import CalendarFeed, Consent
from app.models.consumers import Application
from app.queries.access import Access
from app.services.audit_records import record_act

SECRET_BYTES = 32
MOST_FEEDS = 20


@dataclass(frozen=True, slots=True)
class Made:
    """A feed and its secret, which is known now and never again."""

    feed: CalendarFeed
    secret: str


def make_feed(session: Session, access: Access, *, student: UUID, now: datetime) -> Made:
    """A new address for the student's lessons. Raises NotFound, Conflict."""
    if not may_have_feed(access, student):
        fault = Fault("student", "there is no such person for this consumer")
        raise NotFound(f"{fault.path}: {fault.message}.", faults=[fault])
    consent = _own_consent(session, access)
    living = session.exec(
        select(func.count())
        .select_from(CalendarFeed)
        .where(CalendarFeed.consent_id == consent.id, col(CalendarFeed.revoked_at).is_(None))
    ).one()
    if living >= MOST_FEEDS:
        raise Conflict(f"There are {MOST_FEEDS} calendar feeds already. Delete one first.")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    feed = CalendarFeed(
        id=uuid4(), secret_hash=secret_hash(secret), consent_id=consent.id, child_id=student,
        created=now,
    )  # fmt: skip
    session.add(feed)
    _record(session, access, "makeCalendarFeed", feed, now)
    return Made(feed, secret)


def end_feed(session: Session, access: Access, *, feed_id: UUID, now: datetime) -> None:
    """End a feed of this person and app. Raises NotFound."""
    consent = _own_consent(session, access)
    feed = session.exec(
        select(CalendarFeed)
        .where(
            CalendarFeed.id == feed_id,
            CalendarFeed.consent_id == consent.id,
            col(CalendarFeed.revoked_at).is_(None),
        )
        .with_for_update()
    ).first()
    if feed is None:
        raise NotFound("There is no such calendar feed that this app made for this person.")
    feed.revoked_at = now
    session.add(feed)
    _record(session, access, "endCalendarFeed", feed, now)


def _own_consent(session: Session, access: Access) -> Consent:
    """What the person allows the app that asks; one at a time makes or ends feeds of it."""
    consent = session.exec(
        select(Consent)
        .join(Application)
        .where(
            Consent.person_id == access.acting_person_id,
            Application.client_id == access.client_id,
            col(Consent.revoked_at).is_(None),
        )
        .with_for_update(of=Consent)
    ).first()
    if consent is None:
        # It was taken back while this was asked.
        raise NotFound("There is no permission to this app any more.")
    return consent


def _record(session: Session, access: Access, act: str, feed: CalendarFeed, now: datetime) -> None:
    record_act(
        session, now=now, actor=f"person {access.acting_person_id}", act=act,
        subject=access.client_id, details={"feed": str(feed.id), "student": str(feed.child_id)},
    )  # fmt: skip
