"""What people allowed, as tokens, pages and lists need to know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from app.models.consents import Consent, TokenFamily
from app.models.consumers import Application, ConsumerOrganisation


@dataclass(frozen=True, slots=True)
class Allowed:
    """A living consent, and the app that it was given to."""

    consent: Consent
    application: Application
    organisation: ConsumerOrganisation


def living_authorization(
    session: Session, *, family_id: UUID, client_id: str, person_id: UUID, now: datetime
) -> tuple[TokenFamily, Consent] | None:
    """The authorization that a token came of; None when it has ended, or is somebody else's."""
    return session.exec(
        select(TokenFamily, Consent)
        .join(Consent)
        .join(Application)
        .where(
            TokenFamily.id == family_id,
            col(TokenFamily.revoked_at).is_(None),
            col(TokenFamily.expires) > now,
            col(Consent.revoked_at).is_(None),
            Consent.person_id == person_id,
            Application.client_id == client_id,
            col(Application.disabled_at).is_(None),
        )
    ).first()


def living_consent(session: Session, *, application_id: UUID, person_id: UUID) -> Consent | None:
    """What a person allows an app at present."""
    return session.exec(
        select(Consent).where(
            Consent.application_id == application_id,
            Consent.person_id == person_id,
            col(Consent.revoked_at).is_(None),
        )
    ).first()


def allowed_by(session: Session, *, person_id: UUID) -> Sequence[Allowed]:
    """Every app that a person allows something at present, the newest first."""
    rows = session.exec(
        select(Consent, Application, ConsumerOrganisation)
        .join(Application, col(Application.id) == col(Consent.application_id))
        .join(ConsumerOrganisation)
        .where(Consent.person_id == person_id, col(Consent.revoked_at).is_(None))
        .order_by(col(Consent.created).desc(), col(Consent.id))
    )
    return [Allowed(*row) for row in rows]
