"""What a token gives that acts for a signed-in person: computed anew at each request.

Nothing of it is remembered: a guardianship that ended, a child that came of age, a consent that
was withdrawn count at the next request.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, or_, update

from app.auth.consumer_access import access_for_person
from app.auth.dpop import Proof, read_proof
from app.auth.tokens import Acting, TokenRefused, VerifiedToken
from app.database import Database
from app.models.consents import Consent
from app.models.tokens import UsedAssertion
from app.queries.access import Access
from app.queries.organisation_tree import OrganisationTree
from app.queries.people_views import pupils_at, view_of
from app.queries.personal_facts import personal_facts

# `last_used` is for people to read; a write per request would be one for nothing.
LAST_USED_STEP = timedelta(minutes=5)


def personal_access(
    database: Database, token: VerifiedToken, acting: Acting, *, tree: OrganisationTree,
    today: date, now: datetime,
) -> Access:  # fmt: skip
    """The rights of the app for this person now. Raises TokenRefused."""
    facts = personal_facts(
        database, person_id=acting.person_id, family_id=acting.family_id,
        client_id=token.client_id, jti=token.jti, issued=token.issued, today=today, now=now,
    )  # fmt: skip
    allowed, grant, family = facts.authorization, facts.grant, facts.family
    if allowed is None or family is None:
        raise TokenRefused("What this token came of has ended; the person must allow it anew.")
    if grant is None:
        raise TokenRefused("The application has no grant that is valid today.")
    if allowed.jkt != token.jkt:
        raise TokenRefused
    if allowed.last_used is None or allowed.last_used < now - LAST_USED_STEP:
        _touch(database, allowed.consent_id, now)
    units = tree.subtree(facts.work.headed)
    pupils = pupils_at(database, units=units, today=today) if units else frozenset()
    view = view_of(
        family, facts.work, consented=allowed.child_ids, cleared=grant.sees_protected,
        units=units, pupils=pupils,
    )  # fmt: skip
    return access_for_person(
        grant, client_id=token.client_id, tree=tree, today=today, person_id=acting.person_id,
        view=view, scopes=token.scopes & allowed.scopes, expires=token.expires,
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


def _touch(database: Database, consent_id: UUID, now: datetime) -> None:
    last_used = col(Consent.last_used)
    with database.transaction() as session:
        session.execute(
            update(Consent)
            .where(
                col(Consent.id) == consent_id,
                or_(last_used.is_(None), last_used < now - LAST_USED_STEP),
            )
            .values(last_used=now)
        )
