"""Whether an object exists for the caller, and whose it is."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from app.queries.access import Access
from app.queries.facts.asking import ask, visible
from app.queries.resource import Resource


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object came from: an import, or a write through the gate."""

    is_imported: bool


def origin_of(
    session: Session, access: Access, resource: Resource, identity: UUID
) -> Origin | None:
    """The origin, unless there is no such object that the caller may see."""
    sql = (
        f"SELECT one.source_id IS NOT NULL AS is_imported FROM {resource.table} one "
        f"WHERE one.id = %(id)s AND {visible(access, resource.name, 'one')}"
    )
    rows = ask(session, access, sql, {"id": identity})
    return Origin(**rows[0]) if rows else None
