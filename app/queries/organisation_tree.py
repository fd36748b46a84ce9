"""The city's organisation tree, small enough to be kept in memory by each process."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from app.models.change_stamps import TableVersion
from app.models.organisations import Organisation
from app.queries.table_versions import TREE


@dataclass(frozen=True, slots=True)
class OrganisationTree:
    """Every organisation's children. Names are not kept: this only answers "which ones".

    `version` is at most that of the table that it was read from.
    """

    children: dict[UUID | None, tuple[UUID, ...]]
    known: frozenset[UUID]
    version: int

    def subtree(self, roots: Iterable[UUID]) -> frozenset[UUID]:
        """The roots that exist and everything below them."""
        found: set[UUID] = set()
        waiting = [root for root in roots if root in self.known]
        while waiting:
            organisation = waiting.pop()
            if organisation not in found:
                found.add(organisation)
                waiting.extend(self.children.get(organisation, ()))
        return frozenset(found)

    def is_whole(self, organisations: frozenset[UUID]) -> bool:
        """Whether these are all the organisations there are."""
        return organisations == self.known


def organisation_tree(session: Session) -> OrganisationTree:
    """Read the tree. Not school data about anyone, so it takes no Access."""
    version = session.exec(select(TableVersion.version).where(TableVersion.name == TREE)).one()
    children: dict[UUID | None, list[UUID]] = {}
    rows = session.exec(select(Organisation.id, col(Organisation.parent_id)))
    for organisation, parent in rows:
        children.setdefault(parent, []).append(organisation)
    known = frozenset(organisation for below in children.values() for organisation in below)
    frozen = {parent: tuple(below) for parent, below in children.items()}
    return OrganisationTree(frozen, known, version)


def has_organisations(session: Session) -> bool:
    """Whether any city is there at all."""
    return session.exec(select(Organisation.id).limit(1)).first() is not None
