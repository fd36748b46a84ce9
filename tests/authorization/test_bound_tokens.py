"""Tokens that are bound to a key (DPoP, RFC 9449): of no use to who has the token alone."""

import base64
import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

from app.queries import whole_sets
from app.web.negotiation import NDJSON
from tests.authorization.conftest import ISSUER, App, Apps, told
from tests.ss12000.conftest import DOOR

TOKEN_ADDRESS = f"{ISSUER}/oauth/token"


def signed(key: ECKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A JWS of whatever header, which no library would write."""
    parts = ".".join(_encoded(json.dumps(one).encode()) for one in (header, claims))
    signature = key.get_op_key("sign").sign(parts.encode(), ec.ECDSA(SHA256()))
    whole = b"".join(one.to_bytes(32, "big") for one in decode_dss_signature(signature))
    return f"{parts}.{_encoded(whole)}"


def _encoded(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


class Holder:
    """An app's key, and proofs of it."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", auto_kid=False)

    def proof(self, method: str, url: str, *, token: str | None = None,
              header: dict[str, Any] | None = None, **changed: Any) -> str:  # fmt: skip
        """A proof for one request; `changed` claims, None leaves one out."""
        claims: dict[str, Any] = {"jti": secrets.token_urlsafe(12), "htm": method, "htu": url,
                                  "iat": int(datetime.now(UTC).timestamp())}  # fmt: skip
        if token is not None:
            claims["ath"] = _encoded(hashlib.sha256(token.encode()).digest())
        claims = {name: value for name, value in (claims | changed).items() if value is not None}
        usual = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(private=False)}
        made = usual | (header or {})
        return signed(self.key, made, claims)

    @property
    def thumbprint(self) -> str:
        """Its name."""
        return self.key.thumbprint()


def fetched(apps: Apps, app: App, holder: Holder, **changed: Any) -> dict[str, Any]:
    """Bound tokens for a guardian."""
    code = apps.browser("both-parent").allow(app, **changed)
    answer = app.exchange(code, headers={"DPoP": holder.proof("POST", TOKEN_ADDRESS)})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def read(
    app: App, token: str, proof: str | None, scheme: str = "DPoP", **more: str
) -> httpx.Response:
    """Call the API with a token and a proof; `more` headers."""
    headers = {"Authorization": f"{scheme} {token}"} | ({"DPoP": proof} if proof else {}) | more
    return app.town.http.get(DOOR + "/persons", params={"limit": 2}, headers=headers)


ADDRESS = f"{ISSUER}{DOOR}/persons"


def test_a_bound_token_works_with_a_proof_and_only_once_with_each(apps: Apps) -> None:
    """As a bearer it is refused, with a proof of another key too."""
    app, holder = apps.app(), Holder()
    tokens = fetched(apps, app, holder)
    token = tokens["access_token"]
    assert tokens["token_type"] == "DPoP"
    proof = holder.proof("GET", ADDRESS, token=token)
    assert read(app, token, proof).status_code == 200
    assert read(app, token, proof).status_code == 401
    as_bearer = read(app, token, None, "Bearer")
    assert as_bearer.status_code == 401
    assert as_bearer.headers["www-authenticate"].startswith('Bearer realm="skolnav", ')
    assert "with the scheme DPoP" in as_bearer.text
    free = apps.tokens(apps.app(), "both-parent")["access_token"]
    bound = read(app, free, holder.proof("GET", ADDRESS, token=free))
    assert bound.status_code == 401
    # RFC 9449 section 7.1: in the scheme that was tried.
    assert bound.headers["www-authenticate"].startswith(
        'DPoP algs="ES256", realm="skolnav", resource_metadata="http'
    )
    assert "with the scheme Bearer" in bound.text
    assert read(app, token, Holder().proof("GET", ADDRESS, token=token)).status_code == 401
    assert read(app, token, holder.proof("GET", ADDRESS, token=token)).status_code == 200


def test_a_poll_needs_a_proof_each_time(apps: Apps) -> None:
    app, holder = apps.app(), Holder()
    token = fetched(apps, app, holder)["access_token"]

    def proof() -> str:
        return holder.proof("GET", ADDRESS, token=token)

    tag = {"If-None-Match": read(app, token, proof()).headers["etag"]}
    for used in (proof(), proof()):
        assert read(app, token, used, **tag).status_code == 304
        assert read(app, token, used, **tag).status_code == 401


def test_a_request_has_one_proof(apps: Apps) -> None:
    """Two, of which each would do, or none (RFC 9449 section 4.3)."""
    app, holder = apps.app(), Holder()
    token = fetched(apps, app, holder)["access_token"]
    for number, status in ((0, 401), (1, 200), (2, 401)):
        proofs = [("DPoP", holder.proof("GET", ADDRESS, token=token)) for _ in range(number)]
        answer = app.town.http.get(
            DOOR + "/persons", headers=[("Authorization", f"DPoP {token}"), *proofs]
        )
        assert answer.status_code == status


def test_introspection_tells_which_key_a_token_is_bound_to(apps: Apps) -> None:
    """RFC 9449 section 6.2; of one that is not bound it tells none."""
    app, holder = apps.app(), Holder()
    token = fetched(apps, app, holder)["access_token"]
    told = app.post("introspect", token=token).json()
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": holder.thumbprint})
    other = apps.tokens(app, "both-parent")["access_token"]
    told = app.post("introspect", token=other).json()
    assert (told["token_type"], told.get("cnf")) == ("Bearer", None)


MOMENT = int(datetime.now(UTC).timestamp())
BAD: dict[str, dict[str, Any]] = {
    "another method": {"htm": "POST"},
    "no method": {"htm": None},
    "another path": {"htu": f"{ISSUER}{DOOR}/groups"},
    "another host": {"htu": f"https://evil.example{DOOR}/persons"},
    "another port": {"htu": ADDRESS.replace(":8000", ":8001")},
    "no port": {"htu": ADDRESS.replace(":8000", "")},
    "another scheme": {"htu": ADDRESS.replace("http:", "https:")},
    "an address that is none": {"htu": "http://[bad"},
    "no address": {"htu": None},
    "an address that is a number": {"htu": 7},
    "an address of half a character": {"htu": "http://\ud800/"},
    "a method that is a list": {"htm": ["GET"]},
    "an old proof": {"iat": MOMENT - 3_600},
    "a proof of tomorrow": {"iat": MOMENT + 86_400},
    "no time": {"iat": None},
    "a time in words": {"iat": "now"},
    "no name": {"jti": None},
    "an empty name": {"jti": ""},
    "a name that is a number": {"jti": 7},
    "a long name": {"jti": "j" * 201},
    "a name of half a character": {"jti": "a\ud800"},
    "a name that nothing can keep": {"jti": "a\0b"},
    "a hash that is a number": {"ath": 7},
    "a hash of half a character": {"ath": "\ud800"},
    "the hash of another token": {"ath": "A" * 43},
    "no hash": {"ath": None},
    "another type": {"header": {"typ": "JWT"}},
    "a critical header": {"header": {"crit": ["b64"], "b64": True}},
}


@pytest.mark.parametrize("what", BAD)
def test_a_proof_of_something_else_is_refused(apps: Apps, what: str) -> None:
    """Each makes a good proof wrong in one place."""
    app, holder = apps.app(), Holder()
    token = fetched(apps, app, holder)["access_token"]
    refused = read(app, token, holder.proof("GET", ADDRESS, token=token, **BAD[what]))
    assert refused.status_code == 401, what
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize("claims", [[], "x", 7, None], ids=str)
def test_a_proof_that_claims_nothing_is_refused(apps: Apps, claims: Any) -> None:
    """It is signed well and is no object."""
    app, holder = apps.app(), Holder()
    token = fetched(apps, app, holder)["access_token"]
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": holder.key.as_dict(private=False)}
    assert read(app, token, signed(holder.key, header, claims)).status_code == 401


def test_a_proof_with_a_key_that_it_is_not_signed_by_or_that_is_private_is_refused(
    apps: Apps,
) -> None:
    """Nor may the header hold anything but a public key of P-256."""
    app, holder, other = apps.app(), Holder(), Holder()
    token = fetched(apps, app, holder)["access_token"]
    for jwk in (other.key.as_dict(private=False), holder.key.as_dict(private=True), {}, "key", None,
                {"kty": "oct", "k": "AAAA"},
                ECKey.generate_key("P-384", auto_kid=False).as_dict(private=False)):  # fmt: skip
        proof = holder.proof("GET", ADDRESS, token=token, header={"jwk": jwk})
        assert read(app, token, proof).status_code == 401, jwk
    for nonsense in ("", "a.b.c", "x" * 9_000):
        assert read(app, token, nonsense or "-").status_code == 401


def test_a_token_that_is_not_bound_is_no_dpop_token(apps: Apps) -> None:
    """The scheme tells what the caller believes; a mismatch is refused."""
    app, holder = apps.app(), Holder()
    token = apps.tokens(app, "both-parent")["access_token"]
    assert read(app, token, holder.proof("GET", ADDRESS, token=token)).status_code == 401
    assert read(app, token, None, "Bearer").status_code == 200


def test_refreshing_needs_the_same_key(apps: Apps) -> None:
    """Without a proof, or with one of another key, the token is used up and gives nothing."""
    app, holder = apps.app(secret=False), Holder()
    first = fetched(apps, app, holder)
    proof = {"DPoP": holder.proof("POST", TOKEN_ADDRESS)}
    second = app.refresh(first["refresh_token"], headers=proof).json()
    assert second["token_type"] == "DPoP"
    other = {"DPoP": Holder().proof("POST", TOKEN_ADDRESS)}
    refused = app.refresh(second["refresh_token"], headers=other)
    assert refused.json()["error"] == "invalid_dpop_proof"
    third = fetched(apps, app, holder)
    assert app.refresh(third["refresh_token"]).json()["error"] == "invalid_dpop_proof"


def test_a_code_can_be_bound_before_it_is_fetched(apps: Apps) -> None:
    """dpop_jkt: whoever takes the code on its way has the wrong key."""
    app, holder = apps.app(), Holder()
    code = apps.browser("both-parent").allow(app, dpop_jkt=holder.thumbprint)
    stolen = app.exchange(code, headers={"DPoP": Holder().proof("POST", TOKEN_ADDRESS)})
    assert stolen.json()["error"] == "invalid_dpop_proof"
    assert fetched(apps, app, holder, dpop_jkt=holder.thumbprint)["token_type"] == "DPoP"


def test_an_app_can_be_held_to_it(apps: Apps) -> None:
    """requires_dpop: no token without a proof, for people or for itself."""
    app, holder = apps.app(requires_dpop=True), Holder()
    code = apps.browser("both-parent").allow(app)
    assert app.exchange(code).json()["error"] == "invalid_dpop_proof"
    own = {"grant_type": "client_credentials"}
    assert app.post("token", **own).json()["error"] == "invalid_dpop_proof"
    answer = app.post("token", headers={"DPoP": holder.proof("POST", TOKEN_ADDRESS)}, **own)
    token = answer.json()["access_token"]
    assert answer.json()["token_type"] == "DPoP"
    assert read(app, token, None, "Bearer").status_code == 401
    for _ in range(2):
        assert read(app, token, holder.proof("GET", ADDRESS, token=token)).status_code == 200


def test_a_proof_for_the_token_endpoint_is_good_once(apps: Apps) -> None:
    """Two codes with the same proof."""
    app, holder = apps.app(), Holder()
    proof = {"DPoP": holder.proof("POST", TOKEN_ADDRESS)}
    browser = apps.browser("both-parent")
    assert app.exchange(browser.allow(app), headers=proof).status_code == 200
    again = app.exchange(told(browser.open(app.request()))["code"], headers=proof)
    assert again.json()["error"] == "invalid_dpop_proof"


def test_a_whole_set_is_sent_for_one_proof(apps: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is good once, although rights are looked at again before each batch."""
    monkeypatch.setattr(whole_sets, "FIRST_ROWS", 1)
    app, holder = apps.app(), Holder()
    own = app.post("token", headers={"DPoP": holder.proof("POST", TOKEN_ADDRESS)},
                   grant_type="client_credentials")  # fmt: skip
    token = own.json()["access_token"]
    proof = holder.proof("GET", ADDRESS, token=token)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof, "Accept": NDJSON}
    whole = app.town.http.get(DOOR + "/persons", headers=headers)
    assert whole.status_code == 200, whole.text
    received = json.loads(whole.content.splitlines()[-1])
    assert received["complete"] is True
    assert received["count"] > 1
    assert app.town.http.get(DOOR + "/persons", headers=headers).status_code == 401
    headers["DPoP"] = Holder().proof("GET", ADDRESS, token=token)
    assert app.town.http.get(DOOR + "/persons", headers=headers).status_code == 401
