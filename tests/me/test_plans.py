"""No statement of `/me/v1` reads a table whole, whoever asks: PostgreSQL's own plans say so."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from app.database import SESSION_OPTIONS, open_database
from app.database.embedded import EmbeddedPostgres
from app.queries.access import PERSONAL_SCOPES
from app.queries.me.attendance import attendance_statement
from app.queries.me.children import children_statement
from app.queries.me.lessons import lessons_statement
from app.queries.me.roster import roster_statement
from app.queries.me.today import today_statement
from app.queries.resource import Shape
from app.services.demo_city import load_demo_city
from app.sources.demo_city.plan import FEWEST_PUPILS
from tests.conftest import create_database, drop_database
from tests.ss12000.test_plans import nodes

# In a small city whole tables are read and kept for joining, and rightly.
AS_IN_A_LARGE_CITY = "; ".join(
    f"SET enable_{way} = off" for way in ("seqscan", "hashjoin", "mergejoin", "material")
)
STATEMENTS = {
    "today": today_statement,
    "lessons": lessons_statement,
    "children": children_statement,
    "attendance": attendance_statement,
    "roster": roster_statement,
}
# Few rows whatever the city's size, and not of anybody.
SMALL = {"source", "import_run", "table_version"}
SHAPES = [
    Shape(names=False, expand=frozenset(), scopes=PERSONAL_SCOPES, field_groups=frozenset(),
          whole_city=whole, one_organisation=False, every_school_type=whole, sees_protected=False,
          personal=True)
    for whole in (True, False)
]  # fmt: skip


@pytest.fixture(scope="module")
def planner(server: EmbeddedPostgres, migrated: str) -> Iterator["psycopg.Connection[Any]"]:
    """A connection to a city that plans as a larger one would."""
    create_database(server, "me_plans", template=migrated)
    database = open_database(server.url("me_plans"), pool_size=1)
    load_demo_city(database, pupils=FEWEST_PUPILS, seed=1, today=date(2026, 11, 24),
                   progress=lambda *_: None, history_days=2)  # fmt: skip
    database.close()
    with psycopg.connect(
        server.url("me_plans"), options=SESSION_OPTIONS, autocommit=True
    ) as connection:
        connection.execute(AS_IN_A_LARGE_CITY.encode())
        yield connection
    drop_database(server, "me_plans")


def kept_plan(connection: "psycopg.Connection[Any]", statement: bytes) -> dict[str, Any]:
    """The plan that is made without knowing any value."""
    numbers: dict[str, int] = {}

    def numbered(found: "re.Match[str]") -> str:
        return f"${numbers.setdefault(found[1], len(numbers) + 1)}"

    text = re.sub(r"%\((\w+)\)s", numbered, statement.decode()).replace("%%", "%")
    row = connection.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}".encode()).fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


@pytest.mark.parametrize("whole_city", [True, False])
@pytest.mark.parametrize("name", STATEMENTS)
def test_rows_are_found_by_what_names_them(
    planner: "psycopg.Connection[Any]", name: str, *, whole_city: bool
) -> None:
    """By an index: a person by id, not through everyone in view; attendance by its pupil, not
    through the whole class.
    """
    plan = kept_plan(planner, STATEMENTS[name](SHAPES[0 if whole_city else 1]))
    read = [node for node in nodes(plan) if "Relation Name" in node and "Alias" in node]
    read = [node for node in read if node["Relation Name"] not in SMALL | {"access_record"}]
    assert len(read) > 5
    for node in read:
        condition = node.get("Index Cond") or node.get("Recheck Cond") or ""
        shown = json.dumps(node, indent=1)[:2_000]
        assert condition, shown
        if node["Relation Name"] == "person":
            assert re.match(r"\(+id = (?!ANY)", condition), shown
        if node["Relation Name"].startswith("attendance_y") and name != "roster":
            assert "student_id = " in condition, shown
