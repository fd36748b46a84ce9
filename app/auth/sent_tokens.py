"""How a request sends its access token (RFC 6750 section 2, RFC 9449 section 7.1)."""

from dataclasses import dataclass

from starlette.types import Scope

from app.auth.tokens import LONGEST_TOKEN, TokenRefused


@dataclass(frozen=True, slots=True)
class SentProof:
    """The DPoP proof that a token came with, and for which request."""

    proof: str
    method: str
    url: str
    # By this same request before, which asks again what it may see.
    proved: bool = False


def sent_token(scope: Scope, *, public_url: str, proved: bool) -> tuple[str, SentProof | None]:
    """A request's token, and the proof that came with it under the scheme DPoP.

    Raises TokenRefused.
    """
    headers = [value for name, value in scope["headers"] if name == b"authorization"]
    query: bytes = scope["query_string"]
    if query.startswith(b"access_token=") or b"&access_token=" in query:
        raise TokenRefused(
            "Tokens are never taken from the query string, where logs keep them; "
            "send the Authorization header.",
            error="invalid_request",
        )
    if not headers:
        raise TokenRefused(
            "This operation needs an access token: send Authorization: Bearer, with a token "
            f"from {public_url}/oauth/token.",
            error=None,
        )
    value: bytes = headers[0]
    scheme, _, token = value.decode("latin-1").partition(" ")
    token = token.strip(" ")
    known_scheme = scheme.lower() in ("bearer", "dpop")
    if len(headers) > 1 or not known_scheme or not token or " " in token:
        raise TokenRefused(
            "Send one Authorization header of the form Bearer, space, access token.",
            error="invalid_request",
        )
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused("The access token is not valid.")
    if scheme.lower() == "bearer":
        return token, None
    proofs = [value for name, value in scope["headers"] if name == b"dpop"]
    if len(proofs) != 1:
        raise TokenRefused("Send one DPoP header with the proof.")
    address = public_url + scope["path"]
    return token, SentProof(proofs[0].decode("latin-1"), scope["method"], address, proved)
