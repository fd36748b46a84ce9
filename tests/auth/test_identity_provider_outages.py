"""An identity provider that is away, slow, hostile or changing its keys."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.auth import identity_providers, provider_documents
from app.auth.identity_providers import IdentityProviders
from app.auth.provider_documents import Line, fetch_keys
from app.auth.sign_in_refusals import LogoutTokenRefused, ProviderUnavailable, SignInRefused, Why
from app.settings import IdentityProvider
from tests.auth.keys_server import serving_keys
from tests.auth.openid_provider import (
    CALLBACK,
    JWKS,
    METADATA,
    NOW,
    PERSON,
    TOKEN,
    USERINFO,
    Handler,
    Provider,
    new_key,
    party,
    public,
    running_provider,
)

HUGE = 10 * 1024 * 1024


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


METADATA_ANSWERS: dict[str, Any] = {
    "another issuer": {"issuer": "https://other.example"},
    "the issuer with a slash": lambda s: {"issuer": s.issuer + "/"},
    "no issuer": {"issuer": None},
    "no token endpoint": {"token_endpoint": None},
    "no keys": {"jwks_uri": None},
    "an endpoint that is a list": {"token_endpoint": ["https://x.example/"]},
    "an endpoint without TLS elsewhere": {"token_endpoint": "http://x.example/token"},
    "an endpoint with a line break": {"token_endpoint": "https://x.example/\r\nX: 1"},
    "an endpoint with credentials": {"userinfo_endpoint": "https://a:b@x.example/"},
    "an endpoint with a fragment": {"authorization_endpoint": "https://x.example/#a"},
    "a page of scripts to send people to": {"authorization_endpoint": "javascript:alert(1)//"},
    "an address that is none": {"end_session_endpoint": "https://[x"},
    "methods that are no list": {"token_endpoint_auth_methods_supported": "none"},
    "a promise that is no boolean": {"authorization_response_iss_parameter_supported": "yes"},
}


@pytest.mark.parametrize("form", METADATA_ANSWERS)
def test_metadata_that_cannot_be_trusted_begin_no_sign_in(server: Provider, form: str) -> None:
    change = METADATA_ANSWERS[form]
    server.metadata = change(server) if callable(change) else change
    with pytest.raises(ProviderUnavailable):
        party(server).begin()


def says(body: bytes, status: int = 200, **headers: str) -> Callable[[Provider, str], None]:
    """The provider answers this."""
    return lambda server, path: server.says(path, body, status, **headers)


def honest(server: Provider, path: str) -> bytes:
    """What the provider answers there when it is honest."""
    usual = {METADATA: server.described, JWKS: server.published, TOKEN: server.exchanged,
             USERINFO: server.told}  # fmt: skip
    return json.dumps(usual[path]()).encode()


USELESS: dict[str, Callable[[Provider, str], None]] = {
    "a page": says(b"<html>Login</html>"),
    "nothing": says(b""),
    "a list": says(b"[]"),
    "a name twice": says(b'{"issuer":"x","issuer":"y"}'),
    "depth": says(b'{"a":' + b"[" * 50_000),
    "not a number": says(b'{"a":NaN}'),
    "bytes that are no text": says(b"\xff\xfe{}"),
    "10 MB": says(b'{"a":"' + b"x" * HUGE + b'"}'),
    "a failure": says(b'{"error":"server_error"}', 500),
    "a good document under a bad status": lambda s, path: s.says(
        path, honest(s, path), 503),
    "10 MB of blanks after a good document": lambda s, path: s.says(
        path, honest(s, path) + b" " * HUGE),
    "a redirect": lambda s, path: s.says(path, b"{}", 302, Location=f"{s.issuer}/elsewhere"),
    "too many requests": says(b"{}", 429),
    "400 without an error": says(b"{}", 400),
    "this service is not known": says(b'{"error":"invalid_client"}', 401),
}  # fmt: skip


@pytest.mark.parametrize("path", [METADATA, JWKS, TOKEN, USERINFO])
@pytest.mark.parametrize("form", USELESS)
def test_a_useless_answer_signs_nobody_in(server: Provider, form: str, path: str) -> None:
    """At whichever of its places: a later attempt may succeed, and no redirect is followed."""
    server.claims = {"civic": None}
    scene = party(server)
    USELESS[form](server, path)
    with pytest.raises(ProviderUnavailable):
        scene.sign_in()
    assert server.hits["/elsewhere"] == 0
    del server.answers[path]
    scene.clock += provider_documents.SHORTEST_RETRY
    assert scene.sign_in().identifier == PERSON


@pytest.mark.parametrize(
    "keys", [[], {}, [1], [{"kid": f"k{number}"} for number in range(51)]], ids=type
)
def test_a_set_of_no_keys_or_too_many_is_no_set(server: Provider, keys: Any) -> None:
    server.says(JWKS, json.dumps({"keys": keys}).encode())
    with pytest.raises(ProviderUnavailable):
        party(server).sign_in()


@pytest.mark.parametrize("path", [METADATA, JWKS, TOKEN, USERINFO])
def test_an_answer_that_drips_is_cut_off(
    server: Provider, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that one sign-in asks has one deadline together."""
    monkeypatch.setattr(identity_providers, "SECONDS_PER_ACT", 0.6)
    over = threading.Event()

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not over.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    server.answers[path] = drip
    server.claims = {"civic": None}
    with pytest.raises(ProviderUnavailable):
        party(server).sign_in()
    over.set()


def test_an_error_that_passes_is_told_apart_from_a_refusal(server: Provider) -> None:
    for error in ("temporarily_unavailable", "server_error"):
        with pytest.raises(ProviderUnavailable):
            party(server).sign_in(error=error, code=None)


def test_no_proxy_of_the_environment_is_used(
    server: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert party(server).sign_in().identifier == PERSON


def test_an_endpoint_inside_the_network_is_not_called_unless_it_is_the_providers(
    server: Provider,
) -> None:
    """Metadata cannot send the client's secret to another host of the city."""
    other = server.issuer.replace("127.0.0.1", "localhost")
    server.metadata = {"token_endpoint": f"https://localhost{TOKEN}"}
    with pytest.raises(ProviderUnavailable) as failure:
        party(server).sign_in()
    assert failure.value.reason == "address"
    server.metadata = {"token_endpoint": other + TOKEN}
    with pytest.raises(ProviderUnavailable):
        party(server).sign_in()
    assert server.hits[TOKEN] == 0
    assert party(server, inner_hosts=["localhost"]).sign_in().identifier == PERSON


def test_a_provider_whose_certificate_nobody_trusts_is_not_asked(certificate: Path) -> None:
    with serving_keys(certificate) as keys_server:
        rule = IdentityProvider.model_validate({
            "name": "x", "label": "X", "issuer": keys_server.uri.removesuffix("/jwks"),
            "client_id": "x", "claim": "x", "identifies": "personId",
        })  # fmt: skip
        own = IdentityProviders({"x": rule})
        with pytest.raises(ProviderUnavailable, match="tls"):
            fetch_keys(Line(rule, own.tls, time.monotonic() + 5), keys_server.uri)
        assert keys_server.hits == 0


def test_what_the_provider_publishes_is_remembered(server: Provider) -> None:
    scene = party(server)
    for _ in range(3):
        scene.sign_in()
    assert (server.hits[METADATA], server.hits[JWKS]) == (1, 1)
    scene.clock += provider_documents.FRESH_SECONDS + 1
    scene.sign_in()
    assert (server.hits[METADATA], server.hits[JWKS]) == (2, 2)


def test_a_new_key_is_fetched_when_a_token_names_it(server: Provider) -> None:
    """And a key that the provider has withdrawn counts for nothing from then on."""
    scene = party(server)
    scene.sign_in()
    former, fresh = server.key, new_key("k2")
    scene.clock += provider_documents.SHORTEST_INTERVAL
    server.keys = [public(fresh)]
    server.key = fresh
    assert scene.sign_in().identifier == PERSON
    server.key = former
    with pytest.raises(SignInRefused) as refusal:
        scene.sign_in()
    assert refusal.value.reason is Why.KEY


def test_a_flood_of_unknown_keys_asks_once_an_interval(server: Provider) -> None:
    """Logout tokens come from anyone: made-up key ids cost the provider next to nothing."""
    scene = party(server)
    scene.sign_in()
    for interval in range(1, 4):
        scene.clock += provider_documents.SHORTEST_INTERVAL
        for number in range(20):
            forged = server.logout_token({"kid": f"made-up-{number}"})
            with pytest.raises(LogoutTokenRefused):
                scene.own.verify_logout_token(scene.provider, forged, NOW)
        assert server.hits[JWKS] == 1 + interval


def test_an_outage_keeps_what_was_known_for_an_hour(
    server: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    scene = party(server)
    scene.sign_in()
    for path in (METADATA, JWKS):
        server.says(path, b"down", 502)
    scene.clock += provider_documents.USABLE_SECONDS - 1
    assert scene.sign_in().identifier == PERSON
    told = [vars(record) for record in caplog.records]
    assert {(r["message"], r["document"], r["reason"]) for r in told} == {
        ("identity_provider.fetch_failed", document, "status 502")
        for document in ("metadata", "keys")
    }
    scene.clock += 2
    with pytest.raises(ProviderUnavailable):
        scene.begin()


def test_a_provider_that_is_away_is_not_asked_by_each_who_waits(server: Provider) -> None:
    server.says(METADATA, b"down", 502)
    scene = party(server)
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            scene.begin()
    assert server.hits[METADATA] == 1


def test_nobody_waits_for_a_renewal_that_can_do_without(server: Provider) -> None:
    """While one sign-in renews the metadata, the others go on with what is known."""
    scene = party(server)
    scene.begin()
    scene.clock += provider_documents.FRESH_SECONDS + 1
    reached, released = threading.Event(), threading.Event()

    def wait(handler: Handler) -> None:
        reached.set()
        assert released.wait(20)
        handler.send_error(503)

    server.answers[METADATA] = wait
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(scene.own.begin, scene.provider, CALLBACK, NOW)
        assert reached.wait(20)
        began = time.monotonic()
        assert scene.begin().url
        assert time.monotonic() - began < provider_documents.SECONDS_PER_ACT / 2
        released.set()
        assert first.result().url
    assert server.hits[METADATA] == 2
