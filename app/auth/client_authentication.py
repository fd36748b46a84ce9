"""Who calls the token endpoint: secret or signed assertion, and one answer to all failures."""

import base64
import binascii
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, or_, update

from app.auth.client_assertions import (
    Assertion,
    AssertionRefused,
    read_assertion,
    verify_assertion,
)
from app.auth.client_secrets import matching_secret
from app.auth.jwks_fetch import RemoteKeys
from app.models.consumers import Application, Credential
from app.models.tokens import UsedAssertion
from app.queries.consumers import client_with_credentials

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# How an app says who it is that can keep no secret, such as one on a phone.
PUBLIC = "none"
AUTH_METHODS = ("private_key_jwt", "client_secret_basic", "client_secret_post")
# `last_used` needs no more precision, and a write per token would be one for nothing.
LAST_USED_STEP = timedelta(minutes=1)
LONGEST_CLIENT_ID = 200

log = logging.getLogger(__name__)


class NotThisClient(InvalidClientError):
    """The same words whatever was wrong: who exists here is nobody's business."""

    def __init__(self, *, basic: bool) -> None:
        super().__init__(
            description="Client authentication failed. Check the client_id, the credential and "
            "its expiry, and that this authentication method is allowed for the application.",
            status_code=401,
        )
        self.basic = basic

    def get_headers(self) -> list[tuple[str, str]]:
        """RFC 6749 section 5.2: name the scheme to a client that tried it."""
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        return [*headers, ("WWW-Authenticate", 'Basic realm="skolnav"')] if self.basic else headers


@dataclass(frozen=True, slots=True)
class ClientAuthenticator:
    """Authenticates applications within one transaction."""

    session: Session
    remote_keys: RemoteKeys
    audiences: frozenset[str]
    now: datetime

    def authenticate(
        self, headers: Mapping[str, str], form: Mapping[str, str]
    ) -> tuple[Application, str]:
        """The application and the method it used.

        Raises InvalidClientError for every failure alike, InvalidRequestError when it offers
        several proofs at once (RFC 6749 section 2.3); KeysWanted when the application's keys
        must be fetched first, after which everything is to be asked anew.
        """
        basic = "authorization" in headers
        tried = basic + ("client_secret" in form) + ("client_assertion" in form)
        if tried > 1:
            raise InvalidRequestError("Use one way to authenticate, not several at once.")
        if "client_assertion" in form:
            application, method = self._by_assertion(form), "private_key_jwt"
        elif basic:
            application, method = self._by_basic(headers, form), "client_secret_basic"
        elif "client_secret" in form:
            application = self._by_secret(form.get("client_id"), form["client_secret"])
            method = "client_secret_post"
        else:
            application, method = self._find(form.get("client_id", ""))[0], PUBLIC
        if application is None or method not in application.token_endpoint_auth_methods:
            raise NotThisClient(basic=basic)
        return application, method

    def _by_basic(self, headers: Mapping[str, str], form: Mapping[str, str]) -> Application | None:
        client_id, secret = _basic(headers["authorization"])
        if form.get("client_id", client_id) != client_id:
            return None
        return self._by_secret(client_id, secret)

    def _by_secret(self, client_id: str | None, secret: str | None) -> Application | None:
        if not client_id or not secret:
            return None
        application, credentials = self._find(client_id)
        secrets = [credential for credential in credentials if credential.kind == "secret"]
        found = matching_secret(secret, secrets)
        if application is None or found is None:
            return None
        self._touch(found)
        return application

    def _by_assertion(self, form: Mapping[str, str]) -> Application | None:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            return None
        try:
            assertion = read_assertion(form["client_assertion"])
            if form.get("client_id", assertion.client_id) != assertion.client_id:
                return None
            application, credentials = self._find(assertion.client_id)
            keys = self._keys(application, credentials, assertion)
            verify_assertion(assertion, keys, audiences=self.audiences, now=self.now)
        except AssertionRefused as refusal:
            log.info("assertion.refused", extra={"reason": str(refusal)})
            return None
        if application is None or not self._is_first_use(assertion):
            return None
        for credential in credentials:
            if _kid(credential) is not None and _kid(credential) == assertion.kid:
                self._touch(credential)
        return application

    def _keys(
        self,
        application: Application | None,
        credentials: Sequence[Credential],
        assertion: Assertion,
    ) -> list[Mapping[str, object]]:
        if application is None:
            return []
        if application.jwks_uri is not None:
            return list(self.remote_keys.kept(application.jwks_uri, kid=assertion.kid))
        return [key.public_jwk for key in credentials if isinstance(key.public_jwk, dict)]

    def _find(self, client_id: str) -> tuple[Application | None, Sequence[Credential]]:
        if len(client_id) > LONGEST_CLIENT_ID or not client_id.isprintable():
            return None, []
        found = client_with_credentials(self.session, client_id=client_id, now=self.now)
        return found if found is not None else (None, [])

    def _is_first_use(self, assertion: Assertion) -> bool:
        # The primary key decides: of two that come at once, the second waits and finds the row.
        used = {"client_id": assertion.client_id, "jti": assertion.jti}
        done = self.session.execute(
            insert(UsedAssertion)
            .values(**used, expires=assertion.expires)
            .on_conflict_do_nothing()
            .returning(col(UsedAssertion.jti))
        )
        return done.first() is not None

    def _touch(self, credential: Credential) -> None:
        last_used = col(Credential.last_used)
        self.session.execute(
            update(Credential)
            .where(
                col(Credential.id) == credential.id,
                or_(last_used.is_(None), last_used < self.now - LAST_USED_STEP),
            )
            .values(last_used=self.now)
        )


def _basic(header: str) -> tuple[str | None, str | None]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    client_id, _, secret = pair.partition(":")
    # RFC 6749 section 2.3.1: both halves are form-encoded first.
    return unquote_plus(client_id), unquote_plus(secret)


def _kid(credential: Credential) -> object:
    jwk = credential.public_jwk
    return jwk.get("kid") if isinstance(jwk, dict) else None
