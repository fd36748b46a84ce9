"""The provider of demonstrations, as a service meets it: over HTTP, from sign-in to sign-out."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from fastapi import FastAPI

from app.auth.sign_in_refusals import SignInRefused, Why
from app.auth.sign_ins import Begun
from app.routers.demo_provider import DemoClient, build_provider
from tests.auth.conftest import send
from tests.auth.demo import CALLBACK, GUARDIAN, HOME, SECRET, Demo, came_back, running_demo
from tests.auth.openid_provider import without_none


@pytest.fixture(scope="module")
def running() -> Iterator[Demo]:
    """One for the file."""
    with running_demo() as demo:
        yield demo


@pytest.fixture
def demo(running: Demo) -> Demo:
    """As it began; the browsers of other tests are other browsers."""
    running.told.clear()
    running.later, running.status = timedelta(), 200
    return running


@pytest.fixture
def browser(demo: Demo) -> Iterator[httpx.Client]:
    """A browser of the test's own."""
    with demo.browser() as made:
        yield made


def test_somebody_who_is_chosen_is_signed_in(demo: Demo, browser: httpx.Client) -> None:
    """Discovery, PKCE, the code, the id_token's signature and userinfo, all as in earnest."""
    person = demo.sign_in(browser)
    assert (person.subject, person.identifier, person.acr) == (
        "p1", "197001019876", "urn:skolnav:demo")  # fmt: skip
    assert person.sid and person.auth_time is not None
    assert abs(person.auth_time - demo.now()) < timedelta(minutes=1)
    wanted = demo.begin(acr_values=["urn:skolnav:demo"], client_id="public", client_secret=None)
    back = browser.post(wanted.url, data={"person": "p2"})
    assert demo.finish(wanted, back).identifier == "201001019876"


def test_the_page_lists_people_in_both_languages(demo: Demo, browser: httpx.Client) -> None:
    """Without scripts, and with names as text whatever they hold."""
    url = demo.begin().url
    for header, lang, words in (
        ({}, "sv", "vårdnadshavare till två barn"), ({"Accept-Language": "en-GB, sv;q=0.5"}, "en",
        "guardian of two"), ({"Accept-Language": "de, fi"}, "sv", "elev i årskurs 9"),
    ):  # fmt: skip
        answer = browser.get(url, headers=header)
        assert f'<html lang="{lang}">' in answer.text and words in answer.text
        assert "Anna &lt;script&gt;" in answer.text and "<script" not in answer.text
        assert answer.headers["content-language"] == lang
        assert len(re.findall("<h1>", answer.text)) == 1
    assert '<html lang="en">' in browser.get(url + "&lang=en").text
    own, rule = demo.own, demo.own.providers["demo"]
    english = own.begin(rule, CALLBACK, demo.now(), language="en").url
    assert '<html lang="en">' in browser.get(english).text
    assert '<html lang="sv">' in browser.get(english + "&lang=sv").text
    other = re.search(r'<a href="\?([^"]+)" lang="en"', browser.get(url).text)
    assert other is not None and "lang=en" in other[1] and "client_id=skolnav" in other[1]


def test_the_page_cannot_be_framed_and_sends_its_form_nowhere_else(
    demo: Demo, browser: httpx.Client
) -> None:
    headers = browser.get(demo.begin().url).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert policy.endswith("form-action 'self' http://127.0.0.1:1")
    assert headers["cache-control"] == "no-store"


def test_who_is_signed_in_already_is_not_asked_again(demo: Demo, browser: httpx.Client) -> None:
    """Unless the service wants it so, or the sign-in is older than it takes."""
    first = demo.sign_in(browser)
    begun = demo.begin()
    again = demo.finish(begun, browser.get(begun.url))
    assert (again.subject, again.sid) == (first.subject, first.sid)
    assert browser.get(begun.url + "&prompt=login").status_code == 200
    demo.later = timedelta(minutes=2)
    begun = demo.begin(longest_age_seconds=60)
    assert browser.get(begun.url).status_code == 200
    chosen = demo.finish(begun, browser.post(begun.url, data={"person": "p2"}))
    assert chosen.subject == "p2" and chosen.sid != first.sid


def test_whoever_cancels_is_not_signed_in(demo: Demo, browser: httpx.Client) -> None:
    begun = demo.begin()
    back = browser.post(begun.url, data={"cancel": "1"})
    assert ("iss", demo.issuer) in came_back(back)
    with pytest.raises(SignInRefused) as refusal:
        demo.finish(begun, back)
    assert refusal.value.reason is Why.CANCELLED


def test_a_form_of_another_site_chooses_nobody(demo: Demo, browser: httpx.Client) -> None:
    answer = browser.post(demo.begin().url, data={"person": "p1"},
                          headers={"Origin": "https://other.example"})  # fmt: skip
    assert answer.status_code == 200 and "location" not in answer.headers


def changed(url: str, **query: str | None) -> str:
    """The address with other parameters; None leaves one out."""
    address, _, old = url.partition("?")
    return f"{address}?{urlencode(without_none(dict(parse_qsl(old)) | query))}"


@pytest.mark.parametrize(
    ("error", "query"),
    [("invalid_request", {"code_challenge": None}),
     ("invalid_request", {"code_challenge": None, "code_challenge_method": None}),
     ("invalid_request", {"code_challenge_method": "plain"}),
     ("invalid_request", {"code_challenge_method": None}),
     ("invalid_request", {"code_challenge": "short"}),
     ("invalid_request", {"nonce": None}),
     ("invalid_scope", {"scope": "profile"}),
     ("unsupported_response_type", {"response_type": "token"}),
     ("unsupported_response_type", {"response_type": "code id_token"}),
     ("login_required", {"prompt": "none"})],
)  # fmt: skip
def test_a_request_that_cannot_be_met_goes_back_with_the_issuers_name(
    demo: Demo, browser: httpx.Client, error: str, query: dict[str, str | None]
) -> None:
    begun = demo.begin()
    for answer in (browser.get(changed(begun.url, **query)),
                   browser.post(changed(begun.url, **query), data={"person": "p1"})):  # fmt: skip
        back = dict(came_back(answer))
        assert (back["error"], back["iss"], back["state"]) == (error, demo.issuer, begun.state)
        assert "code" not in back


@pytest.mark.parametrize(
    "query",
    [{"client_id": "other"}, {"client_id": None}, {"redirect_uri": CALLBACK + "/x"},
     {"redirect_uri": None}, {"redirect_uri": "https://other.example/"}],
)  # fmt: skip
def test_a_request_of_nobody_known_goes_nowhere(
    demo: Demo, browser: httpx.Client, query: dict[str, str | None]
) -> None:
    url = changed(demo.begin().url, **query)
    for answer in (browser.get(url), browser.post(url, data={"person": "p1"})):
        assert (answer.status_code, answer.headers.get("location")) == (400, None)
        assert "Inloggningen kan inte fortsätta" in answer.text


def exchanged(demo: Demo, begun: Begun, made: str, **form: str | None) -> httpx.Response:
    """The token endpoint's answer to a code."""
    usual = {"grant_type": "authorization_code", "code": made, "redirect_uri": CALLBACK,
             "code_verifier": begun.code_verifier, "client_id": "skolnav",
             "client_secret": SECRET}  # fmt: skip
    return httpx.post(f"{demo.issuer}/token", data=without_none(usual | form))


def code_for(demo: Demo, browser: httpx.Client) -> tuple[Begun, str]:
    """A sign-in up to its code."""
    begun = demo.begin()
    return begun, dict(came_back(browser.post(begun.url, data={"person": "p1"})))["code"]


@pytest.mark.parametrize(
    "form",
    [{"code_verifier": "x" * 43}, {"code_verifier": None}, {"redirect_uri": HOME},
     {"redirect_uri": None}, {"client_secret": "wrong"}, {"client_secret": None},
     {"client_id": "public", "client_secret": None}, {"client_id": "other"},
     {"grant_type": "client_credentials"}, {"code": "other"}],
)  # fmt: skip
def test_a_code_is_exchanged_by_whom_it_was_made_for(
    demo: Demo, browser: httpx.Client, form: dict[str, str | None]
) -> None:
    begun, code = code_for(demo, browser)
    answer = exchanged(demo, begun, code, **form)
    assert answer.status_code in (400, 401) and "id_token" not in answer.text


def test_a_code_is_good_once_and_for_a_minute(demo: Demo, browser: httpx.Client) -> None:
    begun, code = code_for(demo, browser)
    assert "id_token" in exchanged(demo, begun, code).json()
    assert exchanged(demo, begun, code).json()["error"] == "invalid_grant"
    begun, code = code_for(demo, browser)
    demo.later = timedelta(seconds=61)
    assert exchanged(demo, begun, code).json()["error"] == "invalid_grant"


def test_userinfo_is_for_whoever_has_a_token(demo: Demo, browser: httpx.Client) -> None:
    """While it lasts."""
    url = f"{demo.issuer}/userinfo"
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"Authorization": "Bearer x"}).status_code == 401
    begun, code = code_for(demo, browser)
    token = exchanged(demo, begun, code).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(url, headers=bearer).json() == {"sub": "p1", **GUARDIAN.claims}
    demo.later = timedelta(minutes=5, seconds=1)
    assert httpx.get(url, headers=bearer).status_code == 401


def test_signing_out_ends_the_session_everywhere(demo: Demo, browser: httpx.Client) -> None:
    """The service is told by a token that it verifies, before the browser is back."""
    person = demo.sign_in(browser)
    rule = demo.own.providers["demo"]
    url = demo.own.end_session_url(rule, person.id_token, HOME, "state-1")
    assert url is not None and "id_token_hint" in url
    back = browser.get(url)
    assert (back.status_code, back.headers["location"]) == (303, f"{HOME}?state=state-1")
    told = demo.own.verify_logout_token(rule, demo.told.pop(), demo.now())
    assert (told.subject, told.sid, demo.told) == (person.subject, person.sid, [])
    assert browser.get(demo.begin().url).status_code == 200


def test_whoever_shows_no_id_token_is_asked_before_being_signed_out(
    demo: Demo, browser: httpx.Client
) -> None:
    """An image on another site signs nobody out, also not with an id_token of its owner's."""
    demo.sign_in(browser)
    with demo.browser() as other:
        foreign = demo.sign_in(other, "p2").id_token
    rule = demo.own.providers["demo"]
    for hint in (None, foreign):
        url = demo.own.end_session_url(rule, hint, HOME, "s")
        assert url is not None
        asked_first = browser.get(url)
        assert asked_first.status_code == 200 and "Anna &lt;script&gt;" in asked_first.text
        elsewhere = {"Origin": "https://other.example"}
        answer = browser.post(url, data={"confirmed": "1"}, headers=elsewhere)
        assert answer.status_code == 200
    assert demo.told == []
    url = demo.own.end_session_url(rule, None, HOME, "s")
    back = browser.post(str(url), data={"confirmed": "1"})
    assert back.headers["location"] == f"{HOME}?state=s" and len(demo.told) == 1


@pytest.mark.parametrize("hint", ["forged", "own"])
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    demo: Demo, browser: httpx.Client, hint: str
) -> None:
    token = demo.sign_in(browser).id_token if hint == "own" else "a.b.c"
    query = {"id_token_hint": token, "post_logout_redirect_uri": "https://other.example/"}
    answer = browser.get(f"{demo.issuer}/end-session?{urlencode(query)}")
    assert "location" not in answer.headers
    assert answer.status_code == (200 if hint == "own" else 400)


def test_a_service_that_does_not_answer_stops_nobody_from_signing_out(
    demo: Demo, browser: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    demo.status = 500
    person = demo.sign_in(browser)
    rule = demo.own.providers["demo"]
    assert browser.get(str(demo.own.end_session_url(rule, person.id_token, HOME, "s"))).is_redirect
    told = [vars(record) for record in caplog.records if record.name.startswith("app.")]
    assert [(r["message"], r["client"], r["reason"]) for r in told] == [
        ("demo_provider.client_not_told", "skolnav", "status 500")]  # fmt: skip


def test_the_metadata_say_what_it_does(demo: Demo) -> None:
    said = httpx.get(f"{demo.issuer}/.well-known/openid-configuration").json()
    assert said["issuer"] == demo.issuer
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["authorization_response_iss_parameter_supported"] is True
    assert said["backchannel_logout_supported"] is True
    [key] = httpx.get(said["jwks_uri"]).json()["keys"]
    assert key["kid"] and (key["use"], key["alg"]) == ("sig", "RS256") and "d" not in key


def test_the_browsers_cookie_is_for_the_provider_alone(demo: Demo, browser: httpx.Client) -> None:
    begun = demo.begin()
    cookie = browser.post(begun.url, data={"person": "p1"}).headers["set-cookie"].lower()
    for word in ("httponly", "samesite=lax", "path=/demo-provider"):
        assert word in cookie
    assert "secure" not in cookie


def test_behind_tls_the_cookie_never_travels_without_it(demo: Demo) -> None:
    issuer = "https://skolnav.example/demo-provider"
    client = DemoClient(client_id="skolnav", redirect_uris=[CALLBACK])
    app = FastAPI()
    app.mount("/demo-provider", build_provider(issuer, [GUARDIAN], [client]))
    query = demo.begin(client_id="skolnav").url.partition("?")[2]
    answer = send(app, "POST", f"/demo-provider/authorize?{query}", data={"person": "p1"})
    assert answer.status_code == 303 and "secure" in answer.headers["set-cookie"].lower()
