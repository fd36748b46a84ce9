"""What is over by itself does not wait for a service to be started anew."""

from datetime import timedelta

import pytest

from app.jobs import deliver_notices
from tests.subscriptions.conftest import Stage, working

OVER = {
    "idempotency_key": "(client_id, key, created, operation, body_hash) "
    "VALUES (%(name)s, %(name)s, %(at)s - interval '24 hours', 'x', '')",
    "revoked_token": "(jti, client_id, expires) "
    "VALUES (%(name)s, 'c', %(at)s - interval '10 minutes')",
    "used_assertion": "(jti, client_id, expires) "
    "VALUES (%(name)s, 'c', %(at)s - interval '10 minutes')",
    "signing_key": "(kid, public_jwk, private_jwk_encrypted, created, active_from, retired_at) "
    "VALUES (%(name)s, '{}', '', %(at)s, %(at)s, %(at)s - interval '24 hours')",
}
KEYS = {"idempotency_key": "key", "revoked_token": "jti", "used_assertion": "jti",
        "signing_key": "kid"}  # fmt: skip


@pytest.mark.parametrize("table", OVER)
def test_a_worker_forgets_again_and_again_what_is_over(
    stage: Stage, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its start and ever after; what is not over is kept."""

    def put(name: str, ago: timedelta) -> None:
        stage.sql(f"INSERT INTO {table} {OVER[table]}", name=name, at=stage.clock() - ago)

    def there() -> set[str]:
        column = KEYS[table]
        return {name for (name,) in stage.sql(f"SELECT {column} FROM {table}")} & {
            "first", "second", "young"
        }  # fmt: skip

    monkeypatch.setattr(deliver_notices, "TIDY_EVERY", 0.01)
    monkeypatch.setattr(deliver_notices, "LONGEST_WAIT", 0.05)
    put("young", -timedelta(minutes=5))
    put("first", timedelta(minutes=1))
    with working(stage):
        stage.receivers.wait_until(lambda: there() == {"young"})
        put("second", timedelta(minutes=1))
        stage.receivers.wait_until(lambda: there() == {"young"})
    stage.sql(f"DELETE FROM {table} WHERE {KEYS[table]} = 'young'")
