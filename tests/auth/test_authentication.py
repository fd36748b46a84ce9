"""How a token may arrive and what a caller is told; the acts behind it all."""

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from app.auth.secret import PAGE_TOKENS, SIGNING_KEYS, derived_key, installation_secret
from app.auth.signing_keys import current_signing_key
from app.errors import BadBody, ConfigurationError, Conflict, NotFound
from app.services.consumers import NewApplication, register_application, register_organisation
from app.services.credentials import issue_secret, rotate_secret
from app.services.grants import grant, revoke_grant
from app.services.tokens import forget_expired
from app.settings import Settings
from tests.auth.conftest import CITY, CLIENT, ISSUER, NORTH, Gate, now, terms

METADATA = ISSUER + "/.well-known/oauth-protected-resource"


def test_without_a_token_the_challenge_names_no_error(shared_gate: Gate) -> None:
    answer = shared_gate.send("GET", "/probe")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        f'Bearer realm="skolnav", resource_metadata="{METADATA}"'
    )


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic eA==", "Token x", "Bearer a b", "Bearer\ta"]
)
def test_a_malformed_header_is_refused(shared_gate: Gate, header: str) -> None:
    answer = shared_gate.send("GET", "/probe", headers={"Authorization": header})
    assert answer.status_code == 401
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


def test_the_scheme_is_read_without_regard_to_case(shared_gate: Gate) -> None:
    headers = {"Authorization": f"bearer {shared_gate.token()}"}
    assert shared_gate.send("GET", "/probe", headers=headers).status_code == 200


def test_two_authorization_headers_are_refused(shared_gate: Gate) -> None:
    bearer = ("Authorization", f"Bearer {shared_gate.token()}")
    answer = shared_gate.send("GET", "/probe", headers=[bearer, bearer])
    assert answer.status_code == 401
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("query", ["access_token={}", "a=b&access_token={}"])
def test_a_token_in_the_query_string_is_refused(shared_gate: Gate, query: str) -> None:
    token = shared_gate.token()
    answer = shared_gate.send("GET", "/probe?" + query.format(token))
    assert answer.status_code == 401 and "query string" in answer.json()["message"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (
        shared_gate.send("GET", "/probe?" + query.format(token), headers=headers).status_code == 401
    )


@pytest.mark.parametrize("token", ["x" * 8_193, "x" * 2_000_000, "\xff.\xfe.\xfd", "a.b.c"])
def test_garbage_is_a_401(shared_gate: Gate, token: str) -> None:
    headers = {b"Authorization": b"Bearer " + token.encode("latin-1")}
    answer = shared_gate.send("GET", "/probe", headers=headers)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_missing_scope_is_named(shared_gate: Gate) -> None:
    answer = shared_gate.probe(shared_gate.token(scope="people:read"))
    assert answer.status_code == 403
    assert 'scope="schedule:read"' in answer.headers["www-authenticate"]


def test_a_grant_for_one_school_gives_that_school_alone(gate: Gate) -> None:
    with gate.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE consumer_grant SET organisation_ids = ARRAY['%s'::uuid]" % NORTH  # noqa: UP031
        )
    assert gate.probe(gate.token()).json()["organisations"] == [str(NORTH)]


def test_an_empty_city_is_not_the_whole_city(gate: Gate) -> None:
    with gate.database.transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM organisation WHERE parent_id IS NOT NULL")
        session.connection().exec_driver_sql("DELETE FROM organisation")
    assert gate.probe(gate.token()).json()["organisations"] == []


def test_a_client_may_introspect_its_own_tokens_only(gate: Gate) -> None:
    token = gate.token()
    form = {"client_id": CLIENT, "client_secret": gate.secret, "token": token}
    body = gate.send("POST", "/oauth/introspect", data=form).json()
    assert body["active"] is True and body["client_id"] == CLIENT and body["scope"]
    with gate.database.transaction() as session:
        legal = register_organisation(session, name="Other AB", now=now(), actor="test")
        other = NewApplication(
            name="Other", client_id="other", auth_methods=("client_secret_post",)
        )
        register_application(session, organisation=legal, described=other, now=now(), actor="t")
        secret = issue_secret(session, client_id="other", expires=now() + timedelta(days=1),
                              now=now(), actor="test")  # fmt: skip
    foreign = form | {"client_id": "other", "client_secret": secret}
    assert gate.send("POST", "/oauth/introspect", data=foreign).json() == {"active": False}
    assert gate.send("POST", "/oauth/revoke", data=foreign).status_code == 400
    assert gate.probe(token).status_code == 200
    garbage = form | {"token": "x.y.z"}
    assert gate.send("POST", "/oauth/introspect", data=garbage).json() == {"active": False}
    gate.send("POST", "/oauth/revoke", data=form)
    assert gate.send("POST", "/oauth/introspect", data=form).json() == {"active": False}
    nobody = {"token": token}
    assert gate.send("POST", "/oauth/introspect", data=nobody).status_code == 401
    assert gate.send("POST", "/oauth/revoke", data=nobody).status_code == 401


def test_the_first_request_makes_the_first_signing_key(gate: Gate) -> None:
    with gate.database.transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM signing_key")
    assert gate.ask().status_code == 503
    services = gate.services
    del gate.app.state.oauth_services
    assert len(gate.send("GET", "/oauth/jwks.json").json()["keys"]) == 1
    assert gate.services.sealing_key == services.sealing_key
    assert gate.probe(gate.token()).status_code == 200


def test_a_signing_key_opens_with_its_own_secret_only(shared_gate: Gate) -> None:
    with (
        shared_gate.database.transaction() as session,
        pytest.raises(ConfigurationError, match="SECRET"),
    ):
        current_signing_key(session, sealing_key=b"y" * 32, now=now())


def test_a_secret_is_made_once_beside_the_embedded_database(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "new")
    secret = installation_secret(settings)
    assert installation_secret(settings) == secret and len(secret) >= 32
    assert stat.S_IMODE((tmp_path / "new" / "secret").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret"]
    assert derived_key(secret, SIGNING_KEYS) != derived_key(secret, PAGE_TOKENS)


def test_with_a_database_of_ones_own_the_secret_must_be_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x/y")
    with pytest.raises(ConfigurationError, match="openssl rand"):
        installation_secret(Settings(_env_file=None))
    with pytest.raises(ValidationError):
        Settings(_env_file=None, secret=SecretStr("short"))


def test_terms_that_cannot_be_are_refused(shared_gate: Gate) -> None:
    wrong: list[dict[str, Any]] = [
        {"scopes": frozenset()}, {"scopes": frozenset({"grades:read"})},
        {"organisation_ids": frozenset()}, {"field_groups": frozenset({"health"})},
        {"organisation_ids": frozenset({CITY.__class__(int=1)})}, {"purpose": " "},
        {"school_types": frozenset({"XX"})}, {"rate_tier": "gold"},
        {"valid_to": terms().valid_from - timedelta(days=1)}, {"agreement_reference": "a\nb"},
    ]  # fmt: skip
    for changed in wrong:
        with shared_gate.database.transaction() as session, pytest.raises(BadBody):
            grant(session, client_id=CLIENT, terms=terms(**changed), now=now(), actor="test")


def test_acts_on_what_is_not_there_are_refused(gate: Gate) -> None:
    later = now() + timedelta(days=1)
    with gate.database.transaction() as session:
        with pytest.raises(NotFound):
            grant(session, client_id="nobody", terms=terms(), now=now(), actor="test")
        with pytest.raises(NotFound):
            revoke_grant(session, client_id=CLIENT, grant_id=CITY, now=now(), actor="test")
        with pytest.raises(BadBody):
            issue_secret(session, client_id=CLIENT, expires=now(), now=now(), actor="test")
        issue_secret(session, client_id=CLIENT, expires=later, now=now(), actor="test")
        with pytest.raises(Conflict, match="two living"):
            issue_secret(session, client_id=CLIENT, expires=later, now=now(), actor="test")
        rotate_secret(session, client_id=CLIENT, overlap=timedelta(hours=1), expires=later,
                      now=now(), actor="test")  # fmt: skip


def test_every_act_is_on_record_with_its_actor(gate: Gate) -> None:
    with gate.database.transaction() as session:
        rows = session.connection().exec_driver_sql("SELECT act, actor, subject FROM audit_record")
        acts = {row[0] for row in rows if row[1] in ("test", "start")}
    assert acts == {
        "registerOrganisation", "registerApplication", "grant", "issueSecret", "rotateSigningKey",
    }  # fmt: skip


def test_what_has_expired_is_forgotten(gate: Gate) -> None:
    form = {"client_id": CLIENT, "client_secret": gate.secret, "token": gate.token()}
    gate.send("POST", "/oauth/revoke", data=form)
    with gate.database.transaction() as session:
        count = "SELECT count(*) FROM revoked_token"
        forget_expired(session, now=now())
        assert session.connection().exec_driver_sql(count).scalar() == 1
        forget_expired(session, now=now() + timedelta(hours=1))
        assert session.connection().exec_driver_sql(count).scalar() == 0
