"""Signing in at a real OpenID provider, all the way round, and out again from either end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Response
from pydantic import SecretStr
from sqlmodel import delete, select

from app.auth.identity_providers import IdentityProviders
from app.auth.provider_tokens import LogoutToken
from app.database.embedded import EmbeddedPostgres
from app.models.user_sessions import UserSession
from app.routers.demo_provider import DemoClient, DemoPerson, build_provider
from app.services.consents import close_sessions_of, open_session, session_hash
from app.services.tidying import forget_what_is_over
from app.settings import Settings
from app.settings.trusted import IdentityProvider
from app.web.browser import pending_cookie, session_cookie, set_cookie
from tests.authorization.conftest import BACK, ISSUER, Apps, Browser, Page, told
from tests.conftest import serving
from tests.make import named
from tests.ss12000.conftest import running_town
from tests.ss12000.families import families

SECRET = "the service's own secret at the provider"
CALLBACK = "/sign-in/city/callback"
NOBODY = DemoPerson("stranger", "Stranger", {"sv": "", "en": ""}, {"civicNo": "199912319999"})


@dataclass
class City:
    """The service, and the provider that people sign in at."""

    apps: Apps
    provider: str
    later: timedelta = field(default=timedelta())

    def choose(self, browser: Browser, sent: httpx.Response, who: str) -> httpx.Response:
        """At the provider, be somebody; where the browser is then sent, on this service."""
        assert sent.status_code == 303
        address = sent.headers["location"]
        assert address.startswith(self.provider)
        back = browser.http.post(address, data={"person": who})
        assert back.status_code == 303, back.text
        return back

    def sign_in(self, browser: Browser, who: str, *, to: str | None = None) -> httpx.Response:
        """From a page that needs to know who reads it, back to it."""
        way_back = to or "/oauth/authorize?" + str(httpx.QueryParams(self.apps.app().request()))
        begun = browser.http.get(f"/sign-in?to={quote(way_back, safe='')}")
        return came_back(browser, self.choose(browser, begun, who))

    def sessions(self, who: str) -> int:
        """How many browsers somebody is signed in with."""
        with self.apps.town.database.transaction() as session:
            found = select(UserSession).where(UserSession.person_id == named(who))
            return len(session.exec(found).all())


def came_back(browser: Browser, back: httpx.Response) -> httpx.Response:
    """Follow the provider's answer to this service, wherever the test serves it."""
    parts = urlsplit(back.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}" == ISSUER
    assert parts.path == CALLBACK
    return browser.http.get(f"{parts.path}?{parts.query}")


def person(name: str, born: str = "19800505") -> DemoPerson:
    """Somebody of the town, as the provider knows them: with a hyphen in the number."""
    last = f"{named(name).int % 10**4:04}"
    return DemoPerson(name, name, {"sv": name, "en": name}, {"civicNo": f"{born}-{last}"})


@pytest.fixture(scope="module")
def city(server: EmbeddedPostgres, migrated: str) -> Iterator[City]:
    """Both, each behind its own HTTP server."""
    outer = FastAPI()
    with serving(outer) as provider_host:
        issuer = f"{provider_host}/idp"
        rule = IdentityProvider(
            name="city", label="Staden", issuer=issuer, client_id="skolnav",
            client_secret=SecretStr(SECRET), claim="civicNo", identifies="civicNo",
        )  # fmt: skip
        with running_town(
            server, migrated, "city_town", fill=families, identity_providers=[rule]
        ) as town:
            made = City(Apps(town), issuer)
            client = DemoClient(
                client_id="skolnav", client_secret=SECRET, redirect_uris=[ISSUER + CALLBACK],
                post_logout_redirect_uris=[f"{ISSUER}/sign-out"],
                backchannel_logout_uri=str(town.http.base_url).rstrip("/")
                + "/sign-in/city/back-channel-logout",
            )  # fmt: skip
            people = [person("both-parent"), person("other-parent"), person("anna", "20120101"),
                      NOBODY]  # fmt: skip
            outer.mount("/idp", build_provider(issuer, people, [client]))
            yield made
            for http in made.apps.opened:
                http.close()


def test_a_guardian_signs_in_allows_and_the_app_reads(city: City) -> None:
    """The whole way, as her browser and the app go it."""
    app, browser = city.apps.app(), city.apps.browser()
    sent = browser.open(app.request())
    assert sent.headers["location"].startswith("/sign-in?to=")
    begun = browser.http.get(sent.headers["location"])
    returned = came_back(browser, city.choose(browser, begun, "both-parent"))
    assert returned.status_code == 303
    shown = browser.http.get(returned.headers["location"])
    assert "anna Testsson" in Page(shown).text
    tokens = app.exchange(told(browser.submit(shown))["code"]).json()
    seen = {row["givenName"] for row in app.read(tokens["access_token"]).json()["data"]}
    assert seen == {"both-parent", "anna", "bo"}


def test_the_session_cookie_is_for_this_host_and_no_script(city: City) -> None:
    """And the cookie of the sign-in is gone; neither tells who it is."""
    browser = city.apps.browser()
    returned = city.sign_in(browser, "both-parent")
    cookies = {one.split("=")[0]: one for one in returned.headers.get_list("set-cookie")}
    session = cookies["skolnav"]
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=3600"):
        assert part in session, part
    assert "Max-Age=0" in cookies["skolnav-sign-in"]
    with city.apps.town.database.transaction() as database:
        kept = str(database.connection().exec_driver_sql("SELECT s::text FROM user_session s")
                   .scalars().all())  # fmt: skip
    secret = session.split("=", 1)[1].split(";")[0]
    assert secret not in kept
    assert "19800505" not in kept


def test_who_the_register_does_not_know_gets_a_plain_page_and_no_session(city: City) -> None:
    """403, in words for people; nothing was opened."""
    browser = city.apps.browser()
    answer = city.sign_in(browser, "stranger")
    assert answer.status_code == 403
    assert "Du finns inte i kommunens skolregister" in answer.text
    assert not browser.http.cookies.get("skolnav")
    assert "1999" not in answer.text


def test_signing_in_gives_a_new_session_whatever_cookie_was_there(city: City) -> None:
    """Session fixation: a planted one is worth nothing afterwards, and a former one is closed."""
    browser = city.apps.browser()
    browser.http.cookies.set("skolnav", "planted")
    city.sign_in(browser, "both-parent")
    secrets = [one.value for one in browser.http.cookies.jar if one.name == "skolnav"]
    assert any(secret != "planted" for secret in secrets)
    thief = city.apps.browser()
    thief.http.cookies.set("skolnav", "planted")
    assert thief.open(city.apps.app().request()).status_code == 303


def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(city: City) -> None:
    """Login CSRF: a thief's own answer, brought by the victim's browser."""
    thief, victim = city.apps.browser(), city.apps.browser()
    way_back = "/oauth/authorize?" + str(httpx.QueryParams(city.apps.app().request()))
    address = f"/sign-in?to={quote(way_back, safe='')}"
    back = city.choose(thief, thief.http.get(address), "other-parent")
    for began in (False, True):
        if began:
            victim.http.get(address)
        answer = came_back(victim, back)
        assert answer.status_code == 400
        assert not any(one.name == "skolnav" for one in victim.http.cookies.jar)


def test_an_answer_is_good_once(city: City) -> None:
    """The cookie is gone, and the provider's code too."""
    browser = city.apps.browser()
    way_back = "/oauth/authorize?" + str(httpx.QueryParams(city.apps.app().request()))
    begun = browser.http.get(f"/sign-in?to={quote(way_back, safe='')}")
    cookie = browser.http.cookies.get("skolnav-sign-in")
    back = city.choose(browser, begun, "both-parent")
    assert came_back(browser, back).status_code == 303
    assert came_back(browser, back).status_code == 400
    browser.http.cookies.set("skolnav-sign-in", str(cookie))
    assert came_back(browser, back).status_code == 400


@pytest.mark.parametrize("way_back", [
    "", "https://evil.example/", "//evil.example/", "/\\evil.example", "/sign-out",
    "/oauth/authorize", "/oauth/authorize/../../x?", "javascript:alert(1)",
    "/oauth/authorize?" + "a" * 2_500, "/oauth/authorize?\r\nSet-Cookie: x=y",
])  # fmt: skip
def test_a_sign_in_leads_back_to_our_own_page_only(city: City, way_back: str) -> None:
    """Nobody can use it to send people elsewhere."""
    answer = city.apps.browser().http.get("/sign-in", params={"to": way_back})
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_provider_that_is_not_configured_is_unknown(city: City) -> None:
    """For every one of its addresses."""
    http = city.apps.town.http
    assert http.get("/sign-in/other?to=/oauth/authorize%3Fx").status_code == 404
    assert http.get("/sign-in/other/callback?code=x&state=y").status_code == 400
    assert http.post("/sign-in/other/back-channel-logout", data={"logout_token": "x"}
                     ).status_code == 400  # fmt: skip


def test_cancelling_at_the_provider_is_said_in_words(city: City) -> None:
    """And signs nobody in."""
    browser = city.apps.browser()
    way_back = "/oauth/authorize?" + str(httpx.QueryParams(city.apps.app().request()))
    browser.http.get(f"/sign-in?to={quote(way_back, safe='')}")
    answer = browser.http.get(CALLBACK, params={"error": "access_denied", "state": "made-up"})
    assert answer.status_code == 400
    assert "Inloggningen avbröts" in answer.text


def test_signing_out_takes_a_form_of_our_own(city: City) -> None:
    """Then the session is gone, and the provider's own is ended; apps go on."""
    app, browser = city.apps.app(), city.apps.browser()
    city.sign_in(browser, "other-parent")
    tokens = app.exchange(browser.allow(app)).json()
    before = city.sessions("other-parent")
    shown = browser.http.get("/sign-out")
    forged = browser.http.post("/sign-out", data={"csrf": "0" * 64})
    assert forged.status_code == 403
    assert city.sessions("other-parent") == before
    right = {"csrf": Page(shown).values("csrf")[0]}
    elsewhere = {"Origin": "https://evil.example"}
    assert browser.http.post("/sign-out", data=right, headers=elsewhere).status_code == 403
    assert browser.http.post("/sign-out", data={"x": "y"}).status_code == 403
    out = browser.http.post("/sign-out", data=right)
    assert out.status_code == 303
    assert out.headers["location"].startswith(f"{city.provider}/end-session?")
    assert "id_token_hint" not in out.headers["location"]
    assert city.sessions("other-parent") == before - 1
    assert app.read(tokens["access_token"]).status_code == 200
    assert "Du är utloggad" in browser.http.get("/sign-out").text
    again = browser.http.post("/sign-out", data=right)
    assert again.status_code == 200 and "Du är utloggad" in again.text


def test_the_provider_ends_the_sessions_of_somebody(city: City) -> None:
    """Back-channel logout: signing out there signs out here, and nobody else."""
    hers, his = city.apps.browser(), city.apps.browser()
    city.sign_in(hers, "both-parent")
    city.sign_in(his, "anna")
    assert city.sessions("both-parent") >= 1
    asked = {"client_id": "skolnav", "confirmed": "1"}
    assert hers.http.post(f"{city.provider}/end-session", data=asked).status_code == 200
    assert city.sessions("anna") == 1
    assert hers.open(city.apps.app().request()).status_code == 303


def test_a_logout_token_is_good_once(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever got hold of it does not sign somebody out whenever they like."""
    taken: list[str] = []
    verify = IdentityProviders.verify_logout_token

    def noted(*arguments: Any) -> LogoutToken:
        taken.append(arguments[2])
        return verify(*arguments)

    monkeypatch.setattr(IdentityProviders, "verify_logout_token", noted)
    browser = city.apps.browser()
    city.sign_in(browser, "other-parent")
    asked = {"client_id": "skolnav", "confirmed": "1"}
    assert browser.http.post(f"{city.provider}/end-session", data=asked).status_code == 200
    assert city.sessions("other-parent") == 0
    city.sign_in(browser, "other-parent")
    answer = city.apps.town.http.post(
        "/sign-in/city/back-channel-logout", data={"logout_token": taken[0]}
    )
    assert answer.status_code == 400
    assert city.sessions("other-parent") == 1


def test_signing_in_again_ends_the_session_that_the_browser_had(city: City) -> None:
    """It gets another one, and leaves none behind."""
    browser = city.apps.browser()
    city.sign_in(browser, "anna")
    before, had = city.sessions("anna"), browser.http.cookies["skolnav"]
    city.sign_in(browser, "anna")
    assert browser.http.cookies["skolnav"] != had
    assert city.sessions("anna") == before


@pytest.mark.parametrize("form", [{"logout_token": ""}, {"logout_token": "a.b.c"},
                                  {"other": "x"}])  # fmt: skip
def test_a_logout_token_that_proves_nothing_ends_nothing(city: City, form: dict[str, str]) -> None:
    """400, as the specification says; sessions stay."""
    browser = city.apps.browser()
    city.sign_in(browser, "anna")
    before = city.sessions("anna")
    answer = city.apps.town.http.post("/sign-in/city/back-channel-logout", data=form)
    assert answer.status_code == 400
    assert city.sessions("anna") == before


def test_without_a_provider_nobody_signs_in_and_it_is_said(
    server: EmbeddedPostgres, migrated: str
) -> None:
    """And with one that does not answer: 503, and what to do."""
    rule: dict[str, Any] = {
        "name": "city", "label": "Staden", "issuer": "http://127.0.0.1:1/idp",
        "client_id": "skolnav", "claim": "civicNo", "identifies": "civicNo",
    }  # fmt: skip
    away = IdentityProvider(**rule)
    with running_town(server, migrated, "away_town", identity_providers=[away]) as town:
        answer = town.http.get("/sign-in", params={"to": "/oauth/authorize?x=y"})
        assert answer.status_code == 503
        assert "svarar inte just nu" in answer.text
        assert BACK not in answer.text


def test_two_providers_are_offered_by_their_names(server: EmbeddedPostgres, migrated: str) -> None:
    """A page with a link for each, that keeps the way back."""
    rules = [
        IdentityProvider(name=name, label=f"Inloggning {name}", client_id="skolnav",
                         issuer=f"http://127.0.0.1:1/{name}", claim="sub", identifies="personId")
        for name in ("a", "b")
    ]  # fmt: skip
    with running_town(server, migrated, "two_town", identity_providers=rules) as town:
        shown = Page(town.http.get("/sign-in", params={"to": "/oauth/authorize?x=y"}))
        for name in ("a", "b"):
            assert f"Inloggning {name}" in shown.text
            assert f"/sign-in/{name}?to=%2Foauth%2Fauthorize%3Fx%3Dy" in shown.text


KEPT = ("user_session", "pushed_request", "token_family", "authorization_code", "refresh_token")


def test_what_is_over_is_forgotten_and_what_people_allowed_is_not(city: City) -> None:
    """Sessions, pushed requests, and families with their codes and tokens; consents stay."""
    app, browser = city.apps.app(), city.apps.browser()
    city.sign_in(browser, "both-parent")
    app.exchange(browser.allow(app))
    app.post("par", **app.request())

    def counts(*tables: str) -> list[int]:
        with city.apps.town.database.transaction() as session:
            return [
                session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
                for table in tables
            ]

    now = datetime.now(UTC)
    with city.apps.town.database.transaction() as session:
        forget_what_is_over(session, now=now)
    assert all(counts(*KEPT))
    consents = counts("consent")
    with city.apps.town.database.transaction() as session:
        forget_what_is_over(session, now=now + timedelta(days=400))
    assert counts(*KEPT) == [0] * len(KEPT)
    assert counts("consent") == consents


def test_nobody_comes_back_from_a_provider_that_there_is_not(city: City) -> None:
    """With the cookie of a sign-in at another one, which stays good."""
    browser = city.apps.browser()
    sent = browser.http.get("/sign-in?to=%2Foauth%2Fauthorize%3Fclient_id%3Dx")
    refused = browser.http.get("/sign-in/none/callback", params={"code": "x", "state": "y"})
    assert (refused.status_code, refused.headers.get("location")) == (400, None)
    city.choose(browser, sent, "both-parent")


@pytest.mark.parametrize("kept", ["A" * 80, "!", "", "A" * 5_000, "åäö"])
def test_a_cookie_of_a_sign_in_that_somebody_made_up_is_none(city: City, kept: str) -> None:
    """It cannot be opened, and that is all that is said."""
    asked = {"code": "x", "state": "y"}
    headers = {b"Cookie": b"skolnav-sign-in=" + kept.encode()}
    answer = city.apps.town.http.get(CALLBACK, params=asked, headers=headers)
    assert answer.status_code == 400
    assert "Inloggningen avbröts" in answer.text


SESSIONS = {"one": ("a", "s", "1"), "two": ("a", "s", "2"), "other": ("a", "t", "3"),
            "elsewhere": ("b", "s", "1"), "nameless": ("a", "s", None)}  # fmt: skip
ENDED: list[tuple[str | None, str | None, set[str]]] = [
    (None, "1", {"one"}), ("s", None, {"one", "two", "nameless"}), ("s", "2", {"two"}),
    ("t", "1", set()), ("x", None, set()), (None, None, set()),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "sid", "ended"), ENDED)
def test_a_provider_ends_the_sessions_that_it_names_and_no_others(
    apps: Apps, subject: str | None, sid: str | None, ended: set[str]
) -> None:
    """One, or all of somebody; another provider's stay, and all where none is named."""
    now = datetime.now(UTC)
    with apps.town.database.transaction() as session:
        session.execute(delete(UserSession))
        kept = {
            name: session_hash(open_session(
                session, person_id=named("both-parent"), provider="city", issuer=issuer,
                subject=of, sid=number, acr=None, lifetime=timedelta(hours=1), now=now,
            ))
            for name, (issuer, of, number) in SESSIONS.items()
        }  # fmt: skip
        session.flush()
        count = close_sessions_of(session, issuer="a", subject=subject, sid=sid)
        left = set(session.exec(select(UserSession.session_hash)).all())
    assert count == len(ended)
    assert left == {kept[name] for name in SESSIONS.keys() - ended}


@pytest.mark.parametrize(
    ("address", "prefix", "secure"),
    [("https://skolnav.example.se", "__Host-skolnav", True), (ISSUER, "skolnav", False)],
)
def test_behind_https_a_cookie_is_this_very_hosts(
    address: str, prefix: str, *, secure: bool
) -> None:
    """What the prefix asks for: secure, of the whole host, of no domain; and no script reads it."""
    settings = Settings(public_url=address, secret=SecretStr("x" * 40))
    assert (session_cookie(settings), pending_cookie(settings)) == (prefix, f"{prefix}-sign-in")
    answer = Response()
    set_cookie(answer, settings, session_cookie(settings), "secret", seconds=60)
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name == f"{prefix}=secret"
    expected = {"HttpOnly", "Max-Age=60", "Path=/", "SameSite=lax"}
    assert set(attributes) == expected | ({"Secure"} if secure else set())
