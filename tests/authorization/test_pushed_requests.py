"""Requests that an app pushes before it sends anybody (RFC 9126)."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.authorization.conftest import App, Apps, Browser, told


def pushed(app: App, **changed: str | None) -> dict[str, str]:
    """What a person is sent with."""
    answer = app.post("par", **app.request(**changed))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["expires_in"] <= 600
    assert answer.headers["cache-control"] == "no-store"
    return {"client_id": app.client_id, "request_uri": body["request_uri"]}


@pytest.mark.parametrize("secret", [True, False], ids=["confidential", "public"])
def test_a_pushed_request_is_shown_and_decided_on(apps: Apps, *, secret: bool) -> None:
    """What the address says besides the name of the request does not count."""
    app = apps.app(secret=secret)
    address = pushed(app) | {"scope": "attendance:read", "redirect_uri": "https://evil.example/"}
    browser = apps.browser("both-parent")
    shown = browser.open(address)
    assert "Se schemat" in shown.text
    assert "Se närvaro" not in shown.text
    tokens = app.exchange(told(browser.submit(shown))["code"]).json()
    assert set(tokens["scope"].split()) == {"schedule:read", "people:read"}


def test_a_pushed_request_is_good_for_one_decision(apps: Apps) -> None:
    """It may be looked at again, as after signing in; once decided it is gone."""
    app, browser = apps.app(), apps.browser("both-parent")
    address = pushed(app)
    browser.open(address)
    shown = browser.open(address)
    assert "code" in told(browser.submit(shown))
    assert browser.open(address).status_code == 400
    assert browser.submit(shown).status_code == 400


def test_of_two_decisions_at_once_one_counts(apps: Apps) -> None:
    """Both were shown the page, and neither finds the request gone before it decides."""
    app, browser = apps.app(), apps.browser("both-parent")
    shown = browser.open(pushed(app))
    url = apps.town.database.url
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
    with (
        psycopg.connect(url, autocommit=True) as watching, psycopg.connect(url) as holding,
        ThreadPoolExecutor(2) as threads,
    ):  # fmt: skip
        holding.execute("SELECT FROM pushed_request FOR UPDATE")
        answers = [threads.submit(browser.submit, shown) for _ in range(2)]
        for _ in range(500):
            if watching.execute(waiting + "wait_event_type = 'Lock'").fetchone() == (2,):
                break
            time.sleep(0.01)
        else:
            pytest.fail("they do not both wait for the request")
        holding.rollback()
        assert sorted(one.result().status_code for one in answers) == [303, 400]


def test_the_name_of_a_pushed_request_is_more_than_its_secret(apps: Apps) -> None:
    """RFC 9126 section 2.2: a URN; anything else names nothing."""
    app, browser = apps.app(), apps.browser("both-parent")
    address = pushed(app)
    secret = address["request_uri"].rpartition(":")[2]
    assert browser.open(address | {"request_uri": secret}).status_code == 400
    assert browser.open(address).status_code == 200


def test_a_denied_request_is_gone_too(apps: Apps) -> None:
    """No second page can be had of it."""
    app, browser = apps.app(), apps.browser("both-parent")
    address = pushed(app)
    shown = browser.open(address)
    assert told(browser.submit(shown, decision="deny"))["error"] == "access_denied"
    assert browser.open(address).status_code == 400


def test_a_pushed_request_is_its_apps_and_ends(apps: Apps) -> None:
    """Under another app's name it is unknown; after its time as well."""
    app, other = apps.app(), apps.app()
    browser: Browser = apps.browser("both-parent")
    address = pushed(app)
    assert browser.open(address | {"client_id": other.client_id}).status_code == 400
    with apps.town.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE pushed_request SET expires = now()")
    assert browser.open(address).status_code == 400


def test_an_app_that_must_push_cannot_ask_otherwise(apps: Apps) -> None:
    """invalid_request, told to the app."""
    app, browser = apps.app(requires_par=True), apps.browser("both-parent")
    assert told(browser.open(app.request()))["error"] == "invalid_request"
    assert browser.open(pushed(app)).status_code == 200


@pytest.mark.parametrize(("changed", "error"), [
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"scope": "attendance:write"}, "invalid_scope"),
    ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
    ({"resource": "https://other.example"}, "invalid_target"),
])  # fmt: skip
def test_faults_are_told_when_a_request_is_pushed(
    apps: Apps, changed: dict[str, str], error: str
) -> None:
    """To the app at once, before anybody is sent; nothing is kept."""
    app = apps.app()
    answer = app.post("par", **app.request(**changed))
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    with apps.town.database.transaction() as session:
        kept = session.connection().exec_driver_sql(
            "SELECT count(*) FROM pushed_request r JOIN application a ON a.id = r.application_id "
            "WHERE a.client_id = %(id)s", {"id": app.client_id},
        )  # fmt: skip
        assert kept.scalar_one() == 0


def test_who_pushes_must_prove_itself(apps: Apps) -> None:
    """As at the token endpoint; the secret itself is not kept."""
    app = apps.app()
    assert app.post("par", **app.request(), client_secret="wrong").status_code == 401
    pushed(app)
    with apps.town.database.transaction() as session:
        rows = session.connection().exec_driver_sql("SELECT parameters::text FROM pushed_request")
        assert str(app.secret) not in str(rows.scalars().all())
