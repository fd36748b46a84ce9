"""Why a sign-in at an identity provider comes to nothing, in words that are ours alone.

What the provider sent stands in none of them: it may be about a person, or made to mislead one.
"""

from enum import StrEnum


class Why(StrEnum):
    """The reason of a refusal: for the log, and to choose what a person is told."""

    CANCELLED = "cancelled"
    PROVIDER_REFUSED = "provider_refused"
    STATE = "state"
    TOO_LATE = "too_late"
    MIX_UP = "mix_up"
    QUERY = "query"
    CODE = "code"
    MALFORMED = "malformed_token"
    ALGORITHM = "algorithm"
    TYPE = "token_type"
    KEY = "key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    SUBJECT = "subject"
    SESSION = "session"
    EXPIRED = "expired"
    ISSUED = "issued_at"
    NONCE = "nonce"
    ACR = "acr"
    AUTH_TIME = "auth_time"
    AT_HASH = "at_hash"
    EVENTS = "events"
    TOKEN_ID = "jti"  # noqa: S105 - the name of a claim
    USERINFO = "userinfo"
    CLAIM_MISSING = "claim_missing"
    CLAIM = "claim"


class ProviderUnavailable(Exception):
    """The provider gave no usable answer; a later attempt may succeed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The identity provider gave no usable answer ({reason}).")
        self.reason = reason


class JwtRefused(Exception):
    """What the provider signed proves nothing."""

    def __init__(self, reason: Why) -> None:
        super().__init__(f"Refused ({reason}).")
        self.reason = reason


class SignInRefused(Exception):
    """Nobody is signed in by this; the person may begin anew."""

    def __init__(self, reason: Why) -> None:
        super().__init__(f"The sign-in was refused ({reason}).")
        self.reason = reason


class LogoutTokenRefused(Exception):
    """Nobody is signed out by this."""

    def __init__(self, reason: Why) -> None:
        super().__init__(f"The logout token was refused ({reason}).")
        self.reason = reason
