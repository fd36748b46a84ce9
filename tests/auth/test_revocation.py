"""What an admin or a client takes back is gone in every process, long before a token ends."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from app.auth.authentication import Authenticator
from app.auth.secret import SIGNING_KEYS, derived_key
from app.auth.sent_tokens import SentProof
from app.auth.signing_keys import KeyRing
from app.errors import Conflict
from app.local_time import STOCKHOLM, local_day
from app.models.consumers import Credential, Grant
from app.queries.access import Access
from app.queries.organisation_tree import OrganisationTree
from app.services.consumers import disable_application, enable_application
from app.services.credentials import revoke_credential, rotate_secret
from app.services.grants import grant, replace_grant, revoke_grant
from app.services.signing_keys import rotate_signing_key
from app.services.tokens import forget_expired
from tests.auth.conftest import CLIENT, NORTH, Gate, now, organisation, terms
from tests.backends import end_connections
from tests.waiting import wait_until

WING = UUID(int=8)
SEALING_KEY = derived_key(b"x" * 40, SIGNING_KEYS)


def disable(session: Session) -> None:
    disable_application(session, client_id=CLIENT, reason="test", now=now(), actor="test")


def end_grant(session: Session) -> None:
    ended = session.exec(select(Grant)).one().id
    revoke_grant(session, client_id=CLIENT, grant_id=ended, now=now(), actor="test")


def end_credential(session: Session) -> None:
    ended = session.exec(select(Credential)).one().id
    revoke_credential(session, client_id=CLIENT, credential_id=ended, now=now(), actor="test")


def rotate_without_overlap(session: Session) -> None:
    rotate_secret(session, client_id=CLIENT, overlap=timedelta(), now=now(), actor="test",
                  expires=now() + timedelta(days=1))  # fmt: skip


def rotate_keys_now(session: Session) -> None:
    rotate_signing_key(session, sealing_key=SEALING_KEY, now=now(), actor="test", immediately=True)


def is_refused(gate: Gate, token: str, authenticator: Authenticator) -> bool:
    """Whether a process refuses the token."""
    return gate.probe(token, authenticator).status_code == 401


def warm(gate: Gate, token: str) -> Authenticator:
    """A second process that has seen the token and remembers it."""
    other = gate.second()
    for authenticator in (gate.authenticator, other):
        assert gate.probe(token, authenticator).status_code == 200
        assert len(authenticator.cache) == 1
    return other


@pytest.mark.parametrize(
    "act", [disable, end_grant, end_credential, rotate_without_overlap, rotate_keys_now]
)
def test_a_token_already_issued_dies_in_every_process(
    gate: Gate, act: Callable[[Session], None]
) -> None:
    token = gate.token()
    other = warm(gate, token)
    with gate.database.transaction() as session:
        act(session)
    for authenticator in (other, gate.authenticator):
        wait_until(partial(is_refused, gate, token, authenticator))
    answer = gate.probe(token)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_shrunk_grant_takes_effect_on_tokens_that_are_out(gate: Gate) -> None:
    token = gate.token()
    other = warm(gate, token)
    assert gate.probe(token, other).json()["organisations"] is None
    smaller = terms(organisation_ids=frozenset({NORTH}), field_groups=frozenset())
    with gate.database.transaction() as session:
        replace_grant(session, client_id=CLIENT, terms=smaller, now=now(), actor="test")
    expected = [str(NORTH)]
    wait_until(lambda: gate.probe(token, other).json()["organisations"] == expected)
    assert gate.probe(token, other).json()["fieldGroups"] == []


def test_a_scope_taken_from_the_grant_is_named_in_the_refusal(gate: Gate) -> None:
    token = gate.token()
    warm(gate, token)
    smaller = terms(scopes=frozenset({"people:read"}))
    with gate.database.transaction() as session:
        replace_grant(session, client_id=CLIENT, terms=smaller, now=now(), actor="test")
    wait_until(lambda: gate.probe(token).status_code == 403)
    challenge = gate.probe(token).headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge and 'scope="schedule:read"' in challenge


def test_a_larger_grant_gives_an_old_token_no_new_scope(gate: Gate) -> None:
    token = gate.token(scope="schedule:read")
    larger = terms(scopes=frozenset({"schedule:read", "people:read", "attendance:read"}))
    with gate.database.transaction() as session:
        replace_grant(session, client_id=CLIENT, terms=larger, now=now(), actor="test")
    assert gate.probe(token).json()["scopes"] == ["schedule:read"]


def test_a_client_revokes_its_own_token_in_every_process(gate: Gate) -> None:
    token, kept = gate.token(), gate.token()
    other = warm(gate, token)
    gate.probe(kept, other)
    form = {"client_id": CLIENT, "client_secret": gate.secret, "token": token}
    assert gate.send("POST", "/oauth/revoke", data=form).status_code == 200
    wait_until(lambda: gate.probe(token, other).status_code == 401)
    assert len(other.cache) == 1 and gate.probe(kept, other).status_code == 200
    assert gate.send("POST", "/oauth/revoke", data=form).status_code == 200
    unknown = form | {"token": "x.y.z"}
    assert gate.send("POST", "/oauth/revoke", data=unknown).status_code == 200


def test_a_revocation_is_remembered_for_as_long_as_the_token_would_count(gate: Gate) -> None:
    """To the end of the leeway, though what is over is swept away in between."""
    gate.settings.access_token_seconds = 600
    token, kept = gate.token(), gate.token()
    form = {"client_id": CLIENT, "client_secret": gate.secret, "token": token}
    assert gate.send("POST", "/oauth/revoke", data=form).status_code == 200
    later = now() + timedelta(seconds=605)
    gate.authenticator.clock = lambda: later
    with gate.database.transaction() as session:
        forget_expired(session, now=later)
    assert gate.probe(kept).status_code == 200
    assert gate.probe(token).status_code == 401


def test_enabling_a_consumer_again_brings_no_old_token_back(gate: Gate) -> None:
    token = gate.token()
    with gate.database.transaction() as session:
        disable(session)
    with gate.database.transaction() as session:
        enable_application(session, client_id=CLIENT, now=now(), actor="test")
    assert gate.probe(token).status_code == 401
    gate.authenticator.clock = lambda: now() + timedelta(seconds=1)
    assert gate.probe(gate.token()).status_code == 200


def test_a_token_seen_before_is_not_verified_again(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = gate.token()
    gate.probe(token)
    monkeypatch.setattr(gate.authenticator, "access_of", None)
    assert gate.probe(token).status_code == 200


def test_while_the_listener_is_lost_nothing_remembered_counts(gate: Gate) -> None:
    token = gate.token()
    gate.probe(token)
    listener, cache = gate.authenticator.listener, gate.authenticator.cache
    good_url, listener.url = listener.url, "postgresql://nobody@127.0.0.1:1/none"
    end_connections(gate.database.url, "skolnav-notices")
    wait_until(lambda: not listener.is_trusted)
    wait_until(lambda: len(cache) == 0)
    assert gate.probe(token).status_code == 200 and len(cache) == 0
    with gate.database.transaction() as session:
        disable(session)
    assert gate.probe(token).status_code == 401
    listener.url = good_url
    assert listener.wait_until_trusted(30)


def test_a_silent_listener_is_not_trusted(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    known, new = gate.token(), gate.token()
    gate.probe(known)
    assert len(gate.authenticator.cache) == 1
    monkeypatch.setattr("app.database.notices.TRUSTED_SECONDS", -1.0)
    # What was remembered is verified anew, and nothing more is remembered.
    read_anew: list[str] = []
    access_of = gate.authenticator.access_of

    def noted(token: str, proof: SentProof | None = None) -> Access:
        read_anew.append(token)
        return access_of(token, proof)

    monkeypatch.setattr(gate.authenticator, "access_of", noted)
    assert [gate.probe(token).status_code for token in (known, new)] == [200, 200]
    assert read_anew == [known, new] and len(gate.authenticator.cache) == 1


def test_without_a_listener_keys_and_organisations_are_read_anew(gate: Gate) -> None:
    """What was remembered before it went may have changed since, and nobody would tell."""
    smaller = terms(organisation_ids=frozenset({NORTH}))
    with gate.database.transaction() as session:
        replace_grant(session, client_id=CLIENT, terms=smaller, now=now(), actor="test")
    token = gate.token()
    assert gate.probe(token).json()["organisations"] == [str(NORTH)]
    cache, ring, tree = gate.authenticator.cache, *remembered(gate)
    gate.authenticator.stop()
    assert not gate.authenticator.listener.is_trusted
    with gate.database.transaction() as session:
        session.add(organisation(WING, "Wing", NORTH))
    # As if they had been kept by a request that came between.
    cache.ring, cache.tree = ring, tree
    assert gate.authenticator.organisation_tree().subtree([NORTH]) == {NORTH, WING}
    cache.ring, cache.tree = ring, tree
    assert gate.probe(token).json()["organisations"] == sorted([str(NORTH), str(WING)])
    with gate.database.transaction() as session:
        rotate_keys_now(session)
    cache.ring, cache.tree = ring, tree
    assert gate.probe(token).status_code == 401


def remembered(gate: Gate) -> tuple[KeyRing, OrganisationTree]:
    """What the process keeps besides tokens."""
    ring, tree = gate.authenticator.cache.ring, gate.authenticator.cache.tree
    assert ring is not None and tree is not None
    return ring, tree


def test_a_result_read_before_a_change_is_not_kept_after_it(gate: Gate) -> None:
    token = gate.token()
    cache = gate.authenticator.cache
    generation = cache.generation
    access = gate.authenticator.access_of(token)
    remembered = next(iter(cache._entries.values()))
    assert access == remembered.access
    cache.take_notice(f"client:{CLIENT}")
    assert len(cache) == 0
    cache.keep(token, remembered, generation=generation)
    assert len(cache) == 0


@pytest.mark.parametrize("notice", [f"client:{CLIENT}", "grants"])
def test_what_is_found_after_reading_the_generation_is_of_it(gate: Gate, notice: str) -> None:
    """Nothing that a notice concerns is there when the generation tells that it came."""
    gate.authenticator.access_of(gate.token())
    cache = gate.authenticator.cache
    generation, there = cache.generation, list[int]()

    class Watched(dict[Any, Any]):
        def __delitem__(self, key: object) -> None:
            there.append(cache.generation)
            super().__delitem__(key)

        def clear(self) -> None:
            there.append(cache.generation)
            super().clear()

    cache._entries = Watched(cache._entries)
    cache.take_notice(notice)
    assert there == [generation] and cache.generation == generation + 1 and len(cache) == 0


def test_a_new_school_is_seen_by_whoever_has_its_parent(gate: Gate) -> None:
    smaller = terms(organisation_ids=frozenset({NORTH}))
    with gate.database.transaction() as session:
        replace_grant(session, client_id=CLIENT, terms=smaller, now=now(), actor="test")
    token = gate.token()
    assert gate.probe(token).json()["organisations"] == [str(NORTH)]
    with gate.database.transaction() as session:
        session.add(organisation(WING, "Wing", NORTH))
    expected = sorted([str(NORTH), str(WING)])
    wait_until(lambda: gate.probe(token).json()["organisations"] == expected)


def test_a_second_grant_in_the_same_period_is_refused(gate: Gate) -> None:
    with gate.database.transaction() as session, pytest.raises(Conflict, match="overlap"):
        grant(session, client_id=CLIENT, terms=terms(), now=now(), actor="test")


def test_a_grant_ends_and_begins_at_midnight_in_stockholm(gate: Gate) -> None:
    """The next midnight, since the gate's signing key was made just now."""
    last = local_day(now())
    clock = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=STOCKHOLM)
    # As the real one has it.
    gate.authenticator.clock = lambda: clock.astimezone(UTC)
    with gate.database.transaction() as session:
        until = terms(valid_to=last)
        replace_grant(session, client_id=CLIENT, terms=until, now=clock, actor="test")
    token = gate.token()
    assert gate.probe(token).status_code == 200
    assert len(gate.authenticator.cache) == 1
    clock += timedelta(seconds=1)
    assert gate.ask().json()["error"] == "unauthorized_client"
    assert gate.probe(token).status_code == 401


def test_a_remembered_token_gives_what_the_next_grant_gives_from_midnight_on(gate: Gate) -> None:
    """What was remembered before is not carried over, in either direction."""
    last = local_day(now())
    clock = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=STOCKHOLM)
    # As the real one has it.
    gate.authenticator.clock = lambda: clock.astimezone(UTC)
    smaller = terms(
        organisation_ids=frozenset({NORTH}),
        field_groups=frozenset(),
        valid_from=last + timedelta(days=1),
    )
    with gate.database.transaction() as session:
        replace_grant(
            session, client_id=CLIENT, terms=terms(valid_to=last), now=clock, actor="test"
        )
        grant(session, client_id=CLIENT, terms=smaller, now=clock, actor="test")
    token = gate.token()
    assert gate.probe(token).json()["organisations"] is None
    assert len(gate.authenticator.cache) == 1
    clock += timedelta(seconds=1)
    assert gate.probe(token).json()["organisations"] == [str(NORTH)]
    assert gate.probe(token).json()["fieldGroups"] == []


def test_a_remembered_token_is_refused_from_its_expiry_on(gate: Gate) -> None:
    """To the second, with the leeway that clocks are given."""
    issued = now().replace(microsecond=0) + timedelta(seconds=1)
    clock = issued
    gate.authenticator.clock = lambda: clock
    token = gate.token()
    assert gate.probe(token).status_code == 200
    clock = issued + timedelta(seconds=309)
    assert gate.probe(token).status_code == 200
    assert len(gate.authenticator.cache) == 1
    clock = issued + timedelta(seconds=310)
    answer = gate.probe(token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_rotated_signing_key_is_published_before_it_signs(gate: Gate) -> None:
    first = gate.token()
    with gate.database.transaction() as session:
        kid = rotate_signing_key(session, sealing_key=SEALING_KEY, now=now(), actor="test")
    published = [key["kid"] for key in gate.send("GET", "/oauth/jwks.json").json()["keys"]]
    assert kid in published and len(published) == 2
    header = first.split(".")[0]
    assert gate.token().split(".")[0] == header
    gate.authenticator.clock = lambda: now() + timedelta(minutes=3)
    assert gate.token().split(".")[0] != header
    assert gate.probe(first).status_code == 200
    gate.authenticator.clock = lambda: now() + timedelta(minutes=13)
    keys = gate.send("GET", "/oauth/jwks.json").json()["keys"]
    assert [key["kid"] for key in keys] == [kid] and "d" not in keys[0]
