"""Acts on credentials: secrets and public keys are issued, rotated and revoked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from app.auth.client_keys import KeyRefused, public_jwk
from app.auth.client_secrets import HINT_LENGTH, new_secret, secret_hash
from app.errors import BadBody, Conflict, NotFound
from app.models.consumers import Application, Credential
from app.services.audit_records import record_act
from app.services.consumers import locked_application

MOST_LIVING_SECRETS = 2
LONGEST_LIFE = timedelta(days=2 * 366)
LONGEST_OVERLAP = timedelta(days=30)
SECRET, PUBLIC_KEY = "secret", "public_key"


def issue_secret(
    session: Session, *, client_id: str, expires: datetime, now: datetime, actor: str
) -> str:
    """Make a secret and return it: this is the only time it can be seen.

    Raises Conflict when the application may not use secrets or has two living ones.
    """
    application = locked_application(session, client_id=client_id)
    if not any(m.startswith("client_secret") for m in application.token_endpoint_auth_methods):
        raise Conflict(f"{client_id} was not allowed secrets; register its public key instead.")
    if len(_living(session, application, SECRET, now)) >= MOST_LIVING_SECRETS:
        raise Conflict(f"{client_id} has two living secrets already; rotate, or revoke one first.")
    secret = new_secret()
    credential = _credential(application, SECRET, now, expires)
    credential.secret_hash = secret_hash(secret)
    credential.secret_hint = secret[-HINT_LENGTH:]
    _add(session, credential, client_id, "issueSecret", actor)
    return secret


def add_key(
    session: Session,
    *,
    client_id: str,
    jwk: Mapping[str, Any],
    expires: datetime,
    now: datetime,
    actor: str,
) -> str:
    """Register a public key and return its `kid`.

    Raises BadBody for anything but a public signature key, Conflict for a `kid` in use.
    """
    application = locked_application(session, client_id=client_id)
    try:
        public = public_jwk(jwk)
    except KeyRefused as refusal:
        raise BadBody(str(refusal)) from refusal
    kid = public["kid"]
    for other in _living(session, application, PUBLIC_KEY, now):
        if isinstance(other.public_jwk, dict) and other.public_jwk.get("kid") == kid:
            raise Conflict(f"{client_id} has a living key with the kid {kid}; use another kid.")
    credential = _credential(application, PUBLIC_KEY, now, expires)
    credential.public_jwk = {**public}
    _add(session, credential, client_id, "addKey", actor)
    return kid


def rotate_secret(
    session: Session,
    *,
    client_id: str,
    overlap: timedelta,
    expires: datetime,
    now: datetime,
    actor: str,
) -> str:
    """Make a new secret; the ones before live on for `overlap`, then end.

    Without overlap they end now, and so does every token out there. Returns the new secret,
    which can be seen this once.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise BadBody("The overlap is between 0 and 30 days.")
    application = locked_application(session, client_id=client_id)
    living = _living(session, application, SECRET, now)
    # The youngest alone lives on, so that never more than two do.
    for position, credential in enumerate(living):
        if overlap and position == 0:
            credential.expires = min(credential.expires, now + overlap)
            session.add(credential)
        else:
            _revoke(session, credential, now)
    if not overlap:
        _end_tokens(session, application, now)
    session.flush()
    details = {"overlapHours": overlap.total_seconds() / 3600}
    record_act(session, now=now, actor=actor, act="rotateSecret", subject=client_id,
               details=details)  # fmt: skip
    return issue_secret(session, client_id=client_id, expires=expires, now=now, actor=actor)


def revoke_credential(
    session: Session, *, client_id: str, credential_id: UUID, now: datetime, actor: str
) -> None:
    """End a credential at once, and every token out there: it may have been stolen.

    Raises NotFound for one that is not this application's, or has been revoked.
    """
    application = locked_application(session, client_id=client_id)
    credential = session.get(Credential, credential_id)
    if (
        credential is None
        or credential.application_id != application.id
        or credential.revoked_at is not None
    ):
        raise NotFound(f"{client_id} has no living credential {credential_id}.")
    _revoke(session, credential, now)
    _end_tokens(session, application, now)
    record_act(session, now=now, actor=actor, act="revokeCredential", subject=client_id,
               details={"credential": str(credential_id)})  # fmt: skip


def _credential(
    application: Application, kind: str, now: datetime, expires: datetime
) -> Credential:
    if not now < expires <= now + LONGEST_LIFE:
        raise BadBody("A credential ends in the future, within two years.")
    return Credential(
        id=uuid4(), application_id=application.id, kind=kind, created=now, expires=expires
    )


def _add(session: Session, credential: Credential, client_id: str, act: str, actor: str) -> None:
    session.add(credential)
    details: dict[str, Any] = {
        "credential": str(credential.id),
        "expires": credential.expires.isoformat(),
    }
    if isinstance(credential.public_jwk, dict):
        details["kid"] = credential.public_jwk["kid"]
    record_act(session, now=credential.created, actor=actor, act=act, subject=client_id,
               details=details)  # fmt: skip


def _living(
    session: Session, application: Application, kind: str, now: datetime
) -> Sequence[Credential]:
    return session.exec(
        select(Credential)
        .where(
            Credential.application_id == application.id,
            Credential.kind == kind,
            col(Credential.revoked_at).is_(None),
            col(Credential.expires) > now,
        )
        .order_by(col(Credential.created).desc(), col(Credential.id))
    ).all()


def _revoke(session: Session, credential: Credential, now: datetime) -> None:
    credential.revoked_at = now
    session.add(credential)


def _end_tokens(session: Session, application: Application, now: datetime) -> None:
    application.tokens_valid_from = now
    session.add(application)
