"""Who registered something can be a guardian, whom a grant may know of as an id alone."""

from typing import Any

import pytest

from tests.make import named
from tests.ss12000.conftest import Caller, Town

PARENT, TEACHER = "anna-parent", "north-teacher"
TEACHES = {"id": str(named(TEACHER)), "displayName": "north-teacher Testsson"}
PLACES = {
    "absences": ("absence", "away", "registered_by_id", "registeredBy"),
    "attendanceEvents": ("attendance_event", "in", "registered_by_id", "registeredBy"),
    "attendances": ("attendance", "present", "reporter_id", "reporter"),
    "attendanceSchedule": ("attendance_schedule_state", "hours", "registered_by_id", ""),
}


def registrar(caller: Caller, path: str) -> Any:
    """The reference to who registered what there is about Anna."""
    _, row, _, name = PLACES[path]
    ids = {"ids": [str(named(f"anna-{row}"))]}
    (one,) = caller.post(f"/{path}/lookup", ids, expandReferenceNames="true").json()
    return one[name] if name else one["state"][0]["registeredBy"]


def register(town: Town, path: str, who: str) -> None:
    """Have somebody registered as who registered what there is about Anna."""
    table, row, column, _ = PLACES[path]
    key = "attendance_schedule_id" if path == "attendanceSchedule" else "id"
    with town.database.transaction() as session:
        session.connection().exec_driver_sql(
            f"UPDATE {table} SET {column} = %s WHERE {key} = %s",
            (named(who), named(f"anna-{row}")),
        )


@pytest.mark.parametrize("path", PLACES)
def test_a_guardian_who_registered_something_is_an_id_without_the_field_group(
    own_town: Town, path: str
) -> None:
    """Neither name nor marking of a guardian is told to those who may not read guardians."""
    register(own_town, path, PARENT)
    for groups in ((), ("marking",)):
        caller = own_town.caller(field_groups=groups)
        assert registrar(caller, path) == {"id": str(named(PARENT))}
    told = registrar(own_town.caller(field_groups=("guardians",)), path)
    assert told == {"id": str(named(PARENT)), "displayName": "anna-parent Testsson"}


@pytest.mark.parametrize("path", PLACES)
def test_staff_who_registered_something_are_named_where_they_can_be_read(
    own_town: Town, path: str
) -> None:
    """A teacher of the caller's own places has a name; one of elsewhere is not told to be one."""
    register(own_town, path, TEACHER)
    caller = own_town.caller(field_groups=())
    assert registrar(caller, path) == TEACHES
    register(own_town, path, "south-teacher")
    nearby = own_town.caller(field_groups=(), organisations=("north",))
    assert registrar(nearby, path) == {"id": str(named("south-teacher"))}


def test_a_cleared_caller_has_no_more_of_guardians(own_town: Town) -> None:
    """Clearance for protected identity is not the field group guardians."""
    caller = own_town.caller(field_groups=(), sees_protected=True)
    assert registrar(caller, "absences") == {"id": str(named(PARENT))}
