"""Every refusal the service can give, with its status, code and words.

A door renders them in its own shape: SS 12000's, OAuth's, or as RFC 9457 problems.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

SHOWN_IN_MESSAGES = 80


def shown(value: str) -> str:
    """A value as it may stand in a message: short, printable."""
    printable = "".join(sign if sign.isprintable() else "?" for sign in value)
    return printable if len(printable) <= SHOWN_IN_MESSAGES else printable[:SHOWN_IN_MESSAGES] + "…"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a body, and where: `scheduleEntries[2].startTime`."""

    path: str
    message: str


class Refusal(Exception):
    """A request that is answered with an error. `message` tells its caller what to do.

    It never tells whether something exists that they may not see. `faults` are what it sums up.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "badRequest"

    def __init__(
        self, message: str, *, headers: Mapping[str, str] | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.message = message
        self.headers: dict[str, str] = dict(headers or {})
        self.faults = tuple(faults)

    @property
    def errors(self) -> list[dict[str, str]]:
        """The faults as a body shows them."""
        return [{"path": fault.path, "message": fault.message} for fault in self.faults]


class BadParameter(Refusal):
    """A query parameter is unknown, malformed, repeated with different values, or missing."""

    code = "badParameter"


class BadBody(Refusal):
    """The request body is not what the operation takes."""

    code = "badBody"


class BadHeader(Refusal):
    """A header is not in the form that its definition gives it."""

    code = "badHeader"


class BadPageToken(Refusal):
    """The pageToken is not one of ours, or belongs to another consumer or other filters."""

    code = "badPageToken"


class PageTokenExpired(Refusal):
    """The pageToken was ours but is too old."""

    status = 410
    code = "pageTokenExpired"


class DeletionsForgotten(Refusal):
    """Deletions are asked for since a time that retention no longer remembers."""

    status = 410
    code = "deletionsForgotten"


class NotAuthenticated(Refusal):
    """No token, or one that is not valid (RFC 6750 section 3.1: invalid_token)."""

    status = 401
    code = "unauthorized"

    def __init__(self, message: str, *, error: str | None, challenge: str) -> None:
        described = f', error="{error}", error_description="{message}"' if error else ""
        super().__init__(message, headers={"WWW-Authenticate": challenge + described})


class ScopeMissing(Refusal):
    """The token is valid but lacks the scope the operation needs (RFC 6750: insufficient_scope)."""

    status = 403
    code = "insufficientScope"

    def __init__(self, *scopes: str, challenge: str) -> None:
        scope = " ".join(scopes)
        needed = f"the scope {scope}" if len(scopes) == 1 else f"one of the scopes {scope}"
        message = f"This operation needs {needed}, which the token does not carry."
        described = f'error="insufficient_scope", error_description="{message}", scope="{scope}"'
        super().__init__(message, headers={"WWW-Authenticate": f"{challenge}, {described}"})
        self.scope = scope


class Forbidden(Refusal):
    """The caller's grant does not hold what the request needs besides the scope."""

    status = 403
    code = "forbidden"


class NotFound(Refusal):
    """No such object, or none that the caller may see: the two are told apart nowhere."""

    status = 404
    code = "notFound"


class NotOffered(NotFound):
    """A resource of the standard that this city does not offer."""

    code = "notOffered"


class MethodNotAllowed(Refusal):
    """The path exists, the method does not."""

    status = 405
    code = "methodNotAllowed"


class NotAcceptable(Refusal):
    """The Accept header excludes everything the operation can answer."""

    status = 406
    code = "notAcceptable"


class Conflict(Refusal):
    """What was asked for contradicts what is already so; the message says what."""

    status = 409
    code = "conflict"


class IdempotencyKeyReused(Conflict):
    """The Idempotency-Key was sent before, with something else."""

    code = "idempotencyKeyReused"


class PreconditionFailed(Refusal):
    """If-Match names another state of the object than the one it is in."""

    status = 412
    code = "preconditionFailed"


class PreconditionRequired(Refusal):
    """If-Match is missing where nothing is changed unseen (RFC 6585 section 3)."""

    status = 428
    code = "preconditionRequired"


class BodyTooLarge(Refusal):
    """The request body is larger than the operation takes."""

    status = 413
    code = "bodyTooLarge"


class UriTooLong(Refusal):
    """The query string is larger than any request needs."""

    status = 414
    code = "uriTooLong"


class UnsupportedMediaType(Refusal):
    """The body's Content-Type is not one the operation takes."""

    status = 415
    code = "unsupportedMediaType"


class InternalError(Refusal):
    """A fault of ours."""

    status = 500
    code = "internalError"


class TooManyRequests(Refusal):
    """The consumer's rate limit is used up; Retry-After says for how long."""

    status = 429
    code = "tooManyRequests"


class TooLarge(Refusal):
    """A lookup that would answer more rows than the server gives at once: split the batch."""

    status = 503
    code = "answerTooLarge"


class DatabaseUnavailable(Refusal):
    """The database does not answer just now. Nothing was done; trying again is safe."""

    status = 503
    code = "temporarilyUnavailable"

    def __init__(self, retry_after_seconds: int = 5) -> None:
        super().__init__(
            "The service cannot reach its data just now. Nothing was changed; try again "
            f"in {retry_after_seconds} seconds.",
            headers={"Retry-After": str(retry_after_seconds)},
        )


class SchemaOutdated(DatabaseUnavailable):
    """The database answers, but lacks a migration that this release needs."""

    def __init__(self) -> None:
        super().__init__(30)
        self.message = (
            "The service's data is not yet in the form that this release needs. Nothing was "
            "changed; try again in 30 seconds."
        )


class OutcomeUnknown(DatabaseUnavailable):
    """The database went away while it was told to commit: perhaps it has."""

    code = "outcomeUnknown"

    def __init__(self) -> None:
        super().__init__()
        self.message = (
            "The service lost its data while it stored what was sent; whether it was stored is not "
            "known. Send the same request with the same Idempotency-Key again in 5 seconds; "
            "without a key, look first whether it is there."
        )


class StreamsBusy(Refusal):
    """No more whole sets can be streamed just now; pages are answered as ever."""

    status = 503
    code = "streamsBusy"

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_seconds)})


class StreamInterrupted(Refusal):
    """What the caller may see is no longer what a stream began with; the words tell no more."""

    status = 503
    code = "streamInterrupted"

    def __init__(self) -> None:
        super().__init__(
            "What this consumer may see changed while the answer was prepared. Nothing was sent; "
            "ask again.",
            headers={"Retry-After": "1"},
        )


class IssuerUnavailable(Refusal):
    """The keys of the token's issuer cannot be had just now, so nothing can be said of it."""

    status = 503
    code = "temporarilyUnavailable"

    def __init__(self, retry_after_seconds: int = 60) -> None:
        super().__init__(
            "The keys of the access token's issuer cannot be fetched just now, so the token "
            f"cannot be checked. Try again in {retry_after_seconds} seconds.",
            headers={"Retry-After": str(retry_after_seconds)},
        )


class ConfigurationError(Exception):
    """The installation is not set up so that it can run; the message says what to change."""
