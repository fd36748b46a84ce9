"""Sign-in at an identity provider: what is asked, and every answer that must not count."""

import base64
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

import pytest
from authlib.oauth2.client import DEFAULT_HEADERS
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.auth.sign_in_refusals import ProviderUnavailable, SignInRefused, Why
from tests.auth.openid_provider import (
    CALLBACK,
    CLIENT,
    LOGOUT_EVENT,
    NOW,
    PERSON,
    RSA,
    SECRET,
    SUBJECT,
    TOKEN,
    USERINFO,
    Provider,
    asked,
    hmac_signed,
    new_key,
    party,
    public,
    running_provider,
    seconds,
    signed,
    unsigned,
    without_none,
)

OTHER = new_key("other")
with warnings.catch_warnings(action="ignore"):
    SHORT_RSA = RSAKey.generate_key(1024, parameters={"kid": "short"})
P384 = ECKey.generate_key("P-384", parameters={"kid": "p384"})
OCT = OctKey.generate_key(256, parameters={"kid": "oct"})


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


def refused(server: Provider, query: Mapping[str, str | None] | None = None, **changed: Any) -> Why:
    """Why a sign-in is refused."""
    with pytest.raises(SignInRefused) as refusal:
        party(server, **changed).sign_in(**(query or {}))
    assert PERSON not in str(refusal.value)
    return refusal.value.reason


def test_the_browser_is_sent_with_all_that_must_come_back(server: Provider) -> None:
    """Code, PKCE with S256, state and nonce of 256 bits, and what the settings ask for."""
    server.metadata = {"authorization_endpoint": f"{server.issuer}/authorize?tenant=1"}
    scene = party(server, scope="openid profile", acr_values=["loa3", "loa4"],
                  longest_age_seconds=600)  # fmt: skip
    begun = scene.begin()
    assert asked(begun) == {
        "tenant": "1", "response_type": "code", "client_id": CLIENT, "redirect_uri": CALLBACK,
        "scope": "openid profile", "state": begun.state, "nonce": begun.nonce,
        "code_challenge": create_s256_code_challenge(begun.code_verifier),
        "code_challenge_method": "S256", "acr_values": "loa3 loa4", "max_age": "600",
    }  # fmt: skip
    other = scene.begin()
    secrets = {s for one in (begun, other) for s in (one.state, one.nonce, one.code_verifier)}
    assert len(secrets) == 6 and all(len(secret) >= 43 for secret in secrets)


def test_who_signed_in_is_what_the_provider_says(server: Provider) -> None:
    server.claims = {"acr": "loa3"}
    scene = party(server)
    begun = scene.begin()
    person = scene.finish(begun)
    assert (person.provider, person.issuer, person.subject) == ("city", server.issuer, SUBJECT)
    assert (person.sid, person.acr, person.identifier) == ("s-1", "loa3", PERSON)
    assert person.auth_time == NOW - timedelta(minutes=1)
    assert server.form == {
        "grant_type": "authorization_code", "code": "code-1", "redirect_uri": CALLBACK,
        "code_verifier": begun.code_verifier,
    }  # fmt: skip
    assert PERSON not in repr(person) and begun.code_verifier not in repr(begun)


def test_a_claim_that_the_id_token_lacks_is_taken_from_userinfo(server: Provider) -> None:
    server.claims = {"civic": None}
    assert party(server).sign_in().identifier == PERSON
    assert server.authorization[USERINFO] == "Bearer at-1"


def rsa_signed(alg: str) -> Callable[[Provider], None]:
    """The provider signs with an RSA key."""

    def change(server: Provider) -> None:
        server.keys = [public(RSA)]
        server.make = lambda _, claims: signed({"alg": alg, "kid": "rsa"}, claims, RSA)

    return change


ACCEPTED: dict[str, Callable[[Provider], None]] = {
    "signed with RS256": rsa_signed("RS256"),
    "signed with PS256": rsa_signed("PS256"),
    "no typ": lambda s: s.header.update(typ=None),
    "made in 8 s": lambda s: s.claims.update(iat=seconds(seconds=8)),
    "expired 8 s ago": lambda s: s.claims.update(exp=seconds(seconds=-8), iat=seconds(minutes=-4)),
    "several audiences, given to us": lambda s: s.claims.update(aud=["x", CLIENT], azp=CLIENT),
    "a list of one audience": lambda s: s.claims.update(aud=[CLIENT]),
    "no at_hash": lambda s: s.claims.update(at_hash=None),
    "no sid and no auth_time": lambda s: s.claims.update(sid=None, auth_time=None),
    "a key for encryption beside": lambda s: setattr(
        s, "keys", [public(s.key), public(RSA, use="enc", alg="RSA-OAEP")]
    ),
}


@pytest.mark.parametrize("form", ACCEPTED)
def test_an_honest_answer_signs_in(server: Provider, form: str) -> None:
    ACCEPTED[form](server)
    assert party(server).sign_in().identifier == PERSON


def claims(**changed: Any) -> Callable[[Provider], None]:
    """The id_token says this."""
    return lambda server: server.claims.update(changed)


def header(**changed: Any) -> Callable[[Provider], None]:
    """The id_token's header says this, and its signature is good."""
    return lambda server: server.header.update(changed)


def made(make: Callable[[Provider, dict[str, Any], dict[str, Any]], str],
         keys: list[dict[str, Any]] | None = None) -> Callable[[Provider], None]:  # fmt: skip
    """The id_token is made like this."""

    def change(server: Provider) -> None:
        server.make = lambda head, body: make(server, head, body)
        if keys is not None:
            server.keys = keys

    return change


def keys(*published: dict[str, Any]) -> Callable[[Provider], None]:
    """The provider publishes these, its own key first if it is named so."""
    return lambda server: setattr(
        server, "keys", [public(server.key) if key == {} else key for key in published]
    )


def with_public_key(server: Provider, _head: dict[str, Any], body: dict[str, Any]) -> str:
    """HS256 with the public key, as PEM."""
    head = {"alg": "HS256", "kid": server.key.kid}
    return hmac_signed(head, body, bytes(ECKey.import_key(public(server.key)).as_pem()))


def tampered(server: Provider, head: dict[str, Any], body: dict[str, Any]) -> str:
    """Another person's number under an honest signature."""
    signature = signed(head, body, server.key).rsplit(".", 1)[1]
    return f"{unsigned(head, body | {'civic': '199001019876'})}{signature}"


def twice(server: Provider, head: dict[str, Any], body: dict[str, Any]) -> str:
    """A claim that stands twice."""
    text = json.dumps(body).removesuffix("}") + f', "sub": "{SUBJECT}"}}'
    return signed(head, text.encode(), server.key)


FORGED: dict[str, tuple[Why, Callable[[Provider], None]]] = {
    "another issuer": (Why.ISSUER, claims(iss="https://other.example")),
    "the issuer with a slash": (Why.ISSUER, lambda s: s.claims.update(iss=s.issuer + "/")),
    "no issuer": (Why.ISSUER, claims(iss=None)),
    "another audience": (Why.AUDIENCE, claims(aud="other")),
    "no audience": (Why.AUDIENCE, claims(aud=None)),
    "part of the audience": (Why.AUDIENCE, claims(aud=CLIENT + "/x")),
    "an audience that is no text": (Why.AUDIENCE, claims(aud={CLIENT: 1})),
    "given to another": (Why.AUDIENCE, claims(azp="other")),
    "several audiences, given to another": (Why.AUDIENCE, claims(aud=[CLIENT, "x"], azp="x")),
    "several audiences, given to nobody": (Why.AUDIENCE, claims(aud=[CLIENT, "x"])),
    "another nonce": (Why.NONCE, claims(nonce="other")),
    "no nonce": (Why.NONCE, claims(nonce=None)),
    "a nonce that is no text": (Why.NONCE, claims(nonce=["x"])),
    "a nonce that is half a character": (Why.NONCE, claims(nonce="\ud800")),
    "expired": (Why.EXPIRED, claims(exp=seconds(seconds=-11), iat=seconds(minutes=-4))),
    "expired before it was made": (Why.EXPIRED, claims(exp=seconds(), iat=seconds(seconds=5))),
    "no end": (Why.EXPIRED, claims(exp=None)),
    "an end that is true": (Why.EXPIRED, claims(exp=True)),
    "an end beyond all calendars": (Why.EXPIRED, claims(exp=10**30)),
    "made in a minute": (Why.ISSUED, claims(iat=seconds(seconds=60))),
    "made six minutes ago": (Why.ISSUED, claims(iat=seconds(minutes=-6))),
    "no time of making": (Why.ISSUED, claims(iat=None)),
    "a time of making that is text": (Why.ISSUED, claims(iat=str(seconds()))),
    "valid from true": (Why.ISSUED, claims(nbf=True)),
    "not valid yet": (Why.ISSUED, claims(nbf=seconds(minutes=1))),
    "no subject": (Why.SUBJECT, claims(sub=None)),
    "an empty subject": (Why.SUBJECT, claims(sub="")),
    "a subject that is a number": (Why.SUBJECT, claims(sub=1)),
    "a long subject": (Why.SUBJECT, claims(sub="x" * 256)),
    "a session that is a list": (Why.SESSION, claims(sid=["s"])),
    "another access token's hash": (Why.AT_HASH, claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA")),
    "a time of sign-in in the future": (Why.AUTH_TIME, claims(auth_time=seconds(minutes=1))),
    "a time of sign-in that is text": (Why.AUTH_TIME, claims(auth_time="now")),
    "a logout token": (Why.EVENTS, claims(events={LOGOUT_EVENT: {}})),
    "typ of a logout token": (Why.TYPE, header(typ="logout+jwt")),
    "typ of an access token": (Why.TYPE, header(typ="at+jwt")),
    "a key in the header": (Why.TYPE, header(jwk=public(OTHER))),
    "an address of keys in the header": (Why.TYPE, header(jku="https://other.example/jwks")),
    "alg none": (Why.ALGORITHM, made(lambda _s, h, b: unsigned(h | {"alg": "none"}, b))),
    "HS256 with the public key": (Why.ALGORITHM, made(with_public_key)),
    "HS256 with the client's secret": (
        Why.ALGORITHM,
        made(lambda _s, h, b: hmac_signed(h | {"alg": "HS256"}, b, SECRET.encode())),
    ),
    "HS256 with a published oct key": (
        Why.ALGORITHM,
        made(lambda _s, _h, b: signed({"alg": "HS256", "kid": "oct"}, b, OCT), [OCT.as_dict()]),
    ),
    "ES256 named for a published oct key": (Why.KEY, lambda s: (
        header(kid="oct")(s), keys({}, OCT.as_dict())(s))[0]),
    "ES384": (
        Why.ALGORITHM,
        made(lambda _s, _h, b: signed({"alg": "ES384", "kid": "p384"}, b, P384), [public(P384)]),
    ),
    "no kid": (Why.KEY, header(kid=None)),
    "no kid, and none published": (
        Why.KEY,
        lambda s: (header(kid=None)(s), keys(without_none(public(s.key, kid=None)))(s))[0],
    ),
    "RS256 with a key for PS256": (
        Why.KEY,
        made(lambda _s, _h, b: signed({"alg": "RS256", "kid": "rsa"}, b, RSA),
             [public(RSA, alg="PS256")]),
    ),
    "an unknown kid": (Why.KEY, header(kid="unknown")),
    "a kid that stands twice": (Why.KEY, keys({}, public(OTHER, kid="k1"))),
    "a private key published": (Why.KEY, lambda s: keys(s.key.as_dict(private=True))(s)),
    "a key for encryption": (Why.KEY, lambda s: keys(public(s.key, use="enc"))(s)),
    "a key of another algorithm": (Why.KEY, lambda s: keys(public(s.key, alg="ES384"))(s)),
    "a short RSA key": (
        Why.KEY,
        made(lambda _s, _h, b: signed({"alg": "RS256", "kid": "short"}, b, SHORT_RSA),
             [public(SHORT_RSA)]),
    ),
    "a key that is none": (Why.KEY, keys({"kty": "EC", "kid": "k1", "crv": "P-256", "x": "?"})),
    "another's signature": (
        Why.SIGNATURE, made(lambda _s, h, b: signed(h, b, OTHER))),
    "another person under the signature": (Why.SIGNATURE, made(tampered)),
    "no signature": (Why.SIGNATURE, made(lambda _s, h, b: unsigned(h, b))),
    "a claim that stands twice": (Why.MALFORMED, made(twice)),
    "no id_token": (Why.MALFORMED, lambda s: s.tokens.update(id_token=None)),
    "an id_token that is a list": (Why.MALFORMED, lambda s: s.tokens.update(id_token=["x"])),
    "an id_token that is none": (Why.MALFORMED, lambda s: s.tokens.update(id_token="a.b.c")),
    "a very long id_token": (Why.MALFORMED, claims(more="x" * 16_000)),
    "no access token": (Why.MALFORMED, lambda s: s.tokens.update(access_token=None)),
    "a claim that is a number": (Why.CLAIM, claims(civic=198001019876)),
    "a claim that is a list": (Why.CLAIM, claims(civic=[PERSON])),
    "an empty claim": (Why.CLAIM, claims(civic="")),
    "a claim of blanks": (Why.CLAIM, claims(civic=f" {PERSON}")),
    "a long claim": (Why.CLAIM, claims(civic="1" * 201)),
    "a claim with a zero byte": (Why.CLAIM, claims(civic=f"{PERSON}\0")),
    "another's userinfo": (
        Why.USERINFO, lambda s: (claims(civic=None)(s), s.tells.update(sub="other"))[0]),
    "userinfo without a subject": (
        Why.USERINFO, lambda s: (claims(civic=None)(s), s.tells.update(sub=None))[0]),
    "userinfo without the claim": (
        Why.CLAIM_MISSING, lambda s: (claims(civic=None)(s), s.tells.update(civic=None))[0]),
    "no userinfo": (
        Why.CLAIM_MISSING,
        lambda s: (claims(civic=None)(s), s.metadata.update(userinfo_endpoint=None))[0]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("form", FORGED)
def test_a_forged_answer_signs_nobody_in(server: Provider, form: str) -> None:
    reason, bend = FORGED[form]
    bend(server)
    assert refused(server) == reason


def test_a_token_of_another_sign_in_is_refused(server: Provider) -> None:
    """Two browsers that began: neither can use what the other's person proved."""
    scene = party(server)
    victim = scene.begin()
    attacker = scene.begin()
    server.nonce = victim.nonce
    with pytest.raises(SignInRefused) as refusal:
        scene.finish(attacker)
    assert refusal.value.reason is Why.NONCE


@pytest.mark.parametrize(("acr", "good"), [("loa3", True), ("loa4", True), ("loa2", False),
                                           (None, False), (["loa3"], False)])  # fmt: skip
def test_people_must_have_signed_in_as_the_settings_ask(
    server: Provider, acr: object, good: bool
) -> None:
    server.claims = {"acr": acr}
    if good:
        assert party(server, acr_values=["loa3", "loa4"]).sign_in().acr == acr
    else:
        assert refused(server, acr_values=["loa3", "loa4"]) is Why.ACR


@pytest.mark.parametrize(("ago", "good"), [(59, True), (69, True), (71, False), (None, False)])
def test_a_sign_in_that_is_long_ago_must_be_done_again(
    server: Provider, ago: int | None, good: bool
) -> None:
    server.claims = {"auth_time": None if ago is None else seconds(seconds=-ago)}
    if good:
        assert party(server, longest_age_seconds=60).sign_in().identifier == PERSON
    else:
        assert refused(server, longest_age_seconds=60) is Why.AUTH_TIME


@pytest.mark.parametrize("verified", [False, "true", None])
def test_an_address_that_nobody_verified_is_no_identifier(
    server: Provider, verified: object
) -> None:
    """A provider that says nothing of it is believed: the city's own writes the address itself."""
    server.claims = {"email": "a@skola.example", "email_verified": verified}
    mail: dict[str, Any] = {"claim": "email", "identifies": "email"}
    if verified is None:
        assert party(server, **mail).sign_in().identifier == "a@skola.example"
    else:
        assert refused(server, **mail) is Why.CLAIM


BACK: dict[str, tuple[Why, dict[str, str | None]]] = {
    "no state": (Why.STATE, {"state": None}),
    "another state": (Why.STATE, {"state": "x"}),
    "an empty state": (Why.STATE, {"state": ""}),
    "a state of other letters": (Why.STATE, {"state": "å"}),
    "no code": (Why.QUERY, {"code": None}),
    "an empty code": (Why.QUERY, {"code": ""}),
    "cancelled": (Why.CANCELLED, {"error": "access_denied", "code": None}),
    "an error beside a code": (Why.PROVIDER_REFUSED, {"error": "invalid_scope"}),
    "login_required": (Why.PROVIDER_REFUSED, {"error": "login_required", "code": None}),
    "an error without a state": (Why.STATE, {"error": "access_denied", "state": None}),
    "another provider's answer": (Why.MIX_UP, {"iss": "https://other.example"}),
    "another provider's error": (
        Why.MIX_UP, {"iss": "https://other.example", "error": "access_denied"}),
}  # fmt: skip


@pytest.mark.parametrize("form", BACK)
def test_a_browser_that_comes_back_with_something_else_is_refused(
    server: Provider, form: str
) -> None:
    """And no code is sent anywhere."""
    reason, query = BACK[form]
    assert refused(server, query) is reason
    assert server.hits[TOKEN] == 0


@pytest.mark.parametrize("name", ["state", "code", "iss", "error"])
def test_a_parameter_that_comes_twice_is_refused(server: Provider, name: str) -> None:
    scene = party(server)
    begun = scene.begin()
    came = [("code", "c"), ("state", begun.state), ("iss", server.issuer), (name, "x"), (name, "x")]
    with pytest.raises(SignInRefused) as refusal:
        scene.own.finish(scene.provider, begun, came, NOW)
    assert refusal.value.reason is Why.QUERY


def test_a_provider_that_names_itself_must_do_so(server: Provider) -> None:
    """RFC 9207: where its metadata promise `iss`, an answer without it came from elsewhere."""
    server.metadata = {"authorization_response_iss_parameter_supported": True}
    assert refused(server) is Why.MIX_UP
    assert party(server).sign_in(iss=server.issuer).identifier == PERSON


def test_a_sign_in_begun_at_one_provider_is_not_finished_at_another(server: Provider) -> None:
    scene = party(server)
    begun = replace(scene.begin(), provider="other")
    with pytest.raises(SignInRefused) as refusal:
        scene.finish(begun)
    assert refusal.value.reason is Why.STATE


def test_a_sign_in_has_a_quarter_of_an_hour(server: Provider) -> None:
    scene = party(server)
    with pytest.raises(SignInRefused) as refusal:
        scene.finish(scene.begin(), now=NOW + timedelta(minutes=15, seconds=1))
    assert refusal.value.reason is Why.TOO_LATE


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, b'{"error":"invalid_grant","error_description":"<b>198001019876</b>"}'),
     (401, b'{"error":"x"}'), (200, b'{"error":"invalid_grant"}')],
)  # fmt: skip
def test_a_code_that_the_provider_does_not_take_is_refused(
    server: Provider, status: int, body: bytes
) -> None:
    """Also when it says so under status 200; and what it says is not repeated."""
    server.says(TOKEN, body, status)
    assert refused(server) is Why.CODE


def test_the_secret_goes_to_its_own_provider_only(server: Provider) -> None:
    """Encoded as RFC 6749 has it, and not kept in what Authlib shares among clients."""
    party(server).sign_in()
    pair = base64.b64decode(str(server.authorization[TOKEN]).removeprefix("Basic ")).split(b":")
    assert [unquote_plus(part.decode()) for part in pair] == [CLIENT, SECRET]
    assert "Authorization" not in DEFAULT_HEADERS
    party(server, client_secret=None).sign_in()
    assert (server.authorization[TOKEN], server.form["client_id"]) == (None, CLIENT)


def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(server: Provider) -> None:
    server.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    party(server).sign_in()
    assert (server.form["client_secret"], server.authorization[TOKEN]) == (SECRET, None)


def test_a_key_proves_this_service_instead_of_a_secret(server: Provider) -> None:
    """private_key_jwt: for the issuer alone, for a minute, never the same twice."""
    key = new_key("ours")
    scene = party(server, client_secret=None, private_jwk=key.as_dict(private=True))
    said = []
    for _ in range(2):
        scene.sign_in()
        sent = jwt.decode(server.form["client_assertion"], key, algorithms=["ES256"])
        assert (sent.header["kid"], server.authorization[TOKEN]) == ("ours", None)
        said.append(sent.claims)
    assert said[0].pop("jti") != said[1].pop("jti")
    assert said[0] == {"iss": CLIENT, "sub": CLIENT, "aud": server.issuer,
                       "iat": seconds(), "exp": seconds(minutes=1)}  # fmt: skip


def test_nothing_about_the_person_is_logged(
    server: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither when it goes well nor when it fails, even where all is logged."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "authlib")
    scene = party(server)
    begun = scene.begin()
    person = scene.finish(begun)
    server.claims = {"civic": f"{PERSON} "}
    with pytest.raises(SignInRefused):
        scene.finish(begun)
    server.says(TOKEN, f'{{"error":"{PERSON}"}}'.encode(), 400)
    with pytest.raises(SignInRefused):
        scene.finish(begun)
    server.says(TOKEN, PERSON.encode(), 500)
    with pytest.raises(ProviderUnavailable) as failure:
        scene.finish(begun)
    logged = str([vars(record) for record in caplog.records]) + str(failure.value)
    assert [r.message for r in caplog.records if r.name.startswith("app.")] == [
        "sign_in.refused", "sign_in.refused", "sign_in.provider_unavailable",
    ]  # fmt: skip
    for private in (PERSON, SUBJECT, person.id_token, "at-1", "code-1", begun.state, begun.nonce,
                    begun.code_verifier, SECRET):  # fmt: skip
        assert private not in logged
