"""What an app asks a person for: an authorization request, read strictly (RFC 6749, 7636, 9101).

Until the app and its address are known to belong together nobody is sent anywhere: such faults
are shown to the person. All others are told to the app.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session, col, delete, select

from app.auth.redirect_uris import is_registered
from app.models.consents import PushedRequest
from app.models.consumers import Application, ConsumerOrganisation, Grant
from app.queries.access import PERSONAL_SCOPES
from app.queries.consumers import active_grant

REQUEST_URI = "urn:ietf:params:oauth:request_uri:"
PUSHED_SECONDS = 90
LONGEST_STATE = 1_000
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
PROMPTS = frozenset({"none", "login", "consent"})
# The paths of the APIs that a token may be asked for (RFC 8707), below the issuer.
RESOURCES = ("", "/ss12000/v2.0", "/absence-reports/v1", "/me/v1", "/catalogue/v1")


class NoSuchApp(Exception):
    """The app or the address to go back to is not known; only the person can be told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RequestRefused(Exception):
    """The app asked for something that it cannot have; it is told so at its address."""

    def __init__(self, target: "Target", error: str, description: str) -> None:
        super().__init__(description)
        self.target = target
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Target:
    """Where the answer goes."""

    redirect_uri: str
    state: str | None

    def answer(self, issuer: str, **parameters: str) -> str:
        """The address with the answer's parameters; `iss` tells servers apart (RFC 9207)."""
        if self.state is not None:
            parameters["state"] = self.state
        separator = "&" if "?" in self.redirect_uri else "?"
        return self.redirect_uri + separator + urlencode({**parameters, "iss": issuer})


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that a person may now be asked about. `pushed` is the hash of its request_uri."""

    application: Application
    organisation: ConsumerOrganisation
    grant: Grant
    target: Target
    scopes: frozenset[str]
    code_challenge: str
    prompts: frozenset[str]
    jkt: str | None
    pushed: bytes | None


def read_authorization_request(
    session: Session, parameters: Mapping[str, str], *, issuer: str, today: date, now: datetime
) -> AuthorizationRequest:
    """Read what came in the address or was pushed. Raises NoSuchApp, RequestRefused."""
    application, organisation = _app(session, parameters.get("client_id"))
    pushed, given = _given(session, application, parameters, now)
    redirect_uri = given.get("redirect_uri")
    if redirect_uri is None or not is_registered(redirect_uri, application.redirect_uris):
        raise NoSuchApp("redirect_uri")
    target = Target(redirect_uri, given.get("state"))
    if application.requires_par and pushed is None:
        raise RequestRefused(
            target, "invalid_request", "This app must push its requests to /oauth/par first."
        )
    _check_form(target, given)
    grant = active_grant(session, application_id=application.id, today=today)
    if grant is None:
        raise RequestRefused(
            target, "unauthorized_client", "The app has no agreement that is valid today."
        )
    if given.get("resource", issuer) not in {issuer + path for path in RESOURCES}:
        raise RequestRefused(
            target, "invalid_target", f"This server gives tokens for {issuer} only."
        )
    return AuthorizationRequest(
        application, organisation, grant, target, _scopes(target, given, grant),
        given["code_challenge"], frozenset(given.get("prompt", "").split()),
        given.get("dpop_jkt"), pushed,
    )  # fmt: skip


def push(
    session: Session, application: Application, parameters: Mapping[str, str], *, issuer: str,
    today: date, now: datetime,
) -> str:  # fmt: skip
    """Check a request and keep it for the person's browser to name (RFC 9126); its request_uri.

    Raises NoSuchApp, RequestRefused.
    """
    kept = {name: value for name, value in parameters.items() if not name.startswith("client_")}
    kept["client_id"] = application.client_id
    secret = secrets.token_urlsafe(32)
    row = PushedRequest(
        request_hash=_hash(secret), application_id=application.id, parameters=kept,
        expires=now + timedelta(seconds=PUSHED_SECONDS),
    )  # fmt: skip
    session.add(row)
    session.flush()
    pushed = {"client_id": application.client_id, "request_uri": REQUEST_URI + secret}
    read_authorization_request(session, pushed, issuer=issuer, today=today, now=now)
    return REQUEST_URI + secret


def use_up(session: Session, request: AuthorizationRequest) -> None:
    """A pushed request is good for one decision. Raises NoSuchApp when it has been decided on."""
    if request.pushed is None:
        return
    gone = session.execute(
        delete(PushedRequest)
        .where(col(PushedRequest.request_hash) == request.pushed)
        .returning(col(PushedRequest.application_id))
    )
    if gone.first() is None:
        raise NoSuchApp("request_uri")


def _app(session: Session, client_id: str | None) -> tuple[Application, ConsumerOrganisation]:
    if client_id is None or "\0" in client_id:
        raise NoSuchApp("client_id")
    found = session.exec(
        select(Application, ConsumerOrganisation)
        .join(ConsumerOrganisation)
        .where(Application.client_id == client_id, col(Application.disabled_at).is_(None))
    ).first()
    if found is None or not found[0].redirect_uris:
        raise NoSuchApp("client_id")
    return found


def _given(
    session: Session, application: Application, parameters: Mapping[str, str], now: datetime
) -> tuple[bytes | None, Mapping[str, str]]:
    uri = parameters.get("request_uri")
    if uri is None:
        return None, parameters
    row: PushedRequest | None = None
    if uri.startswith(REQUEST_URI):
        row = session.get(PushedRequest, _hash(uri.removeprefix(REQUEST_URI)))
    if row is None or row.application_id != application.id or row.expires <= now:
        raise NoSuchApp("request_uri")
    kept: Any = row.parameters
    return row.request_hash, kept


def _check_form(target: Target, given: Mapping[str, str]) -> None:
    """All that can be wrong with a request whoever makes it."""
    faults = (
        ("request" in given, "request_not_supported", "Send the parameters themselves, or push "
         "them to /oauth/par."),
        ("response_type" not in given, "invalid_request", "response_type is missing; send code."),
        (given.get("response_type") != "code", "unsupported_response_type",
         "The only response_type is code."),
        (given.get("response_mode", "query") != "query", "invalid_request",
         "The only response_mode is query."),
        (given.get("code_challenge_method") != "S256", "invalid_request",
         "code_challenge_method must be S256."),
        (CHALLENGE.fullmatch(given.get("code_challenge", "")) is None, "invalid_request",
         "code_challenge must be the S256 of a code_verifier: 43 characters."),
        (len(given.get("state", "")) > LONGEST_STATE, "invalid_request", "state is too long."),
        (not PROMPTS.issuperset(given.get("prompt", "").split()), "invalid_request",
         "prompt may be none, login or consent."),
        ("none " in given.get("prompt", "") + " " and given["prompt"] != "none",
         "invalid_request", "prompt=none stands alone."),
        (CHALLENGE.fullmatch(given.get("dpop_jkt", "A" * 43)) is None, "invalid_request",
         "dpop_jkt must be the SHA-256 thumbprint of a key."),
    )  # fmt: skip
    for is_wrong, error, description in faults:
        if is_wrong:
            raise RequestRefused(target, error, description)


def _scopes(target: Target, given: Mapping[str, str], grant: Grant) -> frozenset[str]:
    granted = frozenset(grant.scopes) & PERSONAL_SCOPES
    asked = frozenset(given.get("scope", "").split()) or granted
    if asked - granted or not asked:
        raise RequestRefused(
            target, "invalid_scope",
            "The app's grant does not hold every scope asked for. It holds: "
            f"{' '.join(sorted(granted))}.",
        )  # fmt: skip
    return asked


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
