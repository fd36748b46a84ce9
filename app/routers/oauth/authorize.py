"""`/oauth/authorize`: the page on which a person allows an app what it asks for, or does not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, quote
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from app.auth.authorization_requests import (
    AuthorizationRequest,
    NoSuchApp,
    RequestRefused,
    read_authorization_request,
    use_up,
)
from app.auth.authorizations import issue_code
from app.auth.redirect_uris import is_claimed
from app.auth.server import OAuthServices
from app.database import Database, Session
from app.errors import Refusal
from app.local_time import local_day
from app.models.consents import Consent
from app.queries.consents import living_consent
from app.queries.people_views import Family, family_of
from app.routers.oauth.services import ready_services
from app.services.consents import give_consent, record_page
from app.web import browser
from app.web.bodies import read_form
from app.web.pages import message_page, page, sent_on

AUTHORIZE = "/oauth/authorize"
LONGEST_QUERY, LARGEST_FORM = 2_400, 16_384
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that a signed-in person is asked about."""

    request: AuthorizationRequest
    family: Family
    browser: browser.Browser
    services: OAuthServices
    purpose: str
    now: datetime

    @property
    def issuer(self) -> str:
        """Who answers (RFC 9207)."""
        return self.services.settings.public_url

    def refused(self, error: str, description: str) -> Response:
        """Tell the app."""
        target = self.request.target
        return sent_on(target.answer(self.issuer, error=error, error_description=description))


@router.get(AUTHORIZE)
async def ask(request: Request) -> Response:
    """Show what the app asks for; go on at once when all of it was allowed before."""
    request.state.route = f"GET {AUTHORIZE}"
    return await _answered(request, None)


@router.post(AUTHORIZE)
async def decide(request: Request) -> Response:
    """What the person decided."""
    request.state.route = f"POST {AUTHORIZE}"
    try:
        form = await read_form(request, most=LARGEST_FORM)
    except Refusal:
        return message_page(request, "form", status=HTTPStatus.BAD_REQUEST)
    return await _answered(request, form)


async def _answered(request: Request, form: list[tuple[str, str]] | None) -> Response:
    query: bytes = request.scope["query_string"]
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    parameters = {name: value for name, value in pairs if value}
    if len(query) > LONGEST_QUERY or len(parameters) != len([one for one in pairs if one[1]]):
        return message_page(request, "unknown_app", status=HTTPStatus.BAD_REQUEST)
    try:
        request.app.state.rate_limits.hit_token(request.client.host if request.client else "")
        return await anyio.to_thread.run_sync(_decided, request, parameters, form)
    except NoSuchApp as refusal:
        stale = refusal.reason == "request_uri"
        about = "unknown_request" if stale else "unknown_app"
        return message_page(request, about, status=HTTPStatus.BAD_REQUEST)
    except RequestRefused as refusal:
        issuer = request.app.state.settings.public_url
        told = {"error": refusal.error, "error_description": refusal.description}
        return sent_on(refusal.target.answer(issuer, **told))
    except Refusal as refusal:
        about = "busy" if refusal.status == HTTPStatus.TOO_MANY_REQUESTS else "unavailable"
        return message_page(request, about, status=refusal.status, headers=refusal.headers)


def _decided(
    request: Request, parameters: Mapping[str, str], form: list[tuple[str, str]] | None
) -> Response:
    services = ready_services(request.app.state)
    database: Database = request.app.state.database
    now: datetime = request.app.state.authenticator.clock()
    today = local_day(now)
    # Answered after the commit: a code is there before anybody is told of it.
    with database.transaction() as session:
        wanted = read_authorization_request(
            session, parameters, issuer=services.settings.public_url, today=today, now=now
        )
        found = browser.browser_of(request, session, now)
        family = None
        if found is not None:
            family = family_of(session, person_id=found.session.person_id, today=today)
        if found is None or family is None or _must_sign_in(wanted, found, form, now):
            return _sent_to_sign_in(request, services, wanted)
        purpose = f"{AUTHORIZE}?{request.scope['query_string'].decode('latin-1')}"
        asked = Asked(wanted, family, found, services, purpose, now)
        if form is None:
            return _shown(request, session, asked)
        return _taken(request, session, asked, form)


def _must_sign_in(
    wanted: AuthorizationRequest, found: browser.Browser, form: object, now: datetime
) -> bool:
    """Whether the app asks for a sign-in of this moment, and this is not the way back from one."""
    if "login" not in wanted.prompts or form is not None:
        return False
    return (now - found.session.signed_in).total_seconds() > 120


def _sent_to_sign_in(
    request: Request, services: OAuthServices, wanted: AuthorizationRequest
) -> Response:
    if "none" in wanted.prompts:
        answer = wanted.target.answer(
            services.settings.public_url, error="login_required",
            error_description="Nobody is signed in with this browser.",
        )  # fmt: skip
        return sent_on(answer)
    back = f"{AUTHORIZE}?{request.scope['query_string'].decode('latin-1')}"
    return sent_on(f"/sign-in?to={quote(back, safe='')}")


def _shown(request: Request, session: Session, asked: Asked) -> Response:
    wanted = asked.request
    consent = living_consent(
        session, application_id=wanted.application.id, person_id=asked.family.person.id
    )
    remembered = consent is not None and wanted.scopes <= frozenset(consent.scopes)
    # What leads to loopback or an app's own scheme may be somebody else's by now (RFC 8252, 8.6).
    if remembered and is_claimed(wanted.target.redirect_uri) and "consent" not in wanted.prompts:
        assert consent is not None
        return _coded(session, asked, consent, wanted.scopes)
    if "none" in wanted.prompts:
        return asked.refused("consent_required", "The person has not allowed all of this yet.")
    return _consent_page(request, session, asked)


def _consent_page(
    request: Request, session: Session, asked: Asked, *, fault: bool = False
) -> Response:
    wanted, person = asked.request, asked.family.person
    cleared = wanted.grant.sees_protected
    if person.protected and not cleared:
        return message_page(request, "nothing", status=HTTPStatus.FORBIDDEN)
    children = asked.family.children
    record_page(session, wanted, asked.family, request_id=request.state.request_id, now=asked.now)
    return page(
        request, "consent.html", status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        forms_lead_to=wanted.target.redirect_uri, fault=fault,
        app_name=wanted.application.name, maker=wanted.organisation.name,
        person=f"{person.given_name} {person.family_name}", scopes=sorted(wanted.scopes),
        children=[child for child in children if cleared or not child.protected],
        withheld=[child for child in children if child.protected and not cleared],
        action=asked.purpose, csrf=asked.browser.csrf(request.app.state, asked.purpose),
        days=asked.services.settings.refresh_token_days,
        back_to=wanted.target.redirect_uri.partition("?")[0],
    )  # fmt: skip


def _taken(
    request: Request, session: Session, asked: Asked, form: list[tuple[str, str]]
) -> Response:
    csrf = next((value for name, value in form if name == "csrf"), None)
    ours = asked.browser.sent(request.app.state, asked.purpose, csrf)
    if not ours or browser.is_cross_site(request):
        return message_page(request, "form", status=HTTPStatus.FORBIDDEN)
    if ("decision", "allow") not in form:
        use_up(session, asked.request)
        return asked.refused("access_denied", "The person did not allow it.")
    scopes = {value for name, value in form if name == "scope"} & asked.request.scopes
    if not scopes:
        return _consent_page(request, session, asked, fault=True)
    children = _uuids(value for name, value in form if name == "child")
    cleared = asked.request.grant.sees_protected
    hidden = {child.id for child in asked.family.children if child.protected and not cleared}
    consent = give_consent(
        session, asked.request, asked.family, scopes=scopes, children=children - hidden,
        now=asked.now,
    )  # fmt: skip
    return _coded(session, asked, consent, frozenset(scopes))


def _coded(session: Session, asked: Asked, consent: Consent, scopes: frozenset[str]) -> Response:
    wanted = asked.request
    use_up(session, wanted)
    session.flush()
    code = issue_code(
        session, consent, scopes=scopes, redirect_uri=wanted.target.redirect_uri,
        code_challenge=wanted.code_challenge, jkt=wanted.jkt,
        lifetimes=asked.services.lifetimes, now=asked.now,
    )  # fmt: skip
    return sent_on(wanted.target.answer(asked.issuer, code=code))


def _uuids(values: Iterable[str]) -> set[UUID]:
    found = set()
    for value in values:
        try:
            found.add(UUID(value))
        except ValueError:
            continue
    return found
