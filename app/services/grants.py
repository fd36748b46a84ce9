"""Acts on grants: what an application may see is granted, replaced and revoked."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from app.auth.rate_limits import TIERS
from app.errors import BadBody, Conflict, NotFound
from app.models.consumers import Application, Grant
from app.models.organisations import Organisation
from app.queries.access import FieldGroup, Scope
from app.schemas.enums import SchoolType
from app.services.audit_records import record_act
from app.services.consumers import checked_name, locked_application


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTerms:
    """What is granted. Empty `school_types` means every school form."""

    agreement_reference: str
    purpose: str
    scopes: frozenset[str]
    organisation_ids: frozenset[UUID]
    school_types: frozenset[str] = frozenset()
    field_groups: frozenset[str] = frozenset()
    sees_protected: bool = False
    rate_tier: str = "standard"
    valid_from: date
    valid_to: date


def grant(
    session: Session, *, client_id: str, terms: GrantTerms, now: datetime, actor: str
) -> Grant:
    """Give an application its rights.

    Raises Conflict when a living grant overlaps: an application has one at a time, because the
    rights of two can only be mixed by giving more than either does.
    """
    application = locked_application(session, client_id=client_id)
    _check(session, terms)
    for other in _living(session, application):
        if other.valid_from <= terms.valid_to and terms.valid_from <= other.valid_to:
            raise Conflict(
                f"{client_id} has a grant from {other.valid_from} to {other.valid_to}. Replace "
                "it, or choose a period that does not overlap."
            )
    return _add(session, application, terms, now, actor, act="grant")


def replace_grant(
    session: Session, *, client_id: str, terms: GrantTerms, now: datetime, actor: str
) -> Grant:
    """Put new terms in the place of every grant that overlaps them, at once.

    Tokens already issued lose what the new terms lack, and gain nothing.
    """
    application = locked_application(session, client_id=client_id)
    _check(session, terms)
    for other in _living(session, application):
        if other.valid_from <= terms.valid_to and terms.valid_from <= other.valid_to:
            other.revoked_at = now
            session.add(other)
    session.flush()
    return _add(session, application, terms, now, actor, act="replaceGrant")


def revoke_grant(
    session: Session, *, client_id: str, grant_id: UUID, now: datetime, actor: str
) -> None:
    """End a grant. Raises NotFound for one that is not this application's living grant."""
    application = locked_application(session, client_id=client_id)
    ended = session.get(Grant, grant_id)
    if ended is None or ended.application_id != application.id or ended.revoked_at is not None:
        raise NotFound(f"{client_id} has no living grant {grant_id}.")
    ended.revoked_at = now
    session.add(ended)
    record_act(session, now=now, actor=actor, act="revokeGrant", subject=client_id,
               details={"grant": str(grant_id)})  # fmt: skip


def _living(session: Session, application: Application) -> list[Grant]:
    living = select(Grant).where(
        Grant.application_id == application.id, col(Grant.revoked_at).is_(None)
    )
    return list(session.exec(living.order_by(col(Grant.created))))


def _check(session: Session, terms: GrantTerms) -> None:
    checked_name(terms.agreement_reference)
    checked_name(terms.purpose)
    if not terms.scopes:
        raise BadBody("A grant names at least one scope.")
    _check_known("scope", terms.scopes, set(Scope))
    _check_known("field group", terms.field_groups, set(FieldGroup))
    _check_known("school type", terms.school_types, set(SchoolType))
    _check_known("rate tier", frozenset({terms.rate_tier}), set(TIERS))
    if terms.valid_to < terms.valid_from:
        raise BadBody("A grant's period ends on or after the day it begins.")
    if not terms.organisation_ids:
        raise BadBody("A grant names at least one organisation; for all, name the city's own.")
    known = select(Organisation.id).where(col(Organisation.id).in_(terms.organisation_ids))
    found: set[UUID] = set(session.exec(known).all())
    unknown = terms.organisation_ids - found
    if unknown:
        raise BadBody(f"There is no organisation {', '.join(sorted(map(str, unknown)))}.")


def _check_known(what: str, values: frozenset[str], known: set[Any]) -> None:
    if values - known:
        unknown = ", ".join(sorted(values - known))
        raise BadBody(f"Unknown {what} {unknown}. Known: {', '.join(sorted(known))}.")


def _add(
    session: Session, application: Application, terms: GrantTerms, now: datetime, actor: str,
    *, act: str,
) -> Grant:  # fmt: skip
    added = Grant(
        id=uuid4(),
        application_id=application.id,
        agreement_reference=checked_name(terms.agreement_reference),
        purpose=checked_name(terms.purpose),
        scopes=sorted(terms.scopes),
        organisation_ids=sorted(terms.organisation_ids),
        school_types=sorted(terms.school_types),
        field_groups=sorted(terms.field_groups),
        sees_protected=terms.sees_protected,
        rate_tier=terms.rate_tier,
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        created=now,
    )
    session.add(added)
    record_act(session, now=now, actor=actor, act=act, subject=application.client_id,
               details={"grant": str(added.id), **_described(terms)})  # fmt: skip
    return added


def _described(terms: GrantTerms) -> dict[str, Any]:
    described: dict[str, Any] = {}
    for name, value in asdict(terms).items():
        if isinstance(value, frozenset):
            described[name] = sorted(map(str, value))
        else:
            described[name] = value.isoformat() if isinstance(value, date) else value
    return described
