"""What the secret address of a calendar feed gives: decided anew at each request."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select, update

from app.auth.consumer_access import access_for_person
from app.auth.personal_access import LAST_USED_STEP
from app.models.consents import CalendarFeed, Consent
from app.models.consumers import Application
from app.queries.access import Access, Scope
from app.queries.consumers import active_grant
from app.queries.organisation_tree import OrganisationTree
from app.queries.people_views import Work, family_of, view_of

NEEDED = frozenset({Scope.CALENDAR_FEEDS, Scope.SCHEDULE_READ})
# A feed is of a person's own lessons or a child's, never of whom they teach.
NO_WORK = Work(frozenset(), frozenset(), frozenset())
GIVEN: frozenset[str] = frozenset({Scope.SCHEDULE_READ})


@dataclass(frozen=True, slots=True)
class FeedAccess:
    """A feed that answers now: the rights of its app for its person, and whose lessons."""

    id: UUID
    student: UUID
    access: Access


def feed_access(
    session: Session, secret: str, *, tree: OrganisationTree, today: date, now: datetime
) -> FeedAccess | None:
    """What the address gives now. None whatever the reason is, which nobody is told."""
    found = session.exec(
        select(CalendarFeed, Consent, Application)
        .join(Consent, col(Consent.id) == col(CalendarFeed.consent_id))
        .join(Application, col(Application.id) == col(Consent.application_id))
        .where(
            CalendarFeed.secret_hash == secret_hash(secret),
            col(CalendarFeed.revoked_at).is_(None),
            col(Consent.revoked_at).is_(None),
            col(Application.disabled_at).is_(None),
            or_(
                col(Application.tokens_valid_from).is_(None),
                col(Application.tokens_valid_from) <= col(CalendarFeed.created),
            ),
        )
    ).first()
    if found is None:
        return None
    feed, consent, application = found
    access = _access(session, consent, application, tree=tree, today=today, now=now)
    if access is None or not may_have_feed(access, feed.child_id):
        return None
    _touch(session, feed, now)
    # The address is in more hands than a token: it gives lessons, and nothing more about anyone.
    return FeedAccess(feed.id, feed.child_id, replace(access, scopes=GIVEN))


def may_have_feed(access: Access, student: UUID) -> bool:
    """Whether an app may have a feed of the student's lessons for its person."""
    view = access.view
    assert view is not None, "for somebody who is signed in"
    own = student in view.children or (student == access.acting_person_id and student in view.own)
    return own and access.scopes >= NEEDED


def secret_hash(secret: str) -> bytes:
    """What is kept of an address. SHA-256 suffices: 256 random bits, not a password."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _access(
    session: Session, consent: Consent, application: Application, *, tree: OrganisationTree,
    today: date, now: datetime,
) -> Access | None:  # fmt: skip
    grant = active_grant(session, application_id=application.id, today=today)
    family = family_of(session, person_id=consent.person_id, today=today)
    if grant is None or family is None:
        return None
    view = view_of(
        family, NO_WORK, consented=consent.child_ids, cleared=grant.sees_protected,
        units=frozenset(), pupils=frozenset(),
    )  # fmt: skip
    return access_for_person(
        grant, client_id=application.client_id, tree=tree, today=today,
        person_id=consent.person_id, view=view, scopes=frozenset(consent.scopes), expires=now,
    )  # fmt: skip


def _touch(session: Session, feed: CalendarFeed, now: datetime) -> None:
    last_used = col(CalendarFeed.last_used)
    if feed.last_used is None or feed.last_used < now - LAST_USED_STEP:
        session.execute(
            update(CalendarFeed)
            .where(
                col(CalendarFeed.id) == feed.id,
                or_(last_used.is_(None), last_used < now - LAST_USED_STEP),
            )
            .values(last_used=now)
        )
