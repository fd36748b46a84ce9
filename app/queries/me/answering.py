"""Runs the statements of `/me/v1`: what is answered, and its access record, in one transaction."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from app.database import Database
from app.queries.access import Access, View
from app.queries.reading import Found, recorded_by, rights_values
from app.queries.resource import Render, Shape
from app.queries.ss12000 import CATALOGUE
from app.queries.statements import RECORDED
from app.queries.table_versions import TablesVersion, tables_of, version_sql


def view_of(access: Access) -> View:
    """The view of someone who is signed in; the door admits nobody else."""
    assert access.view is not None, "for somebody who is signed in"
    return access.view


def people_of(access: Access) -> frozenset[UUID]:
    """Whom `/me/v1` is about: the person and their children, as far as the app may show them."""
    view = view_of(access)
    return frozenset(one for one in view.own if one == access.acting_person_id) | view.children


def render_of(shape: Shape) -> Render:
    """What the resources' declarations are rendered with."""
    return Render(shape, CATALOGUE)


def seen(render: Render, resource: str, alias: str) -> str:
    """The condition under which the caller may see a row that is found otherwise.

    The SELECT around it has PostgreSQL ask it of those few rows, where it could also read whole
    tables once, to know it of any row at all.
    """
    return f"(SELECT {render.visible(resource, alias)})"


def recorded(count: str, persons: str, *, of: str) -> str:
    """A CTE that writes the access record: so many rows, about these persons, `of` these rows.

    No record where there are no rows.
    """
    columns = f"{count}, NULL, NULL, {persons} FROM {of} HAVING count(*) > 0"
    return f"logged AS ({RECORDED.format(columns=columns)})"


def with_version(statement: str) -> bytes:
    """The statement, whose last SELECT ends in `{version}`, with the version of what it reads."""
    version = version_sql(statement.encode())
    return statement.replace("{version}", version).encode()


def values_for(
    access: Access,
    operation: str,
    request_id: str,
    *,
    filters: Mapping[str, list[str]],
    people: Collection[UUID] | None = None,
) -> dict[str, Any]:
    """The values that every statement takes: rights, people, and what the record says.

    `people`: those of `people_of`, unless only some of them are asked for.
    """
    values = rights_values(access) | recorded_by(access, operation, request_id)
    return values | {
        "filters": Jsonb(dict(filters)),
        "sort_order": None,
        "people": sorted(people_of(access) if people is None else people),
    }


def run(
    database: Database, access: Access, statement: bytes, values: Mapping[str, Any]
) -> Found | None:
    """The one document that a statement answers with the version of its tables, and perhaps with
    when time alone changes it; None when it answers NULL. Raises DatabaseUnavailable.
    """
    assert values["client_id"] == access.client_id
    # The persons are few and named, so one plan is right for everyone; planning costs several
    # times what the statement does.
    document, number, *until = database.read_bytes(statement, values, one_plan=True)
    if document is None:
        return None
    assert number is not None, "every answer is made of some table"
    moments = [datetime.fromtimestamp(float(moment), UTC) for moment in until if moment]
    version = TablesVersion(tables_of(statement), int(number))
    return Found(document, version, min(moments, default=None))
