"""What could not be stored was not done: the OAuth door answers after its commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from app.services.credentials import add_key
from tests.auth.conftest import CLIENT, Gate, now
from tests.auth.test_client_assertions import P256, ask, assertion


@contextmanager
def lost_in_its_commit(gate: Gate, table: str) -> Iterator[None]:
    """Whoever writes to the table loses the database in the commit, and what was written."""
    with gate.database.transaction() as session:
        session.connection().exec_driver_sql(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; "
            f"CREATE CONSTRAINT TRIGGER dies AFTER INSERT OR UPDATE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()"
        )
    try:
        yield
    finally:
        with gate.database.transaction() as session:
            session.connection().exec_driver_sql("DROP FUNCTION die() CASCADE")


def revoke(gate: Gate, token: str) -> httpx.Response:
    """End a token."""
    sent = {"token": token, "client_id": CLIENT, "client_secret": gate.secret}
    return gate.send("POST", "/oauth/revoke", data=sent)


@pytest.mark.parametrize(("table", "send"), [("revoked_token", revoke), ("used_assertion", ask)])
def test_an_act_that_was_lost_in_its_commit_is_not_told_as_done(
    gate: Gate, table: str, send: Callable[[Gate, str], httpx.Response]
) -> None:
    """No revocation that does not hold, no token for an assertion that can be used again."""
    with gate.database.transaction() as session:
        add_key(session, client_id=CLIENT, jwk=P256.as_dict(private=False), now=now(),
                expires=now() + timedelta(days=1), actor="test")  # fmt: skip
    token = gate.token()
    given = token if send is revoke else assertion()
    with lost_in_its_commit(gate, table):
        answer = send(gate, given)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert "access_token" not in answer.json()
    # Not the words of the doors that take an Idempotency-Key: had it been stored after all, the
    # same assertion would not be taken again.
    said = answer.json()["error_description"]
    assert "not known" in said and "a new client_assertion" in said and "Idempotency" not in said
    assert int(answer.headers["retry-after"]) > 0
    assert gate.probe(token).status_code == 200
    assert send(gate, given).status_code == 200
