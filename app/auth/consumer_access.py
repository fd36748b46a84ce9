"""What a consumer's grant gives: for a request's token, and where there is no request."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import Session

from app.local_time import STOCKHOLM, local_day
from app.models.consumers import Application, Grant
from app.queries.access import PERSONAL_SCOPES, SYSTEM_SCOPES, Access, FieldGroup, Scope, View
from app.queries.consumers import active_grant, grants_since, latest_grants
from app.queries.organisation_tree import OrganisationTree, former_trees, organisation_tree

# What no app is told about anyone, its user included: the personal number, and the marking.
NEVER_PERSONAL = frozenset({FieldGroup.IDENTIFIERS, FieldGroup.MARKING})


def access_under(
    grant: Grant, *, client_id: str, tree: OrganisationTree, today: date,
    scopes: frozenset[str] | None = None, expires: datetime | None = None,
) -> Access:  # fmt: skip
    """The rights of a grant, today. `scopes` are a token's own, of which the grant's count.

    At midnight another grant may count, so that it ends then at the latest.
    """
    organisations = tree.subtree(grant.organisation_ids)
    # An empty city is nobody's: None would open whatever is imported next.
    whole = bool(organisations) and tree.is_whole(organisations)
    midnight = datetime.combine(today + timedelta(days=1), time(), STOCKHOLM)
    granted = frozenset(grant.scopes)
    return Access(
        client_id=client_id,
        grant_id=grant.id,
        scopes=granted & SYSTEM_SCOPES if scopes is None else granted & SYSTEM_SCOPES & scopes,
        organisation_ids=None if whole else organisations,
        school_types=frozenset(grant.school_types) or None,
        field_groups=frozenset(map(FieldGroup, grant.field_groups)),
        sees_protected=grant.sees_protected,
        rate_tier=grant.rate_tier,
        expires=midnight if expires is None else min(expires, midnight),
        today=today,
    )


def access_for_person(  # noqa: PLR0913 - all that limits them, each by its name
    grant: Grant, *, client_id: str, tree: OrganisationTree, today: date, person_id: UUID,
    view: View, scopes: frozenset[str], expires: datetime,
) -> Access:  # fmt: skip
    """The rights of an app that acts for a person: its grant, cut to what that person may see.

    `scopes` are those that the person consented to and the token asked for.
    """
    access = access_under(grant, client_id=client_id, tree=tree, today=today, expires=expires)
    usable = frozenset(grant.scopes) & PERSONAL_SCOPES & scopes
    if not view.may_report:
        usable -= {Scope.ABSENCES_WRITE}
    return replace(
        access,
        scopes=usable,
        field_groups=access.field_groups - NEVER_PERSONAL,
        # Who is under protected identity and in view all the same is named in the view itself.
        sees_protected=False,
        acting_person_id=person_id,
        view=view,
    )


def accesses_of_consumers(session: Session, *, now: datetime) -> list[Access]:
    """Each consumer's rights: under the grant that counts today, or else the last one that did."""
    today = local_day(now)
    tree = organisation_tree(session)
    return [
        access_under(grant, client_id=client_id, tree=tree, today=today)
        for client_id, grant in latest_grants(session, today=today)
    ]


def rights_since(
    session: Session, access: Access, *, after: datetime, tree: OrganisationTree
) -> tuple[Access, Sequence[Access]]:
    """A consumer's whole rights today, and the others that it had at some time since `after`: by
    other grants, or by the same before units moved in the tree.

    Whole: what its grant gives, whichever scopes the token asked for.
    """
    found = grants_since(session, client_id=access.client_id, since=after, today=access.today)
    trees = [tree, *former_trees(session, tree, since=after)]
    rights = [
        access_under(grant, client_id=access.client_id, tree=then, today=access.today)
        for then in trees
        for grant in found
    ]
    today = next((one for one in rights if one.grant_id == access.grant_id), access)
    return today, list(dict.fromkeys(one for one in rights if one != today))


def access_of_application(
    session: Session, application: Application, *, now: datetime, tree: OrganisationTree
) -> Access | None:
    """A consumer's whole rights today; None while it is disabled or has no grant."""
    today = local_day(now)
    grant = active_grant(session, application_id=application.id, today=today)
    if grant is None or application.disabled_at is not None:
        return None
    return access_under(grant, client_id=application.client_id, tree=tree, today=today)
