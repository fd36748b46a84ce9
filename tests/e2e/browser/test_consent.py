"""A guardian with a phone signs in, is asked, leaves something out, and takes a browser's risks."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.browser.accessibility import barriers
from tests.e2e.conftest import Demo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
CLIENT, VERIFIER = "demo-family-app", "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
GUARDIAN = "vårdnadshavare till två barn"


class Site(ThreadingHTTPServer):
    """A site that shows the same page at every address: an app's, or anybody's."""

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), Shown)
        self.host, self.html = host, "<!doctype html><title>Klart</title>"

    def showing(self, html: str) -> str:
        """Show this from now on; where."""
        self.html = html
        return f"http://{self.host}:{self.server_port}/back"


class Shown(BaseHTTPRequestHandler):
    """Answers with the site's page."""

    def do_GET(self) -> None:
        """The page."""
        assert isinstance(self.server, Site)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.html.encode())

    def log_message(self, *_line: object) -> None:
        """Silence."""


@pytest.fixture
def site() -> Iterator[Callable[[str], Site]]:
    """Starts sites, and ends them."""
    running: list[Site] = []

    def start(host: str) -> Site:
        made = Site(host)
        running.append(made)
        Thread(target=made.serve_forever, daemon=True).start()
        return made

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


@dataclass(frozen=True, slots=True)
class App:
    """An app that runs where the browser does, and where people are sent back to it."""

    demo: Demo
    back: str

    def asks(self, **changed: str) -> str:
        """The address to which it sends the browser."""
        request = {
            "response_type": "code", "client_id": CLIENT, "redirect_uri": self.back, "state": "s",
            "scope": "people:read schedule:read", "code_challenge": CHALLENGE.decode(),
            "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self.demo.issuer}/oauth/authorize?{urlencode(request | changed)}"

    def question(self, page: Page, who: str = GUARDIAN) -> None:
        """From its link to the page that asks, by the demo's provider."""
        page.goto(self.asks())
        page.get_by_role("button", name=who).click()
        page.wait_for_url("**/oauth/authorize**")

    def told(self, page: Page) -> dict[str, str]:
        """What the browser brought back."""
        page.wait_for_url(self.back + "**")
        return dict(parse_qsl(urlsplit(page.url).query))

    def tokens(self, code: str) -> dict[str, Any]:
        """What it gets for a code."""
        form = {"grant_type": "authorization_code", "client_id": CLIENT, "code": code,
                "redirect_uri": self.back, "code_verifier": VERIFIER}  # fmt: skip
        answer = httpx.post(f"{self.demo.issuer}/oauth/token", data=form)
        assert answer.status_code == httpx.codes.OK, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def app(demo: Demo, site: Callable[[str], Site]) -> App:
    """The demo's app for families, waiting for its users on this machine."""
    return App(demo, site("127.0.0.1").showing("<!doctype html><title>Klart</title>"))


def test_a_guardian_signs_in_leaves_a_child_out_and_the_app_sees_the_other(
    app: App, phone: BrowserContext
) -> None:
    """Without JavaScript, and by what the page says to whoever cannot see it."""
    page = phone.new_page()
    app.question(page)
    assert page.title().startswith("Tillåt appen?")
    children = page.get_by_role("group", name="Om vilka barn").get_by_role("checkbox")
    names = page.get_by_role("group", name="Om vilka barn").locator("label").all_inner_texts()
    assert children.count() == 2
    children.first.uncheck()
    page.get_by_role("checkbox", name="Se schemat").uncheck()
    page.get_by_role("button", name="Tillåt").click()
    answer = app.told(page)
    assert (answer["state"], answer["iss"]) == ("s", app.demo.issuer)
    found = app.tokens(answer["code"])
    assert found["scope"] == "people:read"
    listed = httpx.get(f"{app.demo.issuer}/me/v1/children",
                       headers={"Authorization": f"Bearer {found['access_token']}"})  # fmt: skip
    assert [f"{child['givenName']} {child['familyName']}" for child in listed.json()] == [
        names[1].strip()
    ]


def test_no_is_no_and_the_app_is_told_so(app: App, phone: BrowserContext) -> None:
    """By keyboard alone: the last button but none."""
    page = phone.new_page()
    app.question(page)
    page.get_by_role("button", name="Nej, avbryt").focus()
    page.keyboard.press("Enter")
    assert app.told(page)["error"] == "access_denied"


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("locale", ["sv-SE", "en-GB"])
def test_the_pages_keep_nobody_out(app: App, program: Browser, locale: str, colours: Any) -> None:
    """WCAG 2.2 AA on a small phone: choosing whom to be, the question, sign-out, a refusal."""
    with program.new_context(
        viewport={"width": 320, "height": 640}, locale=locale, color_scheme=colours
    ) as context:
        page = context.new_page()
        page.goto(app.asks())
        found = {"choose": barriers(page)}
        page.get_by_role("button").first.click()
        page.wait_for_url("**/oauth/authorize**")
        found["consent"] = barriers(page)
        page.goto(f"{app.demo.issuer}/sign-out")
        found["sign out"] = barriers(page)
        page.goto(app.asks(client_id="nobody"))
        found["unknown app"] = barriers(page)
    assert found == {where: [] for where in found}


def test_the_question_is_not_shown_inside_another_sites_page(
    app: App, program: Browser, site: Callable[[str], Site]
) -> None:
    """Whoever is signed in could else be made to press a button that they do not see.

    On another port of the same host, so that the session's cookie comes along.
    """
    with program.new_context(locale="sv-SE") as context:
        page = context.new_page()
        app.question(page)
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text))
        page.goto(site("127.0.0.1").showing(f"<iframe src='{app.asks()}'></iframe>"))
        frame = page.frames[1]
        frame.wait_for_load_state()
        assert "Tillåt" not in frame.content()
        assert any("frame" in said for said in refused), refused


def test_another_sites_form_allows_nothing(
    app: App, program: Browser, site: Callable[[str], Site]
) -> None:
    """Its post carries neither the session nor the page's own token, so no code comes of it."""
    with program.new_context(locale="sv-SE") as context:
        page = context.new_page()
        app.question(page)
        address = app.asks().replace("&", "&amp;")
        page.goto(site("localhost").showing(
            f'<form method="post" action="{address}"><input name="scope" value="people:read">'
            '<button name="decision" value="allow">Vinn en resa</button></form>'
        ))  # fmt: skip
        with page.expect_response("**/oauth/authorize**") as answered:
            page.get_by_role("button").click()
        assert answered.value.status in (303, 400, 403)
        page.wait_for_load_state()
        assert not page.url.startswith(app.back)


def test_one_of_each_kind_of_person_can_be_chosen(app: App, phone: BrowserContext) -> None:
    """A school administrator, too, and somebody whom the register does not know."""
    page = phone.new_page()
    page.goto(app.asks())
    offered = " ".join(page.get_by_role("button").all_inner_texts())
    for kind in (GUARDIAN, "inte bor med den andra", "skyddade uppgifter", "elev i årskurs 8",
                 "som har fyllt 18", "lärare", "rektor", "skoladministratör",
                 "finns inte i skolregistret"):  # fmt: skip
        assert kind in offered, kind
