"""Codes, refresh tokens and what ends them: each good once, and a family ends as a whole."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.authorization.conftest import BACK, ISSUER, App, Apps
from tests.make import named


def at_once(count: int, call: Any) -> list[httpx.Response]:
    """The same call from several threads, let go together."""
    gate = threading.Barrier(count)

    def one(_number: int) -> httpx.Response:
        gate.wait(5)
        answer: httpx.Response = call()
        return answer

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def works(app: App, token: str) -> bool:
    """Whether an access token still counts."""
    return app.read(token).status_code == 200


def test_of_parallel_redemptions_of_a_code_one_succeeds_and_then_all_is_ended(apps: Apps) -> None:
    """A code in two hands was seen by somebody: what came of it counts no more."""
    app = apps.app()
    code = apps.browser("both-parent").allow(app)
    answers = at_once(4, lambda: app.exchange(code))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {
        "invalid_grant"
    }
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    assert not works(app, won["access_token"])
    assert app.refresh(won["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("seconds", [30, -600])
def test_a_code_that_comes_again_later_ends_what_came_of_it(apps: Apps, seconds: int) -> None:
    """RFC 6749 section 4.1.2, ASVS 10.4.2; also when its own time is over."""
    app = apps.app()
    code = apps.browser("both-parent").allow(app)
    tokens = app.exchange(code).json()
    assert works(app, tokens["access_token"])
    with apps.town.database.transaction() as session:
        session.connection().exec_driver_sql(
            f"UPDATE authorization_code SET expires = now() + '{seconds} s'"
        )
    assert app.exchange(code).status_code == 400
    assert not works(app, tokens["access_token"])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no verifier": ({"code_verifier": None}, "invalid_request"),
    "another verifier": ({"code_verifier": "v" * 43}, "invalid_grant"),
    "a short verifier": ({"code_verifier": "v"}, "invalid_grant"),
    "a long verifier": ({"code_verifier": "v" * 129}, "invalid_grant"),
    "no address": ({"redirect_uri": None}, "invalid_request"),
    "another address": ({"redirect_uri": BACK + "2"}, "invalid_grant"),
    "no code": ({"code": None}, "invalid_request"),
    "a made-up code": ({"code": "made-up"}, "invalid_grant"),
    "another resource": ({"resource": "https://other.example"}, "invalid_target"),
    "more scopes": ({"scope": "attendance:read"}, "invalid_scope"),
}


@pytest.mark.parametrize("secret", [True, False], ids=["confidential", "public"])
@pytest.mark.parametrize("what", WRONG)
def test_a_code_gives_nothing_without_all_that_it_is_bound_to(
    apps: Apps, what: str, *, secret: bool
) -> None:
    """PKCE for every kind of app."""
    app, (changed, error) = apps.app(secret=secret), WRONG[what]
    code = apps.browser("both-parent").allow(app)
    answer = app.exchange(code, **changed)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == error
    assert "access_token" not in answer.text


def test_a_code_tried_with_a_wrong_verifier_is_used_up(apps: Apps) -> None:
    """Whoever found a code cannot go on guessing."""
    app = apps.app()
    code = apps.browser("both-parent").allow(app)
    assert app.exchange(code, code_verifier="v" * 43).status_code == 400
    assert app.exchange(code).status_code == 400


def test_a_code_of_another_app_is_as_if_made_up_and_stays_good(apps: Apps) -> None:
    """A stolen code cannot be exchanged by, nor spoilt through, another client."""
    app, thief = apps.app(), apps.app()
    thief.verifier = app.verifier
    code = apps.browser("both-parent").allow(app)
    stolen, made_up = thief.exchange(code), thief.exchange("made-up")
    assert (stolen.status_code, stolen.json()) == (400, made_up.json())
    assert app.exchange(code).status_code == 200


def test_a_confidential_app_must_prove_itself(apps: Apps) -> None:
    """Neither its name alone nor another app's secret will do."""
    app, other = apps.app(), apps.app()
    code = apps.browser("both-parent").allow(app)
    for secret in (None, "wrong", other.secret):
        answer = app.exchange(code, client_secret=secret)
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
    assert app.exchange(code).status_code == 200


def test_an_app_that_keeps_no_secret_cannot_act_for_itself(apps: Apps) -> None:
    """And one that acts for nobody cannot act for people."""
    public = apps.app(secret=False)
    own = public.post("token", grant_type="client_credentials")
    assert own.json()["error"] == "unauthorized_client"
    system = apps.app(redirect_uris=())
    assert system.exchange("code").json()["error"] == "unauthorized_client"


def test_refreshing_gives_new_tokens_and_each_refresh_token_is_good_once(apps: Apps) -> None:
    """One that comes again ends the family: the last good one, and the access tokens."""
    app = apps.app(secret=False)
    first = apps.tokens(app, "both-parent")
    second = app.refresh(first["refresh_token"]).json()
    third = app.refresh(second["refresh_token"]).json()
    assert len({one["refresh_token"] for one in (first, second, third)}) == 3
    assert works(app, third["access_token"])
    assert app.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert not works(app, third["access_token"])
    assert app.refresh(third["refresh_token"]).json()["error"] == "invalid_grant"


def test_of_parallel_refreshes_one_succeeds_and_the_family_ends(apps: Apps) -> None:
    """As with codes: two have the token."""
    app = apps.app(secret=False)
    tokens = apps.tokens(app, "both-parent")
    answers = at_once(4, lambda: app.refresh(tokens["refresh_token"]))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert not works(app, tokens["access_token"])


def test_a_refresh_token_is_its_apps_and_others_do_not_spoil_it(apps: Apps) -> None:
    """Sent by another app it is as if made up."""
    app, thief = apps.app(), apps.app()
    tokens = apps.tokens(app, "both-parent")
    assert thief.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_refresh_may_ask_for_less_and_never_for_more(apps: Apps) -> None:
    """Less in this token; the next may have all again."""
    app = apps.app()
    tokens = apps.tokens(app, "both-parent")
    less = app.refresh(tokens["refresh_token"], scope="people:read").json()
    assert less["scope"] == "people:read"
    assert app.read(less["access_token"], "/activities").status_code == 403
    more = app.refresh(less["refresh_token"], scope="people:read attendance:read")
    assert more.json()["error"] == "invalid_scope"


ENDS = {
    "the consent": "UPDATE consent SET revoked_at = now()",
    "the family's time": "UPDATE token_family SET expires = now()",
    "the token's own time": "UPDATE refresh_token SET expires = now()",
    "the app": "UPDATE application SET disabled_at = now() WHERE client_id = '{app}'",
    "the agreement": "UPDATE consumer_grant SET revoked_at = now()",
}


@pytest.mark.parametrize("what", ENDS)
def test_nothing_is_refreshed_when_this_has_ended(apps: Apps, what: str) -> None:
    """Whatever ends, the app must begin anew."""
    app = apps.app()
    tokens = apps.tokens(app, "both-parent")
    with apps.town.database.transaction() as session:
        session.connection().exec_driver_sql(ENDS[what].format(app=app.client_id))
    refused = app.refresh(tokens["refresh_token"])
    assert refused.status_code in (400, 401)
    assert "access_token" not in refused.text


def test_a_person_who_leaves_the_register_takes_everything_along(apps: Apps) -> None:
    """Deleted with all that they allowed; the token is refused."""
    app = apps.app()
    tokens = apps.tokens(app, "friend")
    assert works(app, tokens["access_token"])
    with apps.town.database.transaction() as session:
        for statement in ("DELETE FROM responsible WHERE person_id = %(id)s",
                          "DELETE FROM person WHERE id = %(id)s"):  # fmt: skip
            session.connection().exec_driver_sql(statement, {"id": named("friend")})
    assert app.read(tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).status_code == 400


def test_revoking_a_refresh_token_ends_the_family_and_an_access_token_itself(apps: Apps) -> None:
    """RFC 7009; and somebody else's token stays."""
    app, other = apps.app(), apps.app()
    tokens = apps.tokens(app, "both-parent")
    assert other.post("revoke", token=tokens["refresh_token"]).status_code == 200
    assert works(app, tokens["access_token"])
    assert app.post("revoke", token=tokens["access_token"]).status_code == 200
    assert not works(app, tokens["access_token"])
    again = app.refresh(tokens["refresh_token"]).json()
    assert works(app, again["access_token"])
    assert app.post("revoke", token=again["refresh_token"]).status_code == 200
    assert not works(app, again["access_token"])
    assert app.refresh(again["refresh_token"]).status_code == 400


def test_revoking_a_refresh_token_that_never_was_ends_nothing(apps: Apps) -> None:
    """RFC 7009 section 2.2: it is not valid afterwards either, so that is a success."""
    app = apps.app()
    tokens = apps.tokens(app, "both-parent")
    made_up = tokens["refresh_token"][:-8] + "A" * 8
    assert app.post("revoke", token=made_up).status_code == 200
    assert works(app, tokens["access_token"])


def test_introspection_tells_for_whom_a_token_acts_and_when_it_has_ended(apps: Apps) -> None:
    """active is false the moment that the person takes it back."""
    app = apps.app()
    tokens = apps.tokens(app, "both-parent")
    told = app.post("introspect", token=tokens["access_token"]).json()
    assert told["active"] is True
    assert told["sub"] == str(named("both-parent"))
    assert told["client_id"] == app.client_id
    with apps.town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE consent SET revoked_at = now() WHERE revoked_at IS NULL"
        )
    assert app.post("introspect", token=tokens["access_token"]).json() == {"active": False}


def test_a_token_for_a_person_carries_no_personal_number_and_no_name(apps: Apps) -> None:
    """Ena 6.1.2; nor do a code, a refresh token or any of what was stored of them."""
    app = apps.app()
    tokens = apps.tokens(app, "both-parent")
    told = app.post("introspect", token=tokens["access_token"]).text
    for said in (str(tokens), told):
        assert "19800505" not in said
        assert "both-parent" not in said
    with apps.town.database.transaction() as session:
        for table in ("refresh_token", "authorization_code", "token_family"):
            rows = session.connection().exec_driver_sql(f"SELECT {table}::text FROM {table}")
            kept = str(rows.scalars().all())
            assert tokens["refresh_token"] not in kept
            assert tokens["refresh_token"].encode().hex() not in kept


def test_one_apps_people_do_not_use_up_each_others_calls(apps: Apps) -> None:
    """A limit counts an app and a person together."""
    app = apps.app(rate_tier="trial")
    hers, his = (apps.tokens(app, who)["access_token"] for who in ("both-parent", "other-parent"))
    left = [app.read(token).headers["ratelimit"] for token in (hers, hers, his)]
    counts = [int(one.split("r=")[1].split(";")[0]) for one in left]
    assert counts[1] == counts[0] - 1
    assert counts[2] == counts[0]


def test_the_issuer_stands_in_every_token(apps: Apps) -> None:
    """And the audience is the API; a token of this kind opens no other door by its shape."""
    app = apps.app()
    told = app.post("introspect", token=apps.tokens(app, "both-parent")["access_token"]).json()
    assert told["iss"] == told["aud"] == ISSUER
