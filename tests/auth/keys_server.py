"""An HTTPS server of keys on loopback, with a certificate that only these tests trust."""

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

KEY = ECKey.generate_key("P-256", parameters={"kid": "k1"})
JWK = KEY.as_dict(private=False)


@dataclass
class KeyServer:
    """An HTTPS server on loopback whose answers a test chooses."""

    uri: str = ""
    hits: int = 0
    answer: Callable[[http.server.BaseHTTPRequestHandler], None] = field(init=False)

    def says(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer this from now on."""

        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answer = answer

    def publishes(self, *keys: dict[str, Any]) -> None:
        """Answer this key set from now on."""
        self.says(json.dumps({"keys": keys}).encode())


def write_certificate(path: Path) -> None:
    """A certificate for localhost and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))


@contextmanager
def serving_keys(certificate: Path, *keys: dict[str, Any]) -> Iterator[KeyServer]:
    """A running server that publishes these keys, or `JWK` alone, until told otherwise."""
    served = KeyServer()
    served.publishes(*(keys or (JWK,)))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.hits += 1
            served.answer(self)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.handle_error = lambda *_: None  # type: ignore[method-assign]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    served.uri = f"https://localhost:{running.server_address[1]}/jwks"
    yield served
    running.shutdown()
    running.server_close()
