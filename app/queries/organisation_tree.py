"""The city's organisation tree, small enough to be kept in memory by each process."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from app.models.organisations import Organisation


@dataclass(frozen=True, slots=True)
class OrganisationTree:
    """Every organisation's children. Names are not kept: this only answers "which ones"."""

    children: dict[UUID | None, tuple[UUID, ...]]

    def subtree(self, roots: Iterable[UUID]) -> frozenset[UUID]:
        """The roots that exist and everything below them."""
        known = {organisation for siblings in self.children.values() for organisation in siblings}
        found: set[UUID] = set()
        waiting = [root for root in roots if root in known]
        while waiting:
            organisation = waiting.pop()
            if organisation not in found:
                found.add(organisation)
                waiting.extend(self.children.get(organisation, ()))
        return frozenset(found)

    def is_whole(self, organisations: frozenset[UUID]) -> bool:
        """Whether these are all the organisations there are."""
        return sum(map(len, self.children.values())) == len(organisations)


def organisation_tree(session: Session) -> OrganisationTree:
    """Read the tree. Not school data about anyone, so it takes no Access."""
    children: dict[UUID | None, list[UUID]] = {}
    rows = session.exec(select(Organisation.id, col(Organisation.parent_id)))
    for organisation, parent in rows:
        children.setdefault(parent, []).append(organisation)
    return OrganisationTree({parent: tuple(below) for parent, below in children.items()})


def has_organisations(session: Session) -> bool:
    """Whether any city is there at all."""
    return session.exec(select(Organisation.id).limit(1)).first() is not None
