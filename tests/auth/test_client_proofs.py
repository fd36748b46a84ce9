"""What counts as a client's proof, what does not, and that its use is noted down."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from joserfc.jwk import ECKey
from sqlmodel import select

from app.auth.client_authentication import LAST_USED_STEP
from app.models.consumers import Credential
from app.services.credentials import add_key
from tests.auth.conftest import CLIENT, Gate, now
from tests.auth.test_client_assertions import P256, ask, assertion

GRANT = {"grant_type": "client_credentials"}


def basic(gate: Gate, *, scheme: str = "Basic", change: Callable[[str], str] = str) -> str:
    """The header with the consumer's secret, changed."""
    return f"{scheme} {change(base64.b64encode(f'{CLIENT}:{gate.secret}'.encode()).decode())}"


@pytest.mark.parametrize(
    ("scheme", "form", "status"),
    [("Basic", {}, 200), ("basic", {}, 200), ("BASIC", {"client_id": CLIENT}, 200),
     ("Bearer", {}, 401), ("Basic", {"client_id": "somebody"}, 401)],
)  # fmt: skip
def test_basic_is_a_scheme_in_any_case_and_no_other_is_it(
    shared_gate: Gate, scheme: str, form: dict[str, str], status: int
) -> None:
    """And a form that names another client than the header does is nobody's."""
    headers = {"Authorization": basic(shared_gate, scheme=scheme)}
    answer = shared_gate.send("POST", "/oauth/token", data=GRANT | form, headers=headers)
    assert answer.status_code == status


def test_both_halves_of_a_credential_may_be_form_encoded(shared_gate: Gate) -> None:
    """RFC 6749 section 2.3.1: each sign, if the client likes."""
    halves = ("".join(f"%{byte:02X}" for byte in half.encode())
              for half in (CLIENT, shared_gate.secret))  # fmt: skip
    pair = base64.b64encode(":".join(halves).encode()).decode()
    answer = shared_gate.send("POST", "/oauth/token", data=GRANT,
                              headers={"Authorization": f"Basic {pair}"})  # fmt: skip
    assert answer.status_code == 200


@pytest.mark.parametrize("change", [lambda pair: pair[:9] + "*" + pair[9:], lambda pair: pair[:-3]],
                         ids=["another sign", "cut short"])  # fmt: skip
def test_a_credential_that_is_not_base64_is_none(
    shared_gate: Gate, change: Callable[[str], str]
) -> None:
    """What would be read past is refused: two readers could read it differently."""
    headers = {"Authorization": basic(shared_gate, change=change)}
    answer = shared_gate.send("POST", "/oauth/token", data=GRANT, headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("client_id", ["x" * 201, "rea\x00der", "rea\nder", "\ud800"])
def test_a_name_that_no_client_can_have_is_nobodys(shared_gate: Gate, client_id: str) -> None:
    """In the same words as any other; the database is never asked with it."""
    pair = base64.b64encode(f"{client_id}:secret".encode("utf-8", "surrogatepass")).decode()
    answer = shared_gate.send("POST", "/oauth/token", data=GRANT,
                              headers={"Authorization": f"Basic {pair}"})  # fmt: skip
    assert answer.status_code == 401
    assert answer.json() == shared_gate.ask(client_id="nobody").json()


def test_only_who_tried_the_authorization_header_is_told_of_it(shared_gate: Gate) -> None:
    """RFC 6749 section 5.2."""
    by_form = shared_gate.ask(client_secret="wrong")
    by_header = shared_gate.send("POST", "/oauth/token", data=GRANT,
                                 headers={"Authorization": "Basic bm9ib2R5Ong="})  # fmt: skip
    assert "www-authenticate" not in by_form.headers
    assert by_header.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("kind", ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
def test_an_assertion_of_another_type_is_no_proof(gate: Gate, kind: str) -> None:
    """Although it is signed by the right key."""
    with gate.database.transaction() as session:
        add_key(session, client_id=CLIENT, jwk=P256.as_dict(private=False), now=now(),
                expires=now() + timedelta(days=1), actor="test")  # fmt: skip
    form = GRANT | {"client_assertion": assertion(), "client_assertion_type": kind}
    assert gate.send("POST", "/oauth/token", data=form).status_code == 401
    assert ask(gate, assertion()).status_code == 200


def used(gate: Gate) -> dict[str, datetime | None]:
    """When each credential was last used: a secret, or a key by its kid."""
    with gate.database.transaction() as session:
        return {
            str(one.public_jwk["kid"]) if isinstance(one.public_jwk, dict) else "secret":
                one.last_used
            for one in session.exec(select(Credential))
        }  # fmt: skip


def set_used(gate: Gate, at: datetime | None) -> None:
    """As if all credentials were used then."""
    with gate.database.transaction() as session:
        for one in session.exec(select(Credential)):
            one.last_used = at
            session.add(one)


def test_the_use_of_a_credential_is_noted_once_a_minute(gate: Gate) -> None:
    """So that an admin sees which are still in use; not at each token, which would be a write."""
    gate.token()
    first = used(gate)["secret"]
    assert first is not None
    assert abs(now() - first) < timedelta(minutes=1)
    recently, long_ago = now() - LAST_USED_STEP / 2, now() - 2 * LAST_USED_STEP
    set_used(gate, recently)
    gate.token()
    assert used(gate)["secret"] == recently
    set_used(gate, long_ago)
    gate.token()
    assert used(gate)["secret"] not in (None, long_ago)


def test_of_several_keys_the_one_that_signed_was_used(gate: Gate) -> None:
    """The others may be what somebody forgot to remove."""
    other = ECKey.generate_key("P-256", parameters={"kid": "other"})
    with gate.database.transaction() as session:
        for key in (P256, other):
            add_key(session, client_id=CLIENT, jwk=key.as_dict(private=False), now=now(),
                    expires=now() + timedelta(days=1), actor="test")  # fmt: skip
    assert ask(gate, assertion()).status_code == 200
    found = used(gate)
    assert found[str(P256.kid)] is not None
    assert found["other"] is None
    assert found["secret"] is None
