"""What the OAuth door's OpenAPI document says of requests, refusals and headers."""

from collections.abc import Iterable
from typing import Any

from app.auth.client_authentication import ASSERTION_TYPE
from app.routers.oauth.forms import FORM
from app.schemas.oauth import CredentialsForm, OAuthError, OAuthModel
from app.schemas.responses import AGAIN, CACHED, header, problem_response

Responses = dict[int | str, dict[str, Any]]
PROVED = {
    "secret": {"client_id": "skolapp-1f3a9c20", "client_secret": "skn_as-it-was-shown-once"},
    "assertion": {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": "eyJhbGciOiJFUzI1NiJ9.e30.AA",
    },
}
SUMMARIES = {"secret": "With a secret", "assertion": "With a signed assertion"}


NO_STORE = {"Cache-Control": header("`no-store`")}
LIMITS = {
    "RateLimit-Policy": header("How many requests a minute an address may make."),
    "RateLimit": header("How many of them are left, and for how many seconds."),
}
CHALLENGE = {"WWW-Authenticate": header("The Basic scheme, to whoever tried it.")}


def answered(
    model: type[OAuthModel], description: str, errors: Iterable[str], status: int = 200
) -> Responses:
    """The answers of a form endpoint, and which errors its 400 may name."""
    bad_request = ", ".join(f"`{error}`" for error in errors)
    described = {
        400: (f"{bad_request}: the description says what to change.", {}),
        401: (
            "`invalid_client`: the same words for an unknown consumer and every wrong credential.",
            CHALLENGE,
        ),
        413: ("`invalid_request`: the body is larger than 64 KiB.", {}),
        429: ("`slow_down`: too many requests from this address.", AGAIN | LIMITS),
        503: (
            "`temporarily_unavailable`: try again; the description says whether something may "
            "have been done, and an assertion used up.",
            AGAIN,
        ),
    }
    refused: Responses = {
        status: {"model": OAuthError, "description": words, "headers": NO_STORE | more}
        for status, (words, more) in described.items()
    }
    return {status: {"model": model, "description": description, "headers": NO_STORE}} | refused


def published(model: type[OAuthModel], description: str) -> Responses:
    """The answer of an endpoint that says the same to everyone."""
    return {200: {"model": model, "description": description, "headers": CACHED}}


def form(shape: type[CredentialsForm], **own: str) -> dict[str, Any]:
    """A form as an operation's request body, with an example for each way to prove oneself."""
    schema = shape.model_json_schema()
    examples = {
        name: {"summary": SUMMARIES[name], "value": own | proof} for name, proof in PROVED.items()
    }
    content = {FORM: {"schema": schema, "examples": examples}}
    return {"requestBody": {"required": True, "content": content}}


UNAVAILABLE: Responses = {
    503: problem_response("The database does not answer just now.", AGAIN),
}
