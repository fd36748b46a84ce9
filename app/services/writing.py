"""What every act of writing an object of the standard shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.errors import NotFound
from app.queries.access import Access
from app.queries.entity_tags import entity_tag
from app.queries.facts.asking import visible_persons
from app.queries.reading import read_within
from app.queries.resource import Resource
from app.schemas.drafts import Draft
from app.schemas.written import Reference
from app.services.findings import Findings
from app.services.idempotency import Answer, Attempt, answer_once

# How far the clocks of those who report may be ahead of ours.
LEEWAY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Writing:
    """One act: under whose rights, when, and the id that a new object gets."""

    access: Access
    now: datetime
    new_id: UUID

    @property
    def latest(self) -> datetime:
        """What has happened has happened before this."""
        return self.now + LEEWAY


@dataclass(frozen=True, slots=True)
class Written:
    """The object that was written, and everyone whom it names or is about."""

    id: UUID
    person_ids: frozenset[UUID]


Create = Callable[[Session, Writing, Draft[Any]], Written]


def create(
    session: Session,
    resource: Resource,
    attempt: Attempt,
    writing: Writing,
    *,
    draft: Callable[[], Draft[Any]],
    act: Create,
) -> Answer:
    """Make an object, and answer it as reading it answers, in one transaction."""

    def made() -> Answer:
        written = act(session, writing, draft())
        document = read_within(
            session,
            writing.access,
            resource,
            written.id,
            operation=attempt.operation,
            request_id=attempt.request_id,
        )
        if document is None:
            # Meanwhile a marking or a unit changed: it is not for this caller to write.
            raise NotFound(f"There is no such object in {resource.path} for this consumer.")
        headers = {"ETag": entity_tag(writing.access, document)}
        return Answer(document, headers=headers, person_ids=written.person_ids)

    return answer_once(session, writing.access, attempt, made)


def find_persons(
    session: Session, access: Access, findings: Findings, named: Mapping[str, Reference | None]
) -> frozenset[UUID]:
    """Those of the persons at these paths who exist for the caller; of the others it is told."""
    ids = {path: reference.id for path, reference in named.items() if reference is not None}
    seen = visible_persons(session, access, frozenset(ids.values()))
    for path, identity in ids.items():
        if identity not in seen:
            findings.miss(f"{path}.id", "person")
    return seen
