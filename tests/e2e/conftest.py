"""The service as an operator starts it: the command, in a process of its own, from outside."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

SKOLNAV = Path(sys.executable).with_name("skolnav")
PUPILS = 400
STOP_SECONDS = 30
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Demo:
    """A running `skolnav demo`: what it printed, and where its files are."""

    process: "subprocess.Popen[str]"
    directory: Path
    printed: dict[str, Any]

    @property
    def issuer(self) -> str:
        """The service's own address."""
        return str(self.printed["issuer"])

    def client(self, client_id: str) -> dict[str, Any]:
        """One of the printed consumers."""
        return next(one for one in self.printed["clients"] if one["clientId"] == client_id)

    def token(self, client_id: str) -> str:
        """An access token, fetched with whichever credential was printed."""
        client = self.client(client_id)
        fetch = token_by_secret if "clientSecret" in client else token_by_key
        return fetch(self, client)


def ask_for_token(demo: Demo, fields: dict[str, str], **more: Any) -> str:
    """POST to the printed token endpoint."""
    form = {"grant_type": "client_credentials"} | fields
    answer = httpx.post(demo.printed["tokenEndpoint"], data=form, **more)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["token_type"] == "Bearer"
    return str(answer.json()["access_token"])


def token_by_secret(demo: Demo, client: dict[str, Any]) -> str:
    """client_secret_basic, as `curl -u` sends it."""
    return ask_for_token(demo, {}, auth=(client["clientId"], client["clientSecret"]))


def token_by_key(demo: Demo, client: dict[str, Any]) -> str:
    """private_key_jwt (RFC 7523), signed with the printed key."""
    now = datetime.now(UTC)
    claims = {
        "iss": client["clientId"],
        "sub": client["clientId"],
        "aud": demo.issuer,
        "jti": uuid4().hex,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=1)).timestamp()),
    }
    header = {"alg": "ES256", "kid": client["privateKey"]["kid"]}
    assertion = jwt.encode(header, claims, ECKey.import_key(client["privateKey"]))
    return ask_for_token(
        demo, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    )


def processes_of(directory: Path) -> list[str]:
    """The command lines of running processes that name a directory."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # It ended meanwhile.
            continue
        if str(directory) in line:
            lines.append(line)
    return lines


def stop(process: "subprocess.Popen[str]", directory: Path) -> None:
    """SIGTERM, as a service manager sends it; the server and its database must end in order."""
    postgres = directory / "postgres"
    assert processes_of(postgres), "the embedded PostgreSQL is not found; look at processes_of"
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == 0
    assert processes_of(postgres) == []
    assert not (postgres / "postmaster.pid").exists(), "PostgreSQL did not shut down in order"


@contextmanager
def start(directory: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """`skolnav demo` on a free port. It is killed if it still runs at the end."""
    command = [str(SKOLNAV), "demo", "--dir", str(directory), "--port", "0", *arguments]
    with (directory.parent / f"{directory.name}.err").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@contextmanager
def running_demo(directory: Path, *, pupils: int = PUPILS) -> Iterator[Demo]:
    """The demo from its line of JSON until a clean end."""
    with start(directory, "--pupils", str(pupils), "--json") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (directory.parent / f"{directory.name}.err").read_text()
        yield Demo(process, directory, json.loads(line))
        stop(process, directory)


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """A demo city behind the real command, shared by everything that only reads it.

    Not under pytest's own directory, which another pytest closes to PostgreSQL's account.
    """
    with TemporaryDirectory(prefix="skolnav-") as made, running_demo(Path(made) / "demo") as demo:
        yield demo


@pytest.fixture(scope="session")
def http(demo: Demo) -> Iterator[httpx.Client]:
    """Connections to the service's host, without any credential."""
    with httpx.Client(base_url=demo.issuer, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def register_token(demo: Demo) -> str:
    """A token that may read everything, one for each file: they live five minutes."""
    return demo.token("demo-register")
