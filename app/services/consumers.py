"""Acts on consumers: registering organisations and applications, disabling and enabling."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, select

from app.auth.client_authentication import AUTH_METHODS, PUBLIC
from app.auth.jwks_fetch import FetchRefused, checked_target
from app.auth.redirect_uris import fault_in
from app.errors import BadBody, Conflict, NotFound, shown
from app.models.consumers import Application, ConsumerOrganisation
from app.services.audit_records import record_act

CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApplication:
    """What an application is registered with. `client_id` None: one is made from its name."""

    name: str
    auth_methods: tuple[str, ...] = ("private_key_jwt",)
    jwks_uri: str | None = None
    client_id: str | None = None
    redirect_uris: tuple[str, ...] = ()
    requires_par: bool = False
    requires_dpop: bool = False


def register_organisation(
    session: Session,
    *,
    name: str,
    organisation_number: str | None = None,
    contact_email: str | None = None,
    now: datetime,
    actor: str,
) -> ConsumerOrganisation:
    """Register the legal person that answers for applications. Raises Conflict for a known name."""
    name = checked_name(name)
    known = select(ConsumerOrganisation).where(ConsumerOrganisation.name == name)
    if session.exec(known).first() is not None:
        raise Conflict(f"There is already an organisation named {name}.")
    organisation = ConsumerOrganisation(
        id=uuid4(),
        name=name,
        organisation_number=organisation_number,
        contact_email=contact_email,
        created=now,
    )
    session.add(organisation)
    details = {"name": name, "organisationNumber": organisation_number}
    record_act(session, now=now, actor=actor, act="registerOrganisation",
               subject=str(organisation.id), details=details)  # fmt: skip
    return organisation


def register_application(
    session: Session,
    *,
    organisation: ConsumerOrganisation,
    described: NewApplication,
    allowed_jwks_hosts: frozenset[str] = frozenset(),
    now: datetime,
    actor: str,
) -> Application:
    """Register an application. It may not see anything until it has a grant.

    Raises BadBody for values that cannot be, Conflict for a `client_id` that is taken.
    """
    name = checked_name(described.name)
    methods = list(described.auth_methods)
    _check_methods(methods, described.redirect_uris)
    if described.jwks_uri is not None:
        _check_jwks_uri(described.jwks_uri, allowed_jwks_hosts)
    client_id = described.client_id or f"{_slug(name)}-{secrets.token_hex(4)}"
    if not CLIENT_ID.fullmatch(client_id):
        raise BadBody("A client_id is 3 to 64 lower-case letters a-z, digits, '.', '_' and '-'.")
    if session.exec(select(Application).where(Application.client_id == client_id)).first():
        raise Conflict(f"The client_id {client_id} is taken, and client ids are never reused.")
    application = Application(
        id=uuid4(),
        client_id=client_id,
        consumer_organisation_id=organisation.id,
        name=name,
        token_endpoint_auth_methods=methods,
        jwks_uri=described.jwks_uri,
        redirect_uris=list(described.redirect_uris),
        requires_par=described.requires_par,
        requires_dpop=described.requires_dpop,
        created=now,
    )
    session.add(application)
    details = {
        "name": name, "authMethods": methods, "jwksUri": described.jwks_uri,
        "redirectUris": list(described.redirect_uris), "requiresPar": described.requires_par,
        "requiresDpop": described.requires_dpop,
    }  # fmt: skip
    record_act(
        session,
        now=now,
        actor=actor,
        act="registerApplication",
        subject=client_id,
        details=details,
    )
    return application


def set_redirect_uris(
    session: Session, *, client_id: str, redirect_uris: Sequence[str], now: datetime, actor: str
) -> None:
    """Say where people come back to from now on; codes that were asked for before still count.

    Raises BadBody for an address that cannot be, NotFound.
    """
    application = locked_application(session, client_id=client_id)
    before = application.redirect_uris
    application.redirect_uris = list(redirect_uris)
    _check_methods(application.token_endpoint_auth_methods, application.redirect_uris)
    session.add(application)
    record_act(session, now=now, actor=actor, act="setRedirectUris", subject=client_id,
               details={"before": before, "after": application.redirect_uris})  # fmt: skip


def disable_application(
    session: Session, *, client_id: str, reason: str, now: datetime, actor: str
) -> None:
    """Stop an application: no new tokens, and those it has are refused from now on."""
    application = locked_application(session, client_id=client_id)
    if application.disabled_at is not None:
        raise Conflict(f"{client_id} is disabled already.")
    application.disabled_at = now
    application.disabled_reason = reason
    # Enabling it again must not bring old tokens back to life.
    application.tokens_valid_from = now
    session.add(application)
    record_act(session, now=now, actor=actor, act="disableApplication", subject=client_id,
               details={"reason": reason})  # fmt: skip


def enable_application(session: Session, *, client_id: str, now: datetime, actor: str) -> None:
    """Let a disabled application ask for tokens again."""
    application = locked_application(session, client_id=client_id)
    if application.disabled_at is None:
        raise Conflict(f"{client_id} is not disabled.")
    details = {"disabledReason": application.disabled_reason}
    application.disabled_at = application.disabled_reason = None
    session.add(application)
    record_act(session, now=now, actor=actor, act="enableApplication", subject=client_id,
               details=details)  # fmt: skip


def locked_application(session: Session, *, client_id: str) -> Application:
    """The application, its row locked so that two acts on it follow each other.

    Raises NotFound.
    """
    application = session.exec(
        select(Application).where(col(Application.client_id) == client_id).with_for_update()
    ).first()
    if application is None:
        raise NotFound(f"There is no application {client_id}. `skolnav consumers list` shows all.")
    return application


def checked_name(name: str) -> str:
    """The name without outer spaces. Raises BadBody for what would not print on one line."""
    name = unicodedata.normalize("NFC", name.strip())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadBody(f"A name has 1 to {LONGEST_NAME} printable characters on one line.")
    return name


def _check_methods(methods: Sequence[str], redirect_uris: Sequence[str]) -> None:
    known = (*AUTH_METHODS, PUBLIC)
    if not methods or set(methods) - set(known):
        raise BadBody(f"Authentication methods are one or more of {', '.join(known)}.")
    if PUBLIC in methods and (len(methods) > 1 or not redirect_uris):
        raise BadBody(
            "An app that proves nothing (none) has no other method, and needs redirect URIs: it "
            "can act for people only."
        )
    for uri in redirect_uris:
        fault = fault_in(uri)
        if fault:
            raise BadBody(f"The redirect URI {shown(uri)} {fault}.")


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "application"


def _check_jwks_uri(uri: str, allowed_hosts: frozenset[str]) -> None:
    try:
        checked_target(uri, allowed_hosts=allowed_hosts)
    except FetchRefused as refusal:
        raise BadBody(str(refusal)) from refusal
