"""Deletes an object that was written through the gate."""

from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session

from app.errors import Conflict, NotFound
from app.queries.access import Access
from app.queries.facts.deleting import origin_of
from app.queries.reading import read_within
from app.queries.resource import Resource
from app.services.change_clock import next_stamp
from app.services.import_tables import table_of
from app.services.preconditions import IfMatch, check_tag
from app.services.tombstones import bury


def delete_object(
    session: Session,
    access: Access,
    resource: Resource,
    identity: UUID,
    *,
    if_match: IfMatch,
    request_id: str,
) -> None:
    """Delete one object and leave a tombstone.

    Raises NotFound for what the caller may not see, PreconditionFailed, and Conflict for what
    comes from a source: there it would still be.
    """
    # A wrong id must make nobody wait for the clock.
    _check(session, access, resource, identity)
    stamp = next_stamp(session)
    _check(session, access, resource, identity)
    document = read_within(
        session, access, resource, identity,
        operation=f"{resource.name}.delete", request_id=request_id,
    )  # fmt: skip
    if document is None:
        raise _absent(resource)
    check_tag(access, if_match, document)
    bury(session, resource.name, [identity], stamp=stamp)
    table = table_of(resource.table)
    session.execute(delete(table).where(table.c.id == identity))


def _check(session: Session, access: Access, resource: Resource, identity: UUID) -> None:
    origin = origin_of(session, access, resource, identity)
    if origin is None:
        raise _absent(resource)
    if origin.is_imported:
        raise Conflict(
            "This object comes from a source system and would come back with its next import. "
            "Delete it in that system; the import removes it here."
        )


def _absent(resource: Resource) -> NotFound:
    return NotFound(f"There is no such object in {resource.path} for this consumer.")
