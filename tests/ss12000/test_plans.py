"""Every list is read along an index that yields its order: PostgreSQL's own plans say so."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.database import STREAMING_OPTIONS, open_database
from app.database.embedded import EmbeddedPostgres
from app.queries.access import FieldGroup, Scope
from app.queries.changes import changes_statement
from app.queries.resource import Kind, Shape
from app.queries.ss12000 import CATALOGUE, OFFERED
from app.queries.statements import (
    ROW,
    ListQuestion,
    all_filters,
    keeps_plan,
    list_statement,
    parameter,
)
from app.queries.subscriptions import SUBSCRIBABLE
from app.queries.whole_sets import cursor_statement
from app.services.demo_city import load_demo_city
from tests.conftest import create_database, drop_database

TODAY = date(2026, 11, 24)
WEEK = (datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 10, 10, tzinfo=UTC))
REQUIRED: dict[str, Any] = {
    "startTime.onOrAfter": WEEK[0],
    "startTime.onOrBefore": WEEK[1],
    "startDate": date(2026, 11, 2),
    "endDate": date(2026, 11, 20),
}
SYNC = "meta.modified.after"

# Small tables are read faster whole and then sorted, so that in this small city the planner
# would do that, and rightly. A city a hundred times larger must not. Without sequential and
# bitmap scans it has to enter every table by an index, as it does there, and without hash joins
# it reads no table whole to join it; sorting stays allowed, so that a Sort in the plan means: no
# index yields this order.
AS_IN_A_LARGE_CITY = (
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off"
)

# What may be sorted, and why that is right. None stands for the unfiltered list.
NARROW = "one {}'s rows are few; found by its own index and then sorted"
MAY_BE_SORTED = {
    ("aggregatedAttendance", None): "one pupil's sums are computed, then put in order",
    ("activities", "member"): NARROW.format("person"),
    ("activities", "teacher"): NARROW.format("teacher"),
    ("activities", "group"): NARROW.format("group"),
    ("calendarEvents", "group"): "several activities' lessons, each in order, are merged",
}
MAY_BE_SORTED_FOR_ONE_UNIT = {
    "aggregatedAttendance": "as above",
    "persons": "who is tied to the unit is found through the relations, one unit's worth",
    "attendanceSchedules": "the unit stands on the placement, whose schedules are few",
}


@dataclass(frozen=True)
class Case:
    """A list as a caller asks for it."""

    resource: str
    sortkey: str | None = None
    continued: bool = False
    filter: str | None = None
    one_unit: bool = False

    def __str__(self) -> str:
        parts = [self.resource, self.sortkey, self.filter, "one-unit" if self.one_unit else None]
        return "-".join([*filter(None, parts), "continued" if self.continued else "first"])


def cases() -> Iterator[Case]:
    """Every resource, in every order, begun and continued; then filters and a narrow caller."""
    for resource in OFFERED:
        for continued in (False, True):
            for sortkey in (None, *(sort.name for sort in resource.sorts)):
                yield Case(resource.name, sortkey, continued)
            yield Case(resource.name, None, continued, one_unit=True)
            if resource.has_meta:
                yield Case(resource.name, None, continued, filter=SYNC)
    filtered = {
        "calendarEvents": ("organisation", "activity", "student", "teacher", "group"),
        "attendances": ("organisation", "student", "calendarEvent"),
        "attendanceEvents": ("group", "person"),
        "activities": ("organisation", "member", "teacher", "group"),
        "duties": ("organisation", "person"),
        "groups": ("organisation",),
        "placements": ("organisation", "child"),
        "absences": ("organisation", "student"),
    }
    for name, filters in filtered.items():
        for continued in (False, True):
            for one in filters:
                yield Case(name, None, continued, filter=one)


@dataclass
class City:
    """A loaded city, and a connection that plans as a larger one would."""

    connection: "psycopg.Connection[Any]"
    ids: dict[str, UUID]

    def values(self, case: Case, question: ListQuestion) -> dict[str, Any]:
        """Everything that the statement takes."""
        given: dict[str, Any] = {}
        for declared in all_filters(CATALOGUE[case.resource]):
            if declared.name in question.given:
                value = self._value(declared.name)
                many = declared.repeat or declared.below
                given[parameter(declared.name)] = [value] if many else value
        return given | {
            "limit": 100, "request_id": uuid4().hex, "client_id": "plans", "grant_id": None,
            "acting_person_id": None, "operation": f"{case.resource}.list", "filters": Jsonb({}),
            "sort_order": case.sortkey, "record_groups": [], "school_types": [],
            "organisations": [self.ids["organisation"]],
        }  # fmt: skip

    def _value(self, name: str) -> Any:
        if name == SYNC:
            return datetime(2020, 1, 1, tzinfo=UTC)
        return REQUIRED.get(name) or self.ids[name]

    def page_plan(self, case: Case) -> dict[str, Any]:
        """PostgreSQL's plan of the part that reads the page."""
        plan = self._plan(case, list_statement)
        pages = [node for node in nodes(plan) if node.get("Subplan Name") == "CTE page"]
        assert len(pages) == 1, json.dumps(plan, indent=1)
        return pages[0]

    def kept_plan(self, case: Case) -> dict[str, Any]:
        """The plan of the part that reads the page, made without knowing any value."""
        numbers: dict[str, int] = {}

        def numbered(found: "re.Match[str]") -> str:
            return f"${numbers.setdefault(found[1], len(numbers) + 1)}"

        text = re.sub(r"%\((\w+)\)s", numbered, list_statement(asked(case)).decode())
        explained = f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text.replace('%%', '%')}"
        row = self.connection.execute(explained.encode()).fetchone()
        assert row is not None
        (page,) = [n for n in nodes(row[0][0]["Plan"]) if n.get("Subplan Name") == "CTE page"]
        return page

    def whole_set_plan(self, case: Case) -> dict[str, Any]:
        """PostgreSQL's plan of the cursor over everything."""
        return self._plan(case, cursor_statement)

    def _plan(self, case: Case, statement: Callable[[ListQuestion], bytes]) -> dict[str, Any]:
        question = asked(case)
        values = self.values(case, question)
        if case.continued:
            values |= self._middle(case)
        cursor = psycopg.ClientCursor(self.connection)
        text = cursor.mogrify(statement(question), values)
        cursor.execute(b"EXPLAIN (FORMAT JSON) " + text.encode())
        row = cursor.fetchone()
        assert row is not None
        plan: dict[str, Any] = row[0][0]["Plan"]
        return plan

    def _middle(self, case: Case) -> dict[str, Any]:
        """Where a page of this list ends."""
        first = asked(Case(case.resource, case.sortkey, False, case.filter, case.one_unit))
        values = self.values(case, first) | {"limit": 1}
        cursor = self.connection.execute(list_statement(first), values)
        _body, _more, key, last, _version = cursor.fetchone() or (None,) * 5
        return {"after_key": key, "after_id": last or UUID(int=0)}


Planned = Callable[[City, Case], dict[str, Any]]


def asked(case: Case) -> ListQuestion:
    """The case as the engine takes it, for a caller without clearance for protected identity."""
    resource = CATALOGUE[case.resource]
    given = {declared.name for declared in all_filters(resource) if declared.required}
    given |= {case.filter} if case.filter else set()
    shape = Shape(
        names=False, expand=frozenset(), scopes=frozenset(Scope),
        field_groups=frozenset(FieldGroup) - {FieldGroup.MARKING}, whole_city=not case.one_unit,
        one_organisation=case.one_unit, every_school_type=True, sees_protected=False,
    )  # fmt: skip
    arrays = {
        declared.name
        for declared in all_filters(resource)
        if (declared.repeat or declared.below) and declared.kind is not Kind.NAME_PART
    }
    return ListQuestion(
        case.resource, shape, frozenset(given), case.sortkey, continued=case.continued,
        single=frozenset(given & arrays),
    )  # fmt: skip


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's nodes, from the top."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def is_scan_of_page(node: dict[str, Any]) -> bool:
    """Whether the node reads the paged table, or one of its partitions (alias `r_2`)."""
    alias = node.get("Alias", "").split("_")
    return alias[0] == ROW and all(part.isdecimal() for part in alias[1:])


def paths(plan: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The ways from the page down to each scan of the paged table, without its subqueries."""
    if is_scan_of_page(plan):
        yield [plan]
    for inner in plan.get("Plans", ()):
        if inner["Parent Relationship"] not in ("SubPlan", "InitPlan"):
            for way in paths(inner):
                yield [plan, *way]


IDS = {
    "organisation": "SELECT school_unit_id FROM calendar_event LIMIT 1",
    "activity": "SELECT activity_id FROM calendar_event LIMIT 1",
    "student": "SELECT student_id FROM attendance LIMIT 1",
    "member": "SELECT student_id FROM attendance LIMIT 1",
    "teacher": "SELECT duty_id FROM activity_teacher LIMIT 1",
    "group": "SELECT group_id FROM attendance_event LIMIT 1",
    "person": "SELECT person_id FROM duty WHERE person_id IS NOT NULL LIMIT 1",
    "child": "SELECT child_id FROM placement LIMIT 1",
    "calendarEvent": "SELECT calendar_event_id FROM attendance LIMIT 1",
}


@pytest.fixture(scope="module")
def city(server: EmbeddedPostgres, migrated: str) -> Iterator[City]:
    """A city with two school years' partitions, of which one holds its lessons."""
    create_database(server, "plans", template=migrated)
    database = open_database(server.url("plans"), pool_size=1)
    load_demo_city(
        database, pupils=1_200, seed=1, today=TODAY, progress=lambda *_: None, history_days=2
    )
    database.close()
    with psycopg.connect(
        server.url("plans"), options=STREAMING_OPTIONS, autocommit=True
    ) as connection:
        connection.execute("SELECT skolnav_ensure_partitions('2024-08-01', '2028-06-01')")
        connection.execute("SELECT skolnav_ensure_months(current_date, current_date)")
        ids = {}
        for name, statement in IDS.items():
            row = connection.execute(statement.encode()).fetchone()
            assert row is not None, name
            ids[name] = row[0]
        connection.execute(AS_IN_A_LARGE_CITY.encode())
        yield City(connection, ids)
    drop_database(server, "plans")


def may_be_sorted(case: Case) -> bool:
    """Whether the tables above excuse a sort."""
    if case.one_unit:
        return case.resource in MAY_BE_SORTED_FOR_ONE_UNIT
    return (case.resource, case.filter) in MAY_BE_SORTED


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_list_is_read_along_an_index_in_its_order(city: City, case: Case) -> None:
    check_order(case, city.page_plan(case))


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_whole_set_is_read_along_an_index_in_its_order(city: City, case: Case) -> None:
    """So that it begins at once, and PostgreSQL holds no more of it than one row."""
    check_order(case, city.whole_set_plan(case))


@pytest.mark.parametrize("case", [case for case in cases() if keeps_plan(asked(case))], ids=str)
def test_a_plan_that_is_kept_reads_in_order_whatever_the_values(city: City, case: Case) -> None:
    check_order(case, city.kept_plan(case))


def test_a_range_beside_the_order_is_planned_for_its_values() -> None:
    """Without them PostgreSQL takes any window for narrow, and sorts all that lies in it."""
    assert keeps_plan(asked(Case("calendarEvents", filter="organisation")))
    assert keeps_plan(asked(Case("rooms", filter=SYNC)))
    assert not keeps_plan(asked(Case("calendarEvents", filter=SYNC)))
    assert not keeps_plan(asked(Case("calendarEvents", "ModifiedDesc")))


def check_order(case: Case, plan: dict[str, Any]) -> None:
    """Refuse a plan that sorts, or that reads the paged table otherwise than by an index."""
    shown = json.dumps(plan, indent=1)[:6_000]
    ways = list(paths(plan))
    assert ways or case.resource == "aggregatedAttendance", shown
    for way in ways:
        kinds = [node["Node Type"] for node in way]
        sorted_by = {"Sort", "Incremental Sort"} & set(kinds)
        assert not sorted_by or may_be_sorted(case), f"{kinds}\n{shown}"
        if case.resource == "aggregatedAttendance":
            continue
        assert kinds[-1] in ("Index Scan", "Index Only Scan"), f"{kinds}\n{shown}"


@pytest.mark.parametrize("continued", [False, True])
@pytest.mark.parametrize("one_unit", [False, True])
def test_a_page_of_sums_reads_its_own_pupils_attendance(
    city: City, one_unit: bool, continued: bool
) -> None:
    """And nothing of the rest of the city, however many pages there are."""
    plan = city.page_plan(Case("aggregatedAttendance", None, continued, one_unit=one_unit))
    read = [n for n in nodes(plan) if n.get("Relation Name", "").startswith("attendance_y")]
    found = [node["Index Cond"] for node in read]
    assert len(found) == 2
    assert "(student_id = " in found[1]
    assert ("(school_unit_id = " if one_unit else "(student_id = ") in found[0]


@pytest.mark.parametrize("continued", [False, True])
@pytest.mark.parametrize("sortkey", [None, "StartTimeDesc", "ModifiedDesc"])
@pytest.mark.parametrize("planned", [City.page_plan, City.whole_set_plan])
def test_lessons_of_a_window_touch_only_its_school_year(
    city: City, planned: Planned, sortkey: str | None, continued: bool
) -> None:
    plan = planned(city, Case("calendarEvents", sortkey, continued))
    read = {way[-1]["Relation Name"] for way in paths(plan)}
    assert read == {"calendar_event_y2026"}


def test_a_missing_index_would_be_seen(city: City) -> None:
    with city.connection.transaction(force_rollback=True):
        city.connection.execute("DROP INDEX ix_person_sort_name")
        plan = city.page_plan(Case("persons", "DisplayNameAsc"))
    assert any("Sort" in node["Node Type"] for way in paths(plan) for node in way)


@pytest.mark.parametrize("one_unit", [False, True])
@pytest.mark.parametrize("name", SUBSCRIBABLE)
def test_looking_for_changes_reads_nothing_older(city: City, name: str, one_unit: bool) -> None:
    """From the stamp asked about on, along the index, up to the first that may be seen."""
    resource = SUBSCRIBABLE[name]
    shape = asked(Case(resource.name, one_unit=one_unit)).shape
    # As nearly always: little or nothing is newer.
    values = {"after": datetime(2026, 11, 30, tzinfo=UTC), "school_types": [],
              "organisations": [city.ids["organisation"]]}  # fmt: skip
    cursor = psycopg.ClientCursor(city.connection)
    statement = cursor.mogrify(changes_statement(shape, (resource.name,)).decode(), values)
    ((found,),) = cursor.execute(b"EXPLAIN (FORMAT JSON) " + statement.encode()).fetchall()
    plan = found[0]["Plan"]
    read = [node for node in nodes(plan) if is_scan_of_page(node)]
    assert read
    by_unit = one_unit and resource.name in MAY_BE_SORTED_FOR_ONE_UNIT
    for node in read:
        assert node["Node Type"] in ("Index Scan", "Index Only Scan"), json.dumps(plan, indent=1)
        assert by_unit or "modified > " in node["Index Cond"]
    assert by_unit or not any("Sort" in node["Node Type"] for node in nodes(plan))
