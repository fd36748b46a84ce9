"""The provider of demonstrations behind an HTTP server, and the service that uses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from fastapi import FastAPI, Request, Response

from app.auth.identity_providers import IdentityProviders
from app.auth.sign_ins import Begun, SignedIn
from app.routers.demo_provider import DemoClient, DemoPerson, build_provider
from app.settings import IdentityProvider
from tests.auth.openid_provider import without_none
from tests.conftest import serving

CALLBACK, HOME = "http://127.0.0.1:1/sign-in/demo", "http://127.0.0.1:1/signed-out"
SECRET = "a b+c%å"
GUARDIAN = DemoPerson(
    key="p1", name="Anna <script>", claims={"civicNo": "197001019876", "email": "a@x.example"},
    description={"sv": "vårdnadshavare till två barn", "en": "guardian of two"},
)  # fmt: skip
PUPIL = DemoPerson(
    key="p2", name="Omar", claims={"civicNo": "201001019876"},
    description={"sv": "elev i årskurs 9", "en": "pupil in year 9"},
)  # fmt: skip


@dataclass
class Demo:
    """The provider behind an HTTP server, and the service that people sign in to."""

    issuer: str
    told: list[str]
    own: IdentityProviders = field(init=False)
    later: timedelta = timedelta()
    status: int = 200

    def now(self) -> datetime:
        """The time, as both see it."""
        return datetime.now(UTC) + self.later

    def rule(self, **changed: Any) -> IdentityProvider:
        """How the service knows the provider."""
        usual: dict[str, Any] = {
            "name": "demo", "label": "Demo", "issuer": self.issuer, "client_id": "skolnav",
            "client_secret": SECRET, "claim": "civicNo", "identifies": "civicNo",
        }  # fmt: skip
        return IdentityProvider.model_validate(without_none(usual | changed))

    def begin(self, **changed: Any) -> Begun:
        """Where the service sends the browser."""
        rule = self.rule(**changed)
        self.own = IdentityProviders({rule.name: rule})
        return self.own.begin(rule, CALLBACK, self.now())

    def finish(self, begun: Begun, back: httpx.Response) -> SignedIn:
        """The browser comes back from the provider."""
        rule = self.own.providers["demo"]
        return self.own.finish(rule, begun, came_back(back), self.now())

    def browser(self) -> httpx.Client:
        """A browser that follows nothing by itself."""
        return httpx.Client(follow_redirects=False, timeout=30)

    def sign_in(self, browser: httpx.Client, person: str = "p1") -> SignedIn:
        """The whole way."""
        begun = self.begin()
        assert browser.get(begun.url).status_code == 200
        return self.finish(begun, browser.post(begun.url, data={"person": person}))


def came_back(back: httpx.Response) -> list[tuple[str, str]]:
    """The query with which the browser is sent back."""
    assert back.status_code == 303, back.text
    address = back.headers["location"]
    assert address.startswith(CALLBACK + "?")
    return parse_qsl(urlsplit(address).query, strict_parsing=True)


@contextmanager
def running_demo() -> Iterator[Demo]:
    """The provider, and where its client is told of sign-outs."""
    app, made = FastAPI(), Demo("", [])

    @app.post("/told")
    async def told(request: Request) -> Response:
        made.told.append(dict(parse_qsl((await request.body()).decode()))["logout_token"])
        return Response(status_code=made.status)

    with serving(app) as address:
        made.issuer = f"{address}/demo-provider"
        client = DemoClient(
            client_id="skolnav", client_secret=SECRET, redirect_uris=[CALLBACK],
            post_logout_redirect_uris=[HOME], backchannel_logout_uri=f"{address}/told",
        )  # fmt: skip
        public = DemoClient(client_id="public", redirect_uris=[CALLBACK])
        provider = build_provider(made.issuer, [GUARDIAN, PUPIL], [client, public], clock=made.now)
        app.mount("/demo-provider", provider)
        yield made
