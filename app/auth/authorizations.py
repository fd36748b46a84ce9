"""Codes and refresh tokens: given once, good once, and all of a family ended together."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session, col, select, update

from app.models.consents import AuthorizationCode, Consent, RefreshToken, TokenFamily
from app.models.consumers import Application

CODE_LIFETIME = timedelta(seconds=60)
SECRET_BYTES = 32
REFRESH_PREFIX = "skr_"


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a refresh token may lie unused, and how long a family lives at the most."""

    idle: timedelta
    whole: timedelta


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a code or a refresh token was good for."""

    family: TokenFamily
    person_id: UUID
    scopes: frozenset[str]
    code: AuthorizationCode | None = None


def issue_code(  # noqa: PLR0913 - what a code is bound to, each by its name
    session: Session, consent: Consent, *, scopes: frozenset[str], redirect_uri: str,
    code_challenge: str, jkt: str | None, lifetimes: Lifetimes, now: datetime,
) -> str:  # fmt: skip
    """A code for one authorization, bound to the address and the challenge that asked for it."""
    family = TokenFamily(
        id=uuid4(), consent_id=consent.id, scopes=sorted(scopes), jkt=jkt, created=now,
        expires=now + lifetimes.whole,
    )  # fmt: skip
    session.add(family)
    session.flush()
    code = secrets.token_urlsafe(SECRET_BYTES)
    session.add(
        AuthorizationCode(
            code_hash=_hash(code), family_id=family.id, redirect_uri=redirect_uri,
            code_challenge=code_challenge, expires=now + CODE_LIFETIME,
        )
    )  # fmt: skip
    return code


def redeem_code(
    session: Session, code: str, *, application: Application, now: datetime
) -> Redeemed | None:
    """Use a code up; None when it is not this app's, too old, or was used.

    Of two that come at once the second waits for the first, and finds the code used. A code that
    comes twice was seen by somebody: everything that came of it ends.
    """
    found = session.exec(
        select(AuthorizationCode).where(col(AuthorizationCode.code_hash) == _hash(code))
    ).first()
    redeemed = None if found is None else _redeemed(session, found.family_id, application, now)
    if found is None or redeemed is None:
        return None
    used = session.execute(
        update(AuthorizationCode)
        .where(
            col(AuthorizationCode.code_hash) == found.code_hash,
            col(AuthorizationCode.used_at).is_(None),
        )
        .values(used_at=now)
        .returning(col(AuthorizationCode.family_id))
    )
    if used.first() is None:
        end_family(session, found.family_id, now=now)
        return None
    if found.expires <= now:
        return None
    return Redeemed(redeemed.family, redeemed.person_id, redeemed.scopes, found)


def issue_refresh_token(
    session: Session, family: TokenFamily, *, lifetimes: Lifetimes, now: datetime
) -> str:
    """The family's next refresh token."""
    token = REFRESH_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    session.add(
        RefreshToken(
            token_hash=_hash(token), family_id=family.id, created=now,
            expires=min(now + lifetimes.idle, family.expires),
        )
    )  # fmt: skip
    return token


def redeem_refresh_token(
    session: Session, token: str, *, application: Application, now: datetime
) -> Redeemed | None:
    """Use a refresh token up; None when it is not this app's, too old, or was used.

    One that comes twice is in two hands: the whole family ends.
    """
    found = session.get(RefreshToken, _hash(token))
    redeemed = None if found is None else _redeemed(session, found.family_id, application, now)
    if found is None or redeemed is None:
        return None
    used = session.execute(
        update(RefreshToken)
        .where(
            col(RefreshToken.token_hash) == found.token_hash, col(RefreshToken.used_at).is_(None)
        )
        .values(used_at=now)
        .returning(col(RefreshToken.family_id))
    )
    if used.first() is None:
        end_family(session, found.family_id, now=now)
        return None
    return redeemed if found.expires > now else None


def end_by_refresh_token(
    session: Session, token: str, *, application: Application, now: datetime
) -> bool:
    """End the family of an app's own refresh token; whether there is one."""
    found = session.get(RefreshToken, _hash(token))
    if found is None or _redeemed(session, found.family_id, application, now) is None:
        return False
    end_family(session, found.family_id, now=now)
    return True


def end_family(session: Session, family_id: UUID, *, now: datetime) -> None:
    """End everything that came of one authorization; access tokens at their next use."""
    session.execute(
        update(TokenFamily)
        .where(col(TokenFamily.id) == family_id, col(TokenFamily.revoked_at).is_(None))
        .values(revoked_at=now)
    )


def _redeemed(
    session: Session, family_id: UUID, application: Application, now: datetime
) -> Redeemed | None:
    """The living family, if it is the app's and the person still allows it."""
    row = session.exec(
        select(TokenFamily, Consent)
        .join(Consent)
        .where(
            TokenFamily.id == family_id,
            Consent.application_id == application.id,
            col(TokenFamily.revoked_at).is_(None),
            col(TokenFamily.expires) > now,
            col(Consent.revoked_at).is_(None),
        )
    ).first()
    if row is None:
        return None
    family, consent = row
    return Redeemed(family, consent.person_id, frozenset(family.scopes) & frozenset(consent.scopes))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
