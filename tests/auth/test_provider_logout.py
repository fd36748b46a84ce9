"""Signing out at the provider too, and being told by it that a session is over."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.auth.sign_in_refusals import LogoutTokenRefused, Why
from tests.auth.openid_provider import (
    CLIENT,
    LOGOUT_EVENT,
    METADATA,
    NOW,
    PERSON,
    SECRET,
    SUBJECT,
    Provider,
    hmac_signed,
    new_key,
    party,
    running_provider,
    seconds,
    signed,
    unsigned,
)

HOME = "https://skolnav.example/"
OTHER = new_key("k1")


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    """One server for the file."""
    with running_provider() as provider:
        yield provider


@pytest.fixture
def server(running: Provider) -> Provider:
    """Honest at first."""
    running.reset()
    return running


def test_a_logout_token_names_the_sessions_that_are_over(server: Provider) -> None:
    scene = party(server)
    told = scene.own.verify_logout_token(scene.provider, server.logout_token(), NOW)
    assert (told.issuer, told.subject, told.sid) == (server.issuer, SUBJECT, "s-1")
    assert (told.jti, told.expires) == ("j-1", NOW + timedelta(minutes=2))


HONEST: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a session only": ({}, {"sub": None}),
    "a subject only": ({}, {"sid": None}),
    "typ JWT": ({"typ": "JWT"}, {}),
    "made in 8 s": ({}, {"iat": seconds(seconds=8)}),
    "for several, given to us": ({}, {"aud": ["x", CLIENT], "azp": CLIENT}),
    "other events too": ({}, {"events": {"urn:x": {}, LOGOUT_EVENT: {"a": 1}}}),
}


@pytest.mark.parametrize("form", HONEST)
def test_an_honest_logout_token_is_taken(server: Provider, form: str) -> None:
    scene = party(server)
    header, claims = HONEST[form]
    token = server.logout_token(header, **claims)
    told = scene.own.verify_logout_token(scene.provider, token, NOW)
    assert (told.subject, told.sid) != (None, None)


FORGED: dict[str, tuple[Why, dict[str, Any], dict[str, Any]]] = {
    "no events": (Why.EVENTS, {}, {"events": None}),
    "another event": (Why.EVENTS, {}, {"events": {"urn:x": {}}}),
    "an event that is no object": (Why.EVENTS, {}, {"events": {LOGOUT_EVENT: True}}),
    "events that are a list": (Why.EVENTS, {}, {"events": [LOGOUT_EVENT]}),
    "a nonce": (Why.NONCE, {}, {"nonce": "n"}),
    "neither subject nor session": (Why.SUBJECT, {}, {"sub": None, "sid": None}),
    "a subject that is a list": (Why.SUBJECT, {}, {"sub": [SUBJECT]}),
    "a session that is empty": (Why.SESSION, {}, {"sid": ""}),
    "no id of its own": (Why.TOKEN_ID, {}, {"jti": None}),
    "a long id of its own": (Why.TOKEN_ID, {}, {"jti": "x" * 201}),
    "an id with a zero byte": (Why.TOKEN_ID, {}, {"jti": "\0"}),
    "no end": (Why.EXPIRED, {}, {"exp": None}),
    "expired": (Why.EXPIRED, {}, {"iat": seconds(minutes=-3), "exp": seconds(seconds=-11)}),
    "good for hours": (Why.EXPIRED, {}, {"exp": seconds(hours=2)}),
    "made in a minute": (Why.ISSUED, {}, {"iat": seconds(minutes=1)}),
    "made long ago": (Why.ISSUED, {}, {"iat": seconds(minutes=-6)}),
    "no time of making": (Why.ISSUED, {}, {"iat": None}),
    "another issuer": (Why.ISSUER, {}, {"iss": "https://other.example"}),
    "another audience": (Why.AUDIENCE, {}, {"aud": "other"}),
    "typ of an access token": (Why.TYPE, {"typ": "at+jwt"}, {}),
    "an unknown kid": (Why.KEY, {"kid": "x"}, {}),
}


@pytest.mark.parametrize("form", FORGED)
def test_a_forged_logout_token_signs_nobody_out(server: Provider, form: str) -> None:
    reason, header, claims = FORGED[form]
    assert reason_of(server, server.logout_token(header, **claims)) is reason


def reason_of(server: Provider, token: str) -> Why:
    """Why a logout token is refused."""
    scene = party(server)
    with pytest.raises(LogoutTokenRefused) as refusal:
        scene.own.verify_logout_token(scene.provider, token, NOW)
    return refusal.value.reason


def test_nobody_but_the_provider_signs_a_logout_token(server: Provider) -> None:
    made = server.logout_token()
    claims = json.loads(signed_part(made))
    header = {"alg": "ES256", "kid": "k1", "typ": "logout+jwt"}
    none, shared = header | {"alg": "none"}, header | {"alg": "HS256"}
    assert reason_of(server, signed(header, claims, OTHER)) is Why.SIGNATURE
    assert reason_of(server, unsigned(none, claims)) is Why.ALGORITHM
    assert reason_of(server, hmac_signed(shared, claims, SECRET.encode())) is Why.ALGORITHM
    for rubbish in ("", "x", "a.b.c", made + ".x", "å.å.å", "x" * 20_000):
        assert reason_of(server, rubbish) is Why.MALFORMED


def signed_part(token: str) -> bytes:
    """What stands between the points."""
    encoded = token.split(".")[1]
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


def test_an_id_token_signs_nobody_out(server: Provider) -> None:
    """The other way round stands in the table of forged sign-ins."""
    scene = party(server)
    token = scene.sign_in().id_token
    with pytest.raises(LogoutTokenRefused) as refusal:
        scene.own.verify_logout_token(scene.provider, token, NOW)
    assert refusal.value.reason is Why.EVENTS


def test_a_logout_token_is_good_for_its_own_provider(server: Provider) -> None:
    """Its subject would be somebody else's at another."""
    with running_provider() as second:
        second.key = server.key
        other = party(second)
        with pytest.raises(LogoutTokenRefused) as refusal:
            other.own.verify_logout_token(other.provider, server.logout_token(), NOW)
    assert refusal.value.reason is Why.ISSUER


def test_the_browser_ends_the_providers_session_too(server: Provider) -> None:
    scene = party(server, identifies="personId")
    token = scene.sign_in().id_token
    url = scene.own.end_session_url(scene.provider, token, HOME, "state-1")
    assert url is not None and url.startswith(f"{server.issuer}/end?")
    assert parse_qs(urlsplit(url).query) == {
        "x": ["1"], "client_id": [CLIENT], "post_logout_redirect_uri": [HOME],
        "state": ["state-1"], "id_token_hint": [token],
    }  # fmt: skip


def test_no_personal_number_stands_in_an_address(server: Provider) -> None:
    """Addresses end up in histories and logs: such an id_token is left out, another one is not."""
    scene = party(server)
    token = scene.sign_in().id_token
    url = scene.own.end_session_url(scene.provider, token, HOME, "s")
    assert url is not None and "id_token_hint" not in url and PERSON not in url
    assert "id_token_hint" not in str(scene.own.end_session_url(scene.provider, "x", HOME, "s"))
    server.claims = {"civic": None}
    hint = scene.sign_in().id_token
    assert hint in str(scene.own.end_session_url(scene.provider, hint, HOME, "s"))


def test_signing_out_here_needs_nothing_from_the_provider(server: Provider) -> None:
    """None where it has no such place, and where it is away."""
    server.metadata = {"end_session_endpoint": None}
    scene = party(server)
    assert scene.own.end_session_url(scene.provider, None, HOME, "s") is None
    server.says(METADATA, b"", 503)
    away = party(server)
    assert away.own.end_session_url(away.provider, None, HOME, "s") is None
