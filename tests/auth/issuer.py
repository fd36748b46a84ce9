"""Another authorization server, as Skolverket's: its key, its JWKS on loopback, its tokens."""

import base64
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

from app.auth.authentication import Authenticator
from app.database import Database
from tests.auth.conftest import CLIENT, ISSUER, Gate, now, running_gate
from tests.auth.keys_server import KeyServer, serving_keys

KID = "nutid_auth_202201"
ORGANISATION = "SE2021004185"
BASE_URL = f"{ISSUER}/ss12000/v2.0"


def encoded(value: bytes) -> str:
    """As the parts of a token are."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def new_key(kid: str = KID, crv: str = "P-256") -> ECKey:
    """A fresh key."""
    return ECKey.generate_key(crv, parameters={"kid": kid})


def published(key: ECKey) -> dict[str, Any]:
    """As Skolverket's issuer publishes a key: without `use` and `alg`."""
    described = key.as_dict(private=False)
    return {name: described[name] for name in ("kty", "kid", "crv", "x", "y")}


def signed(header: bytes, payload: bytes, key: ECKey) -> str:
    """A token of these very bytes, properly signed with ES256 whatever its header says."""
    private = key.private_key
    assert isinstance(private, EllipticCurvePrivateKey)
    text = f"{encoded(header)}.{encoded(payload)}"
    size = (private.key_size + 7) // 8
    pair = decode_dss_signature(private.sign(text.encode(), ECDSA(SHA256())))
    return f"{text}.{encoded(b''.join(part.to_bytes(size, 'big') for part in pair))}"


@dataclass
class Issuer:
    """The issuer and the gate that trusts it."""

    gate: Gate
    server: KeyServer
    key: ECKey

    @property
    def name(self) -> str:
        """Its `iss`."""
        return self.server.uri.removesuffix("/jwks")

    def header(self, **changed: Any) -> dict[str, Any]:
        """What its tokens' headers hold; None leaves a member out."""
        return _without_none({"alg": "ES256", "kid": self.key.kid} | changed)

    def claims(self, at: datetime | None = None, **changed: Any) -> dict[str, Any]:
        """What its tokens say, as in Skolverket's example; None leaves a claim out."""
        issued = int((at or now()).timestamp())
        usual = {
            "aud": "nutid", "auth_source": "tlsfed", "entity_id": "https://api.example/klient/v1",
            "exp": issued + 36_000, "iat": issued, "iss": self.name, "nbf": issued,
            "organization_id": ORGANISATION,
            "requested_access": [{"locations": [BASE_URL], "type": "ss12000-api"}],
            "source": "https://prod.example", "version": 1,
        }  # fmt: skip
        return _without_none(usual | changed)

    def token(self, header: dict[str, Any] | None = None, key: ECKey | None = None,
              at: datetime | None = None, **claims: Any) -> str:  # fmt: skip
        """A token with changed claims, signed by the issuer unless another key is given."""
        head = json.dumps(self.header(**(header or {}))).encode()
        return signed(head, json.dumps(self.claims(at, **claims)).encode(), key or self.key)

    def publish(self, *keys: dict[str, Any]) -> None:
        """Publish other keys, which the gate fetches at its next need."""
        self.server.publishes(*keys)
        self.gate.authenticator.issuers.keys._kept.clear()

    def probe(self, token: str, authenticator: Authenticator | None = None) -> httpx.Response:
        """Call the gate's guarded route."""
        return self.gate.probe(token, authenticator)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def trust(authenticator: Authenticator, certificate: Path) -> None:
    """Have a process trust the certificate of the issuer's server."""
    authenticator.issuers.keys.tls = ssl.create_default_context(cafile=str(certificate))


@contextmanager
def trusted_issuer(database: Database, certificate: Path, **rule: Any) -> Iterator[Issuer]:
    """A gate that trusts a running issuer, whose tokens stand for the gate's consumer."""
    key = new_key()
    with serving_keys(certificate, published(key)) as server:
        agreed = {
            "issuer": server.uri.removesuffix("/jwks"), "jwks_uri": server.uri,
            "organization_id": ORGANISATION, "client_id": CLIENT,
        }  # fmt: skip
        rules = [agreed | rule]
        with running_gate(
            database, trusted_issuers=rules, allowed_jwks_hosts=["localhost"]
        ) as gate:
            trust(gate.authenticator, certificate)
            yield Issuer(gate, server, key)
