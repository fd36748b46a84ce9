"""`/sign-in`, `/sign-out`, and what the identity provider calls."""

import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from app.auth.identity_providers import IdentityProviders
from app.auth.provider_tokens import LogoutToken
from app.auth.sign_in_refusals import LogoutTokenRefused, ProviderUnavailable, SignInRefused
from app.auth.sign_ins import Pending, SignedIn
from app.database import Database
from app.errors import TooManyRequests
from app.queries.signing_in import person_signed_in
from app.services.consents import close_session, close_sessions_of, first_use, open_session
from app.settings import IdentityProvider, Settings
from app.web import browser
from app.web.bodies import read_form
from app.web.pages import language, message_page, page, sent_on

PENDING = "sign-in"
PENDING_SECONDS = 900
LONGEST_WAY_BACK, LARGEST_FORM = 2_500, 16_384
# Where a sign-in may lead: a page of ours that needs to know who reads it.
WAYS_BACK = ("/oauth/authorize?",)
OUT = "/sign-out"

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def choose(request: Request) -> Response:
    """Which way to sign in; the only one, where there is one."""
    request.state.route = "GET /sign-in"
    configured = list(_providers(request).providers.values())
    if len(configured) == 1:
        return await _begin(request, configured[0])
    way_back = quote(_way_back(request) or "", safe="")
    listed = [(one.label, f"/sign-in/{one.name}?to={way_back}") for one in configured]
    return page(request, "choose_provider.html", providers=listed)


@router.get("/sign-in/{name}")
async def begin(request: Request, name: str) -> Response:
    """Send the browser to the identity provider."""
    request.state.route = "GET /sign-in/{name}"
    provider = _providers(request).providers.get(name)
    if provider is None:
        return message_page(request, "refused", status=HTTPStatus.NOT_FOUND)
    return await _begin(request, provider)


@router.get("/sign-in/{name}/callback")
async def finish(request: Request, name: str) -> Response:
    """The browser comes back: sign in whoever the provider says it is, and go on."""
    request.state.route = "GET /sign-in/{name}/callback"
    state, settings = request.app.state, _settings(request)
    providers = _providers(request)
    provider = providers.providers.get(name)
    cookie = request.cookies.get(browser.pending_cookie(settings))
    kept = browser.unsealed(state, cookie, purpose=PENDING)
    if provider is None or kept is None:
        # Without the cookie of a sign-in that this browser began it may be somebody else's.
        return message_page(request, "refused", status=HTTPStatus.BAD_REQUEST)
    way_back = kept.pop("to")
    pending = Pending(**kept | {"began": datetime.fromisoformat(kept["began"])})
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    try:
        signed_in = await anyio.to_thread.run_sync(
            providers.finish, provider, pending, query, _now(request), limiter=providers.threads
        )
        answer = await run_in_threadpool(_signed_in, request, provider, signed_in, way_back)
    except SignInRefused:
        answer = message_page(request, "refused", status=HTTPStatus.BAD_REQUEST)
    except ProviderUnavailable:
        answer = message_page(request, "unavailable", status=HTTPStatus.SERVICE_UNAVAILABLE)
    browser.drop_cookie(answer, settings, browser.pending_cookie(settings))
    return answer


@router.get(OUT)
async def ask_to_sign_out(request: Request) -> Response:
    """A page with a button: a link alone must not sign anybody out."""
    request.state.route = f"GET {OUT}"
    found = await run_in_threadpool(_browser, request)
    if found is None:
        return message_page(request, "out", status=HTTPStatus.OK)
    return page(request, "sign_out.html", csrf=found.csrf(request.app.state, OUT), action=OUT)


@router.post(OUT)
async def sign_out(request: Request) -> Response:
    """End the session here, and the provider's own where it offers that."""
    request.state.route = f"POST {OUT}"
    form = dict(await read_form(request, most=LARGEST_FORM))
    found = await run_in_threadpool(_browser, request)
    if found is None:
        return message_page(request, "out", status=HTTPStatus.OK)
    ours = found.sent(request.app.state, OUT, form.get("csrf"))
    if not ours or browser.is_cross_site(request):
        return message_page(request, "form", status=HTTPStatus.FORBIDDEN)
    await run_in_threadpool(_close, request, found.secret)
    settings, providers = _settings(request), _providers(request)
    address: str | None = None
    if provider := providers.providers.get(found.session.provider):
        end = partial(
            providers.end_session_url, provider, None, settings.public_url + OUT,
            language(request),
        )  # fmt: skip
        address = await anyio.to_thread.run_sync(end, limiter=providers.threads)
    answer: Response = (
        sent_on(address) if address else message_page(request, "out", status=HTTPStatus.OK)
    )
    browser.drop_cookie(answer, settings, browser.session_cookie(settings))
    return answer


@router.post("/sign-in/{name}/back-channel-logout")
async def back_channel_logout(request: Request, name: str) -> Response:
    """The provider tells which sessions have ended (OpenID Connect Back-Channel Logout 1.0)."""
    request.state.route = "POST /sign-in/{name}/back-channel-logout"
    providers = _providers(request)
    provider = providers.providers.get(name)
    form = dict(await read_form(request, most=LARGEST_FORM))
    headers = {"Cache-Control": "no-store"}
    try:
        if provider is None or "logout_token" not in form:
            return JSONResponse({"error": "invalid_request"}, HTTPStatus.BAD_REQUEST, headers)
        token = await anyio.to_thread.run_sync(
            providers.verify_logout_token, provider, form["logout_token"], _now(request),
            limiter=providers.threads,
        )  # fmt: skip
    except LogoutTokenRefused:
        return JSONResponse({"error": "invalid_request"}, HTTPStatus.BAD_REQUEST, headers)
    except ProviderUnavailable:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"error": "temporarily_unavailable"}, status, headers)
    if not await run_in_threadpool(_ended, request, token):
        return JSONResponse({"error": "invalid_request"}, HTTPStatus.BAD_REQUEST, headers)
    return Response(status_code=HTTPStatus.OK, headers=headers)


async def _begin(request: Request, provider: IdentityProvider) -> Response:
    settings, providers = _settings(request), _providers(request)
    way_back = _way_back(request)
    if way_back is None:
        return message_page(request, "refused", status=HTTPStatus.BAD_REQUEST)
    redirect_uri = f"{settings.public_url}/sign-in/{provider.name}/callback"
    try:
        request.app.state.rate_limits.hit_token(request.client.host if request.client else "")
        begun = await anyio.to_thread.run_sync(
            providers.begin, provider, redirect_uri, _now(request), limiter=providers.threads
        )
    except TooManyRequests as refusal:
        return message_page(request, "busy", status=refusal.status, headers=refusal.headers)
    except ProviderUnavailable:
        return message_page(request, "unavailable", status=HTTPStatus.SERVICE_UNAVAILABLE)
    kept: dict[str, Any] = asdict(begun) | {"began": begun.began.isoformat(), "to": way_back}
    address = kept.pop("url")
    answer = sent_on(address)
    sealed = browser.sealed(request.app.state, kept, purpose=PENDING)
    name = browser.pending_cookie(settings)
    browser.set_cookie(answer, settings, name, sealed, seconds=PENDING_SECONDS)
    return answer


def _signed_in(
    request: Request, provider: IdentityProvider, who: SignedIn, way_back: str
) -> Response:
    settings, database = _settings(request), _database(request)
    former = request.cookies.get(browser.session_cookie(settings))
    lifetime = timedelta(minutes=settings.session_minutes)
    with database.transaction() as session:
        person_id = person_signed_in(session, identifies=provider.identifies, value=who.identifier)
        if person_id is None:
            log.info("sign_in.not_in_register", extra={"provider": provider.name})
            return message_page(request, "not_known", status=HTTPStatus.FORBIDDEN)
        if former:
            close_session(session, secret=former)
        # Always a new one: whoever planted a session's cookie before does not get this.
        secret = open_session(
            session, person_id=person_id, provider=provider.name, issuer=who.issuer,
            subject=who.subject, sid=who.sid, acr=who.acr, lifetime=lifetime, now=_now(request),
        )  # fmt: skip
    answer = sent_on(way_back)
    name = browser.session_cookie(settings)
    browser.set_cookie(answer, settings, name, secret, seconds=int(lifetime.total_seconds()))
    return answer


def _browser(request: Request) -> browser.Browser | None:
    with _database(request).transaction() as session:
        return browser.browser_of(request, session, _now(request))


def _close(request: Request, secret: str) -> None:
    with _database(request).transaction() as session:
        close_session(session, secret=secret)


def _ended(request: Request, token: LogoutToken) -> bool:
    with _database(request).transaction() as session:
        if not first_use(session, of=token.issuer, jti=token.jti, expires=token.expires):
            return False
        close_sessions_of(session, issuer=token.issuer, subject=token.subject, sid=token.sid)
    return True


def _way_back(request: Request) -> str | None:
    """Where to go on after signing in: one of our own pages, never another place."""
    way_back = request.query_params.get("to", "")
    if len(way_back) > LONGEST_WAY_BACK or not way_back.startswith(WAYS_BACK):
        return None
    return way_back if way_back.isascii() and way_back.isprintable() else None


def _providers(request: Request) -> IdentityProviders:
    found: IdentityProviders = request.app.state.identity_providers
    return found


def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.authenticator.clock()
    return now
