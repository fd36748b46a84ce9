"""`/oauth/token`, `/oauth/revoke` and `/oauth/introspect`."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.auth.jwks_fetch import KeysWanted
from app.auth.server import OAuthAnswer, Server
from app.database import Database
from app.errors import ConfigurationError, DatabaseUnavailable, OutcomeUnknown, TooManyRequests
from app.routers.oauth.descriptions import answered, form
from app.routers.oauth.forms import FormRefused, OAuthForm, oauth_form
from app.routers.oauth.services import ready_services
from app.schemas.oauth import (
    IntrospectionAnswer,
    OwnTokenForm,
    Pushed,
    PushedForm,
    Revoked,
    TokenAnswer,
    TokenForm,
)

TOKEN_ERRORS = (
    "invalid_request", "unsupported_grant_type", "unauthorized_client", "invalid_scope",
    "invalid_target", "invalid_grant", "invalid_dpop_proof",
)  # fmt: skip
PUSHED_ERRORS = (
    "invalid_request", "unsupported_response_type", "unauthorized_client", "invalid_scope",
    "invalid_target", "request_not_supported",
)  # fmt: skip
OWN_TOKEN_ERRORS = ("invalid_request", "unsupported_token_type")
REVOCATION_ERRORS = (*OWN_TOKEN_ERRORS, "invalid_grant")
A_TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.AA"  # noqa: S105 - an example
UNKNOWN = (
    "The service lost its data while it stored this request; whether it was stored is not known. "
    "Send it again in 5 seconds, with a new client_assertion if you send one."
)
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

log = logging.getLogger(__name__)
router = APIRouter(prefix="/oauth")


@router.post(
    "/token",
    operation_id="requestToken",
    summary="Get an access token",
    responses=answered(TokenAnswer, "An access token.", TOKEN_ERRORS),
    openapi_extra=form(TokenForm, grant_type="client_credentials", scope="schedule:read"),
)
async def token(request: Request) -> JSONResponse:
    """Give an access token for client credentials (RFC 6749 section 4.4)."""
    return await _answer(request, "token")


@router.post(
    "/revoke",
    operation_id="revokeToken",
    summary="End an access token",
    responses=answered(Revoked, "No such token counts now.", REVOCATION_ERRORS),
    openapi_extra=form(OwnTokenForm, token=A_TOKEN),
)
async def revoke(request: Request) -> JSONResponse:
    """End one of the caller's own tokens (RFC 7009)."""
    return await _answer(request, "revocation")


@router.post(
    "/introspect",
    operation_id="introspectToken",
    summary="Ask whether an access token counts",
    responses=answered(IntrospectionAnswer, "What the token is.", OWN_TOKEN_ERRORS),
    openapi_extra=form(OwnTokenForm, token=A_TOKEN),
)
async def introspect(request: Request) -> JSONResponse:
    """Tell whether one of the caller's own tokens still counts (RFC 7662)."""
    return await _answer(request, "introspection")


@router.post(
    "/par",
    operation_id="pushAuthorizationRequest",
    summary="Push an authorization request",
    status_code=201,
    responses=answered(Pushed, "The request_uri to send the person with.", PUSHED_ERRORS, 201),
    openapi_extra=form(PushedForm, response_type="code", scope="schedule:read",
                       redirect_uri="https://app.example.se/back",
                       code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                       code_challenge_method="S256"),
)  # fmt: skip
async def par(request: Request) -> JSONResponse:
    """Keep an authorization request under a name that is good once, for 90 seconds (RFC 9126)."""
    return await _answer(request, "par")


async def _answer(request: Request, endpoint: str) -> JSONResponse:
    request.state.route = f"POST {request.url.path}"
    try:
        # By address: before its credential is checked, a client id is only a claim, and
        # limiting by it would let anyone use up somebody else's limit.
        request.app.state.rate_limits.hit_token(request.client.host if request.client else "")
        form = await oauth_form(request)
        answer = await _served(request, endpoint, form)
    except FormRefused as refusal:
        return _error(refusal.status, "invalid_request", refusal.description)
    except TooManyRequests as refusal:
        return _error(HTTPStatus.TOO_MANY_REQUESTS, "slow_down", refusal.message, refusal.headers)
    except DatabaseUnavailable as refusal:
        message = UNKNOWN if isinstance(refusal, OutcomeUnknown) else refusal.message
        return _error(
            HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable", message, refusal.headers
        )
    except ConfigurationError as failure:
        log.exception("oauth.misconfigured", exc_info=failure)
        message = "The authorization server cannot sign tokens just now; its operator must act."
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable", message)
    return JSONResponse(answer.body, answer.status, {**answer.headers, **NO_STORE})


async def _served(request: Request, endpoint: str, form: OAuthForm) -> OAuthAnswer:
    while True:
        try:
            return await anyio.to_thread.run_sync(_decided, request, endpoint, form)
        except KeysWanted as wanted:
            # Between two transactions: a slow server of keys holds no database connection, and
            # what changes meanwhile counts. Keys that were tried for are not wanted again.
            await ready_services(request.app.state).remote_keys.refresh(wanted)


def _decided(request: Request, endpoint: str, form: OAuthForm) -> OAuthAnswer:
    state = request.app.state
    services = ready_services(state)
    database: Database = state.database
    # Answered after the commit: a used assertion or a revocation is durable before it is told.
    with database.transaction() as session:
        server = Server(session, services, state.authenticator.clock())
        if endpoint == "par":
            answer = server.push(form.headers, form.parameters)
        else:
            answer = server.answer(endpoint, form.headers, form.parameters)
    # For the log and the metrics; one who only claims to be a consumer is not named there.
    request.state.client_id = server.client_id or "-"
    return answer


def _error(
    status: HTTPStatus, error: str, description: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body: dict[str, Any] = {"error": error, "error_description": description}
    return JSONResponse(body, status, {**(headers or {}), **NO_STORE})
