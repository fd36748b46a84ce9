"""Children who have a placement but no school: absences of the placement's school form."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.models.persons import Enrolment
from app.models.placements import Placement
from tests.make import LESSON, START, add, base, named, person
from tests.ss12000.conftest import Caller, Town
from tests.ss12000.writable import absence

DAY = LESSON.date()
YEAR_AFTER = DAY + timedelta(days=365)


@pytest.fixture
def child(written_town: Town) -> str:
    """A child of its own for each test, placed in the after-school care of the north."""
    name = f"child-{uuid4().hex[:8]}"
    with written_town.database.transaction() as session:
        placement = Placement(**base(f"{name}-place"), school_unit_id=named("north"),
                              child_id=named(name), school_type="FTH", start_date=START,
                              end_date=YEAR_AFTER)  # fmt: skip
        add(session, person(name), placement)
    return name


def enrol(town: Town, child: str, **changed: Any) -> None:
    """The child goes to compulsory school too, at the same unit unless said otherwise."""
    columns: dict[str, Any] = {"school_unit_id": named("north"), "school_type": "GR",
                               "start_date": START, "position": 0}  # fmt: skip
    with town.database.transaction() as session:
        add(session, Enrolment(person_id=named(child), **(columns | changed)))


def absences_seen(caller: Caller, child: str) -> list[str]:
    """The child's absences that a caller reads."""
    found = caller.get("/absences", student=str(named(child))).json()["data"]
    return [one["id"] for one in found]


def test_an_absence_of_a_placed_child_is_reported_and_read_by_the_placements_school_form(
    written_town: Town, child: str
) -> None:
    """With its report; and by no other school form."""
    caller = written_town.caller(school_types=("FTH",))
    made = caller.post("/absences", absence(child))
    assert made.status_code == 200, made.text
    assert made.json()["organisation"]["id"] == str(named("north"))
    identity = made.json()["id"]
    assert absences_seen(caller, child) == [identity]
    assert caller.get(f"/absences/{identity}").status_code == 200
    assert caller.consumer is not None
    report = caller.http.get(
        f"/absence-reports/v1/reports/{identity}", headers=caller.consumer.headers
    )
    assert report.status_code == 200
    for others in (("OPPFTH",), ("GR", "GY")):
        other = written_town.caller(school_types=others)
        assert other.get(f"/absences/{identity}").status_code == 404
        assert absences_seen(other, child) == []
        assert other.post("/absences", absence(child)).status_code == 404
    elsewhere = written_town.caller(school_types=("FTH",), organisations=("south",))
    assert absences_seen(elsewhere, child) == []


ENROLMENTS: dict[str, tuple[dict[str, Any], bool]] = {
    "then": ({}, False),
    "from the day of the absence": ({"start_date": DAY}, False),
    "until the day of the absence": ({"end_date": DAY}, False),
    "from the day after": ({"start_date": DAY + timedelta(days=1)}, True),
    "until the day before": ({"end_date": DAY - timedelta(days=1)}, True),
    "elsewhere": ({"school_unit_id": named("south")}, True),
    "cancelled": ({"cancelled": True}, True),
}


@pytest.mark.parametrize("enrolled", ENROLMENTS)
def test_where_a_child_goes_to_school_too_its_absence_is_from_school(
    written_town: Town, child: str, enrolled: str
) -> None:
    """Then the placement's school form neither reads nor writes it, but only then and there."""
    changed, of_care = ENROLMENTS[enrolled]
    away = absence(child, startTime=f"{DAY}T08:00:00+02:00", endTime=f"{DAY}T09:00:00+02:00",
                   organisation={"id": str(named("north"))})  # fmt: skip
    made = written_town.caller().post("/absences", away)
    assert made.status_code == 200, made.text
    enrol(written_town, child, **changed)
    caller = written_town.caller(school_types=("FTH",))
    assert absences_seen(caller, child) == ([made.json()["id"]] if of_care else [])
    again = caller.post("/absences", away | {"type": "Beviljad ledighet"})
    assert again.status_code == (200 if of_care else 400), again.text


@pytest.mark.parametrize(("first", "last", "of_care"), [
    (DAY, DAY, True), (DAY + timedelta(days=1), None, False),
    (START, DAY - timedelta(days=1), False),
])  # fmt: skip
def test_an_absence_outside_the_placement_is_not_of_its_school_form(
    written_town: Town, child: str, first: date, last: date | None, of_care: bool
) -> None:
    """Neither before it began nor after it ended, until midnight included."""
    away = absence(child, startTime=f"{DAY}T00:00:00+02:00",
                   endTime=f"{DAY + timedelta(days=1)}T00:00:00+02:00")  # fmt: skip
    made = written_town.caller().post("/absences", away).json()
    with written_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE placement SET start_date = %s, end_date = %s WHERE child_id = %s",
            (first, last, named(child)),
        )
    caller = written_town.caller(school_types=("FTH",))
    assert absences_seen(caller, child) == ([made["id"]] if of_care else [])
    again = caller.post("/absences", away | {"type": "Beviljad ledighet"})
    assert again.status_code == (200 if of_care else 400), again.text


def test_a_unit_that_the_caller_may_not_see_is_not_one_to_choose_from(
    written_town: Town, child: str
) -> None:
    """Where else the child goes to school would be told by asking which of its units is meant."""
    enrol(written_town, child, school_unit_id=named("south"))
    everywhere = written_town.caller().post("/absences", absence(child))
    assert everywhere.status_code == 400, everywhere.text
    for units in ("north", "south"):
        made = written_town.caller(organisations=(units,)).post("/absences", absence(child))
        assert made.status_code == 200, made.text
        assert made.json()["organisation"]["id"] == str(named(units))


def test_a_placement_at_another_unit_says_nothing_of_an_absence_here(
    written_town: Town, child: str
) -> None:
    """Its school form counts at its own unit."""
    made = written_town.caller().post("/absences", absence(child))
    assert made.status_code == 200, made.text
    with written_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE placement SET school_unit_id = %s WHERE child_id = %s",
            (named("south"), named(child)),
        )
    assert absences_seen(written_town.caller(school_types=("FTH",)), child) == []
