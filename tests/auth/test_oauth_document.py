"""openapi/oauth.json and openapi/service.json promise what these routes answer, and all of it."""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from sqlalchemy import QueuePool

from app.auth import rate_limits
from app.main import create_app
from tests.auth.conftest import CLIENT, Gate
from tests.auth.test_revocation import end_grant
from tests.conftest import serving

OPENAPI = Path(__file__).resolve().parents[2] / "openapi"
DOCUMENTS = {"/oauth/openapi.json": "oauth.json", "/openapi.json": "service.json"}
GRANT = {"grant_type": "client_credentials"}
BACK = "https://app.example.se/back"
FORM = "application/x-www-form-urlencoded"
# Headers that need no promise: HTTP's own, and those of every answer.
EVERYWHERE = {
    "date", "content-length", "content-type", "x-request-id", "x-content-type-options",
    "referrer-policy", "strict-transport-security", "content-security-policy", "server", "pragma",
}  # fmt: skip


@dataclass
class Contract:
    """Sends requests to the whole service, and holds each answer to its document."""

    http: httpx.Client
    app: FastAPI
    gate: Gate
    paths: dict[str, dict[str, Any]]
    components: dict[str, Any]
    seen: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def post(self, path: str, form: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """A form, unless told otherwise."""
        return self.send("POST", path, **({"data": form or {}} | more))

    def proved(self, path: str, **form: str) -> httpx.Response:
        """A form of the consumer."""
        return self.post(path, {"client_id": CLIENT, "client_secret": self.gate.secret} | form)

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request."""
        answer = self.http.request(method, path, **more)
        promised = self.paths[path][method.lower()]["responses"][str(answer.status_code)]
        self.seen[path].add(str(answer.status_code))
        content = promised["content"][answer.headers["content-type"].split(";")[0]]
        undocumented = answer.headers.keys() - EVERYWHERE
        assert undocumented <= {name.lower() for name in promised.get("headers", {})}
        if "json" in answer.headers["content-type"]:
            schema = {**content["schema"], "components": self.components}
            Draft202012Validator(schema).validate(answer.json())
        return answer


@pytest.fixture
def contract(gate: Gate) -> Iterator[Contract]:
    """The service of a gate, and both documents as they are committed."""
    made = [json.loads((OPENAPI / name).read_text("utf-8")) for name in DOCUMENTS.values()]
    paths = {path: operations for one in made for path, operations in one["paths"].items()}
    app = create_app(gate.settings, gate.database)
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as http:
        yield Contract(http, app, gate, paths, made[0]["components"])


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_documents_are_served_to_everyone_as_they_are_committed(
    contract: Contract, path: str
) -> None:
    """Without a token, and with whose they are."""
    committed = json.loads((OPENAPI / DOCUMENTS[path]).read_text("utf-8"))
    settings = contract.gate.settings
    committed["info"] |= {
        "contact": {"name": settings.city_name},
        "termsOfService": f"{settings.public_url}/villkor",
    }
    assert contract.send("GET", path).json() == committed


def test_whatever_is_asked_for_is_answered_as_documented(contract: Contract) -> None:
    """Each path at least once."""
    asked = [path for path, operations in contract.paths.items() if "get" in operations]
    for path in asked:
        assert contract.send("GET", path).status_code == HTTPStatus.OK
    assert len(asked) > 8


def errors_of_the_token_endpoint(contract: Contract) -> dict[str, httpx.Response]:
    """A refusal for every error that it names."""
    token = "/oauth/token"
    answers = {
        "invalid_request": contract.proved(token),
        "unsupported_grant_type": contract.proved(token, grant_type="password"),
        "invalid_scope": contract.proved(token, **GRANT, scope="everything"),
        "invalid_target": contract.proved(token, **GRANT, resource="https://example.com"),
    }
    answers["invalid_dpop_proof"] = contract.post(
        token, {"client_id": CLIENT, "client_secret": contract.gate.secret} | GRANT,
        headers={"DPoP": "nonsense"},
    )  # fmt: skip
    act_for_people(contract)
    answers["invalid_grant"] = contract.proved(
        token, grant_type="authorization_code", code="made-up", code_verifier="v" * 43,
        redirect_uri=BACK,
    )  # fmt: skip
    with contract.gate.database.transaction() as session:
        end_grant(session)
    return answers | {"unauthorized_client": contract.proved(token, **GRANT)}


def act_for_people(contract: Contract) -> None:
    """Register a way back for the consumer."""
    with contract.gate.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE application SET redirect_uris = ARRAY[%(uri)s]", {"uri": BACK}
        )


def test_a_pushed_request_is_answered_as_documented(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every status, and every error that it names for 400."""
    path = "/oauth/par"
    act_for_people(contract)
    asked = {"response_type": "code", "redirect_uri": BACK, "code_challenge": "c" * 43,
             "code_challenge_method": "S256", "scope": "people:read"}  # fmt: skip
    assert contract.proved(path, **asked).status_code == HTTPStatus.CREATED
    refused = {
        "invalid_request": contract.proved(path),
        "unsupported_response_type": contract.proved(path, **asked | {"response_type": "token"}),
        "invalid_scope": contract.proved(path, **asked | {"scope": "everything"}),
        "invalid_target": contract.proved(path, **asked, resource="https://example.com"),
        "request_not_supported": contract.proved(path, **asked, request="x.y.z"),
    }
    with contract.gate.database.transaction() as session:
        end_grant(session)
    refused["unauthorized_client"] = contract.proved(path, **asked)
    promised = contract.paths[path]["post"]["responses"]["400"]["description"]
    for error, answer in refused.items():
        assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert f"`{error}`" in promised
    assert promised.count("`") == 2 * len(refused)
    everything_else(path, contract, monkeypatch)


def test_a_token_request_is_answered_as_documented(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every status of the document occurs, and every error that it names for 400."""
    given = contract.proved("/oauth/token", **GRANT)
    assert given.status_code == HTTPStatus.OK
    refused = errors_of_the_token_endpoint(contract)
    promised = contract.paths["/oauth/token"]["post"]["responses"]["400"]["description"]
    for error, answer in refused.items():
        assert answer.status_code == HTTPStatus.BAD_REQUEST and answer.json()["error"] == error
        assert f"`{error}`" in promised
    assert promised.count("`") == 2 * len(refused)
    everything_else("/oauth/token", contract, monkeypatch)


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
def test_a_request_about_a_token_is_answered_as_documented(
    contract: Contract, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Of a token that counts, and of one that never did."""
    token = contract.proved("/oauth/token", **GRANT).json()["access_token"]
    for text in (token, "x.y.z"):
        assert contract.proved(path, token=text).status_code == HTTPStatus.OK
    assert contract.proved(path).json()["error"] == "invalid_request"
    hinted = contract.proved(path, token=token, token_type_hint="id_token")
    assert hinted.json()["error"] == "unsupported_token_type"
    everything_else(path, contract, monkeypatch)


def everything_else(path: str, contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """What every form endpoint refuses alike; afterwards no documented status is left unseen."""
    pair = base64.b64encode(b"nobody:nothing").decode()
    refused = contract.post(path, GRANT, headers={"Authorization": f"Basic {pair}"})
    assert refused.headers["www-authenticate"]
    contract.post(path, json={})
    contract.post(path, content=b"a=" + b"x" * 70_000, headers={"Content-Type": FORM})
    with_no_connection(contract, path)
    monkeypatch.setattr(rate_limits, "TOKEN_REQUESTS", 1)
    contract.post(path)
    assert int(contract.post(path).headers["retry-after"]) > 0
    documented = contract.paths[path]["post"]["responses"]
    assert contract.seen[path] == documented.keys()


def with_no_connection(contract: Contract, path: str) -> None:
    """While every connection is in use, it says when to come back."""
    writing = contract.gate.database.writing
    assert isinstance(writing.pool, QueuePool)
    writing.pool._timeout, writing.pool._max_overflow = 0.05, 0
    held = [writing.connect() for _ in range(writing.pool.size())]
    assert int(contract.proved(path, **GRANT, token="x").headers["retry-after"]) > 0
    for connection in held:
        connection.close()


@pytest.mark.parametrize("path", ["/oauth/token", "/readyz"])
def test_a_wrong_method_is_told_which_one_is_right(contract: Contract, path: str) -> None:
    """As a problem, outside the doors that have a shape of their own."""
    answer = contract.http.delete(path)
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] in answer.json()["detail"]
