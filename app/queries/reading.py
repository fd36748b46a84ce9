"""Answers the three questions that every SS 12000 resource takes: list, lookup, by id.

Each answers bytes that PostgreSQL rendered, and has logged the reading when it returns.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlmodel import Session

from app.database import Database
from app.errors import TooLarge
from app.queries.access import Access
from app.queries.resource import Resource, Shape
from app.queries.statements import (
    ListQuestion,
    by_id_statement,
    keeps_plan,
    list_statement,
    lookup_statement,
    parameter,
)
from app.queries.table_versions import TablesVersion, tables_of


@dataclass(frozen=True, slots=True)
class Continued:
    """Where the previous page ended. `key` is None when rows are in the order of their ids."""

    key: str | None
    id: str


@dataclass(frozen=True, slots=True)
class Shaping:
    """What an answer carries besides the objects themselves: names of references, expansions."""

    names: bool = False
    expand: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """A list as it was asked for, parsed. `record` is what the access log shows of it."""

    values: dict[str, Any]
    limit: int
    shaping: Shaping = Shaping()
    sortkey: str | None = None
    after: Continued | None = None
    record: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's objects as JSON, comma-separated, and where it ended if there is more.

    `version` is that of the tables that were read.
    """

    objects: bytes
    next: Continued | None
    version: TablesVersion


@dataclass(frozen=True, slots=True)
class Found:
    """An object's JSON, and the version of the tables that it was read from.

    `until`: when time alone changes it.
    """

    document: bytes
    version: TablesVersion
    until: datetime | None = None


def list_question(access: Access, resource: Resource, question: Question) -> ListQuestion:
    """What decides the SQL of a list that is asked for by this caller."""
    arrays = {name for name, value in question.values.items() if isinstance(value, list)}
    return ListQuestion(
        resource.name,
        Shape.of(access, names=question.shaping.names, expand=question.shaping.expand),
        frozenset(question.values),
        question.sortkey,
        continued=question.after is not None,
        single=frozenset(name for name in arrays if len(question.values[name]) == 1),
    )


def list_values(
    access: Access, resource: Resource, question: Question, *, request_id: str
) -> dict[str, Any]:
    """The values that a list's statement takes, those of its access record among them."""
    values = rights_values(access) | recorded_by(access, f"{resource.name}.list", request_id)
    values |= {parameter(name): value for name, value in question.values.items()}
    values |= {"filters": Jsonb(question.record), "sort_order": question.sortkey}
    if question.after:
        values |= {"after_key": question.after.key, "after_id": question.after.id}
    return values


async def read_page(
    database: Database, access: Access, resource: Resource, question: Question, *, request_id: str
) -> Page:
    """One page of a list. Raises DatabaseUnavailable."""
    values = list_values(access, resource, question, request_id=request_id)
    values["limit"] = question.limit
    asked = list_question(access, resource, question)
    statement = list_statement(asked)
    objects, more, key, last, number = await database.asking.read(
        statement, values, keep_plan=keeps_plan(asked)
    )
    version = _version(statement, number)
    if more != b"t" or last is None:
        return Page(objects or b"", None, version)
    position = Continued(key.decode() if key is not None else None, last.decode())
    return Page(objects or b"", position, version)


async def read_by_id(
    database: Database,
    access: Access,
    resource: Resource,
    identifier: UUID,
    *,
    shaping: Shaping,
    request_id: str,
) -> Found | None:
    """The object; None when there is none that the caller may see."""
    shape = Shape.of(access, names=shaping.names, expand=shaping.expand)
    values = rights_values(access) | recorded_by(access, f"{resource.name}.byId", request_id)
    asked = {"id": [str(identifier)], **_expanded(shaping)}
    values |= {"id": identifier, "filters": Jsonb(asked), "sort_order": None}
    statement = by_id_statement(resource.name, shape)
    document, _count, number = await database.asking.read(statement, values, keep_plan=True)
    return Found(document, _version(statement, number)) if document else None


def read_within(
    session: Session,
    access: Access,
    resource: Resource,
    identifier: UUID,
    *,
    operation: str,
    request_id: str,
) -> bytes | None:
    """As a plain by-id answer, within a transaction that writes; logged as that operation."""
    values = rights_values(access) | recorded_by(access, operation, request_id)
    values |= {
        "id": identifier,
        "filters": Jsonb({"id": [str(identifier)]}),
        "sort_order": None,
    }
    statement = by_id_statement(resource.name, Shape.of(access)).decode()
    document: str = session.connection().exec_driver_sql(statement, values).one()[0]
    return document.encode() or None


def read_lookup(
    database: Database,
    access: Access,
    resource: Resource,
    keys: dict[str, list[Any]],
    *,
    shaping: Shaping,
    most: int,
    request_id: str,
) -> bytes:
    """The objects that match any of the keys, comma-separated.

    Raises TooLarge when there are more than `most`; then nothing was read out and nothing logged.
    """
    shape = Shape.of(access, names=shaping.names, expand=shaping.expand)
    values = rights_values(access) | recorded_by(access, f"{resource.name}.lookup", request_id)
    values |= {parameter(name): value for name, value in keys.items()}
    values |= {
        "limit": most,
        # Which keys were used; the persons answered about stand in person_ids.
        "filters": Jsonb(
            {name: [str(len(value))] for name, value in keys.items()} | _expanded(shaping)
        ),
        "sort_order": None,
    }
    statement = lookup_statement(resource.name, shape, frozenset(keys))
    documents, count, _number = database.read_bytes(statement, values)
    if count is None or int(count) > most:
        message = f"The answer would hold more than {most} objects. Split the lookup and ask again."
        raise TooLarge(message)
    return documents or b""


def _version(statement: bytes, number: bytes | None) -> TablesVersion:
    assert number is not None, "every answer is made of some table"
    return TablesVersion(tables_of(statement), int(number))


def _expanded(shaping: Shaping) -> dict[str, list[str]]:
    """Expansions may show others than the objects' own persons, so the log names them."""
    return {"expand": sorted(shaping.expand)} if shaping.expand else {}


def rights_values(access: Access) -> dict[str, Any]:
    """The values of the parameters that visibility conditions use."""
    values: dict[str, Any] = {
        "organisations": list(access.organisation_ids or ()),
        "school_types": sorted(access.school_types or ()),
    }
    if access.view is not None:
        values |= {
            "me": access.acting_person_id,
            "own": list(access.view.own),
            "in_view": list(access.view.everyone),
            "units": list(access.view.units),
            "today": access.today,
        }
    return values


def recorded_by(access: Access, operation: str, request_id: str) -> dict[str, Any]:
    """The values of what an access record says of every answer."""
    return {
        "request_id": request_id,
        "client_id": access.client_id,
        "grant_id": access.grant_id,
        "acting_person_id": access.acting_person_id,
        "operation": operation,
        # An array as PostgreSQL writes it: words that need no quotes, and cheaper than a list.
        "record_groups": f"{{{','.join(sorted(access.field_groups))}}}",
    }
