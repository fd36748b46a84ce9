"""Reads an OAuth request's form strictly: one content type, one value each, a cap on size."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import Request

LARGEST_BODY = 64 * 1024
MOST_PARAMETERS = 50
FORM = "application/x-www-form-urlencoded"


class FormRefused(Exception):
    """The request is not one that an OAuth endpoint takes (`invalid_request`)."""

    def __init__(self, description: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(description)
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class OAuthForm:
    """The parameters of the body, and the headers Authorization and DPoP where they were sent."""

    parameters: dict[str, str]
    headers: dict[str, str]


async def oauth_form(request: Request) -> OAuthForm:
    """Read the form. Raises FormRefused."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != FORM:
        raise FormRefused(f"Send the parameters as {FORM} in the body.")
    if request.scope["query_string"]:
        # Query strings end up in logs, and secrets with them.
        raise FormRefused("Send the parameters in the body, none in the query string.")
    authorizations = request.headers.getlist("authorization")
    if len(authorizations) > 1:
        raise FormRefused("Send one Authorization header at most.")
    headers = {"authorization": authorizations[0]} if authorizations else {}
    proofs = request.headers.getlist("dpop")
    if len(proofs) > 1:
        raise FormRefused("Send one DPoP header at most.")
    if proofs:
        headers["dpop"] = proofs[0]
    return OAuthForm(_parameters(await _body(request)), headers)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise FormRefused(
                "The body is larger than 64 KiB.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            )
    return bytes(body)


def _parameters(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError as failure:
        raise FormRefused("The body is not a well-formed form in UTF-8.") from failure
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise FormRefused("A parameter stands more than once; send each once.")
    if any("\0" in value for _, value in pairs):
        raise FormRefused("A parameter holds a NUL character.")
    # RFC 6749 section 3.2: a parameter without a value counts as not sent.
    return {name: value for name, value in pairs if value}
