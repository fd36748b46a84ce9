"""The endpoints of what people allowed, and of who read about them."""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.auth.rate_limits import RouteClass
from app.errors import BadParameter
from app.queries.access import Access, Scope
from app.queries.me.access_log import LogQuestion, read_log
from app.queries.me.apps import read_apps
from app.queries.page_tokens import PagePosition, seal, unseal
from app.routers.me.operations import PERIOD, PREFIX, read_period
from app.services.consents import withdraw_consent
from app.web.admission import Caller, admit
from app.web.answers import NOT_KEPT, answer
from app.web.pages import language
from app.web.parameters import (
    PageRules,
    Parameters,
    no_parameters,
    only_parameters,
    page_rules,
    single,
)
from app.web.reading import count_call
from app.web.texts import READING_WORDS
from app.web.values import read_limit, read_uuid

LOG = "me.accessLog"


async def list_apps(request: Request) -> Response:
    """GET /apps."""
    access = await _admit(request, "GET /apps")
    limits = await count_call(request.app.state, access, RouteClass.READ)

    def act() -> Response:
        no_parameters(request.scope["query_string"])
        with request.app.state.database.transaction() as session:
            document = read_apps(session, access, request_id=request.state.request_id)
        return answer(document, limits)

    return await run_in_threadpool(act)


async def withdraw_app(request: Request) -> Response:
    """DELETE /apps/{id}."""
    access = await _admit(request, "DELETE /apps/{id}")

    def act() -> Response:
        state = request.app.state
        limits = state.rate_limits.hit(access, RouteClass.WRITE)
        no_parameters(request.scope["query_string"])
        consent_id = read_uuid("id", request.path_params["id"])
        assert access.acting_person_id is not None, "the door admits nobody else"
        with state.database.transaction() as session:
            withdraw_consent(
                session, consent_id=consent_id, person_id=access.acting_person_id,
                now=state.authenticator.clock(),
            )  # fmt: skip
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=NOT_KEPT | limits)

    return await run_in_threadpool(act)


async def access_log(request: Request) -> Response:
    """GET /access-log."""
    access = await _admit(request, "GET /access-log")
    # It costs more than other reading.
    limits = await count_call(request.app.state, access, RouteClass.LOOKUP)

    def act() -> Response:
        state = request.app.state
        rules = page_rules(state, now=int(state.authenticator.clock().timestamp()))
        asked = _read_asked(request, access, rules)
        with state.database.transaction() as session:
            page = read_log(session, access, asked.question, request_id=request.state.request_id)
        body = b'{"data":[' + page.entries + b"]"
        if page.next is not None:
            place = PagePosition(LOG, asked.parameters, *page.next, rules.now)
            token = seal(place, client_id=_owner(access), secret=rules.secret)
            body += b',"pageToken":"' + token.encode() + b'"'
        return answer(body + b"}", limits)

    return await run_in_threadpool(act)


@dataclass(frozen=True, slots=True)
class _Asked:
    question: LogQuestion
    parameters: Parameters


def _read_asked(request: Request, access: Access, rules: PageRules) -> _Asked:
    sent = only_parameters(request.scope["query_string"], (*PERIOD, "lang", "limit", "pageToken"))
    token, limit = single("pageToken", sent.get("pageToken", [])), sent.get("limit", [])
    words = READING_WORDS[language(request)]
    named = {name: sent[name] for name in PERIOD if name in sent}
    after = None
    if token is not None:
        place = unseal(
            token, resource=LOG, client_id=_owner(access), secret=rules.secret, now=rules.now,
            lifetime=rules.lifetime_seconds,
        )  # fmt: skip
        if named not in ({}, place.parameters):
            raise BadParameter("Send pageToken alone, or with the parameters that it came from.")
        assert place.key is not None
        named, after = place.parameters, (place.key, place.id)
    size = single("limit", limit)
    most = rules.default_size if size is None else read_limit(size, most=rules.largest_size)
    return _Asked(LogQuestion(read_period(named), most, words, after), named)


def _owner(access: Access) -> str:
    """Whose page tokens they are: two people of one app share none."""
    return f"{access.client_id} {access.acting_person_id}"


async def _admit(request: Request, operation: str) -> Access:
    method, path = operation.split(" ")
    route = f"{method} {PREFIX}{path}"
    return await admit(request, [Scope.PRIVACY], route, caller=Caller.PERSON)
