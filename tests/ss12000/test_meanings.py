"""Every filter, lookup key and sort key by its meaning: which rows are answered, in which order.

The tables beside this file are written by hand from the standard; the last tests here fail when
something is declared that no table speaks of, or the other way round.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from app.database.embedded import EmbeddedPostgres
from app.queries.resource import Resource
from app.queries.ss12000 import CATALOGUE, OFFERED
from app.queries.statements import all_filters
from tests.ss12000.conftest import Caller, running_town
from tests.ss12000.edge_town import edge_town
from tests.ss12000.edges import MOMENTS, row, rows, spelt
from tests.ss12000.expansion_table import EXPANSIONS, REFERENCES
from tests.ss12000.filter_cases import Value
from tests.ss12000.filter_table import FILTERS, IN_PLACE_OF, LOOKUPS, REQUIRED, SUMS, TOGETHER
from tests.ss12000.order_table import ORDERS

ROWS = {name: " ".join(moments).split() for name, moments in MOMENTS.items()}
NAMES = {row(name): name for names in ROWS.values() for name in names}
EVERY_ROW = {**ROWS, "aggregatedAttendance": SUMS.split()}
FILTERED = [(name, parameter) for name, table in FILTERS.items() for parameter in table]
LOOKED_UP = [(name, key) for name, table in LOOKUPS.items() for key in table]
EXPANDED = [(name, expansion) for name, table in EXPANSIONS.items() for expansion in table]
ORDERED = [(name, sortkey) for name, table in ORDERS.items() for sortkey in table]
RESOURCE = [pytest.param(resource, id=resource.name) for resource in OFFERED]
LONG_AGO = "2000-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def caller(server: EmbeddedPostgres, migrated: str) -> Iterator[Caller]:
    """One who may see all of the edge town."""
    with running_town(server, migrated, "edge_town", fill=edge_town) as running:
        yield running.caller(organisation_ids=[spelt("city")])


def name_of(found: dict[str, Any]) -> str:
    """The name of an answered row."""
    if "id" in found:
        return NAMES[found["id"]]
    return f"{NAMES[found['student']['id']]}@{NAMES[found['activity']['id']]}"


def page(caller: Caller, name: str, asked: dict[str, Value]) -> dict[str, Any]:
    """A page of a list, asked for with whatever the standard requires beside."""
    instead = {IN_PLACE_OF.get(parameter, parameter) for parameter in asked}
    required = REQUIRED.get(name, {}).items()
    beside = {parameter: value for parameter, value in required if parameter not in instead}
    answer = caller.get(f"/{CATALOGUE[name].path}", **beside, **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listed(caller: Caller, name: str, **asked: Value) -> list[str]:
    """The names of the rows that a list answers."""
    return [name_of(found) for found in page(caller, name, asked)["data"]]


def one_by_one(caller: Caller, name: str, asked: dict[str, Value]) -> list[str]:
    """As `listed`, but by following page tokens with nothing else, a row a page."""
    answered = page(caller, name, {**asked, "limit": "1"})
    found = [name_of(one) for one in answered["data"]]
    while "pageToken" in answered:
        token = {"pageToken": answered["pageToken"], "limit": "1"}
        answered = caller.get(f"/{CATALOGUE[name].path}", **token).json()
        (one,) = answered["data"]
        found.append(name_of(one))
    return found


@pytest.mark.parametrize("name", EVERY_ROW)
def test_a_list_without_filters_answers_every_row(caller: Caller, name: str) -> None:
    """So that a row which a filter leaves out could have been there."""
    assert sorted(listed(caller, name)) == sorted(EVERY_ROW[name])


@pytest.mark.parametrize(("name", "parameter"), FILTERED)
def test_a_filter_answers_the_rows_that_it_means(caller: Caller, name: str, parameter: str) -> None:
    """Each parameter alone, by the names of the rows on either side of its boundary."""
    for value, expected in FILTERS[name][parameter]:
        found = listed(caller, name, **{parameter: value})
        assert sorted(found) == sorted(expected.split()), f"{parameter}={value}"


@pytest.mark.parametrize(("name", "asked", "expected"), TOGETHER)
def test_filters_together_answer_the_rows_that_they_mean(
    caller: Caller, name: str, asked: dict[str, Value], expected: str
) -> None:
    """Several parameters narrow together, those of one relation or identifier on the same one."""
    assert sorted(listed(caller, name, **asked)) == sorted(expected.split())


@pytest.mark.parametrize(("name", "key"), LOOKED_UP)
def test_a_lookup_key_answers_the_rows_that_it_means(caller: Caller, name: str, key: str) -> None:
    """Each key of a lookup alone; values that are nobody's are simply missing."""
    for values, expected in LOOKUPS[name][key]:
        answer = caller.post(f"/{CATALOGUE[name].path}/lookup", {key: values})
        assert answer.status_code == 200, answer.text
        assert sorted(map(name_of, answer.json())) == sorted(expected.split()), values


@pytest.mark.parametrize(("name", "sortkey"), ORDERED)
def test_a_sort_key_gives_the_order_that_it_means(
    caller: Caller, name: str, sortkey: str | None
) -> None:
    """In one page, and one by one: where a page ends, nothing is lost, repeated or swapped."""
    asked: dict[str, Value] = {} if sortkey is None else {"sortkey": sortkey}
    expected = ORDERS[name][sortkey].split()
    assert listed(caller, name, **asked) == expected
    assert one_by_one(caller, name, asked) == expected


@pytest.mark.parametrize(
    "asked", [{}, {"student": rows("ada cid")}, {"organisation": row("south")}]
)
def test_sums_are_answered_pupil_by_pupil(caller: Caller, asked: dict[str, Value]) -> None:
    """They have no sort key; where a page ends, none is lost or repeated."""
    found = listed(caller, "aggregatedAttendance", **asked)
    pupils = [name.partition("@")[0] for name in found]
    assert pupils == sorted(pupils)
    assert len(found) > 1
    assert one_by_one(caller, "aggregatedAttendance", asked) == found


def embedded(found: dict[str, Any], expansion: str) -> list[str]:
    """The names of what a row carries under this one expansion."""
    inside = found["_embedded"]
    assert inside.keys() == {expansion}
    items = inside[expansion] if isinstance(inside[expansion], list) else [inside[expansion]]
    return [NAMES[item.get(REFERENCES.get(expansion), item)["id"]] for item in items]


@pytest.mark.parametrize(("name", "expansion"), EXPANDED)
def test_an_expansion_embeds_what_it_means(caller: Caller, name: str, expansion: str) -> None:
    """In a list, by id and, where the standard has it, in a lookup; nowhere unasked."""
    resource, (owner, expected) = CATALOGUE[name], EXPANSIONS[name][expansion]
    path, asked = f"/{resource.path}", {"expand": expansion}
    answers = page(caller, name, {"expand": expansion})["data"]
    found = [one for one in answers if name_of(one) == owner]
    if resource.has_by_id:
        found.append(caller.get(f"{path}/{row(owner)}", **asked).json())
        found += caller.post(f"{path}/lookup", {"ids": [row(owner)]}, **asked).json()
    assert len(found) == (3 if resource.has_by_id else 1)
    if not resource.lookup_expands:
        assert "_embedded" not in found.pop()
    assert [sorted(embedded(one, expansion)) for one in found] == (
        [sorted(expected.split())] * len(found)
    )
    assert not [one for one in page(caller, name, {})["data"] if "_embedded" in one]


@pytest.mark.parametrize("name", MOMENTS)
def test_what_changed_since_is_answered_oldest_first(caller: Caller, name: str) -> None:
    """An incremental sync that is interrupted has missed nothing older than its last row."""
    first, at, last = MOMENTS[name]
    oldest_first = [*sorted(last.split()), *sorted(at.split()), *sorted(first.split())]
    assert listed(caller, name, **{"meta.modified.after": LONG_AGO}) == oldest_first


@pytest.mark.parametrize("resource", RESOURCE)
def test_every_filter_has_its_meaning_in_the_table(resource: Resource) -> None:
    """Aliases too; with a value that some rows match and others do not, and with two at once."""
    declared = {name: one for one in all_filters(resource) for name in (one.name, *one.aliases)}
    table = FILTERS[resource.name]
    assert table.keys() == declared.keys()
    every = set(EVERY_ROW[resource.name])
    for parameter, cases in table.items():
        answered = [set(expected.split()) for _, expected in cases]
        assert all(rows <= every for rows in answered), parameter
        assert any(rows and rows < every for rows in answered), parameter
        if declared[parameter].repeat:
            assert any(isinstance(value, list) and len(value) > 1 for value, _ in cases), parameter


@pytest.mark.parametrize("resource", RESOURCE)
def test_every_lookup_key_has_its_meaning_in_the_table(resource: Resource) -> None:
    """Aliases too; with values that some rows match and others do not."""
    declared = {name for key in resource.lookup for name in (key.name, *key.aliases)}
    table = LOOKUPS[resource.name]
    assert table.keys() == declared
    every = set(EVERY_ROW[resource.name])
    for key, cases in table.items():
        assert any(rows and set(rows.split()) < every for _, rows in cases), key


@pytest.mark.parametrize("resource", [one for one in OFFERED if one.has_by_id])
def test_every_sort_key_has_its_order_in_the_table(resource: Resource) -> None:
    """Each a permutation of all rows, and no two alike, so that none can stand for another."""
    table = ORDERS[resource.name]
    assert table.keys() == {None, *(sort.name for sort in resource.sorts)}
    assert all(sorted(rows.split()) == sorted(ROWS[resource.name]) for rows in table.values())
    keyed = [rows for sortkey, rows in table.items() if sortkey]
    assert len(set(keyed)) == len(keyed)
    assert " ".join(sorted(ROWS[resource.name])) not in keyed


def test_every_expansion_has_its_meaning_in_the_table() -> None:
    """None more, none fewer."""
    declared = {one.name: one.expansions.keys() for one in OFFERED if one.expansions}
    assert {name: table.keys() for name, table in EXPANSIONS.items()} == declared


def test_the_tables_speak_of_the_resources_that_there_are() -> None:
    """None more, none fewer; a sum has no id, and so no order."""
    offered = {resource.name for resource in OFFERED}
    assert EVERY_ROW.keys() == FILTERS.keys() == LOOKUPS.keys() == offered
    assert ORDERS.keys() == MOMENTS.keys() == offered - {"aggregatedAttendance"}
    assert len(NAMES) == sum(map(len, ROWS.values())), "two rows have one name"
