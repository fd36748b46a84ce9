"""What a consumer must no longer hold: the deleted, and what has left its view.

Nothing is kept per consumer but the tombstones. What has left a view is found with the same
conditions as what is in it: visible under the rights that counted since then, and not today.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlmodel import Session

from app.database import Database
from app.queries.access import Access, FieldGroup
from app.queries.organisation_tree import OrganisationTree
from app.queries.persons import PERSONS
from app.queries.reading import recorded_by, rights_values
from app.queries.resource import UNPROTECTED, Render, Resource, Shape
from app.queries.ss12000 import CATALOGUE
from app.queries.statements import RECORDED, ROW

FIRST_ID = UUID(int=0)
NEWLY_PROTECTED = "ARRAY(SELECT person_id FROM marking_change WHERE at > %(after)s)"
EVERY_PROTECTED = f"ARRAY(SELECT id FROM person WHERE security_marking <> '{UNPROTECTED}')"


class RenderSince(Render):
    """Conditions as they were at some time since `after`: whoever came under protection counts."""

    def is_protected(self, person: str) -> str:
        """Protected now, and all the time since."""
        return (
            f"({super().is_protected(person)} AND NOT EXISTS (SELECT 1 FROM marking_change mc "
            f"WHERE mc.person_id = {person}.id AND mc.at > %(after)s))"
        )


@dataclass(frozen=True, slots=True)
class Past:
    """The consumer's other rights that counted since `after`, and the city's tree."""

    after: datetime
    rights: Sequence[Access]
    tree: OrganisationTree


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the resource and the last id."""

    resource: str
    id: UUID


@dataclass(frozen=True, slots=True)
class DeletedQuestion:
    """What is asked for: resources in the order in which they are gone through."""

    resources: Sequence[Resource]
    limit: int
    position: Position | None = None
    record: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeletedPage:
    """Ids by resource, and where the page ended if there is more."""

    ids: dict[str, list[str]]
    next: Position | None


def visible_ids(
    session: Session, access: Access, resource: Resource, ids: Sequence[UUID]
) -> set[UUID]:
    """Of these objects, those that the caller may see."""
    visible = resource.visible(Render(Shape.of(access), CATALOGUE), ROW)
    statement = (
        f"SELECT {ROW}.id FROM {resource.table} {ROW} WHERE {ROW}.id = ANY(%(ids)s) AND {visible}"
    )
    values = rights_values(access) | {"ids": list(ids)}
    return set(session.connection().exec_driver_sql(statement, values).scalars())


def read_deleted(
    database: Database, access: Access, past: Past, question: DeletedQuestion, *, request_id: str
) -> DeletedPage:
    """One page of what the caller must drop. `access`: all that its grant gives today."""
    found: dict[str, list[str]] = {}
    left, end = question.limit, None
    for resource, start in _from(question):
        ids = _gone(database, access, past, resource, start=start, limit=left + 1)
        if len(ids) > left:
            end = Position(resource.name, UUID(ids[left - 1]) if left else start)
            ids = ids[:left]
        if ids:
            found[resource.name] = ids
        left -= len(ids)
        if end is not None:
            break
    if found:
        _record(database, access, found, question.record, request_id)
    return DeletedPage(found, end)


def has_deletions(
    database: Database, access: Access, past: Past, resources: Sequence[Resource]
) -> bool:
    """Whether there is anything that the caller must drop. Discloses nothing, so logs nothing."""
    return any(
        _gone(database, access, past, resource, start=FIRST_ID, limit=1) for resource in resources
    )


def _from(question: DeletedQuestion) -> Iterator[tuple[Resource, UUID]]:
    """The resources that are left, each with the id after which to go on."""
    begun = question.position is None
    for resource in question.resources:
        if question.position is not None and resource.name == question.position.resource:
            begun = True
            yield resource, question.position.id
        elif begun:
            yield resource, FIRST_ID


def _gone(
    database: Database, access: Access, past: Past, resource: Resource, *, start: UUID, limit: int
) -> list[str]:
    values: dict[str, Any] = rights_values(access) | {
        "resource": resource.name, "after": past.after, "client_id": access.client_id,
        "start": start, "limit": limit,
    }  # fmt: skip
    visible = f"({resource.visible(Render(Shape.of(access), CATALOGUE), ROW)})"
    if resource.scope not in access.scopes:
        visible = "FALSE"
    parts = [
        "SELECT object_id AS id FROM tombstone WHERE resource = %(resource)s "
        "AND deleted > %(after)s AND seen_by @> ARRAY[%(client_id)s] AND object_id > %(start)s"
    ]
    for number, box in enumerate(_boxes(access, past, resource)):
        was = resource.visible(RenderSince(Shape.of(box.access), CATALOGUE), ROW)
        for name, value in rights_values(box.access).items():
            was = was.replace(f"%({name})s", f"%({name}_{number})s")
            values[f"{name}_{number}"] = value
        parts.append(
            f"SELECT {ROW}.id FROM {resource.table} {ROW} WHERE {ROW}.id > %(start)s "
            f"AND {box.among} AND {was} AND {visible} IS NOT TRUE"
        )
    each = " UNION ".join(f"({part} ORDER BY 1 LIMIT %(limit)s)" for part in parts)
    statement = (
        f"SELECT array_to_string(ARRAY(SELECT gone.id FROM ({each}) gone "
        "ORDER BY 1 LIMIT %(limit)s), ',')"
    )
    (ids,) = database.read_bytes(statement.encode(), values)
    return ids.decode().split(",") if ids else []


@dataclass(frozen=True, slots=True)
class _Box:
    """Rights of before, and a condition that finds the rows that may have left by an index."""

    access: Access
    among: str = "TRUE"


def _boxes(now: Access, past: Past, resource: Resource) -> Iterator[_Box]:
    """Where rows that have left the view can be: few places, and most often none."""
    if resource.of_persons and resource.scope in now.scopes and not now.sees_protected:
        yield _Box(now, _of(resource, NEWLY_PROTECTED))
    for before in past.rights:
        if resource.scope not in before.scopes:
            continue
        if resource.scope not in now.scopes or _lost_more_than_places(before, now):
            yield _Box(before)
            continue
        lost = _known(before, past.tree) - _known(now, past.tree)
        if lost and before.organisation_ids is None and resource is PERSONS:
            # Who may see the whole city sees also those who are tied to no place in it.
            yield _Box(before)
        elif lost:
            yield _Box(replace(before, organisation_ids=lost))
        if before.sees_protected and not now.sees_protected and resource.of_persons:
            yield _Box(before, _of(resource, EVERY_PROTECTED))


def _lost_more_than_places(before: Access, now: Access) -> bool:
    """Whether rows can have left other than by place or by protection."""
    forms = now.school_types is not None and (
        before.school_types is None or not before.school_types <= now.school_types
    )
    guardians = before.may_read(FieldGroup.GUARDIANS) and not now.may_read(FieldGroup.GUARDIANS)
    return forms or guardians


def _known(access: Access, tree: OrganisationTree) -> frozenset[UUID]:
    return tree.known if access.organisation_ids is None else access.organisation_ids


def _of(resource: Resource, persons: str) -> str:
    assert resource.of_persons is not None
    return f"{ROW}.id IN ({resource.of_persons.format(p=persons)})"


def _record(
    database: Database,
    access: Access,
    found: dict[str, list[str]],
    record: dict[str, list[str]],
    request_id: str,
) -> None:
    """Ids alone tell little, but that someone is gone is told of a person."""
    columns = "%(row_count)s, NULL, NULL, %(person_ids)s::uuid[] RETURNING 1"
    values = recorded_by(access, "deletedEntities.list", request_id) | {
        "filters": Jsonb(record), "sort_order": None, "row_count": sum(map(len, found.values())),
        "person_ids": found.get("persons", []),
    }  # fmt: skip
    database.read_bytes(RECORDED.format(columns=columns).encode(), values)
