"""Consumers: what the authorization server and the admin's lists need to know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, exists, or_, select

from app.models.consumers import Application, ConsumerOrganisation, Credential, Grant
from app.models.tokens import RevokedToken


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a token still counts: its application, its revocation, the grant of today."""

    application: Application
    token_revoked: bool
    grant: Grant | None

    def counts(self, issued: datetime) -> bool:
        """Whether a token issued then still counts, whatever the grant says."""
        valid_from = self.application.tokens_valid_from
        cut = valid_from is not None and issued < valid_from
        return not (self.token_revoked or cut or self.application.disabled_at is not None)


@dataclass(frozen=True, slots=True)
class ConsumerRow:
    """One application as lists show it."""

    application: Application
    organisation: ConsumerOrganisation


def standing(session: Session, *, client_id: str, jti: str, today: date) -> Standing | None:
    """Read in one statement, so that no change falls between two of its facts."""
    revoked = exists(select(RevokedToken.jti).where(RevokedToken.jti == jti))
    row = session.exec(
        select(Application, Grant, revoked)
        .outerjoin(Grant, _is_active_grant(today))
        .where(Application.client_id == client_id)
        # There is one at most (services refuse a second); should there ever be two, the
        # younger decides alone: rights of two grants are never mixed.
        .order_by(col(Grant.created).desc(), col(Grant.id))
        .limit(1)
    ).first()
    return None if row is None else Standing(row[0], bool(row[2]), row[1])


def active_grant(session: Session, *, application_id: UUID, today: date) -> Grant | None:
    """The grant that counts today, if any."""
    return session.exec(
        select(Grant)
        .join(Application, _is_active_grant(today))
        .where(Application.id == application_id)
        .order_by(col(Grant.created).desc(), col(Grant.id))
        .limit(1)
    ).first()


def latest_grants(session: Session, *, today: date) -> Sequence[tuple[str, Grant]]:
    """By client id, the grant that counts today; where none does, the last one that began."""
    began = col(Grant.valid_from) <= today
    counts_today = col(Grant.revoked_at).is_(None) & (col(Grant.valid_to) >= today)
    return session.exec(
        select(Application.client_id, Grant)
        .join(Grant, began & (col(Grant.application_id) == col(Application.id)))
        .ext(distinct_on(col(Application.client_id)))
        .order_by(col(Application.client_id), counts_today.desc(), col(Grant.created).desc(),
                  col(Grant.id))
    ).all()  # fmt: skip


def grants_since(
    session: Session, *, client_id: str, since: datetime, today: date
) -> Sequence[Grant]:
    """Every grant of an application that counted at some time from then until today."""
    return session.exec(
        select(Grant)
        .join(Application)
        .where(
            Application.client_id == client_id,
            col(Grant.valid_from) <= today,
            # In whole days, so one too many at most.
            col(Grant.valid_to) >= since.date() - timedelta(days=1),
            or_(col(Grant.revoked_at).is_(None), col(Grant.revoked_at) > since),
        )
        .order_by(col(Grant.created), col(Grant.id))
    ).all()


def client_with_credentials(
    session: Session, *, client_id: str, now: datetime
) -> tuple[Application, Sequence[Credential]] | None:
    """An application that may call and its living credentials, in one statement.

    One statement whether it exists or not, so that time does not tell which client ids do.
    """
    rows = session.exec(
        select(Application, Credential)
        .outerjoin(
            Credential,
            (col(Credential.application_id) == col(Application.id))
            & col(Credential.revoked_at).is_(None)
            & (col(Credential.expires) > now),
        )
        .where(Application.client_id == client_id, col(Application.disabled_at).is_(None))
        .order_by(col(Credential.created))
    ).all()
    if not rows:
        return None
    return rows[0][0], list(filter(None, (credential for _, credential in rows)))


def consumers(session: Session) -> Sequence[ConsumerRow]:
    """Every application with its organisation, by name."""
    rows = session.exec(
        select(Application, ConsumerOrganisation)
        .join(ConsumerOrganisation)
        .order_by(col(ConsumerOrganisation.name), col(Application.name), col(Application.client_id))
    )
    return [ConsumerRow(application, organisation) for application, organisation in rows]


def consumer(session: Session, *, client_id: str) -> ConsumerRow | None:
    """One application with its organisation."""
    row = session.exec(
        select(Application, ConsumerOrganisation)
        .join(ConsumerOrganisation)
        .where(Application.client_id == client_id)
    ).first()
    return None if row is None else ConsumerRow(*row)


def credentials(session: Session, *, application_id: UUID) -> Sequence[Credential]:
    """Every credential an application has or had, youngest first."""
    return session.exec(
        select(Credential)
        .where(Credential.application_id == application_id)
        .order_by(col(Credential.created).desc())
    ).all()


def grants(session: Session, *, application_id: UUID) -> Sequence[Grant]:
    """Every grant an application has or had, youngest first."""
    return session.exec(
        select(Grant)
        .where(Grant.application_id == application_id)
        .order_by(col(Grant.created).desc())
    ).all()


def _is_active_grant(today: date) -> ColumnElement[bool]:
    return (
        (col(Grant.application_id) == col(Application.id))
        & col(Grant.revoked_at).is_(None)
        & (col(Grant.valid_from) <= today)
        & (col(Grant.valid_to) >= today)
    )
