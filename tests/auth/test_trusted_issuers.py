"""Tokens of another issuer: accepted by its one rule, and every forgery of one refused."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from joserfc.jwk import ECKey
from sqlmodel import Session, select

from app.auth.secret import SIGNING_KEYS, derived_key
from app.auth.signing_keys import current_signing_key
from app.auth.tokens import TokenRefused
from app.auth.trusted_issuers import CHECKED_ANEW
from app.database import Database, open_database
from app.database.embedded import EmbeddedPostgres
from app.models.consumers import Grant
from app.services.consumers import disable_application, enable_application
from app.services.grants import replace_grant, revoke_grant
from tests.auth.conftest import CLIENT, ISSUER, NORTH, now, terms
from tests.auth.issuer import (
    BASE_URL,
    KID,
    ORGANISATION,
    Issuer,
    encoded,
    new_key,
    published,
    signed,
    trust,
    trusted_issuer,
)
from tests.auth.test_revocation import is_refused
from tests.conftest import create_database, drop_database
from tests.waiting import wait_until

HOUR = 3_600


@pytest.fixture(scope="module")
def issuer(server: EmbeddedPostgres, migrated: str, certificate: Path) -> Iterator[Issuer]:
    """One issuer and gate for the tests that leave the consumer as it is."""
    name = f"issuer_{uuid4().hex[:12]}"
    create_database(server, name, template=migrated)
    database = open_database(server.url(name), pool_size=4)
    with trusted_issuer(database, certificate) as made:
        yield made
    database.close()
    drop_database(server, name)


@pytest.fixture
def own_issuer(database: Database, certificate: Path) -> Iterator[Issuer]:
    """An issuer and a gate that the test may change."""
    with trusted_issuer(database, certificate) as made:
        yield made


def assert_refused(issuer: Issuer, token: str) -> None:
    """401 with RFC 6750's challenge."""
    answer = issuer.probe(token)
    assert answer.status_code == 401, answer.text
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_token_as_skolverket_sends_it_gives_the_consumers_grant(issuer: Issuer) -> None:
    """Scopes, organisations and field groups are those of the registered consumer."""
    answer = issuer.probe(issuer.token())
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "client": CLIENT, "scopes": ["people:read", "schedule:read"], "organisations": None,
        "fieldGroups": ["contact"], "grant": answer.json()["grant"],
    }  # fmt: skip


def entry(*locations: Any, kind: Any = "ss12000-api") -> dict[str, Any]:
    """One element of `requested_access`."""
    return {"type": kind, "locations": list(locations)}


def claims_of(**changed: Any) -> dict[str, Any]:
    """Changed claims, to stand in a table."""
    return changed


ACCEPTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "typ JWT": ({"typ": "JWT"}, {}),
    "typ at+jwt": ({"typ": "at+jwt"}, {}),
    "one location as text": ({}, {"requested_access": [
        {"type": "ss12000-api", "locations": BASE_URL}]}),
    "final slash": ({}, {"requested_access": [entry(f"{BASE_URL}/")]}),
    "several locations": ({}, {"requested_access": [entry("https://x.example", BASE_URL)]}),
    "several entries": ({}, {"requested_access": [entry(kind="other"), "x", entry(BASE_URL)]}),
    "no nbf": ({}, {"nbf": None}),
    "any audience": ({}, {"aud": ["x"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_the_rule_leaves_open_is_accepted(issuer: Issuer, name: str) -> None:
    """The table's variants change nothing that the rule names."""
    header, claims = ACCEPTED[name]
    answer = issuer.probe(issuer.token(header, **claims))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("seconds", [8, -8])
def test_a_clock_may_be_some_seconds_off(issuer: Issuer, seconds: int) -> None:
    """A token from eight seconds ahead counts, and one that ended eight seconds ago."""
    at = now() + timedelta(seconds=seconds)
    ended = int(at.timestamp())
    changed: dict[str, Any] = {} if seconds > 0 else {"iat": ended - 60, "exp": ended}
    assert issuer.probe(issuer.token(at=at, **changed)).status_code == 200


HEADERS: dict[str, dict[str, Any]] = {
    "no kid": {"kid": None},
    "unknown kid": {"kid": "other"},
    "kid of another case": {"kid": KID.upper()},
    "kid as a path": {"kid": "../../dev/null"},
    "kid as a number": {"kid": 1},
    "kid as a list": {"kid": [KID]},
    "alg none": {"alg": "none"},
    "alg of another case": {"alg": "es256"},
    "alg HS256": {"alg": "HS256"},
    "alg RS256": {"alg": "RS256"},
    "alg ES384": {"alg": "ES384"},
    "alg ES256K": {"alg": "ES256K"},
    "alg as a list": {"alg": ["ES256"]},
    "no alg": {"alg": None},
    "typ of another case": {"typ": "jwt"},
    "typ logout+jwt": {"typ": "logout+jwt"},
    "typ dpop+jwt": {"typ": "dpop+jwt"},
    "typ secevent+jwt": {"typ": "secevent+jwt"},
    "typ client-authentication+jwt": {"typ": "client-authentication+jwt"},
    "typ with a media type": {"typ": "application/at+jwt"},
    "typ as a number": {"typ": 1},
    "typ as a list": {"typ": ["JWT"]},
    "typ as an object": {"typ": {"JWT": 1}},
    "crit": {"crit": ["exp"], "exp": 1},
    "b64": {"b64": False, "crit": ["b64"]},
    "jwk": {"jwk": published(new_key())},
    "jku": {"jku": "https://evil.example/jwks"},
    "x5u": {"x5u": "https://evil.example/cert"},
    "x5c": {"x5c": ["MIIB"]},
    "zip": {"zip": "DEF"},
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_the_rule_does_not_know_is_refused(issuer: Issuer, name: str) -> None:
    """Though the issuer itself signed it."""
    assert_refused(issuer, issuer.token(HEADERS[name]))


def seconds(offset: int) -> int:
    """An instant from now as a claim has it."""
    return int(now().timestamp()) + offset


CLAIMS: dict[str, Callable[[], dict[str, Any]]] = {
    "expired": lambda: claims_of(iat=seconds(-HOUR), nbf=seconds(-HOUR), exp=seconds(-11)),
    "iat ahead": lambda: claims_of(iat=seconds(60)),
    "nbf ahead": lambda: claims_of(nbf=seconds(60)),
    "too long a life": lambda: claims_of(exp=seconds(36_010)),
    "ends before it begins": lambda: claims_of(iat=seconds(5), exp=seconds(-1)),
    "no exp": lambda: claims_of(exp=None),
    "no iat": lambda: claims_of(iat=None),
    "exp as text": lambda: claims_of(exp=str(seconds(HOUR))),
    "exp as a fraction": lambda: claims_of(exp=seconds(HOUR) + 0.5),
    "exp true": lambda: claims_of(exp=True),
    "exp beyond time": lambda: claims_of(exp=10**30),
    "exp infinite": lambda: claims_of(exp=float("inf")),
    "iat as a list": lambda: claims_of(iat=[seconds(0)]),
    "nbf as text": lambda: claims_of(nbf="0"),
    "no organisation": lambda: claims_of(organization_id=None),
    "another organisation": lambda: claims_of(organization_id="SE5566778899"),
    "organisation as a list": lambda: claims_of(organization_id=[ORGANISATION]),
    "organisation with a tail": lambda: claims_of(organization_id=f"{ORGANISATION} "),
    "no requested_access": lambda: claims_of(requested_access=None),
    "requested_access as text": lambda: claims_of(requested_access=BASE_URL),
    "requested_access as an object": lambda: claims_of(requested_access=entry(BASE_URL)),
    "requested_access empty": lambda: claims_of(requested_access=[]),
    "another type of access": lambda: claims_of(
        requested_access=[entry(BASE_URL, kind="ss12000-client")]),
    "type as a list": lambda: claims_of(requested_access=[entry(BASE_URL, kind=["ss12000-api"])]),
    "no type": lambda: claims_of(requested_access=[{"locations": [BASE_URL]}]),
    "the address under another type": lambda: claims_of(
        requested_access=[entry(BASE_URL, kind="other"), entry("https://x.example")]),
    "locations as an object": lambda: claims_of(
        requested_access=[{"type": "ss12000-api", "locations": {BASE_URL: 1}}]),
    "locations nested": lambda: claims_of(requested_access=[entry([BASE_URL])]),
    "no such issuer": lambda: claims_of(iss="https://issuer.example"),
    "issuer is this service": lambda: claims_of(iss=ISSUER),
}  # fmt: skip
LOCATIONS = (
    "", "/", ISSUER, f"{ISSUER}/", f"{ISSUER}/ss12000", f"{ISSUER}/v2.0", f"{BASE_URL}/persons",
    f"{BASE_URL}//", f"{BASE_URL}?a=b", f"{BASE_URL}#a", f"{BASE_URL}\x00", f" {BASE_URL}",
    f"{BASE_URL} ", BASE_URL[:-1], BASE_URL[1:], BASE_URL.upper(), BASE_URL.replace("http", "HTTP"),
    BASE_URL.replace("http:", "https:"), BASE_URL.replace("ss12000", "SS12000"),
    BASE_URL.replace(":8000", ""), BASE_URL.replace(":8000", ":80001"),
    BASE_URL.replace("ss12000", "ss12000%2f"), BASE_URL.replace("/ss", "/./ss"),
    BASE_URL.replace("127.0.0.1", "127.1"), f"https://evil.example/?{BASE_URL}",
    f"https://evil.example/{BASE_URL}", BASE_URL.replace("//", "//127.0.0.1:8000@"),
    BASE_URL.replace("127.0.0.1:8000", "127.0.0.1:8000.evil.example"),
    BASE_URL.replace("127.0.0.1", "user@127.0.0.1"), f"{BASE_URL}.evil.example", "*",
)  # fmt: skip


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_that_breaks_the_rule_is_refused(issuer: Issuer, name: str) -> None:
    """Though the issuer itself signed it."""
    assert_refused(issuer, issuer.token(**CLAIMS[name]()))


@pytest.mark.parametrize("location", LOCATIONS)
def test_an_address_that_only_resembles_ours_is_refused(issuer: Issuer, location: str) -> None:
    """Neither prefix nor suffix, neither another case nor credentials in it count as equal."""
    answer = issuer.probe(issuer.token(requested_access=[entry(location)]))
    assert answer.status_code == 401 and BASE_URL in answer.json()["message"]


def hs256(issuer: Issuer, secret: bytes) -> str:
    """A token signed with a shared secret, in the shape of ours."""
    head = json.dumps(issuer.header(alg="HS256")).encode()
    text = f"{encoded(head)}.{encoded(json.dumps(issuer.claims()).encode())}"
    return f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def own_key(issuer: Issuer) -> ECKey:
    """The key that this service signs with."""
    sealing_key = derived_key(b"x" * 40, SIGNING_KEYS)
    with issuer.gate.database.transaction() as session:
        return current_signing_key(session, sealing_key=sealing_key, now=now())


def own_claims(issuer: Issuer) -> dict[str, Any]:
    """What a token of our own says."""
    payload = issuer.gate.token().split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


FORGED: dict[str, Callable[[Issuer], str]] = {
    "issuer with a slash": lambda i: i.token(iss=f"{i.name}/"),
    "issuer as a list": lambda i: i.token(iss=[i.name]),
    "issuer of another case": lambda i: i.token(iss=i.name.upper()),
    "signed by somebody else": lambda i: i.token(key=new_key()),
    "signed by us": lambda i: i.token(key=own_key(i)),
    "signed by us under our kid": lambda i: i.token({"kid": own_key(i).kid}, own_key(i)),
    "ours, by their key and kid": lambda i: i.token({"typ": "at+jwt"}, **own_claims(i)),
    "ours, by their key under our kid": lambda i: i.token(
        {"typ": "at+jwt", "kid": own_key(i).kid}, **own_claims(i)),
    "ours, with their iss": lambda i: i.token({"typ": "at+jwt"}, own_key(i), **(
        own_claims(i) | {"iss": i.name})),
    "their id token": lambda i: i.token(
        requested_access=None, organization_id=None, aud=CLIENT, sub=CLIENT, nonce="x"),
    "HS256 with the public key": lambda i: hs256(i, i.key.as_pem(private=False)),
    "HS256 with the public key as DER": lambda i: hs256(i, i.key.as_der(private=False)),
    "HS256 with nothing": lambda i: hs256(i, b""),
    "no signature": lambda i: i.token().rpartition(".")[0] + ".",
    "a signature of zeros": lambda i: i.token().rpartition(".")[0] + "." + encoded(bytes(64)),
    "a changed payload": lambda i: ".".join(
        (i.token().split(".")[0], i.token(version=2).split(".")[1], i.token().split(".")[2])),
    "two megabytes": lambda i: i.token(pad="x" * 2_000_000),
    "longer than a token may be": lambda i: i.token(pad="x" * 8_000),
    "four parts": lambda i: i.token() + ".x",
    "five parts": lambda i: f"{i.token()}.x.y",
    "deep claims": lambda i: signed(
        json.dumps(i.header()).encode(), b'{"iss":"x","a":' + b"[" * 2_900 + b"]" * 2_900 + b"}",
        i.key),
    "deep header": lambda i: signed(
        b'{"a":' + b"[" * 2_500 + b"]" * 2_500 + b"}", json.dumps(i.claims()).encode(), i.key),
    "header is a list": lambda i: signed(b"[]", json.dumps(i.claims()).encode(), i.key),
    "header is not UTF-8": lambda i: signed(b"\xff", json.dumps(i.claims()).encode(), i.key),
    "claims are a list": lambda i: signed(json.dumps(i.header()).encode(), b"[1]", i.key),
    "claims are no JSON": lambda i: signed(json.dumps(i.header()).encode(), b"x", i.key),
    "a claim twice": lambda i: signed(
        json.dumps(i.header()).encode(),
        json.dumps(i.claims())[:-1].encode() + b',"organization_id":"SE2021004185"}', i.key),
    "kid twice": lambda i: signed(
        json.dumps(i.header())[:-1].encode() + b',"kid":"nutid_auth_202201"}',
        json.dumps(i.claims()).encode(), i.key),
    "NaN among the claims": lambda i: i.token(version=float("nan")),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused(issuer: Issuer, name: str) -> None:
    """Nobody gets in with it, whoever it claims to come from."""
    assert_refused(issuer, FORGED[name](issuer))


def key_sets(key: ECKey) -> dict[str, list[dict[str, Any]]]:
    """Key sets none of which lets the key `KID` prove anything."""
    good, private = published(key), key.as_dict(private=True)
    secret = {"kty": "oct", "kid": KID, "k": encoded(b"x" * 32)}
    return {
        "two of one kid": [good, published(new_key())],
        "the same twice": [good, good],
        "a shared key beside it": [good, secret],
        "a shared key": [secret],
        "for encryption": [good | {"use": "enc"}],
        "for another algorithm": [good | {"alg": "ES384"}],
        "not for verifying": [good | {"key_ops": ["encrypt"]}],
        "private": [private],
        "another curve": [published(new_key(crv="P-384"))],
        "a curve of the same size": [published(new_key(crv="secp256k1"))],
        "curve renamed": [published(new_key(crv="secp256k1")) | {"crv": "P-256"}],
        "off the curve": [good | {"y": good["x"]}],
        "no x": [{name: value for name, value in good.items() if name != "x"}],
        "x is a number": [good | {"x": 1}],
        "kid is a list": [good | {"kid": [KID]}],
        "of another kind": [{"kty": "OKP", "crv": "Ed25519", "kid": KID, "x": good["x"]}],
        "kind in a list": [good | {"kty": ["EC"]}],
    }


@pytest.mark.parametrize("name", key_sets(new_key()))
def test_a_key_set_that_leaves_a_choice_or_a_wrong_key_proves_nothing(
    issuer: Issuer, name: str
) -> None:
    """Whatever else the set holds; the issuer's own signature is refused then too."""
    try:
        issuer.publish(*key_sets(issuer.key)[name])
        assert_refused(issuer, issuer.token())
        assert_refused(issuer, hs256(issuer, b"x" * 32))
    finally:
        issuer.publish(published(issuer.key))


def test_an_audience_that_was_agreed_on_is_required(database: Database, certificate: Path) -> None:
    """As text or among several; anything else is refused."""
    with trusted_issuer(database, certificate, audience="nutid") as issuer:
        for good in ("nutid", ["x", "nutid"]):
            assert issuer.probe(issuer.token(aud=good)).status_code == 200
        for bad in (None, "nutid2", ["x"], {"nutid": 1}, 1, "NUTID"):
            assert_refused(issuer, issuer.token(aud=bad))


def test_a_token_of_an_unknown_issuer_makes_the_service_fetch_nothing(own_issuer: Issuer) -> None:
    """Only an `iss` that the settings name leads to a request, and only to the address there."""
    assert_refused(own_issuer, own_issuer.token(iss="https://evil.example"))
    assert_refused(own_issuer, own_issuer.token({"typ": "logout+jwt"}))
    assert own_issuer.server.hits == 0


def test_a_new_key_is_taken_and_a_withdrawn_one_counts_no_more(own_issuer: Issuer) -> None:
    """A `kid` that is new makes the keys be fetched again, once a minute at most."""
    clock, keys = 1_000.0, own_issuer.gate.authenticator.issuers.keys
    keys.monotonic = lambda: clock
    old = own_issuer.token()
    assert own_issuer.probe(old).status_code == 200
    second = new_key("next")
    own_issuer.server.publishes(published(second))
    assert_refused(own_issuer, own_issuer.token({"kid": "next"}, second))
    clock += 61
    assert own_issuer.probe(own_issuer.token({"kid": "next"}, second)).status_code == 200
    assert own_issuer.server.hits == 2
    # What was checked before is checked anew after ten minutes.
    assert own_issuer.probe(old).status_code == 200
    own_issuer.gate.authenticator.clock = lambda: now() + timedelta(minutes=10)
    assert_refused(own_issuer, old)


def test_an_outage_of_the_issuer_is_bridged_for_an_hour_then_told(own_issuer: Issuer) -> None:
    """Then 503, not 401: nothing is known against the token."""
    clock, keys = 1_000.0, own_issuer.gate.authenticator.issuers.keys
    keys.monotonic = lambda: clock
    assert own_issuer.probe(own_issuer.token()).status_code == 200
    own_issuer.server.says(b"down", 500)
    clock += HOUR - 100
    assert own_issuer.probe(own_issuer.token(version=2)).status_code == 200
    clock += 200
    answer = own_issuer.probe(own_issuer.token(version=3))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.json()["code"] == "temporarilyUnavailable"
    own_issuer.server.publishes(published(own_issuer.key))
    clock += 61
    assert own_issuer.probe(own_issuer.token(version=4)).status_code == 200


def test_an_issuer_that_nobody_certifies_is_not_believed(own_issuer: Issuer) -> None:
    """A server with another certificate publishes nothing that counts."""
    other = own_issuer.gate.second()
    assert own_issuer.probe(own_issuer.token(), other).status_code == 503
    assert own_issuer.server.hits == 0


def test_a_token_seen_before_is_refused_once_it_has_expired(own_issuer: Issuer) -> None:
    """Also within the time for which it would otherwise be remembered."""
    begun = now()
    clock = begun
    own_issuer.gate.authenticator.clock = lambda: clock
    token = own_issuer.token(at=begun, exp=int(begun.timestamp()) + 20)
    assert own_issuer.probe(token).status_code == 200
    assert len(own_issuer.gate.authenticator.cache) == 1
    clock = begun + CHECKED_ANEW - timedelta(seconds=1)
    assert own_issuer.probe(token).status_code == 401


def test_a_token_seen_before_is_not_verified_again(
    own_issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with our own tokens."""
    token = own_issuer.token()
    assert own_issuer.probe(token).status_code == 200
    monkeypatch.setattr(own_issuer.gate.authenticator.issuers, "verify", None)
    assert own_issuer.probe(token).status_code == 200


def test_a_long_lived_token_is_verified_again_in_time(
    own_issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its issuer may have taken the key back, of which nobody would tell."""
    # Nothing is remembered over midnight, when other grants may count.
    begun = now().replace(hour=11, minute=0)
    clock = begun
    authenticator = own_issuer.gate.authenticator
    authenticator.clock = lambda: clock
    token = own_issuer.token(at=begun, exp=int(begun.timestamp()) + 3_600)
    assert own_issuer.probe(token).status_code == 200

    def refused(*_asked: object, **_now: object) -> None:
        raise TokenRefused("no such key")

    monkeypatch.setattr(authenticator.issuers, "verify", refused)
    clock = begun + CHECKED_ANEW - timedelta(seconds=1)
    assert own_issuer.probe(token).status_code == 200
    clock = begun + CHECKED_ANEW + timedelta(seconds=1)
    assert own_issuer.probe(token).status_code == 401


@pytest.mark.parametrize("far", [{"exp": 1, "iat": 0, "nbf": 0}, {"requested_access": []}])
def test_why_a_token_was_refused_stands_in_the_log(
    issuer: Issuer, caplog: pytest.LogCaptureFixture, far: dict[str, Any]
) -> None:
    """For the city, which trusts the issuer; the caller is told no more than that it was."""
    caplog.set_level("INFO", logger="app")
    assert issuer.probe(issuer.token(**far)).status_code == 401
    (told,) = [vars(one) for one in caplog.records if one.message == "trusted_issuer.token_refused"]
    assert told["issuer"] == issuer.name
    assert told["reason"]


def disable(session: Session) -> None:
    disable_application(session, client_id=CLIENT, reason="test", now=now(), actor="test")


def end_grant(session: Session) -> None:
    ended = session.exec(select(Grant)).one().id
    revoke_grant(session, client_id=CLIENT, grant_id=ended, now=now(), actor="test")


@pytest.mark.parametrize("act", [disable, end_grant])
def test_the_consumer_is_stopped_in_every_process(
    own_issuer: Issuer, certificate: Path, act: Callable[[Session], None]
) -> None:
    """Whatever tokens the issuer has given and goes on giving."""
    gate, token = own_issuer.gate, own_issuer.token()
    other = gate.second()
    trust(other, certificate)
    for authenticator in (gate.authenticator, other):
        assert gate.probe(token, authenticator).status_code == 200
    with gate.database.transaction() as session:
        act(session)
    for authenticator in (other, gate.authenticator):
        wait_until(partial(is_refused, gate, token, authenticator))
    assert_refused(own_issuer, own_issuer.token(version=2))


def test_enabling_the_consumer_again_brings_no_old_token_back(own_issuer: Issuer) -> None:
    """Tokens from before it was disabled stay dead; new ones count."""
    gate, token = own_issuer.gate, own_issuer.token()
    with gate.database.transaction() as session:
        disable(session)
    with gate.database.transaction() as session:
        enable_application(session, client_id=CLIENT, now=now(), actor="test")
    assert_refused(own_issuer, token)
    later = now() + timedelta(seconds=1)
    assert own_issuer.probe(own_issuer.token(at=later)).status_code == 200


def test_a_smaller_grant_counts_for_tokens_that_are_out(own_issuer: Issuer) -> None:
    """Rights are the grant's of the moment, and a scope that it lacks is named."""
    gate, token = own_issuer.gate, own_issuer.token()
    assert own_issuer.probe(token).json()["organisations"] is None
    with gate.database.transaction() as session:
        replace_grant(session, client_id=CLIENT, now=now(), actor="test",
                      terms=terms(organisation_ids=frozenset({NORTH})))  # fmt: skip
    expected = [str(NORTH)]
    wait_until(lambda: own_issuer.probe(token).json()["organisations"] == expected)
    with gate.database.transaction() as session:
        replace_grant(session, client_id=CLIENT, now=now(), actor="test",
                      terms=terms(scopes=frozenset({"people:read"})))  # fmt: skip
    wait_until(lambda: own_issuer.probe(token).status_code == 403)
    challenge = own_issuer.probe(token).headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge and 'scope="schedule:read"' in challenge


def test_a_consumer_that_is_not_registered_gives_nothing(
    database: Database, certificate: Path
) -> None:
    """A rule alone opens no door."""
    with trusted_issuer(database, certificate, client_id="nobody") as issuer:
        assert_refused(issuer, issuer.token())
