"""Buries objects: what `/deletedEntities` will tell of them, and to whom."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from app.auth.consumer_access import accesses_of_consumers
from app.models.change_stamps import Tombstone
from app.queries.access import Access
from app.queries.deletions import visible_ids
from app.queries.entity_tags import rights
from app.queries.ss12000 import CATALOGUE

Sight = Mapping[UUID, list[str]]


def who_sees(
    session: Session, resource: str, ids: Collection[UUID], *, now: datetime
) -> dict[UUID, list[str]]:
    """For each object, the client ids of the consumers that may see it.

    To be asked before anything is taken away that makes the object visible.
    """
    found: dict[UUID, list[str]] = {identity: [] for identity in ids}
    alike: dict[bytes, list[Access]] = {}
    for access in accesses_of_consumers(session, now=now):
        if CATALOGUE[resource].scope in access.scopes:
            alike.setdefault(rights(access, whose=False), []).append(access)
    for accesses in alike.values():
        seen = visible_ids(session, accesses[0], CATALOGUE[resource], list(ids))
        for identity in seen:
            found[identity] += [access.client_id for access in accesses]
    return found


def bury(
    session: Session,
    resource: str,
    ids: Collection[UUID],
    *,
    stamp: datetime,
    seen: Sight | None = None,
) -> None:
    """Leave tombstones for objects that are about to be deleted.

    `seen`: who saw them, asked before; unless given it is asked now.
    """
    if not ids:
        return
    seen = who_sees(session, resource, ids, now=stamp) if seen is None else seen
    statement = insert(Tombstone).values(
        [
            {"resource": resource, "object_id": identity, "deleted": stamp,
             "seen_by": sorted(seen[identity])}
            for identity in ids
        ]
    )  # fmt: skip
    replaced = {"deleted": stamp, "seen_by": statement.excluded.seen_by}
    session.execute(
        statement.on_conflict_do_update(index_elements=["resource", "object_id"], set_=replaced)
    )
