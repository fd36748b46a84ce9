"""What a token gives that acts for a signed-in person: computed anew at each request.

Nothing of it is remembered: a guardianship that ended, a child that came of age, a consent that
was withdrawn count at the next request.
"""

from datetime import date, datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, or_, update

from app.auth.consumer_access import access_for_person
from app.auth.dpop import Proof, read_proof
from app.auth.tokens import Acting, TokenRefused, VerifiedToken
from app.models.consents import Consent
from app.models.consumers import Grant
from app.models.tokens import UsedAssertion
from app.queries.access import Access
from app.queries.consents import living_authorization
from app.queries.organisation_tree import OrganisationTree
from app.queries.people_views import family_of, view_of

# `last_used` is for people to read; a write per request would be one for nothing.
LAST_USED_STEP = timedelta(minutes=5)


def personal_access(
    session: Session, token: VerifiedToken, acting: Acting, grant: Grant, *,
    tree: OrganisationTree, today: date, now: datetime,
) -> Access:  # fmt: skip
    """The rights of the app for this person now. Raises TokenRefused."""
    found = living_authorization(
        session, family_id=acting.family_id, client_id=token.client_id,
        person_id=acting.person_id, now=now,
    )  # fmt: skip
    family = family_of(session, person_id=acting.person_id, today=today)
    if found is None or family is None:
        raise TokenRefused("What this token came of has ended; the person must allow it anew.")
    authorization, consent = found
    if authorization.jkt != token.jkt:
        raise TokenRefused
    _touch(session, consent, now)
    view = view_of(
        session, family, consented=consent.child_ids, cleared=grant.sees_protected, today=today,
        tree=tree,
    )  # fmt: skip
    scopes = token.scopes & frozenset(authorization.scopes) & frozenset(consent.scopes)
    return access_for_person(
        grant, client_id=token.client_id, tree=tree, today=today, person_id=acting.person_id,
        view=view, scopes=scopes, expires=token.expires,
    )  # fmt: skip


def use_proof(
    session: Session, proof: str, *, method: str, url: str, now: datetime,
    access_token: str | None = None,
) -> Proof:  # fmt: skip
    """Verify a DPoP proof and use it up. Raises TokenRefused."""
    read = read_proof(proof, method=method, url=url, now=now, access_token=access_token)
    # The primary key decides: of two that come at once, the second finds the row.
    used = {"client_id": f"dpop:{read.jkt}", "jti": read.jti, "expires": read.expires}
    first = session.execute(
        insert(UsedAssertion)
        .values(**used)
        .on_conflict_do_nothing()
        .returning(col(UsedAssertion.jti))
    )
    if first.first() is None:
        raise TokenRefused("The DPoP proof was used before; make a new one for each request.")
    return read


def _touch(session: Session, consent: Consent, now: datetime) -> None:
    last_used = col(Consent.last_used)
    if consent.last_used is None or consent.last_used < now - LAST_USED_STEP:
        session.execute(
            update(Consent)
            .where(
                col(Consent.id) == consent.id,
                or_(last_used.is_(None), last_used < now - LAST_USED_STEP),
            )
            .values(last_used=now)
        )
