"""The provider's addresses, relative to its issuer."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import anyio
import anyio.to_thread
from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from joserfc.jwk import RSAKey

from app.routers.demo_provider.memory import SESSION_LIFETIME, Memory, Session
from app.routers.demo_provider.pages import page
from app.routers.demo_provider.people import DemoClient, DemoPerson
from app.routers.demo_provider.server import Answer, Provider, Server, ServerRequest
from app.routers.demo_provider.telling import tell_clients
from app.web.doors import application
from app.web.routes import PlainRoute

COOKIE = "skolnav-demo-provider"
LARGEST_FORM = 64 * 1024
# Threads of their own: the service that is told needs the others.
TELLING_AT_ONCE = 4
NOT_KEPT = {"Cache-Control": "no-store"}

Pairs = list[tuple[str, str]]


def build_provider(
    issuer: str,
    people: Iterable[DemoPerson],
    clients: Iterable[DemoClient],
    *,
    acr: str = "urn:skolnav:demo",
    key: RSAKey | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """A provider to be mounted at its issuer's path. It signs with a key of its own, RS256.

    `acr` is said of every sign-in.
    """
    signing = key or RSAKey.generate_key(2048, auto_kid=True)
    provider = Provider(
        issuer=issuer.rstrip("/"), people={person.key: person for person in people},
        clients={client.client_id: client for client in clients}, key=signing, acr=acr,
        memory=Memory(clock),
    )  # fmt: skip
    endpoints = _Endpoints(provider)
    app = application("Demo provider")
    app.router.route_class = PlainRoute
    for path, endpoint, methods in (
        ("/.well-known/openid-configuration", endpoints.metadata, ["GET"]),
        ("/jwks.json", endpoints.keys, ["GET"]),
        ("/authorize", endpoints.authorize, ["GET", "POST"]),
        ("/token", endpoints.token, ["POST"]),
        ("/userinfo", endpoints.userinfo, ["GET", "POST"]),
        ("/end-session", endpoints.end_session, ["GET", "POST"]),
    ):
        app.add_api_route(path, endpoint, methods=methods)
    return app


class _Endpoints:
    """The endpoints of one provider. All but telling clients is memory, so none leaves the loop."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.server = Server(provider)
        self.described = provider.metadata()
        self.threads = anyio.CapacityLimiter(TELLING_AT_ONCE)

    async def metadata(self, request: Request) -> Response:
        """OpenID Connect Discovery."""
        _counted(request)
        return JSONResponse(self.described)

    async def keys(self, request: Request) -> Response:
        """The key that verifies."""
        _counted(request)
        return JSONResponse(self.provider.keys)

    async def authorize(self, request: Request) -> Response:
        """The page of people, and the way back with a code."""
        _counted(request)
        asked = self._request(request, list(request.query_params.multi_items()))
        session = self._session(request, asked.payload.data.get("max_age"))
        try:
            grant = self.server.get_consent_grant(asked, session)
        except OAuth2Error as error:
            return self._back(request, self.server.handle_error_response(asked, error))
        chosen = dict(await self._form(request))
        person = self.provider.people.get(chosen.get("person", ""))
        if person is not None:
            session = self.provider.memory.new_session(person)
        elif "cancel" in chosen:
            session = None
        elif session is None or grant.prompt:
            return page(request, "sign_in", people=self.provider.people.values(),
                        leads_to=grant.redirect_uri)  # fmt: skip
        answer = self.server.create_authorization_response(asked, session, grant)
        return self._remembered(self._back(request, answer), session)

    async def token(self, request: Request) -> Response:
        """A code for an id_token."""
        _counted(request)
        asked = self._request(request, await self._form(request))
        return _json(self.server.create_token_response(asked))

    async def userinfo(self, request: Request) -> Response:
        """What there is to know about the person."""
        _counted(request)
        try:
            token = self.server.protector.validate_request(["openid"], request)
        except OAuth2Error as error:
            return _json(self.server.handle_error_response(None, error))
        person = token.session.person
        return JSONResponse({**person.claims, "sub": person.key}, headers=NOT_KEPT)

    async def end_session(self, request: Request) -> Response:
        """The end of the session, here and at all clients; asked about unless its id_token comes.

        The clients are told before the browser goes on, so that it finds itself signed out.
        """
        _counted(request)
        form = await self._form(request)
        asked = [*request.query_params.multi_items(), *form]
        try:
            wish = self.server.validate_endpoint_request(
                "end_session", self._request(request, asked)
            )
        except OAuth2Error:
            return page(request, "wrong", status=400)
        session = self._session(request, None)
        sid = (wish.id_token_claims or {}).get("sid")
        # Somebody else's id_token does not sign this browser out.
        is_own = sid is not None and session is not None and session.sid == sid
        if not is_own and session is not None and ("confirmed", "1") not in form:
            return page(request, "sign_out", who=session.person.name, fields=form,
                        leads_to=wish.redirect_uri or "")  # fmt: skip
        ended = self.provider.memory.end(lambda one: one is session or one.sid == sid)
        await anyio.to_thread.run_sync(tell_clients, self.provider, ended, limiter=self.threads)
        answer = self.server.create_endpoint_response("end_session", wish)
        response = page(request, "signed_out") if answer is None else _sent(answer)
        response.delete_cookie(COOKIE, path=self._path)
        return response

    @property
    def _path(self) -> str:
        return urlsplit(self.provider.issuer).path or "/"

    def _request(self, request: Request, pairs: Pairs) -> ServerRequest:
        authorization = request.headers.get("authorization")
        headers = {} if authorization is None else {"Authorization": authorization}
        return ServerRequest(request.method, self.provider.issuer, headers, pairs)

    def _session(self, request: Request, max_age: str | None) -> Session | None:
        session = self.provider.memory.sessions.get(request.cookies.get(COOKIE))
        if session is None or max_age is None:
            return session
        longest = timedelta(seconds=int(max_age) if max_age.isdecimal() and len(max_age) < 9 else 0)
        return session if self.provider.memory.clock() - session.began <= longest else None

    def _back(self, request: Request, answer: Answer) -> Response:
        """To the client, with the issuer's name (RFC 9207); or a page when there is no client."""
        if "Location" not in answer.headers:
            return page(request, "wrong", status=400)
        location = add_params_to_uri(answer.headers["Location"], [("iss", self.provider.issuer)])
        return _sent(Answer(answer.status, "", {**answer.headers, "Location": location}))

    def _remembered(self, response: Response, session: Session | None) -> Response:
        if session is not None:
            response.set_cookie(
                COOKIE, session.secret, max_age=int(SESSION_LIFETIME.total_seconds()),
                path=self._path, secure=self.provider.issuer.startswith("https:"), httponly=True,
                samesite="lax",
            )  # fmt: skip
        return response

    async def _form(self, request: Request) -> Pairs:
        """The fields of the body; none of one that is too long or comes from another site."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_FORM:
                return []
        site = urlsplit(self.provider.issuer)
        if request.headers.get("origin", own := f"{site.scheme}://{site.netloc}") != own:
            return []
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def _counted(request: Request) -> None:
    # The path is fixed, so it is the route's name in metrics and logs.
    request.state.route = f"{request.method} {request.url.path}"


def _json(answer: Answer) -> Response:
    return JSONResponse(answer.body, answer.status, {**answer.headers, **NOT_KEPT})


def _sent(answer: Answer) -> Response:
    return Response("", answer.status, {**answer.headers, **NOT_KEPT})
