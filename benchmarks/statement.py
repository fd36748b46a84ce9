"""The service's statement for a page of lessons, with its values written in, for pgbench."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from app.queries.access import FieldGroup, Scope
from app.queries.resource import Shape
from app.queries.statements import ListQuestion, list_statement, parameter


def lessons_statement(
    connection: "psycopg.Connection[tuple[object, ...]]",
    organisation: str,
    window: Mapping[str, str],
) -> str:
    """As the service sends it for a consumer that may see the whole city."""
    shape = Shape(
        names=False,
        expand=frozenset(),
        scopes=frozenset(Scope),
        field_groups=frozenset({FieldGroup.GUARDIANS}),
        whole_city=True,
        one_organisation=False,
        every_school_type=True,
        sees_protected=False,
    )
    times = {name: value for name, value in window.items() if name.startswith("startTime")}
    given = frozenset({"organisation", *times})
    question = ListQuestion(
        "calendarEvents", shape, given, None, continued=False, single=frozenset({"organisation"})
    )
    values: dict[str, object] = {
        parameter(name): datetime.fromisoformat(value) for name, value in times.items()
    }
    values |= {
        "organisation": [UUID(organisation)],
        "limit": int(window["limit"]),
        "request_id": uuid4().hex,
        "client_id": "pgbench",
        "grant_id": None,
        "acting_person_id": None,
        "operation": "calendarEvents.list",
        "filters": Jsonb({"organisation": [organisation]}),
        "sort_order": None,
        "record_groups": "{}",
        "organisations": [],
        "school_types": [],
    }
    cursor = psycopg.ClientCursor(connection)
    return cursor.mogrify(list_statement(question), values)
