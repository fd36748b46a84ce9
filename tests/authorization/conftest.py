"""The town with families, apps that ask them, and browsers that are signed in."""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import pytest
from sqlmodel import select

from app.database.embedded import EmbeddedPostgres
from app.models.consumers import Application
from app.queries.access import PERSONAL_SCOPES
from app.services.consents import open_session
from app.services.credentials import issue_secret
from tests.make import named
from tests.ss12000.conftest import DOOR, ISSUER, Town, running_town
from tests.ss12000.families import families

BACK = "https://app.example.se/back"
AUTHORIZE = "/oauth/authorize"


@dataclass
class App:
    """A registered app as its developer has it: a client id, perhaps a secret, a way back."""

    town: Town
    client_id: str
    secret: str | None = None
    redirect_uri: str = BACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def challenge(self) -> str:
        """S256 of the verifier."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def request(self, **changed: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        usual: dict[str, str | None] = {
            "response_type": "code", "client_id": self.client_id, "state": "xyz",
            "redirect_uri": self.redirect_uri, "scope": "schedule:read people:read",
            "code_challenge": self.challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return {name: value for name, value in (usual | changed).items() if value is not None}

    def post(self, path: str, /, headers: Any = None, **form: Any) -> httpx.Response:
        """A form of the app's to the authorization server, with its credential."""
        usual = {"client_id": self.client_id, "client_secret": self.secret}
        sent = {name: value for name, value in (usual | form).items() if value is not None}
        return self.town.http.post(f"/oauth/{path}", data=sent, headers=headers)

    def exchange(self, code: str, /, **changed: Any) -> httpx.Response:
        """Turn a code into tokens."""
        usual = {"grant_type": "authorization_code", "code": code,
                 "redirect_uri": self.redirect_uri, "code_verifier": self.verifier}  # fmt: skip
        return self.post("token", **(usual | changed))

    def refresh(self, token: str, /, **changed: Any) -> httpx.Response:
        """Turn a refresh token into the next tokens."""
        return self.post("token", **({"grant_type": "refresh_token", "refresh_token": token}
                                     | changed))  # fmt: skip

    def read(self, token: str, path: str = "/persons", **headers: str) -> httpx.Response:
        """Call the SS 12000 door."""
        return self.town.http.get(
            DOOR + path, headers={"Authorization": f"Bearer {token}"} | headers
        )


@dataclass
class Page:
    """A page that a browser shows, and its one form."""

    answer: httpx.Response

    @property
    def text(self) -> str:
        """What stands there."""
        return unescape(self.answer.text)

    def values(self, name: str) -> list[str]:
        """The values of the form's fields of a name."""
        return re.findall(rf'name="{name}" value="([^"]*)"', self.text)


@dataclass
class Browser:
    """A browser with its cookies, which follows no redirect by itself."""

    http: httpx.Client

    def open(self, parameters: dict[str, str] | str) -> httpx.Response:
        """Go to the authorization page."""
        if isinstance(parameters, str):
            return self.http.get(f"{AUTHORIZE}?{parameters}")
        return self.http.get(AUTHORIZE, params=parameters)

    def submit(self, shown: httpx.Response, *, decision: str = "allow", headers: Any = None,
               **changed: list[str]) -> httpx.Response:  # fmt: skip
        """Press a button of the page; `changed` are the boxes that stay ticked."""
        page = Page(shown)
        action = unescape(re.findall(r'action="([^"]*)"', shown.text)[0])
        fields = {name: changed.get(name, page.values(name)) for name in ("csrf", "scope", "child")}
        form = [(name, value) for name, values in fields.items() for value in values]
        body = httpx.QueryParams([*form, ("decision", decision)])
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.http.post(action, content=str(body), headers=kind | (headers or {}))

    def allow(self, app: App, **changed: Any) -> str:
        """Allow an app all that it asks for; the code."""
        boxes = {name.removesuffix("_boxes"): changed.pop(name)
                 for name in [*changed] if name.endswith("_boxes")}  # fmt: skip
        shown = self.open(app.request(**changed))
        if shown.status_code == 303:
            return told(shown)["code"]
        assert shown.status_code == 200, shown.text
        return told(self.submit(shown, **boxes))["code"]


def told(answer: httpx.Response) -> dict[str, str]:
    """What the app is told by where the browser is sent."""
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@dataclass
class Apps:
    """Registers apps and signs people in, in one town."""

    town: Town
    opened: list[httpx.Client] = field(default_factory=list)

    def app(self, *, secret: bool = True, redirect_uris: tuple[str, ...] = (BACK,),
            scopes: frozenset[str] = frozenset(map(str, PERSONAL_SCOPES)),
            requires_par: bool = False, requires_dpop: bool = False,
            **rights: Any) -> App:  # fmt: skip
        """An app with a grant for the whole city."""
        consumer = self.town.consumers.consumer(scopes=sorted(scopes), **rights)
        now = datetime.now(UTC)
        with self.town.database.transaction() as session:
            application = session.exec(
                select(Application).where(Application.client_id == consumer.client_id)
            ).one()
            application.redirect_uris = list(redirect_uris)
            application.requires_par, application.requires_dpop = requires_par, requires_dpop
            method = "client_secret_post" if secret else "none"
            application.token_endpoint_auth_methods = [method]
            session.add(application)
            found = None
            if secret:
                found = issue_secret(session, client_id=consumer.client_id, now=now, actor="test",
                                     expires=now + timedelta(days=9))  # fmt: skip
        return App(
            self.town, consumer.client_id, found, redirect_uris[0] if redirect_uris else BACK
        )

    def browser(self, who: str | UUID | None = None) -> Browser:
        """A browser, in which this person is signed in."""
        http = httpx.Client(base_url=self.town.http.base_url, timeout=30)
        self.opened.append(http)
        if who is not None:
            with self.town.database.transaction() as session:
                secret = open_session(
                    session, person_id=who if isinstance(who, UUID) else named(who),
                    provider="city", issuer="https://idp.example.se", subject=str(who), sid=None,
                    acr=None, lifetime=timedelta(hours=1), now=datetime.now(UTC),
                )  # fmt: skip
            http.cookies.set("skolnav", secret)
        return Browser(http)

    def tokens(self, app: App, who: str, **changed: Any) -> dict[str, Any]:
        """What an app gets when somebody allows it what it asks for."""
        answer = app.exchange(self.browser(who).allow(app, **changed))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
def apps(server: EmbeddedPostgres, migrated: str) -> Iterator[Apps]:
    """One town for a module; every test registers its own apps."""
    with running_town(server, migrated, "apps_town", fill=families) as running:
        found = Apps(running)
        yield found
        for http in found.opened:
            http.close()


__all__ = ["AUTHORIZE", "BACK", "ISSUER", "App", "Apps", "Browser", "Page", "told"]
