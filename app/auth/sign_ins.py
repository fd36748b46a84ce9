"""A sign-in from its beginning to the person's identifier: what must match, and what is taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.auth.provider_documents import Line, Metadata, json_answer
from app.auth.provider_tokens import LONGEST_VALUE, IdToken, unverified_claims
from app.auth.sign_in_refusals import ProviderUnavailable, SignInRefused, Why
from app.auth.strict_json import is_plain_text, same_text
from app.settings import IdentityProvider

# Whoever takes longer at the provider begins anew.
LONGEST_SIGN_IN = timedelta(minutes=15)
READ_ONCE = ("state", "iss", "error", "code")
# Errors of the authorization endpoint after which the same person may succeed a moment later.
PASSING = ("temporarily_unavailable", "server_error")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """A sign-in that was begun. Kept where only the browser that began it brings it back."""

    provider: str
    redirect_uri: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    began: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun(Pending):
    """And where to send the browser."""

    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """Who signed in. `identifier` is the claim that the settings name; it may be personal."""

    provider: str
    issuer: str
    subject: str
    sid: str | None
    acr: str | None
    auth_time: datetime | None
    identifier: str = field(repr=False)
    id_token: str = field(repr=False)


def checked_state(
    provider: IdentityProvider, pending: Pending, query: list[tuple[str, str]], now: datetime
) -> dict[str, str]:
    """What came back, if it is of the sign-in that was begun. Raises SignInRefused."""
    given = dict(query)
    if any(sum(name == once for name, _ in query) > 1 for once in READ_ONCE):
        raise SignInRefused(Why.QUERY)
    same = same_text(given.get("state", ""), pending.state)
    if not same or not pending.state or pending.provider != provider.name:
        raise SignInRefused(Why.STATE)
    if now - pending.began > LONGEST_SIGN_IN:
        raise SignInRefused(Why.TOO_LATE)
    return given


def checked_code(provider: IdentityProvider, metadata: Metadata, given: Mapping[str, str]) -> str:
    """The code, from an answer that came from this provider and no other (RFC 9207).

    Raises SignInRefused, ProviderUnavailable.
    """
    if ("iss" in given or metadata.names_itself) and given.get("iss") != provider.issuer:
        raise SignInRefused(Why.MIX_UP)
    error = given.get("error")
    if error in PASSING:
        raise ProviderUnavailable("says so itself")
    if error is not None:
        cancelled = error == "access_denied"
        raise SignInRefused(Why.CANCELLED if cancelled else Why.PROVIDER_REFUSED)
    if not given.get("code"):
        raise SignInRefused(Why.QUERY)
    return given["code"]


def userinfo(
    line: Line, metadata: Metadata, access_token: str, verified: IdToken
) -> Mapping[str, Any]:
    """What the provider tells about the same person elsewhere.

    Raises SignInRefused, ProviderUnavailable.
    """
    if metadata.userinfo_endpoint is None:
        raise SignInRefused(Why.CLAIM_MISSING)
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    claims = json_answer(line.ask("GET", metadata.userinfo_endpoint, headers))
    if claims.get("sub") != verified.subject:
        raise SignInRefused(Why.USERINFO)
    return claims


def identifier(provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    """The claim that the settings name. Raises SignInRefused."""
    if claims.get(provider.claim) is None:
        raise SignInRefused(Why.CLAIM_MISSING)
    value = claims[provider.claim]
    # Whoever may write any address into their profile would be anyone.
    unproved = provider.identifies == "email" and claims.get("email_verified", True) is not True
    if unproved or not is_plain_text(value, LONGEST_VALUE) or value != value.strip():
        raise SignInRefused(Why.CLAIM)
    return str(value)


def is_private(provider: IdentityProvider, id_token: str) -> bool:
    """Whether an id_token of this provider may hold a personal number."""
    if provider.identifies != "civicNo":
        return False
    try:
        return provider.claim in unverified_claims(id_token)
    except ValueError:
        return True
