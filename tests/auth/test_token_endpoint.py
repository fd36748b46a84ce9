"""The token endpoint: who gets a token, who does not, and what both are told."""

import base64
from datetime import date, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.main import DOORS
from app.services.consumers import disable_application
from app.services.credentials import rotate_secret
from app.services.grants import replace_grant
from tests.auth.conftest import CLIENT, ISSUER, Gate, now, terms

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_client_gets_a_token_that_rfc_9068_describes(shared_gate: Gate) -> None:
    answer = shared_gate.ask(scope="schedule:read")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 300 and "refresh_token" not in body
    keys = KeySet.import_key_set(shared_gate.send("GET", "/oauth/jwks.json").json())
    token = jwt.decode(body["access_token"], keys, algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt" and token.header["kid"]
    claims = token.claims
    assert claims["iss"] == claims["aud"] == ISSUER
    assert claims["sub"] == claims["client_id"] == CLIENT
    assert claims["exp"] - claims["iat"] == 300
    assert claims["scope"] == body["scope"] == "schedule:read" and claims["jti"]


def test_a_token_opens_the_gate(shared_gate: Gate) -> None:
    assert shared_gate.probe(shared_gate.token()).json()["client"] == CLIENT


def test_all_granted_scopes_are_given_when_none_is_asked_for(shared_gate: Gate) -> None:
    assert shared_gate.ask().json()["scope"] == "people:read schedule:read"


@pytest.mark.parametrize(
    "scope", ["attendance:read", "schedule:read attendance:read", "everything"]
)
def test_a_scope_that_is_not_granted_is_refused_and_never_dropped(
    shared_gate: Gate, scope: str
) -> None:
    answer = shared_gate.ask(scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_basic_authentication_takes_form_encoded_credentials(shared_gate: Gate) -> None:
    pair = base64.b64encode(f"{CLIENT}:{shared_gate.secret.replace('-', '%2D')}".encode()).decode()
    answer = shared_gate.send("POST", "/oauth/token", data={"grant_type": "client_credentials"},
                       headers={"Authorization": f"Basic {pair}"})  # fmt: skip
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YQ==", "Bearer x", "Basic /w=="])
def test_malformed_basic_credentials_are_refused_with_a_challenge(
    shared_gate: Gate, header: str
) -> None:
    answer = shared_gate.send("POST", "/oauth/token", data={"grant_type": "client_credentials"},
                       headers={"Authorization": header})  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_an_unknown_client_and_a_wrong_secret_get_the_same_answer(gate: Gate) -> None:
    answers = [
        gate.ask(client_secret="skn_wrong"),
        gate.ask(client_id="nobody"),
        gate.ask(client_id="nobody\0"),
        gate.ask(client_secret=""),
        gate.ask(client_id="x" * 5_000),
        gate.ask(client_secret="å" * 400),
    ]
    with gate.database.transaction() as session:
        disable_application(session, client_id=CLIENT, reason="test", now=now(), actor="test")
    answers.append(gate.ask())
    same = [answer for answer in answers if b"NUL" not in answer.content]
    assert len(same) == len(answers) - 1
    assert {(answer.status_code, answer.text) for answer in same} == {(401, answers[0].text)}


def test_a_secret_works_only_where_the_admin_allowed_the_method(gate: Gate) -> None:
    with gate.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE application SET token_endpoint_auth_methods = '{client_secret_basic}'"
        )
    assert gate.ask().status_code == 401


def test_several_proofs_at_once_are_refused(shared_gate: Gate) -> None:
    answer = shared_gate.ask(client_assertion="x.y.z")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"grant_type=client_credentials&scope=a&scope=b", FORM),
        (b'{"grant_type":"client_credentials"}', {"Content-Type": "application/json"}),
        (b"grant_type=client_credentials", {}),
        (b"scope=a", FORM),
        (b"grant_type=%ff", FORM),
        ("grant_type=å".encode(), FORM),
        (b"&".join(b"p%d=1" % number for number in range(99)), FORM),
    ],
)
def test_a_malformed_request_is_refused_as_oauth_says(
    shared_gate: Gate, body: bytes, headers: dict[str, str]
) -> None:
    answer = shared_gate.send("POST", "/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.headers["cache-control"] == "no-store"


def test_a_large_body_is_not_read_to_its_end(shared_gate: Gate) -> None:
    answer = shared_gate.send("POST", "/oauth/token", content=b"a=" + b"x" * 70_000, headers=FORM)
    assert answer.status_code == 413


def test_parameters_in_the_query_string_are_refused(shared_gate: Gate) -> None:
    answer = shared_gate.send(
        "POST", f"/oauth/token?client_secret={shared_gate.secret}", data={"a": "b"}
    )
    assert answer.status_code == 400 and "query" in answer.json()["error_description"]


@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:example:other", "x"])
def test_no_other_grant_type_is_offered(shared_gate: Gate, grant_type: str) -> None:
    answer = shared_gate.ask(grant_type=grant_type)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_token_for_another_resource_is_refused(shared_gate: Gate) -> None:
    for path in ("", *DOORS):
        assert shared_gate.ask(resource=ISSUER + path).status_code == 200
    answer = shared_gate.ask(resource=ISSUER + ".evil.example")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


def test_without_a_grant_for_today_no_token_is_given(gate: Gate) -> None:
    ended = terms(valid_from=date(2020, 1, 1), valid_to=date(2099, 12, 31))
    with gate.database.transaction() as session:
        replace_grant(session, client_id=CLIENT, terms=ended, now=now(), actor="test")
        session.connection().exec_driver_sql("UPDATE consumer_grant SET valid_to = '2020-12-31'")
    answer = gate.ask()
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_two_secrets_live_during_a_rotation_and_the_old_one_then_ends(gate: Gate) -> None:
    later = now() + timedelta(days=30)
    with gate.database.transaction() as session:
        new = rotate_secret(session, client_id=CLIENT, overlap=timedelta(hours=1), expires=later,
                            now=now(), actor="test")  # fmt: skip
    assert gate.ask().status_code == gate.ask(client_secret=new).status_code == 200
    gate.authenticator.clock = lambda: now() + timedelta(hours=1, seconds=1)
    assert gate.ask().status_code == 401
    assert gate.ask(client_secret=new).status_code == 200


def test_nothing_that_is_stored_or_logged_holds_a_secret_or_a_token(
    shared_gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    token = shared_gate.token()
    shared_gate.probe(token)
    shared_gate.ask(client_secret="skn_guessed")
    for secret in (shared_gate.secret, token, token.rsplit(".", 1)[1], "skn_guessed"):
        assert secret not in caplog.text
    stored = ""
    with shared_gate.database.transaction() as session:
        for table in ("credential", "application", "audit_record", "signing_key"):
            rows = session.connection().exec_driver_sql(f"SELECT t::text FROM {table} t")
            stored += "".join(row[0] for row in rows)
    assert CLIENT in stored and shared_gate.secret not in stored and '"d"' not in stored
