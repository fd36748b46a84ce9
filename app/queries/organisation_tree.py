"""The city's organisation tree, small enough to be kept in memory by each process."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from sqlmodel import Session, col, select

from app.models.change_stamps import OrganisationMove, TableVersion
from app.models.organisations import Organisation
from app.queries.table_versions import TREE

# As many as there are grants and heads; a whole city's is some hundred ids.
MOST_SUBTREES = 1_000


@dataclass(frozen=True, slots=True)
class OrganisationTree:
    """Every organisation's children. Names are not kept: this only answers "which ones".

    `version` is at most that of the table that it was read from.
    """

    children: dict[UUID | None, tuple[UUID, ...]]
    known: frozenset[UUID]
    version: int
    _found: dict[frozenset[UUID], frozenset[UUID]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def subtree(self, roots: Iterable[UUID]) -> frozenset[UUID]:
        """The roots that exist and everything below them; remembered, for a few sets of roots."""
        asked = frozenset(roots)
        known = self._found.get(asked)
        if known is None:
            known = self._below(asked)
            if len(self._found) < MOST_SUBTREES:
                self._found[asked] = known
        return known

    def _below(self, roots: frozenset[UUID]) -> frozenset[UUID]:
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
    rows = session.exec(select(Organisation.id, col(Organisation.parent_id)))
    return _tree_of(dict(rows.all()), version)


def former_trees(
    session: Session, tree: OrganisationTree, *, since: datetime
) -> Iterator[OrganisationTree]:
    """The trees that counted at some time since then, before today's; the last one first."""
    moves = session.exec(
        select(OrganisationMove)
        .where(col(OrganisationMove.at) > since)
        .order_by(col(OrganisationMove.at).desc())
    )
    parents = {child: parent for parent, below in tree.children.items() for child in below}
    for _at, moved in groupby(moves, key=attrgetter("at")):
        parents |= {move.organisation_id: move.from_parent_id for move in moved}
        yield _tree_of(parents, tree.version)


def _tree_of(parents: Mapping[UUID, UUID | None], version: int) -> OrganisationTree:
    children: dict[UUID | None, list[UUID]] = {}
    for organisation, parent in parents.items():
        children.setdefault(parent, []).append(organisation)
    frozen = {parent: tuple(below) for parent, below in children.items()}
    return OrganisationTree(frozen, frozenset(parents), version)


def has_organisations(session: Session) -> bool:
    """Whether any city is there at all."""
    return session.exec(select(Organisation.id).limit(1)).first() is not None
