"""A person's own attendance: lesson by lesson, and what it comes to."""

from typing import Any

import pytest

from tests.make import named
from tests.me.conftest import read_records, signed_in
from tests.me.school import FRIDAY, MONDAY
from tests.ss12000.conftest import Town
from tests.ss12000.families import GROWN
from tests.ss12000.test_who_sees_as_whom import EVERYONE

TERM: dict[str, Any] = {"begin": "2026-11-15", "end": "2026-12-15"}
NEW_YEAR: dict[str, Any] = {"begin": "2026-12-27", "end": "2027-01-10"}
FIRST_OF_SEPTEMBER: dict[str, Any] = {"begin": "2026-09-01", "end": "2026-09-01"}
# Whose attendance of 1 September is told to whom, by which app.
TABLE = {
    ("both-parent", "app"): "anna bo",
    ("both-parent", "north app"): "anna",
    ("other-parent", "app"): "anna",
    ("friend", "app"): "",
    ("anna", "app"): "anna",
    ("bo", "app"): "bo",
    ("bo", "north app"): "",
    (GROWN, "app"): GROWN,
    ("hidden-parent", "app"): "",
    ("hidden-parent", "cleared"): "hidden-pupil",
    ("hidden-pupil", "app"): "",
    ("hidden-pupil", "cleared"): "hidden-pupil",
    # They see it of those whom they teach, on the SS 12000 door; this is about oneself.
    ("north-teacher", "app"): "",
    ("head", "app"): "",
}


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_attendance_is_ones_own_and_ones_childrens(me_town: Town, who: str, app: str) -> None:
    """Rows and sums alike; asked for one by one, the same."""
    caller, expected = signed_in(me_town, who, app), set(TABLE[who, app].split())
    known = {str(named(name)): name for name in EVERYONE}
    body = caller.get("/attendance", **FIRST_OF_SEPTEMBER).json()
    for part in ("lessons", "subjects", "weeks"):
        assert sorted(known[row["student"]] for row in body[part]) == sorted(expected)
    for name in EVERYONE:
        only = caller.get("/attendance", student=str(named(name)), **FIRST_OF_SEPTEMBER).json()
        assert {known[row["student"]] for row in only["lessons"]} == {name} & expected


def test_what_was_reported_is_summed_by_subject_and_week(me_town: Town) -> None:
    """What nobody has reported is told, and counts in no sum."""
    body = signed_in(me_town, "anna").get("/attendance", **TERM).json()
    lessons, subjects = body["lessons"], body["subjects"]
    assert [(row["startTime"][:10], row["isReported"], row["minutes"]) for row in lessons] == [
        (str(MONDAY), True, {"attendanceMinutes": 0, "validAbsenceMinutes": 50}),
        (str(FRIDAY), True, {"attendanceMinutes": 100, "invalidAbsenceMinutes": 20}),
        (str(FRIDAY), False, {}),
    ]  # fmt: skip
    assert lessons[1]["absenceReason"] == "Sen ankomst"
    assert [(row["subject"]["name"], row["lessons"], row["minutes"]) for row in subjects] == [
        ("Matematik", 1, {"attendanceMinutes": 0, "validAbsenceMinutes": 50}),
        ("Utflykt", 1, {"attendanceMinutes": 100, "invalidAbsenceMinutes": 20}),
    ]  # fmt: skip
    assert [(row["week"], row["lessons"], row["minutes"]) for row in body["weeks"]] == [
        ("2026-W47", 2, {
            "attendanceMinutes": 100, "validAbsenceMinutes": 50, "invalidAbsenceMinutes": 20,
        }),
    ]  # fmt: skip


def test_the_week_of_the_new_year_is_one_week(me_town: Town) -> None:
    """The fifty-third of 2026, whichever year its days are in; by Swedish time at midnight."""
    body = signed_in(me_town, "anna").get("/attendance", **NEW_YEAR).json()
    assert [(row["week"], row["minutes"]["attendanceMinutes"]) for row in body["weeks"]] == [
        ("2026-W53", 75), ("2027-W01", 20),
    ]  # fmt: skip


def test_siblings_are_summed_apart(me_town: Town) -> None:
    """Both had mathematics on Monday."""
    body = signed_in(me_town, "both-parent").get("/attendance", **TERM).json()
    maths = {row["student"]: row["minutes"]["attendanceMinutes"] for row in body["subjects"]
             if row["subject"]["name"] == "Matematik"}  # fmt: skip
    assert maths == {str(named("anna")): 0, str(named("bo")): 50}


@pytest.mark.parametrize("asked", [
    {}, {"begin": "2026-11-15"}, {"begin": "2026-11-15", "end": "2026-12-16"},
    {**TERM, "week": "2026-W47"},
])  # fmt: skip
def test_a_period_that_cannot_be_meant_is_refused(me_town: Town, asked: dict[str, Any]) -> None:
    """As for lessons."""
    assert signed_in(me_town, "anna").get("/attendance", **asked).status_code == 400


def test_attendance_needs_its_scope(me_town: Town) -> None:
    """The one that tells of lessons does not do."""
    caller = signed_in(me_town, "anna", consented=["schedule:read", "people:read"])
    assert caller.get("/attendance", **TERM).status_code == 403
    caller = signed_in(me_town, "anna", consented=["attendance:read"])
    assert caller.get("/attendance", **TERM).status_code == 200


def test_it_is_logged_as_about_those_whom_it_shows(me_town: Town) -> None:
    """The sibling who was not at any lesson then is not among them."""
    caller = signed_in(me_town, "both-parent")
    caller.get("/attendance", **NEW_YEAR)
    ((operation, persons, filters, rows),) = read_records(me_town, caller.consumer.client_id)
    assert (operation, persons, rows) == ("me.attendance", [named("anna")], 3)
    assert filters == {"from": [NEW_YEAR["begin"]], "to": [NEW_YEAR["end"]]}
