"""An OpenID provider on loopback whose every answer a test can bend."""

import base64
import hashlib
import hmac
import http.server
import json
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

from app.auth.identity_providers import IdentityProviders
from app.auth.sign_ins import Begun, SignedIn
from app.settings import IdentityProvider
from tests.auth.issuer import encoded

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CLIENT, SECRET = "https://skolnav.example", "p+s ä:%"
PERSON, SUBJECT = "198001019876", "subject-1"
CALLBACK = "http://127.0.0.1:8000/sign-in/city"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
METADATA, JWKS, TOKEN, USERINFO = "/.well-known/openid-configuration", "/jwks", "/token", "/me"
# One for all: making it costs more than a sign-in.
TLS = ssl.create_default_context()
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa"})

Handler = http.server.BaseHTTPRequestHandler
Answer = Callable[[Handler], None]


def seconds(at: datetime = NOW, **later: float) -> int:
    """A NumericDate."""
    return int((at + timedelta(**later)).timestamp())


def public(key: Key, **changed: Any) -> dict[str, Any]:
    """As a provider publishes a key."""
    return {**key.as_dict(private=False), "use": "sig", **changed}


def new_key(kid: str) -> ECKey:
    """A fresh one on P-256."""
    return ECKey.generate_key("P-256", parameters={"kid": kid})


def signed(header: dict[str, Any], claims: dict[str, Any] | bytes, key: Key) -> str:
    """A token of these very claims."""
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jws.serialize_compact(header, body, key, algorithms=[header["alg"]])


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """A token with whatever stands for a signature."""
    head, body = (encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{head}.{body}.{encoded(signature)}"


def hmac_signed(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """A token "signed" with what everybody knows."""
    text = unsigned(header, claims).removesuffix(".")
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    """The members that are there."""
    return {name: value for name, value in values.items() if value is not None}


@dataclass
class Provider:
    """The server. `claims`, `header` and `tells` change what it says; None leaves a member out."""

    issuer: str = ""
    key: Key = field(default_factory=lambda: new_key("k1"))
    answers: dict[str, Answer] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    tells: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] | None = None
    make: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    nonce: str = ""
    form: dict[str, str] = field(default_factory=dict)
    authorization: dict[str, str | None] = field(default_factory=dict)

    def reset(self) -> None:
        """Honest again."""
        fresh = Provider(issuer=self.issuer, key=self.key)
        vars(self).update(vars(fresh))

    def says(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer this there from now on."""

        def answer(handler: Handler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer

    def answer(self, handler: Handler) -> None:
        """One request."""
        path = urlsplit(handler.path).path
        length = int(handler.headers.get("Content-Length", 0))
        body = handler.rfile.read(length).decode()
        self.hits[path] += 1
        if path == TOKEN:
            self.form = dict(parse_qsl(body))
        self.authorization[path] = handler.headers["Authorization"]
        if path in self.answers:
            self.answers[path](handler)
            return
        usual = {METADATA: self.described, JWKS: self.published, TOKEN: self.exchanged,
                 USERINFO: self.told}  # fmt: skip
        made = json.dumps(usual[path]()).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        handler.wfile.write(made)

    def described(self) -> dict[str, Any]:
        """Its metadata."""
        return without_none({
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": self.issuer + TOKEN, "jwks_uri": self.issuer + JWKS,
            "userinfo_endpoint": self.issuer + USERINFO,
            "end_session_endpoint": f"{self.issuer}/end?x=1",
        } | self.metadata)  # fmt: skip

    def published(self) -> dict[str, Any]:
        """Its keys."""
        return {"keys": [public(self.key)] if self.keys is None else self.keys}

    def exchanged(self) -> dict[str, Any]:
        """What a code is exchanged for."""
        usual = {"access_token": "at-1", "token_type": "Bearer", "id_token": self.id_token()}
        return without_none(usual | self.tokens)

    def told(self) -> dict[str, Any]:
        """What it tells about the person."""
        return without_none({"sub": SUBJECT, "civic": PERSON} | self.tells)

    def id_claims(self) -> dict[str, Any]:
        """What an id_token says."""
        half = hashlib.sha256(b"at-1").digest()[:16]
        return without_none({
            "iss": self.issuer, "aud": CLIENT, "sub": SUBJECT, "nonce": self.nonce, "sid": "s-1",
            "iat": seconds(), "exp": seconds(hours=1), "auth_time": seconds(minutes=-1),
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(), "civic": PERSON,
        } | self.claims)  # fmt: skip

    def id_token(self) -> str:
        """An id_token, bent as the test has it."""
        return self.token({"alg": "ES256", "kid": self.key.kid, "typ": "JWT"}, self.id_claims())

    def logout_token(self, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A logout token."""
        claims = without_none({
            "iss": self.issuer, "aud": CLIENT, "sub": SUBJECT, "sid": "s-1", "jti": "j-1",
            "iat": seconds(), "exp": seconds(minutes=2), "events": {LOGOUT_EVENT: {}},
        } | changed)  # fmt: skip
        usual = {"alg": "ES256", "kid": self.key.kid, "typ": "logout+jwt"}
        return self.token(usual | (header or {}), claims)

    def token(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Signed as it should be, unless the test makes it otherwise."""
        head = without_none(header | self.header)
        return self.make(head, claims) if self.make else signed(head, claims, self.key)


@dataclass
class Party:
    """This service as the provider's client, in one process."""

    server: Provider
    provider: IdentityProvider
    own: IdentityProviders
    clock: float = 1_000.0

    def begin(self) -> Begun:
        """Begin a sign-in, of which the provider learns the nonce."""
        begun = self.own.begin(self.provider, CALLBACK, NOW)
        self.server.nonce = asked(begun)["nonce"]
        return begun

    def finish(self, begun: Begun, now: datetime = NOW, **query: str | None) -> SignedIn:
        """Come back with a code, or what the test has instead."""
        usual: dict[str, Any] = {"code": "code-1", "state": begun.state}
        came = [(k, v) for k, v in (usual | query).items() if v is not None]
        return self.own.finish(self.provider, begun, came, now)

    def sign_in(self, **query: str | None) -> SignedIn:
        """From the beginning to the end."""
        return self.finish(self.begin(), NOW, **query)


def asked(begun: Begun) -> dict[str, str]:
    """The parameters with which the browser is sent to the provider."""
    given = parse_qs(urlsplit(begun.url).query, strict_parsing=True)
    assert all(len(values) == 1 for values in given.values())
    return {name: values[0] for name, values in given.items()}


def party(server: Provider, **changed: Any) -> Party:
    """A fresh process that trusts the provider."""
    usual: dict[str, Any] = {
        "name": "city", "label": "Staden", "issuer": server.issuer, "client_id": CLIENT,
        "client_secret": SECRET, "claim": "civic", "identifies": "civicNo",
    }  # fmt: skip
    provider = IdentityProvider.model_validate(without_none(usual | changed))
    made = Party(server, provider, IdentityProviders({provider.name: provider}, TLS))
    made.own.monotonic = lambda: made.clock
    return made


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider behind an HTTP server."""
    provider = Provider()

    class Served(Handler):
        def do_GET(self) -> None:  # noqa: N802 - its base class has it so
            provider.answer(self)

        def do_POST(self) -> None:  # noqa: N802 - as above
            provider.answer(self)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served)
    running.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
    provider.issuer = f"http://127.0.0.1:{running.server_address[1]}"
    yield provider
    running.shutdown()
    running.server_close()
