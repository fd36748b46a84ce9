"""The authorization endpoint: whom it sends where, and what it never does."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from sqlmodel import select

from app.models.consents import Consent
from app.models.consumers import Application
from tests.authorization.conftest import AUTHORIZE, BACK, ISSUER, Apps, Browser, Page, told
from tests.make import named


def test_a_guardian_allows_an_app_and_it_reads_her_children(apps: Apps) -> None:
    """The whole way: the page, the code, the tokens, an answer."""
    app, browser = apps.app(), apps.browser("both-parent")
    shown = browser.open(app.request())
    assert shown.status_code == 200
    answer = told(browser.submit(shown))
    assert answer["state"] == "xyz"
    assert answer["iss"] == ISSUER
    tokens = app.exchange(answer["code"]).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] <= 600
    assert set(tokens["scope"].split()) == {"schedule:read", "people:read"}
    seen = {row["givenName"] for row in app.read(tokens["access_token"]).json()["data"]}
    assert seen == {"both-parent", "anna", "bo"}


def test_the_page_says_which_app_by_whom_gets_what_about_whom_for_how_long(apps: Apps) -> None:
    """In Swedish unless the browser asks for English; the grown child is nobody's to share."""
    app, browser = apps.app(), apps.browser("both-parent")
    swedish = Page(browser.open(app.request())).text
    for said in (app.client_id, "Se schemat", "Se namn", "anna Testsson", "bo Testsson",
                 "30 dagar", "app.example.se/back", 'lang="sv"'):  # fmt: skip
        assert said in swedish, said
    assert "grown-pupil" not in swedish
    assert "absences" not in swedish
    english = browser.http.get(AUTHORIZE, params=app.request(),
                               headers={"Accept-Language": "en-GB,sv;q=0.5"})  # fmt: skip
    assert "See the timetable" in english.text
    assert 'lang="en"' in english.text


def test_an_app_that_names_no_scope_asks_for_all_that_it_may(apps: Apps) -> None:
    """RFC 6749 section 3.3; and without a state it is told none."""
    scopes = frozenset({"schedule:read", "people:read"})
    app = apps.app(scopes=scopes)
    browser = apps.browser("both-parent")
    answer = told(browser.submit(browser.open(app.request(scope=None, state=None))))
    assert answer.keys() == {"code", "iss"}
    assert set(app.exchange(answer["code"]).json()["scope"].split()) == scopes


def test_a_scope_and_a_child_can_be_left_out(apps: Apps) -> None:
    """What was unticked is not in the token, and that child is not there."""
    app, browser = apps.app(), apps.browser("both-parent")
    code = browser.allow(app, scope_boxes=["people:read"], child_boxes=[str(named("bo"))])
    tokens = app.exchange(code).json()
    assert tokens["scope"] == "people:read"
    seen = {row["givenName"] for row in app.read(tokens["access_token"]).json()["data"]}
    assert seen == {"both-parent", "bo"}
    assert app.read(tokens["access_token"], "/groups").status_code == 200
    assert app.read(tokens["access_token"], "/activities").status_code == 403


def test_no_more_can_be_ticked_than_was_asked_for_or_is_ones_own(apps: Apps) -> None:
    """A form that was tampered with gives neither a scope nor somebody else's child."""
    app, browser = apps.app(), apps.browser("other-parent")
    code = browser.allow(
        app, scope_boxes=["people:read", "attendance:read"],
        child_boxes=[str(named(name)) for name in ("anna", "bo", "hidden-pupil")],
    )  # fmt: skip
    tokens = app.exchange(code).json()
    assert tokens["scope"] == "people:read"
    seen = {row["givenName"] for row in app.read(tokens["access_token"]).json()["data"]}
    assert seen == {"other-parent", "anna"}


def test_nothing_ticked_is_asked_again_and_no_is_told_to_the_app(apps: Apps) -> None:
    """access_denied, with the state and the issuer."""
    app, browser = apps.app(), apps.browser("both-parent")
    shown = browser.open(app.request())
    again = browser.submit(shown, scope=[])
    assert again.status_code == 400
    assert "Kryssa för minst en sak" in again.text
    denied = told(browser.submit(shown, decision="deny"))
    assert denied["error"] == "access_denied"
    assert (denied["state"], denied["iss"]) == ("xyz", ISSUER)
    with apps.town.database.transaction() as session:
        application = session.exec(
            select(Application).where(Application.client_id == app.client_id)
        ).one()
        found = session.exec(select(Consent).where(Consent.application_id == application.id))
        assert found.all() == []


def test_a_protected_child_is_named_but_cannot_be_shared_with_an_app_that_is_not_cleared(
    apps: Apps,
) -> None:
    """Not even by a form that names the child; the cleared app may be given it."""
    app, browser = apps.app(), apps.browser("hidden-parent")
    shown = browser.open(app.request())
    assert str(named("hidden-pupil")) not in shown.text
    assert "skyddade personuppgifter" in shown.text
    tokens = app.exchange(told(browser.submit(shown, child=[str(named("hidden-pupil"))]))["code"])
    seen = app.read(tokens.json()["access_token"]).text
    assert "hidden-pupil" not in seen
    cleared = apps.app(sees_protected=True)
    tokens = cleared.exchange(browser.allow(cleared))
    assert "hidden-pupil" in cleared.read(tokens.json()["access_token"]).text


def test_a_protected_person_cannot_use_an_app_that_is_not_cleared(apps: Apps) -> None:
    """The page says so, and shows nothing to allow."""
    shown = apps.browser("hidden-pupil").open(apps.app().request())
    assert shown.status_code == 403
    assert "csrf" not in shown.text


def test_what_was_allowed_is_remembered_and_more_is_asked_for(apps: Apps) -> None:
    """For an address that only one app can have; prompt=consent asks all the same."""
    app, browser = apps.app(), apps.browser("both-parent")
    browser.allow(app)
    assert "code" in told(browser.open(app.request()))
    assert "code" in told(browser.open(app.request(scope="people:read")))
    assert browser.open(app.request(prompt="consent")).status_code == 200
    assert browser.open(app.request(scope="people:read attendance:read")).status_code == 200


@pytest.mark.parametrize("registered", ["http://127.0.0.1/back", "se.example.app:/back"])
def test_an_address_that_others_can_take_is_asked_about_each_time(
    apps: Apps, registered: str
) -> None:
    """Whichever program listens on this machine, or has taken the scheme (RFC 8252, 8.6)."""
    app = apps.app(secret=False, redirect_uris=(registered,))
    browser = apps.browser("both-parent")
    browser.allow(app)
    assert browser.open(app.request()).status_code == 200


def test_an_app_that_asks_for_no_page_gets_an_error_where_one_is_needed(apps: Apps) -> None:
    """prompt=none: login_required, then consent_required, then a code."""
    app, browser = apps.app(), apps.browser("both-parent")
    assert told(apps.browser().open(app.request(prompt="none")))["error"] == "login_required"
    assert told(browser.open(app.request(prompt="none")))["error"] == "consent_required"
    browser.allow(app)
    assert "code" in told(browser.open(app.request(prompt="none")))


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back_to_this_very_request(apps: Apps) -> None:
    """By 303, to our own page, with the whole request."""
    app = apps.app()
    sent = apps.browser().open(app.request())
    assert sent.status_code == 303
    address = urlsplit(sent.headers["location"])
    assert (address.netloc, address.path) == ("", "/sign-in")
    way_back = urlsplit(dict(parse_qsl(address.query))["to"])
    assert way_back.path == AUTHORIZE
    assert dict(parse_qsl(way_back.query)) == app.request()


def test_an_app_may_ask_for_a_sign_in_of_this_moment(apps: Apps) -> None:
    """prompt=login: a session of some minutes is not enough, one that just began is."""
    app, browser = apps.app(), apps.browser("both-parent")
    assert browser.open(app.request(prompt="login")).status_code == 200
    with apps.town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE user_session SET signed_in = signed_in - interval '5 minutes'"
        )
    assert browser.open(app.request(prompt="login")).headers["location"].startswith("/sign-in")
    assert browser.open(app.request()).status_code == 200


# What is wrong with the address or the app is told to the person, who is sent nowhere.
NOWHERE: dict[str, dict[str, Any]] = {
    "another address": {"redirect_uri": "https://evil.example/back"},
    "a longer address": {"redirect_uri": BACK + "/more"},
    "an address with a query": {"redirect_uri": BACK + "?x=1"},
    "an address in other letters": {"redirect_uri": BACK.upper()},
    "a shorter address": {"redirect_uri": BACK[:-1]},
    "an address with a user": {"redirect_uri": "https://app.example.se@evil.example/back"},
    "another scheme": {"redirect_uri": BACK.replace("https", "http")},
    "a port": {"redirect_uri": BACK.replace(".se", ".se:8443")},
    "a dot segment": {"redirect_uri": "https://app.example.se/x/../back"},
    "an encoded slash": {"redirect_uri": "https://app.example.se%2Fback"},
    "script": {"redirect_uri": "javascript:alert(1)"},
    "no address": {"redirect_uri": None},
    "no app": {"client_id": None},
    "an unknown app": {"client_id": "no-such-app"},
    "an app with a NUL": {"client_id": "a\0b"},
    "an unknown pushed request": {"request_uri": "urn:ietf:params:oauth:request_uri:x"},
    "an address of a request": {"request_uri": "https://evil.example/request.jwt"},
}


@pytest.mark.parametrize("what", NOWHERE)
def test_nobody_is_sent_where_the_app_is_not_registered(apps: Apps, what: str) -> None:
    """No redirect, no sign-in, and nothing of what was sent on the page."""
    app = apps.app()
    for browser in (apps.browser("both-parent"), apps.browser()):
        answer = browser.open(app.request(**NOWHERE[what]))
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "evil" not in answer.text
        assert "<script" not in answer.text


def test_a_disabled_app_and_a_system_ask_nobody(apps: Apps) -> None:
    """As if unknown."""
    system = apps.app(redirect_uris=())
    assert apps.browser("both-parent").open(system.request()).status_code == 400
    app = apps.app()
    with apps.town.database.transaction() as session:
        found = session.exec(select(Application).where(Application.client_id == app.client_id))
        found.one().disabled_at = datetime.now(UTC)
    assert apps.browser("both-parent").open(app.request()).status_code == 400


TOLD: dict[str, tuple[dict[str, Any], str]] = {
    "no response type": ({"response_type": None}, "invalid_request"),
    "a token": ({"response_type": "token"}, "unsupported_response_type"),
    "a hybrid": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "a form post": ({"response_mode": "form_post"}, "invalid_request"),
    "a fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "no method": ({"code_challenge_method": None}, "invalid_request"),
    "plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "a short challenge": ({"code_challenge": "abc"}, "invalid_request"),
    "a scope that is not granted": ({"scope": "attendance:write"}, "invalid_scope"),
    "an unknown scope": ({"scope": "people:read openid"}, "invalid_scope"),
    "another resource": ({"resource": "https://other.example"}, "invalid_target"),
    "a resource with our name in front": ({"resource": ISSUER + ".evil.example"}, "invalid_target"),
    "a signed request": ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    "an unknown prompt": ({"prompt": "create"}, "invalid_request"),
    "a prompt that contradicts itself": ({"prompt": "none login"}, "invalid_request"),
    "a long state": ({"state": "s" * 1_001}, "invalid_request"),
    "a thumbprint that is none": ({"dpop_jkt": "abc"}, "invalid_request"),
}


@pytest.mark.parametrize("what", TOLD)
def test_what_the_app_did_wrong_is_told_to_the_app(apps: Apps, what: str) -> None:
    """At its own address, with state and issuer, whoever is signed in or not."""
    app, (changed, error) = apps.app(), TOLD[what]
    for browser in (apps.browser("both-parent"), apps.browser()):
        answer = told(browser.open(app.request(**changed)))
        assert answer["error"] == error
        assert answer["iss"] == ISSUER
        assert answer["state"] == changed.get("state", "xyz")
        assert answer["error_description"]


def test_an_app_without_an_agreement_of_today_is_told_so(apps: Apps) -> None:
    """unauthorized_client."""
    app = apps.app()
    with apps.town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE consumer_grant SET valid_to = current_date - 1 WHERE application_id = "
            "(SELECT id FROM application WHERE client_id = %(client_id)s)",
            {"client_id": app.client_id},
        )
    answer = told(apps.browser("both-parent").open(app.request()))
    assert answer["error"] == "unauthorized_client"


def test_a_parameter_that_stands_twice_is_refused(apps: Apps) -> None:
    """Two servers that read different ones of them would be two minds about one request."""
    app = apps.app()
    words = str(httpx.QueryParams(app.request())) + "&scope=attendance%3Aread"
    assert apps.browser("both-parent").open(words).status_code == 400


def test_any_port_of_loopback_will_do_and_nothing_else_of_it(apps: Apps) -> None:
    """RFC 8252 section 7.3."""
    app = apps.app(secret=False, redirect_uris=("http://127.0.0.1/back", "http://[::1]/back"))
    browser = apps.browser("both-parent")
    for uri in ("http://127.0.0.1:51004/back", "http://127.0.0.1/back", "http://[::1]:9/back"):
        assert browser.open(app.request(redirect_uri=uri)).status_code == 200
    for uri in ("http://127.0.0.1:51004/other", "http://localhost:51004/back",
                "http://127.0.0.1:0x50/back", "http://127.0.0.1:51004@evil.example/back",
                "https://127.0.0.1:51004/back", "http://127.0.0.2:51004/back"):  # fmt: skip
        assert browser.open(app.request(redirect_uri=uri)).status_code == 400, uri


def test_pages_cannot_be_framed_scripted_cached_or_read_by_other_origins(apps: Apps) -> None:
    """One policy, ours; its form leads to us and to this app alone (ASVS 3.4, RFC 9700 4.11)."""
    shown = apps.browser("both-parent").http.get(
        AUTHORIZE, params=apps.app().request(), headers={"Origin": "https://evil.example"}
    )
    policy = shown.headers.get_list("content-security-policy")
    assert len(policy) == 1
    parts = dict(part.strip().split(" ", 1) for part in policy[0].split(";"))
    assert parts["default-src"] == parts["frame-ancestors"] == parts["base-uri"] == "'none'"
    assert parts["form-action"] == "'self' https://app.example.se"
    assert "script-src" not in parts
    assert shown.headers["x-frame-options"] == "DENY"
    assert shown.headers["cache-control"] == "no-store"
    assert not any(name.startswith("access-control") for name in shown.headers)


FORGED: dict[str, dict[str, Any]] = {
    "no proof of the page": {"csrf": []},
    "a wrong proof": {"csrf": ["0" * 64]},
}


@pytest.mark.parametrize("what", FORGED)
def test_a_form_of_somebody_elses_making_is_refused(apps: Apps, what: str) -> None:
    """403, and nothing was allowed."""
    app, browser = apps.app(), apps.browser("both-parent")
    shown = browser.open(app.request())
    assert browser.submit(shown, **FORGED[what]).status_code == 403
    assert browser.open(app.request()).status_code == 200


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
])  # fmt: skip
def test_a_form_that_another_site_sent_is_refused(apps: Apps, headers: dict[str, str]) -> None:
    """Even with the right proof: it was read off somehow."""
    app, browser = apps.app(), apps.browser("both-parent")
    shown = browser.open(app.request())
    assert browser.submit(shown, headers=headers).status_code == 403


def test_the_proof_of_a_page_is_of_one_session_and_one_request(apps: Apps) -> None:
    """Another person's page, or one of another app, does not let this form pass."""
    app, other = apps.app(), apps.app()
    hers, his = apps.browser("both-parent"), apps.browser("other-parent")
    shown = hers.open(app.request())
    elsewhere = Page(his.open(app.request())).values("csrf")
    assert hers.submit(shown, csrf=elsewhere).status_code == 403
    of_other = Page(hers.open(other.request())).values("csrf")
    assert hers.submit(shown, csrf=of_other).status_code == 403


def test_a_session_ends(apps: Apps) -> None:
    """By its time; then the person signs in again."""
    app, browser = apps.app(), apps.browser("both-parent")
    with apps.town.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE user_session SET expires = now()")
    assert browser.open(app.request()).headers["location"].startswith("/sign-in?")


def test_a_session_cookie_that_somebody_made_up_is_nobody(apps: Apps) -> None:
    """Of any length and with any sign."""
    for value in ("x", "'; DROP TABLE person; --", "a" * 4_000):
        browser = apps.browser()
        browser.http.cookies.set("skolnav", value)
        assert browser.open(apps.app().request()).status_code == 303


def test_the_names_of_apps_are_shown_as_text(apps: Apps) -> None:
    """An app whose name is markup."""
    app = apps.app()
    with apps.town.database.transaction() as session:
        found = session.exec(select(Application).where(Application.client_id == app.client_id))
        found.one().name = '<img src=x onerror="alert(1)">'
    shown = apps.browser("both-parent").open(app.request())
    assert "<img" not in shown.text
    assert "&lt;img" in shown.text


def test_the_page_with_childrens_names_is_in_the_access_log(apps: Apps) -> None:
    """Written before it is sent: which app's request showed whom to whom."""
    app = apps.app()
    apps.browser("both-parent").open(app.request())
    with apps.town.database.transaction() as session:
        row = session.connection().exec_driver_sql(
            "SELECT acting_person_id, operation, person_ids FROM access_record "
            "WHERE client_id = %(id)s", {"id": app.client_id},
        ).one()  # fmt: skip
    assert row.acting_person_id == named("both-parent")
    assert row.operation == "oauth.authorize"
    assert set(row.person_ids) == {named(name) for name in ("both-parent", "anna", "bo")}


def test_pages_that_are_answered_at_once_make_one_consent(apps: Apps) -> None:
    """From two windows of one browser; both get a code."""
    app, browser = apps.app(), apps.browser("both-parent")
    shown = browser.open(app.request())
    cookie = dict(browser.http.cookies)

    def answer(_number: int) -> httpx.Response:
        with httpx.Client(base_url=browser.http.base_url, cookies=cookie, timeout=30) as http:
            return Browser(http).submit(shown)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(answer, range(4)))
    assert all("code" in told(one) for one in answers)
    with apps.town.database.transaction() as session:
        count = session.connection().exec_driver_sql(
            "SELECT count(*) FROM consent c JOIN application a ON a.id = c.application_id "
            "WHERE a.client_id = %(id)s", {"id": app.client_id},
        )  # fmt: skip
        assert count.scalar_one() == 1


def test_a_code_lives_for_a_minute(apps: Apps) -> None:
    """As long as a browser needs to bring it."""
    app = apps.app()
    code = apps.browser("both-parent").allow(app)
    with apps.town.database.transaction() as session:
        seconds = session.connection().exec_driver_sql(
            "SELECT extract(epoch FROM max(expires) - now()) FROM authorization_code"
        ).scalar_one()  # fmt: skip
        assert 0 < seconds <= 60
        session.connection().exec_driver_sql("UPDATE authorization_code SET expires = now()")
    assert app.exchange(code).json()["error"] == "invalid_grant"


def test_no_page_needs_a_script(apps: Apps) -> None:
    """Nor anything from elsewhere: no address stands on it but the app's own."""
    text = apps.browser("both-parent").open(apps.app().request()).text
    assert not re.search(r"<(script|link|img|iframe)\b", text)
