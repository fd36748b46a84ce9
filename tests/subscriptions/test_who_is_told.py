"""Whom a change is told to: who may see the object. Nobody else learns that it happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.queries.access import Scope
from app.queries.subscriptions import SUBSCRIBABLE
from tests.ss12000.conftest import Town
from tests.subscriptions.conftest import Stage
from tests.subscriptions.receivers import receiving

CALLERS: dict[str, dict[str, Any]] = {
    "city": {},
    "city, cleared": {"sees_protected": True},
    "north": {"organisations": ("north",)},
    "north, cleared": {"organisations": ("north",), "sees_protected": True},
    "south": {"organisations": ("south",)},
    "no field groups": {"field_groups": ()},
    "another school form": {"school_types": ("GY",)},
    "schedule only": {"scopes": (Scope.SCHEDULE_READ,)},
    "nowhere": {"organisations": ("elsewhere",)},
}
CLEARED = {"city, cleared", "north, cleared"}
CITY = {"city", "city, cleared", "no field groups"}
NORTH = CITY | {"north", "north, cleared"}
SOUTH = CITY | {"south"}
FORMLESS = {"another school form"}
# Table and row of a change, the type it is told as, and whom it is told to.
CHANGES: dict[tuple[str, str], tuple[str, set[str]]] = {
    ("organisation", "north"): ("Organisation", NORTH),
    ("person", "anna"): ("Person", NORTH),
    ("person", "bo"): ("Person", SOUTH),
    ("person", "hidden-pupil"): ("Person", CLEARED),
    # Known through a protected child only, or as a guardian.
    ("person", "hidden-parent"): ("Person", {"city", "city, cleared", "north, cleared"}),
    ("placement", "anna-place"): ("Placement", NORTH),
    ("placement", "hidden-pupil-place"): ("Placement", CLEARED),
    ("duty", "south-teacher-duty"): ("Duty", SOUTH | FORMLESS),
    ("duty", "hidden-teacher-duty"): ("Duty", CLEARED),
    ("school_group", "south-class"): ("Group", SOUTH),
    ("activity", "north-maths"): ("Activity", NORTH | {"schedule only"}),
    ("calendar_event", "south-lesson"): ("CalendarEvent", SOUTH | {"schedule only"}),
    ("room", "north-room"): ("Room", NORTH | FORMLESS | {"schedule only"}),
    ("resource", "south-cart"): ("Resource", SOUTH | FORMLESS | {"schedule only"}),
    ("attendance", "bo-present"): ("Attendance", SOUTH),
    ("attendance", "hidden-pupil-present"): ("Attendance", CLEARED),
    ("attendance_event", "anna-in"): ("AttendanceEvent", NORTH),
    ("attendance_schedule", "hidden-pupil-hours"): ("AttendanceSchedule", CLEARED),
    ("absence", "anna-away"): ("Absence", NORTH),
    ("absence", "hidden-pupil-away"): ("Absence", CLEARED),
    ("school_unit_offering", "south-offer"): ("SchoolUnitOffering", SOUTH | FORMLESS),
}
# Of no unit, and about nobody.
FOR_ALL = {"Programme", "Syllabus"}


@dataclass
class Everyone:
    """Each caller, subscribed to all that its scopes allow."""

    stage: Stage
    made: dict[str, dict[str, Any]]

    def told(self) -> dict[str, set[str]]:
        """What each caller is told now: the types by caller, without those told nothing."""
        self.stage.receivers.received.clear()
        for made in self.made.values():
            self.stage.look(made)
        return {
            name: {*notices[0].types} | ({"gone"} if notices[0].json["deletedEntities"] else set())
            for name in self.made
            if (notices := self.stage.receivers.received.get(path(name)))
        }


def path(name: str) -> str:
    """A caller's receiver."""
    return f"/{name.replace(' ', '-')}"


@pytest.fixture(scope="module")
def everyone(shared: Town) -> Iterator[Everyone]:
    """The town's callers, with nothing to be told yet."""
    with receiving() as receivers:
        stage = Stage(shared, receivers)
        made = {}
        for name, rights in CALLERS.items():
            scopes = rights.get("scopes", tuple(Scope))
            types = [one for one, resource in SUBSCRIBABLE.items() if resource.scope in scopes]
            made[name] = stage.subscribe(shared.caller(**rights), path(name), *types)
        everyone = Everyone(stage, made)
        assert everyone.told() == {}
        yield everyone


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: "-".join(change))
def test_a_change_is_told_to_those_who_see_the_object(
    everyone: Everyone, change: tuple[str, str]
) -> None:
    """In either direction: nobody else, and none of them is left out."""
    expected, callers = CHANGES[change]
    everyone.stage.change(*change)
    assert everyone.told() == {caller: {expected} for caller in callers}


def test_the_table_covers_every_type() -> None:
    """A new type must be placed in the table."""
    assert {told_as for told_as, _ in CHANGES.values()} | FOR_ALL == set(SUBSCRIBABLE)


def test_who_comes_under_protected_identity_is_told_as_gone_only_where_it_was_seen(
    everyone: Everyone,
) -> None:
    """Those who are cleared are told of a change; the south never hears that there was one."""
    everyone.stage.change("person", "anna", security_marking="Sekretessmarkering")
    told = everyone.told()
    everyone.stage.change("person", "anna", security_marking="Ingen")
    everyone.told()
    assert {name for name, types in told.items() if "gone" in types} == NORTH - CLEARED
    assert {name for name, types in told.items() if "Person" in types} >= CLEARED
    assert not told.keys() & {"south", "nowhere"}
