"""Answers a request that is sent again with what it was answered the first time.

For any POST of any door. The key is claimed first in the transaction that does the work, so that
of two requests at once the second waits, and then gets the first one's answer or its turn.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, delete

from app.errors import IdempotencyKeyReused, NotFound
from app.models.idempotency import IdempotencyKey
from app.queries.access import Access
from app.queries.facts.replays import log_replay

KEPT = timedelta(hours=24)

# A key whose time is over is free, though nobody has deleted it yet.
CLAIM = text("""
INSERT INTO idempotency_key AS kept (client_id, key, created, operation, body_hash)
VALUES (:client_id, :key, :now, :operation, :body_hash)
ON CONFLICT (client_id, key) DO UPDATE
   SET created = excluded.created, operation = excluded.operation,
       body_hash = excluded.body_hash, status = NULL, content = NULL, headers = NULL,
       person_ids = NULL, field_groups = NULL
 WHERE kept.created <= :forgotten
RETURNING TRUE""")
KEEP = text("""
UPDATE idempotency_key
   SET status = :status, content = :content, headers = CAST(:headers AS jsonb),
       person_ids = :person_ids, field_groups = :field_groups
 WHERE client_id = :client_id AND key = :key""")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request as its caller may send it again. `body` is what was sent, parsed.

    `operation` is its name in the access log.
    """

    key: str | None
    operation: str
    body: object
    now: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered. `person_ids`: everyone whom the content names or is about."""

    content: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    person_ids: frozenset[UUID] = frozenset()
    is_replay: bool = False


def answer_once(
    session: Session, access: Access, attempt: Attempt, act: Callable[[], Answer]
) -> Answer:
    """What `act` answers, or answered when the same request was sent before.

    Without a key `act` is simply done. What is refused keeps no answer. Raises
    IdempotencyKeyReused for a key that came with something else, NotFound when the first answer
    holds what the caller may no longer see.
    """
    if attempt.key is None:
        return act()
    named = {"client_id": _owner(access), "key": attempt.key}
    claim = {
        "now": attempt.now,
        "forgotten": attempt.now - KEPT,
        "operation": attempt.operation,
        "body_hash": _digest(attempt.body),
    }
    if session.execute(CLAIM, named | claim).first() is None:
        return _replay(session, access, attempt)
    answer = act()
    kept = {
        "status": answer.status,
        "content": answer.content,
        "headers": json.dumps(answer.headers),
        "person_ids": list(answer.person_ids),
        "field_groups": sorted(access.field_groups),
    }
    session.execute(KEEP, named | kept)
    return answer


def forget_old_keys(session: Session, *, now: datetime) -> None:
    """Delete the answers whose time is over."""
    session.execute(delete(IdempotencyKey).where(col(IdempotencyKey.created) <= now - KEPT))


def _replay(session: Session, access: Access, attempt: Attempt) -> Answer:
    kept = session.get_one(IdempotencyKey, (_owner(access), attempt.key))
    if kept.operation != attempt.operation or kept.body_hash != _digest(attempt.body):
        raise IdempotencyKeyReused(
            "This Idempotency-Key was sent before with another body or to another operation. Send "
            "the first request unchanged to get its answer, or a new key with a new request."
        )
    assert kept.status is not None and kept.content is not None
    persons = frozenset(kept.person_ids or ())
    # Person references carry what the rights of the first request allowed.
    may_again = set(kept.field_groups or ()) <= access.field_groups and log_replay(
        session,
        access,
        operation=attempt.operation,
        persons=persons,
        request_id=attempt.request_id,
    )
    if not may_again:
        raise NotFound(
            "The answer to the first request with this Idempotency-Key is no longer there for "
            "this consumer."
        )
    headers = kept.headers if isinstance(kept.headers, dict) else {}
    return Answer(kept.content, kept.status, headers, persons, is_replay=True)


def _owner(access: Access) -> str:
    """Whose key it is: an app's people know nothing of each other's."""
    if access.acting_person_id is None:
        return access.client_id
    return f"{access.client_id} {access.acting_person_id}"


def _digest(body: object) -> bytes:
    """Equal for bodies that say the same, however they are written."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
