"""private_key_jwt: what proves an application's identity, and all that does not."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.util import urlsafe_b64encode

from app.auth.client_assertions import AssertionRefused, read_assertion, verify_assertion
from app.auth.client_keys import KeyRefused, public_jwk
from app.errors import BadBody, Conflict
from app.services.credentials import add_key
from app.services.tokens import forget_expired
from tests.auth.conftest import CLIENT, ISSUER, Gate, now, timed

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
P256 = ECKey.generate_key("P-256", parameters={"kid": "ec"})
P384 = ECKey.generate_key("P-384", parameters={"kid": "ec384"})
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa"})
ED = OKPKey.generate_key("Ed25519", parameters={"kid": "ed"})


def assertion(key: Key = P256, alg: str = "ES256", *, header: Any = None, **changed: Any) -> str:
    """A good assertion, unless told otherwise; None leaves a claim or header out."""
    at = int(now().timestamp())
    claims = {"iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "iat": at, "exp": at + 60,
              "jti": uuid4().hex} | changed  # fmt: skip
    described = {"alg": alg, "kid": key.kid, "typ": "JWT"} | (header or {})
    described = {name: value for name, value in described.items() if value is not None}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(described, kept, key, algorithms=[alg], default_type=None)


def ask(gate: Gate, proof: str, **form: str) -> httpx.Response:
    """Ask for a token with an assertion."""
    sent = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": proof} | form  # fmt: skip
    return gate.send("POST", "/oauth/token", data=sent)


@pytest.fixture(scope="module")
def keyed(shared_gate: Gate) -> Gate:
    """The consumer with a key of each kind."""
    with shared_gate.database.transaction() as session:
        for key in (P256, P384, RSA, ED):
            add_key(session, client_id=CLIENT, jwk=key.as_dict(private=False), now=now(),
                    expires=now() + timedelta(days=1), actor="test")  # fmt: skip
    return shared_gate


@pytest.mark.parametrize(
    ("key", "alg"),
    [(P256, "ES256"), (P384, "ES384"), (RSA, "RS256"), (RSA, "PS256"), (ED, "Ed25519")],
    ids=["ES256", "ES384", "RS256", "PS256", "Ed25519"],
)
def test_each_kind_of_key_proves_the_client(keyed: Gate, key: Key, alg: str) -> None:
    answer = ask(keyed, assertion(key, alg))
    assert answer.status_code == 200, answer.text
    assert keyed.probe(answer.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": ISSUER + "/oauth/token"}, {"header": {"typ": "client-authentication+jwt"}},
        {"header": {"typ": None}}, {"pad": "x" * 5_000},
    ],
)  # fmt: skip
def test_what_the_profiles_allow_is_accepted(keyed: Gate, changed: dict[str, Any]) -> None:
    assert ask(keyed, assertion(**changed)).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        *({name: None} for name in ("iss", "sub", "aud", "iat", "exp", "jti")),
        {"iss": "other"}, {"sub": "other"}, {"sub": 7}, {"sub": {}}, {"aud": [ISSUER]},
        {"aud": ISSUER + "/"}, {"aud": "https://other.example"}, {"aud": ISSUER + "/oauth/revoke"},
        {"exp": lambda at: at - 60, "iat": lambda at: at - 120}, {"exp": lambda at: at + 100_000},
        {"iat": lambda at: at, "exp": lambda at: at + 400},
        {"iat": lambda at: at + 3_600, "exp": lambda at: at + 3_660},
        {"nbf": lambda at: at + 3_600}, {"nbf": "x"}, {"exp": "x"},
        {"exp": True}, {"exp": float("inf")}, {"iat": "now"}, {"jti": 7}, {"jti": ""},
        {"jti": "x" * 300}, {"jti": "a\0b"}, {"header": {"kid": "unknown"}},
        {"header": {"kid": "rsa"}}, {"pad": "x" * 7_000},
        {"header": {"kid": None}, "key": RSA, "alg": "RS256", "iss": None},
        {"header": {"typ": "at+jwt"}}, {"header": {"crit": ["exp"]}},
        {"header": {"jku": "https://evil.example"}},
        {"header": {"jwk": P256.as_dict(private=False)}},
    ],
    ids=lambda changed: "-".join(changed),  # Not the values: two of them are times.
)  # fmt: skip
def test_a_wrong_assertion_gets_the_one_answer(keyed: Gate, changed: dict[str, Any]) -> None:
    changed = timed(changed)
    try:
        proof = assertion(**changed)
    except (ValueError, JoseError):
        proof = _raw(changed["header"])
    answer = ask(keyed, proof)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("name", ["jti", "sub", "iss", "aud"])
def test_half_a_character_in_an_assertion_gets_the_one_answer(keyed: Gate, name: str) -> None:
    """JSON can say it, and nothing can keep it; no library would write it."""
    at = int(now().timestamp())
    claims = {"iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "iat": at, "exp": at + 60,
              "jti": uuid4().hex} | {name: "a\ud800"}  # fmt: skip
    header = {"alg": "ES256", "kid": P256.kid, "typ": "JWT"}
    answer = ask(keyed, jws.serialize_compact(header, json.dumps(claims).encode(), P256))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("begins", "ends", "status"),
    [
        ("{", "", 200), ('{"jti": "twice",', "", 401), ('{"sub": "other",', "", 401),
        ('{"pad": NaN,', "", 401), ("[{", "]", 401),
    ],
)  # fmt: skip
def test_claims_that_two_readers_could_read_differently_get_the_one_answer(
    keyed: Gate, begins: str, ends: str, status: int
) -> None:
    at = int(now().timestamp())
    claims = json.dumps({"iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "iat": at, "exp": at + 60,
                         "jti": uuid4().hex})  # fmt: skip
    header = {"alg": "ES256", "kid": P256.kid, "typ": "JWT"}
    text = (begins + claims[1:] + ends).encode()
    assert ask(keyed, jws.serialize_compact(header, text, P256)).status_code == status


@pytest.mark.parametrize(
    ("times", "accepted"),
    [
        ({"exp": 300}, True), ({"exp": 301}, False), ({"iat": -60, "exp": -8}, True),
        ({"iat": -60, "exp": -12}, False), ({"iat": 8}, True), ({"iat": 13}, False),
        ({"nbf": 8}, True), ({"nbf": 13}, False), ({"iat": 0, "exp": 0}, False),
        ({"iat": 5, "exp": 4}, False),
    ],
    ids=str,
)  # fmt: skip
def test_an_assertion_has_five_minutes_and_clocks_ten_seconds(
    keyed: Gate, times: dict[str, int], accepted: bool
) -> None:
    """Seconds from now, on both sides of each limit."""
    at = int(now().timestamp())
    changed: dict[str, Any] = {name: at + seconds for name, seconds in times.items()}
    assert (ask(keyed, assertion(**changed)).status_code == 200) is accepted


PUBLIC = P256.as_dict(private=False)
OTHER = ECKey.generate_key("P-256").as_dict(private=False)


@pytest.mark.parametrize(
    ("registered", "accepted"),
    [
        ([PUBLIC], True),
        ([OTHER | {"kid": "other"}, PUBLIC], True),
        ([], False),
        ([OTHER | {"kid": "ec"}], False),
        # Two keys of one name: which of them signed is not tried out.
        ([PUBLIC, OTHER | {"kid": "ec"}], False),
        ([PUBLIC | {"use": "enc"}], False),
        ([PUBLIC | {"key_ops": ["encrypt"]}], False),
        ([PUBLIC | {"alg": "ES384"}], False),
        ([P256.as_dict(private=True)], False),
        ([{"kty": "oct", "k": "c2VjcmV0", "kid": "ec"}], False),
        ([{"kty": "EC", "kid": "ec"}], False),
    ],
)
def test_a_key_set_that_somebody_else_publishes_is_not_trusted_further_than_that(
    registered: list[dict[str, Any]], accepted: bool
) -> None:
    """Keys fetched from a client's address are checked as strictly as registered ones."""
    proof = read_assertion(assertion())
    asked: dict[str, Any] = {"audiences": frozenset({ISSUER}), "now": now()}
    if accepted:
        verify_assertion(proof, registered, **asked)
    else:
        with pytest.raises(AssertionRefused):
            verify_assertion(proof, registered, **asked)


def test_one_key_alone_need_not_be_named_and_of_several_one_must() -> None:
    """RFC 7517: without a kid there is nothing to choose by."""
    proof = read_assertion(assertion(header={"kid": None}))
    asked: dict[str, Any] = {"audiences": frozenset({ISSUER}), "now": now()}
    verify_assertion(proof, [PUBLIC], **asked)
    verify_assertion(proof, [PUBLIC, RSA.as_dict(private=False)], **asked)
    with pytest.raises(AssertionRefused):
        verify_assertion(proof, [PUBLIC, OTHER | {"kid": "other"}], **asked)


def test_a_key_that_names_its_algorithm_signs_with_no_other() -> None:
    """Its kind could; so it is neither trusted with another nor taken for the one that is meant."""
    proof = read_assertion(assertion(RSA, "RS256", header={"kid": None}))
    asked: dict[str, Any] = {"audiences": frozenset({ISSUER}), "now": now()}
    public = RSA.as_dict(private=False)
    other = RSAKey.generate_key(2048).as_dict(private=False) | {"alg": "PS256"}
    verify_assertion(proof, [public | {"alg": "RS256"}, other], **asked)
    with pytest.raises(AssertionRefused):
        verify_assertion(proof, [public | {"alg": "PS256"}], **asked)


@pytest.mark.parametrize("alg", ["none", "HS256", "ES512", "es256", ""])
def test_an_algorithm_that_is_not_taken_reaches_no_verification(alg: str) -> None:
    """Whatever the library would make of it."""
    head, body, signature = _raw({}).split(".")
    head = urlsafe_b64encode(json.dumps({"alg": alg, "kid": "ec"}).encode()).decode()
    with pytest.raises(AssertionRefused, match="alg"):
        read_assertion(f"{head}.{body}.{signature}")


def test_an_unknown_client_costs_as_much_as_a_known_one(
    keyed: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the time of a refusal tells which clients there are."""
    work: list[str] = []

    def counting(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **more: Any) -> Any:
            work.append(name)
            return real(*given, **more)

        return counted

    monkeypatch.setattr(jws, "deserialize_compact", counting("verify", jws.deserialize_compact))
    monkeypatch.setattr(hmac, "compare_digest", counting("compare", hmac.compare_digest))
    stranger = ECKey.generate_key("P-256", parameters={"kid": "ec"})
    done: dict[str, list[str]] = {}
    for who in (CLIENT, "nobody"):
        work.clear()
        assert ask(keyed, assertion(stranger, iss=who, sub=who)).status_code == 401
        assert keyed.ask(client_id=who, client_secret="skn_wrong").status_code == 401
        done[who] = list(work)
    assert done[CLIENT] == done["nobody"] == ["verify", "compare"]


def _raw(header: dict[str, Any]) -> str:
    # What joserfc refuses to write, written by hand.
    at = int(now().timestamp())
    claims = {"iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "iat": at, "exp": at + 60, "jti": "raw"}
    model = jws.JWSRegistry.algorithms["ES256"]
    described = {"alg": "ES256", "kid": "ec"} | header
    parts = [urlsafe_b64encode(json.dumps(part).encode()) for part in (described, claims)]
    text = b".".join(parts)
    return (text + b"." + urlsafe_b64encode(model.sign(text, P256))).decode()


def test_the_writer_of_raw_assertions_makes_good_ones_when_it_wants_to(keyed: Gate) -> None:
    assert ask(keyed, _raw({})).status_code == 200


def test_an_assertion_works_once(keyed: Gate) -> None:
    proof = assertion()
    assert ask(keyed, proof).status_code == 200
    assert ask(keyed, proof).status_code == 401


def test_a_use_is_remembered_for_as_long_as_the_assertion_counts(
    keyed: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the end of the leeway, though what is over is swept away in between."""
    proof = assertion()
    assert ask(keyed, proof).status_code == 200
    later = now() + timedelta(seconds=65)
    monkeypatch.setattr(keyed.authenticator, "clock", lambda: later)
    assert ask(keyed, assertion(exp=int(later.timestamp()) - 5)).status_code == 200
    with keyed.database.transaction() as session:
        forget_expired(session, now=later)
    assert ask(keyed, proof).status_code == 401


def test_of_two_uses_at_the_same_time_one_works(keyed: Gate) -> None:
    proof = assertion()
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(ask(keyed, proof).status_code))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 401, 401, 401]


def test_a_shared_secret_made_from_the_public_key_proves_nothing(keyed: Gate) -> None:
    head, body, _ = _raw({"alg": "HS256"}).split(".")
    text = f"{head}.{body}".encode()
    for secret in (P256.as_pem(private=False), P256.as_der(private=False)):
        signature = urlsafe_b64encode(hmac.new(secret, text, hashlib.sha256).digest())
        assert ask(keyed, (text + b"." + signature).decode()).status_code == 401


@pytest.mark.parametrize("text", ["", "x", "..", "a.b.c", "e30.e30.", "x" * 9_000, "å.å.å"])
def test_what_is_no_jwt_gets_the_one_answer(keyed: Gate, text: str) -> None:
    assert ask(keyed, text).status_code == 401


def test_somebody_elses_key_proves_nothing(keyed: Gate) -> None:
    stranger = ECKey.generate_key("P-256", parameters={"kid": "ec"})
    assert ask(keyed, assertion(stranger)).status_code == 401


def test_an_unknown_client_gets_the_same_answer_as_a_wrong_signature(keyed: Gate) -> None:
    stranger = ECKey.generate_key("P-256", parameters={"kid": "ec"})
    wrong = ask(keyed, assertion(stranger))
    unknown = ask(keyed, assertion(stranger, iss="nobody", sub="nobody"))
    assert (wrong.status_code, wrong.text) == (unknown.status_code, unknown.text)


def test_the_client_id_of_the_form_must_be_the_assertions(keyed: Gate) -> None:
    assert ask(keyed, assertion(), client_id=CLIENT).status_code == 200
    assert ask(keyed, assertion(), client_id="other").status_code == 401


SHORT_RSA = {"kty": "RSA", "e": "AQAB", "n": urlsafe_b64encode(b"\xc1" * 128).decode()}


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct", "k": "c2VjcmV0"},
        P256.as_dict(private=True),
        SHORT_RSA,
        ECKey.generate_key("P-521").as_dict(private=False),
        OKPKey.generate_key("X25519").as_dict(private=False),
        {**P256.as_dict(private=False), "use": "enc"},
        {**P256.as_dict(private=False), "alg": "HS256"},
        {**P256.as_dict(private=False), "alg": "ES384"},
        {**P256.as_dict(private=False), "key_ops": ["sign"]},
        {**P256.as_dict(private=False), "kid": 7},
        {**P256.as_dict(private=False), "kid": "a\nb"},
        {**P256.as_dict(private=False), "x": "AAAA"},
        {"kty": "EC"},
        {"kty": ["EC"]},
        {},
    ],
    ids=lambda jwk: "-".join(jwk) if isinstance(jwk, dict) else "no object",
)
def test_a_key_that_cannot_serve_is_refused_when_it_is_registered(
    keyed: Gate, jwk: dict[str, Any]
) -> None:
    with pytest.raises(KeyRefused):
        public_jwk(jwk)
    with keyed.database.transaction() as session, pytest.raises(BadBody):
        add_key(session, client_id=CLIENT, jwk=jwk, now=now(), actor="test",
                expires=now() + timedelta(days=1))  # fmt: skip


def test_two_living_keys_may_not_share_a_kid(keyed: Gate) -> None:
    with keyed.database.transaction() as session, pytest.raises(Conflict, match="kid"):
        add_key(session, client_id=CLIENT, jwk=P256.as_dict(private=False), now=now(),
                expires=now() + timedelta(days=1), actor="test")  # fmt: skip
