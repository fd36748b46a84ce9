"""Whoever sends a name that is not the standard's is counted, so that nobody breaks unseen."""

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.queries.ss12000 import CATALOGUE, OFFERED
from app.queries.statements import all_filters
from tests.make import named
from tests.ss12000.conftest import DOOR, Caller, Town
from tests.ss12000.filter_table import FILTERS, IN_PLACE_OF, LOOKUPS, REQUIRED

FILTER_ALIASES = [
    (resource.name, alias)
    for resource in OFFERED
    for declared in all_filters(resource)
    for alias in declared.aliases
]
LOOKUP_ALIASES = [
    (resource.name, alias)
    for resource in OFFERED
    for key in resource.lookup
    for alias in key.aliases
]


def counted(town: Town, caller: Caller) -> dict[tuple[str, str], float]:
    """How often the caller sent an alias, by route and alias."""
    assert caller.consumer is not None
    families = text_string_to_metric_families(town.http.get("/metrics").text)
    return {
        (sample.labels["route"], sample.labels["alias"]): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "skolnav_alias_uses_total"
        and sample.labels["consumer"] == caller.consumer.client_id
    }


@pytest.mark.parametrize(("name", "alias"), FILTER_ALIASES)
def test_a_filter_under_another_name_is_counted(the_town: Town, name: str, alias: str) -> None:
    """By route, alias and consumer, once a request."""
    caller, path = the_town.caller(), CATALOGUE[name].path
    value, _ = FILTERS[name][alias][0]
    required = {given: one for given, one in REQUIRED.get(name, {}).items()
                if given != IN_PLACE_OF.get(alias)}  # fmt: skip
    for _ in range(2):
        assert caller.get(f"/{path}", **required, **{alias: value}).status_code == 200
    assert counted(the_town, caller) == {(f"GET {DOOR}/{path}", alias): 2}


@pytest.mark.parametrize(("name", "alias"), LOOKUP_ALIASES)
def test_a_lookup_key_under_another_name_is_counted(the_town: Town, name: str, alias: str) -> None:
    """As a filter is."""
    caller, path = the_town.caller(), CATALOGUE[name].path
    values, _ = LOOKUPS[name][alias][0]
    assert caller.post(f"/{path}/lookup", {alias: values}).status_code == 200
    assert counted(the_town, caller) == {(f"POST {DOOR}/{path}/lookup", alias): 1}


def test_the_other_name_of_after_is_counted(the_town: Town) -> None:
    """`/deletedEntities` is asked with meta.modified.after by one published client."""
    caller, instant = the_town.caller(), "2026-08-01T08:00:00Z"
    assert caller.get("/deletedEntities", **{"meta.modified.after": instant}).status_code == 200
    assert caller.get("/deletedEntities", after=instant).status_code == 200
    assert counted(the_town, caller) == {(f"GET {DOOR}/deletedEntities", "meta.modified.after"): 1}


def test_an_answer_that_has_not_changed_is_counted_too(the_town: Town) -> None:
    """304 would otherwise hide who asks most often."""
    caller, unit = the_town.caller(), str(named("north"))
    tag = caller.get("/rooms", owner=unit).headers["etag"]
    again = caller.request("GET", "/rooms", params={"owner": unit}, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert counted(the_town, caller) == {(f"GET {DOOR}/rooms", "owner"): 2}


def test_the_standards_own_names_are_not_counted(the_town: Town) -> None:
    """Nor a page that is continued without any, nor what is refused as unknown."""
    caller = the_town.caller()
    unit = {"organisation": str(named("north"))}
    page: dict[str, Any] = caller.get("/duties", **unit, limit=1, sortkey="StartDateAsc").json()
    assert page["data"]
    assert caller.get("/placements", owner=str(named("anna-parent"))).json()["data"]
    assert caller.post("/attendances/lookup", {"calendareEvents": []}).status_code == 200
    assert caller.get("/duties", owner=str(named("north"))).status_code == 400
    assert counted(the_town, caller) == {}


def test_an_alias_beside_a_page_token_is_counted_and_a_token_alone_is_not(the_town: Town) -> None:
    """Two public consumers send their filters again with every page."""
    caller, unit = the_town.caller(sees_protected=True), str(named("north"))
    token = caller.get("/duties", dutyAt=unit, limit=1).json()["pageToken"]
    assert caller.get("/duties", pageToken=token).status_code == 200
    assert counted(the_town, caller) == {(f"GET {DOOR}/duties", "dutyAt"): 1}
    assert caller.get("/duties", dutyAt=unit, pageToken=token).status_code == 200
    assert counted(the_town, caller) == {(f"GET {DOOR}/duties", "dutyAt"): 2}


def test_no_value_stands_in_the_metrics(the_town: Town) -> None:
    """A principal name is personal data."""
    caller = the_town.caller()
    assert caller.get("/persons", eduPrincipalName="anna@skola.example").json()["data"]
    assert counted(the_town, caller)
    assert "anna" not in the_town.http.get("/metrics").text


def test_there_are_aliases_to_count() -> None:
    """The tests above are made from these."""
    assert len(FILTER_ALIASES) == 16
    assert LOOKUP_ALIASES == [("attendances", "calendarEvents")]
