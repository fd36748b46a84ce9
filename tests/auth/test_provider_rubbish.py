"""Every member of everything that a provider sends, replaced by rubbish: no answer but our own."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from joserfc.jwk import ECKey

from app.auth.provider_tokens import verify_id_token, verify_logout_token
from app.auth.sign_in_refusals import JwtRefused, ProviderUnavailable, SignInRefused
from app.auth.sign_ins import identifier
from tests.auth import issuer
from tests.auth.openid_provider import (
    NOW,
    PERSON,
    RSA,
    Provider,
    party,
    public,
    running_provider,
    signed,
)

RUBBISH: list[Any] = [
    True, 0, -1, 1.5, 10**400, 1e308, "", " ", "x", "\0", "\ud800", "å" * 9_000, "https://[",
    "https://x.example/?a={b}", [], [[]], ["\ud800", None], {}, {"a": []},
]  # fmt: skip
ID_CLAIMS = ("iss", "aud", "azp", "sub", "nonce", "sid", "iat", "exp", "nbf", "auth_time", "acr",
             "at_hash", "civic", "email_verified", "events")  # fmt: skip
LOGOUT_CLAIMS = ("iss", "aud", "azp", "sub", "sid", "iat", "exp", "nbf", "jti", "events", "nonce")
HEADERS = ("alg", "kid", "jku", "zip", "url", "typ", "crit", "b64", "cty", "x5t")
METADATA = (
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
    "end_session_endpoint", "token_endpoint_auth_methods_supported",
    "authorization_response_iss_parameter_supported",
)  # fmt: skip
TOKENS = ("access_token", "token_type", "id_token", "expires_in", "error", "scope")
KEY = ("kty", "kid", "use", "alg", "key_ops", "n", "e", "crv", "x", "y", "d", "k", "x5c")


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


def outcome(act: Callable[[], object]) -> str:
    """What an act comes to; whatever else is raised fails the test."""
    try:
        act()
    except (JwtRefused, SignInRefused, ProviderUnavailable) as refusal:
        told = str(refusal)
        assert told.isascii() and len(told) < 100, "it repeats what was sent"
        return type(refusal).__name__
    return "good"


def each(names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every member with all the rubbish."""
    return ((name, value) for name in names for value in RUBBISH)


def verified(server: Provider, token: object) -> None:
    """An id_token, without a network between."""
    scene = party(server)
    keys = tuple(server.published()["keys"])
    verify_id_token(scene.provider, token, lambda _: keys, nonce="", access_token="at-1", now=NOW)


def test_rubbish_in_an_id_token(server: Provider) -> None:
    found = set()
    for name, value in each(ID_CLAIMS):
        server.claims = {name: value}
        found.add(outcome(lambda: verified(server, server.id_token())))
    assert found == {"good", "JwtRefused"}


def test_rubbish_as_an_identifier(server: Provider) -> None:
    scene = party(server)
    found = {outcome(partial(identifier, scene.provider, {name: value} | {"civic": PERSON}))
             for name, value in each(("civic", "email_verified"))}  # fmt: skip
    told = [(value, partial(identifier, scene.provider, {"civic": value})) for value in RUBBISH]
    taken = [value for value, act in told if outcome(act) == "good"]
    assert found == {"good"} and taken == ["x", "https://[", "https://x.example/?a={b}"]


def test_rubbish_in_a_header(server: Provider) -> None:
    found, body = set(), json.dumps(server.id_claims()).encode()
    assert isinstance(server.key, ECKey)
    for name, value in each(HEADERS):
        header = {"alg": "ES256", "kid": "k1", name: value}
        token = issuer.signed(json.dumps(header).encode(), body, server.key)
        found.add(outcome(partial(verified, server, token)))
    assert found == {"good", "JwtRefused"}


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_rubbish_in_a_key(server: Provider, alg: str) -> None:
    key = server.key if alg == "ES256" else RSA
    token = signed({"alg": alg, "kid": key.kid}, server.id_claims(), key)
    found = set()
    for name, value in each(KEY):
        server.keys = [public(key) | {name: value}]
        found.add(outcome(partial(verified, server, token)))
    assert found == {"good", "JwtRefused"}


def test_rubbish_in_metadata(server: Provider) -> None:
    found = set()
    for name, value in each(METADATA):
        server.metadata = {name: value}
        scene = party(server)
        found.add(outcome(scene.begin))
        scene.own.end_session_url(scene.provider, None, "https://x.example/", "s")
    assert found == {"good", "ProviderUnavailable"}


def test_rubbish_in_the_answer_to_a_code(server: Provider) -> None:
    scene, found = party(server), set()
    for name, value in each(TOKENS):
        server.tokens = {name: value}
        found.add(outcome(scene.sign_in))
    assert found == {"good", "SignInRefused", "ProviderUnavailable"}


def test_rubbish_in_userinfo(server: Provider) -> None:
    server.claims = {"civic": None}
    scene, found = party(server), set()
    for name, value in each(("sub", "civic")):
        server.tells = {name: value}
        found.add(outcome(scene.sign_in))
    assert found == {"good", "SignInRefused"}


def test_rubbish_in_a_logout_token(server: Provider) -> None:
    scene, found = party(server), set()
    keys = tuple(server.published()["keys"])
    for name, value in each(LOGOUT_CLAIMS):
        token = server.logout_token(**{name: value})
        found.add(outcome(partial(
            verify_logout_token, scene.provider, token, lambda _: keys, now=NOW)))  # fmt: skip
    assert found == {"good", "JwtRefused"}
