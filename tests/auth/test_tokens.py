"""Forged, damaged and misused tokens: every one is refused, by a 401 and never by a 500."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.auth.signing_keys import KeyRing, PublishedKey
from app.auth.tokens import Acting, TokenRefused, VerifiedToken, issue_token, verify_token
from tests.auth.conftest import CLIENT, ISSUER, now, timed

KEY = ECKey.generate_key("P-256")
PERSON = "5c3e7e66-0a0c-4f0e-9f3b-0d6c1e3f4a52"
DESCRIBED = {"kid": "k1", "use": "sig", "alg": "ES256"}


def ring(key: ECKey = KEY, *, until: datetime | None = None, **changed: str) -> KeyRing:
    """One published key."""
    jwk = {**key.as_dict(private=False), **DESCRIBED, **changed}
    public = MappingProxyType({name: str(value) for name, value in jwk.items()})
    return KeyRing({"k1": PublishedKey("k1", public, now(), until)})


def claims(**changed: Any) -> dict[str, Any]:
    """Claims of a good token; None leaves one out."""
    at = int(now().timestamp())
    usual = {"iss": ISSUER, "aud": ISSUER, "sub": CLIENT, "client_id": CLIENT, "iat": at,
             "exp": at + 300, "jti": "j1", "scope": "schedule:read"}  # fmt: skip
    return {name: value for name, value in (usual | changed).items() if value is not None}


def b64(plain: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def signed(payload: bytes | None = None, *, key: Any = KEY, **header: Any) -> str:
    """Anything, properly signed with our own key: what remains is for the checks to refuse."""
    described = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"} | header
    head = b64(json.dumps({n: v for n, v in described.items() if v is not None}).encode())
    body = b64(json.dumps(claims()).encode() if payload is None else payload)
    model = jws.JWSRegistry.algorithms["ES256"]
    return f"{head}.{body}.{b64(model.sign(f'{head}.{body}'.encode(), key))}"


def verify(token: str, keys: KeyRing | None = None, at: datetime | None = None) -> VerifiedToken:
    """As the gate does."""
    return verify_token(token, ring=keys or ring(), issuer=ISSUER, now=at or now())


def with_claims(**changed: Any) -> str:
    """A properly signed token with other claims."""
    return signed(json.dumps(claims(**changed)).encode())


def with_hmac(alg: str, secret: bytes) -> str:
    """A token signed with a shared secret, whatever that is."""
    head = b64(json.dumps({"alg": alg, "typ": "at+jwt", "kid": "k1"}).encode())
    text = f"{head}.{b64(json.dumps(claims()).encode())}"
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def test_what_we_issue_we_accept_and_so_does_another_library() -> None:
    key = ECKey.import_key({**KEY.as_dict(private=True), "kid": "k1"})
    token = issue_token(key, issuer=ISSUER, client_id=CLIENT, scopes=frozenset({"a:b", "c:d"}),
                        jti="j", now=now(), lifetime=timedelta(seconds=300))  # fmt: skip
    verified = verify(token)
    assert (verified.client_id, verified.jti) == (CLIENT, "j")
    assert verified.scopes == {"a:b", "c:d"}
    jwt.JWTClaimsRegistry(iss={"essential": True, "value": ISSUER}).validate(
        jwt.decode(token, KEY, algorithms=["ES256"]).claims
    )


def test_a_token_says_for_whom_it_acts_and_to_which_key_it_is_bound() -> None:
    key = ECKey.import_key({**KEY.as_dict(private=True), "kid": "k1"})
    acting = Acting(UUID(PERSON), uuid4())
    token = issue_token(key, issuer=ISSUER, client_id=CLIENT, scopes=frozenset({"a:b"}), jti="j",
                        now=now(), lifetime=timedelta(seconds=300), acting=acting,
                        jkt="thumbprint")  # fmt: skip
    verified = verify(token)
    assert (verified.client_id, verified.acting, verified.jkt) == (CLIENT, acting, "thumbprint")
    plain = verify(signed())
    assert (plain.acting, plain.jkt) == (None, None)


def test_the_forger_of_these_tests_makes_good_tokens_when_it_wants_to() -> None:
    assert verify(signed()).client_id == CLIENT
    assert verify(with_claims(iat=int(now().timestamp()) + 8)).client_id == CLIENT


@pytest.mark.parametrize("alg", ["HS256", "HS384", "ES256"])
@pytest.mark.parametrize("form", ["der", "pem", "jwk"])
def test_a_public_key_is_no_shared_secret(alg: str, form: str) -> None:
    secrets: dict[str, Callable[[], bytes]] = {
        "der": lambda: KEY.as_der(private=False),
        "pem": lambda: KEY.as_pem(private=False),
        "jwk": lambda: json.dumps(KEY.as_dict(private=False)).encode(),
    }
    with pytest.raises(TokenRefused):
        verify(with_hmac(alg, secrets[form]()))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"}, {"typ": None}, {"typ": "at+JWT;x"}, {"typ": ["at+jwt"]}, {"typ": 1},
        {"typ": {"at+jwt": 1}}, {"alg": "none"}, {"alg": "HS256"}, {"alg": "RS256"},
        {"alg": "ES384"}, {"alg": ["ES256"]}, {"alg": None}, {"kid": "k2"}, {"kid": None},
        {"kid": "../../dev/null"}, {"kid": {"k1": 1}}, {"kid": ["k1"]}, {"kid": 1},
        {"kid": "' OR 1=1 --"}, {"kid": "k" * 6_000}, {"crit": ["exp"]}, {"crit": []},
        {"jwk": KEY.as_dict(private=False)}, {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/x5u"}, {"x5c": ["AA=="]}, {"b64": False}, {"zip": "DEF"},
        {"enc": "A128GCM"},
    ],
    ids=lambda header: "-".join(header),  # Not the values: one is a fresh key.
)  # fmt: skip
def test_a_wrong_header_is_refused_even_with_a_right_signature(header: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        verify(signed(**header))


@pytest.mark.parametrize(
    "changed",
    [
        *({name: None} for name in claims()),
        {"aud": "other"}, {"aud": CLIENT}, {"aud": 1}, {"aud": [1, ISSUER]}, {"aud": {}},
        {"iss": "http://127.0.0.1:8000.evil.example"}, {"iss": ["x"]}, {"iss": 1},
        {"sub": "someone-else"}, {"sub": 7}, {"client_id": 7}, {"client_id": ""},
        {"client_id": "", "sub": ""}, {"client_id": 7, "sub": PERSON, "family": PERSON},
        {"client_id": "", "sub": PERSON, "family": PERSON}, {"jti": 7},
        {"jti": ""}, {"scope": ["schedule:read"]}, {"exp": "x"}, {"exp": [1]}, {"exp": True},
        {"exp": float("inf")}, {"exp": float("nan")}, {"exp": 1e300}, {"exp": 10**30},
        {"exp": lambda at: at - 11}, {"exp": lambda at: at + 100.5},
        {"exp": lambda at: at + 100_000}, {"exp": lambda at: str(at + 100)},
        {"iat": lambda at: at + 86_400, "exp": lambda at: at + 86_700},
        {"iat": "x"}, {"iat": {}}, {"iat": -1}, {"iat": False},
        {"nbf": lambda at: at + 3_600}, {"nbf": []}, {"at_hash": "x"},
        {"family": ""}, {"family": PERSON}, {"family": 7, "sub": PERSON},
        {"family": "x", "sub": PERSON}, {"family": {}, "sub": PERSON},
        {"family": "", "sub": PERSON}, {"cnf": 7}, {"cnf": "jkt"}, {"cnf": []}, {"cnf": {}},
        {"cnf": {"jkt": ""}}, {"cnf": {"jkt": 7}},
    ],
    ids=lambda changed: "-".join(changed),
)  # fmt: skip
def test_wrong_claims_are_refused_even_with_a_right_signature(changed: dict[str, Any]) -> None:
    changed = timed(changed)
    payload = claims(**changed)
    if None in changed.values():
        assert changed.keys().isdisjoint(payload)
    with pytest.raises(TokenRefused):
        verify(signed(json.dumps(payload).encode()))


@pytest.mark.parametrize(
    ("changed", "accepted"),
    [
        ({"exp": 600}, True), ({"exp": 601}, False), ({"exp": -8}, True), ({"exp": -12}, False),
        ({"iat": 8}, True), ({"iat": 13}, False),
    ],
    ids=str,
)  # fmt: skip
def test_a_token_has_ten_minutes_and_clocks_ten_seconds(
    changed: dict[str, int], accepted: bool
) -> None:
    """Seconds from now, on both sides of each limit."""
    at = int(now().timestamp())
    times = {"iat": at if changed.get("exp", 0) >= 0 else at - 60} | {
        name: at + seconds for name, seconds in changed.items()
    }
    token = with_claims(**times)
    if accepted:
        assert verify(token).client_id == CLIENT
    else:
        with pytest.raises(TokenRefused):
            verify(token)


def test_a_token_longer_than_any_of_ours_is_refused() -> None:
    """However well it is signed: nothing that long is taken apart."""
    assert len(verify(with_claims(scope="a" * 5_000)).scopes) == 1
    long = with_claims(scope="a" * 6_200)
    assert len(long) > 8_192
    with pytest.raises(TokenRefused):
        verify(long)


def test_the_key_that_is_named_must_be_the_one_that_signed() -> None:
    """A key set is never tried through: another published key verifies nothing of this one's."""
    other = ECKey.generate_key("P-256")
    both = KeyRing({"k1": ring().keys["k1"], "k2": ring(other).keys["k1"]})
    assert verify(signed(), both).client_id == CLIENT
    assert verify(signed(key=other, kid="k2"), both).client_id == CLIENT
    for token in (signed(kid="k2"), signed(key=other)):
        with pytest.raises(TokenRefused):
            verify(token, both)


def test_a_retired_key_verifies_nothing_of_what_it_signed() -> None:
    """From the very instant at which it ends."""
    at = now()
    assert verify(signed(), ring(until=at + timedelta(seconds=1)), at).client_id == CLIENT
    with pytest.raises(TokenRefused):
        verify(signed(), ring(until=at), at)


def test_an_id_token_is_no_access_token() -> None:
    with pytest.raises(TokenRefused):
        verify(signed(json.dumps(claims(aud=CLIENT, nonce="n", scope=None)).encode(), typ="JWT"))


def test_a_token_that_has_expired_says_so() -> None:
    with pytest.raises(TokenRefused, match="expired"):
        verify(with_claims(), at=now() + timedelta(seconds=311))


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 5_000, b'{"a":' * 1_000, b"{}"],
)
def test_a_payload_that_is_no_claims_is_refused(payload: bytes) -> None:
    with pytest.raises(TokenRefused):
        verify(signed(payload))


@pytest.mark.parametrize("header", [b"", b"[]", b"null", b"{", b"[" * 5_000, b'{"alg":' * 900])
def test_a_header_that_is_no_header_is_refused(header: bytes) -> None:
    _, body, signature = signed().split(".")
    with pytest.raises(TokenRefused):
        verify(f"{b64(header)}.{body}.{signature}")


def test_the_last_character_of_the_signature_has_one_spelling() -> None:
    token = signed()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = alphabet.index(token[-1])
    same_bits = [alphabet[place ^ bits] for bits in range(1, 16)]
    for character in same_bits:
        with pytest.raises(TokenRefused):
            verify(token[:-1] + character)


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: token + "=", lambda token: token + "\n", lambda token: " " + token,
        lambda token: token + ".x", lambda token: token.rsplit(".", 1)[0] + ".",
        lambda token: token.rsplit(".", 1)[0], lambda token: "." + token,
        lambda token: token.replace(".", ".\n", 1), lambda token: token[:-4] + "AAAA",
        lambda token: token[:-86] + "A" * 86, lambda _: "x" * 2_000_000, lambda _: "..",
        lambda token: token[:40] + "é" + token[41:], lambda token: token * 30, lambda _: "",
    ],
)  # fmt: skip
def test_a_damaged_token_is_refused(damage: Callable[[str], str]) -> None:
    with pytest.raises(TokenRefused):
        verify(damage(signed()))


def test_a_key_of_another_kind_never_verifies() -> None:
    other = ECKey.generate_key("P-256")
    large = ECKey.generate_key("P-384")
    for keys in (ring(other), ring(large), ring(use="enc"), ring(alg="HS256"), ring(kty="oct")):
        with pytest.raises(TokenRefused):
            verify(signed(), keys)
    rsa = RSAKey.generate_key(2048).as_dict(private=False)
    oct_key = OctKey.generate_key(256).as_dict(private=True)
    for jwk in (rsa, oct_key):
        public = MappingProxyType({**{n: str(v) for n, v in jwk.items()}, **DESCRIBED})
        with pytest.raises(TokenRefused):
            verify(signed(), KeyRing({"k1": PublishedKey("k1", public, now(), None)}))
