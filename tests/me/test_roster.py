"""Who is to be at a lesson: told to its teacher and the head, and never of protected pupils."""

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from app.models.absences import Absence
from app.models.calendar_events import TeacherException
from app.models.persons import Responsible
from app.queries.me.roster import read_roster
from tests.make import add, base, named
from tests.me.conftest import access_on, at, hold_to_contract, read_records, signed_in
from tests.me.school import FRIDAY, MONDAY, TUESDAY, attended, lesson
from tests.ss12000.conftest import Town
from tests.ss12000.families import GROWN
from tests.ss12000.test_access_log import drop_log_partitions

# The pupils of the north and of the south lesson of 1 September; None: there is no such lesson.
NORTH = f"anna {GROWN}"
TABLE: dict[tuple[str, str], tuple[str | None, str | None]] = {
    ("north-teacher", "app"): (NORTH, None),
    ("north-teacher", "cleared"): (NORTH, None),
    ("hidden-teacher", "app"): (None, None),
    ("hidden-teacher", "cleared"): (NORTH, None),
    ("head", "app"): (NORTH, None),
    ("head", "north app"): (NORTH, None),
    ("sub-teacher", "app"): (None, "bo"),
    ("sub-teacher", "north app"): (None, None),
    ("former-teacher", "app"): (None, None),
    ("both-parent", "app"): (None, None),
    ("anna", "app"): (None, None),
    (GROWN, "app"): (None, None),
    ("hidden-pupil", "cleared"): (None, None),
    ("friend", "app"): (None, None),
}


def roster_path(name: str) -> str:
    """The roster of a lesson of the town."""
    return f"/lessons/{named(name)}/roster"


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_a_roster_is_for_whoever_leads_the_lesson(me_town: Town, who: str, app: str) -> None:
    """For everybody else it is as if there were none; a protected pupil is on nobody's."""
    caller = signed_in(me_town, who, app)
    absent = caller.get(f"/lessons/{uuid4()}/roster")
    assert absent.status_code == 404
    for unit, pupils in zip(("north", "south"), TABLE[who, app], strict=True):
        answer = caller.get(roster_path(f"{unit}-lesson"))
        if pupils is None:
            assert (answer.status_code, answer.json()) == (404, absent.json())
            continue
        assert sorted(row["givenName"] for row in answer.json()["pupils"]) == sorted(pupils.split())
        assert answer.json()["lesson"]["id"] == str(named(f"{unit}-lesson"))
        assert "hidden" not in answer.text
        assert str(named("hidden-pupil")) not in answer.text


def test_the_absent_come_first_with_what_of_it_falls_in_the_lesson(me_town: Town) -> None:
    """A teacher is not told how long an absence is, nor why; and what was reported is there."""
    teacher = signed_in(me_town, "north-teacher")
    answer = teacher.get(roster_path(f"north-{MONDAY}-1"))
    first, second = answer.json()["pupils"]
    assert (first["givenName"], first["absent"]) == ("anna", True)
    assert first["absences"] == [{
        "startTime": f"{MONDAY}T08:10:00+01:00", "endTime": f"{MONDAY}T09:00:00+01:00",
        "type": "Anmäld frånvaro",
    }]  # fmt: skip
    assert first["attendance"] == {"attendanceMinutes": 0, "validAbsenceMinutes": 50}
    assert (second["givenName"], second["absent"]) == (GROWN, False)
    assert not {"absences", "attendance"} & second.keys()
    assert "illness" not in answer.text
    on_friday = teacher.get(roster_path(f"north-{FRIDAY}-2")).json()["pupils"]
    assert not any("attendance" in pupil for pupil in on_friday), "nobody has reported it"
    after_lunch = teacher.get(roster_path(f"north-{MONDAY}-2")).json()["pupils"]
    assert not any(pupil["absent"] for pupil in after_lunch)


def test_the_absent_come_before_those_whose_names_do(own_me_town: Town) -> None:
    """Here it is the last by name who is absent."""
    away(own_me_town, GROWN, "north")
    pupils = signed_in(own_me_town, "north-teacher").get(roster_path(f"north-{MONDAY}-2")).json()
    assert [pupil["givenName"] for pupil in pupils["pupils"]] == [GROWN, "anna"]


def test_who_has_no_part_in_the_lesson_comes_last(me_town: Town) -> None:
    """By the exception that the timetable has for the pupil."""
    rows = signed_in(me_town, "head").get(roster_path("left-out")).json()["pupils"]
    assert [(row["givenName"], row.get("participates")) for row in rows] == [
        (GROWN, None), ("anna", False),
    ]  # fmt: skip


def away(town: Town, student: str, unit: str) -> None:
    """The pupil is absent from this school on Monday after noon."""
    absence = Absence(
        **base(f"{student} away from {unit}"), start_time=at(MONDAY, "12:00"),
        end_time=at(MONDAY, "16:00"), type="Beviljad ledighet", student_id=named(student),
        school_unit_id=named(unit),
    )  # fmt: skip
    with town.database.transaction() as session:
        add(session, absence)


def test_absence_from_another_school_is_not_told(own_me_town: Town) -> None:
    """A pupil of two schools is each one's own business."""
    away(own_me_town, "bo", "north")
    path = roster_path(f"south-{MONDAY}-2")
    (bo,) = signed_in(own_me_town, "sub-teacher").get(path).json()["pupils"]
    assert (bo["givenName"], bo["absent"]) == ("bo", False)
    away(own_me_town, "bo", "south")
    (bo,) = signed_in(own_me_town, "sub-teacher").get(path).json()["pupils"]
    assert bo["absent"] is True


def test_a_teachers_own_protected_child_is_not_on_the_roster(own_me_town: Town) -> None:
    """Although the app is cleared, and the teacher shares the child with it as a guardian."""
    with own_me_town.database.transaction() as session:
        add(session, Responsible(child_id=named("hidden-pupil"), position=8,
                                 person_id=named("north-teacher"),
                                 relation_type="Vårdnadshavare"))  # fmt: skip
    caller = signed_in(own_me_town, "north-teacher", "cleared")
    assert [row["givenName"] for row in caller.get("/children").json()] == ["hidden-pupil"]
    answer = caller.get(roster_path("north-lesson"))
    assert answer.status_code == 200
    assert "hidden" not in answer.text


def test_who_no_longer_teaches_a_group_is_told_of_no_pupil(own_me_town: Town) -> None:
    """The lesson was theirs in August; today they have no pupils."""
    with own_me_town.database.transaction() as session:
        lesson(session, "in-august", "south", date(2026, 8, 5), "08:00", "09:00")
    caller = signed_in(own_me_town, "former-teacher")
    assert caller.get(roster_path("in-august")).json()["pupils"] == []
    assert caller.get(roster_path(f"south-{TUESDAY}-1")).status_code == 404
    assert read_records(own_me_town, caller.consumer.client_id) == []


def rosters_pupils(town: Town, who: str, day: date, name: str, **rights: Any) -> Any:
    """The pupils that somebody is told on a day; None when there is no such lesson."""
    access = access_on(town.database, who, day, **rights)
    found = read_roster(town.database, access, named(name), request_id="test")
    if found is None:
        return None
    body = json.loads(found.document)
    hold_to_contract(body, f"/lessons/{named(name)}/roster")
    return body["pupils"]


SUBSTITUTE = "sub-teacher", TUESDAY, "substituted"


def test_a_substitute_has_the_lessons_pupils_on_its_day(own_me_town: Town) -> None:
    """With who is absent and what was reported; and of these pupils nothing else."""
    starts = at(TUESDAY, "10:40")
    absence = Absence(
        **base("away from it"), start_time=starts, end_time=at(TUESDAY, "16:00"),
        type="Anmäld frånvaro", student_id=named("anna"), school_unit_id=named("north"),
    )  # fmt: skip
    with own_me_town.database.transaction() as session:
        add(session, absence)
        attended(session, "at it", "substituted", starts, valid_absence_minutes=20)
    anna, grown = rosters_pupils(own_me_town, *SUBSTITUTE)
    assert (anna["givenName"], anna["absent"]) == ("anna", True)
    assert anna["attendance"] == {"validAbsenceMinutes": 20}
    assert (grown["givenName"], grown["absent"]) == (GROWN, False)
    for day in (MONDAY, FRIDAY):
        assert rosters_pupils(own_me_town, "sub-teacher", day, "substituted") == []
    assert rosters_pupils(own_me_town, "sub-teacher", TUESDAY, f"north-{TUESDAY}-1") is None
    caller = signed_in(own_me_town, "sub-teacher")
    persons = own_me_town.http.get("/ss12000/v2.0/persons", headers=caller.consumer.headers).json()
    assert {one["id"] for one in persons["data"]} == {str(named("bo")), str(named("sub-teacher"))}


def test_a_substitute_is_told_what_the_apps_grant_gives(own_me_town: Town) -> None:
    """And no protected pupil, by a cleared app neither; nor where a protected substitute works."""
    assert rosters_pupils(own_me_town, *SUBSTITUTE, units=frozenset({"south"})) is None
    assert len(rosters_pupils(own_me_town, *SUBSTITUTE, units=frozenset({"north"}))) == 2
    assert len(rosters_pupils(own_me_town, *SUBSTITUTE, cleared=True)) == 2
    secretly = "hidden-teacher", TUESDAY, "secretly-away"
    with own_me_town.database.transaction() as session:
        add(session, TeacherException(event_id=named("guest"), event_start=at(TUESDAY, "11:40"),
                                      position=1, duty_id=named("sub-teacher-duty"),
                                      participates=True))  # fmt: skip
        session.connection().exec_driver_sql(
            "UPDATE teacher_exception SET participates = TRUE WHERE event_id = %s",
            (named("secretly-away"),),
        )
        session.connection().exec_driver_sql(
            "UPDATE activity_teacher SET end_date = %s WHERE duty_id = %s",
            (MONDAY, named("hidden-teacher-duty")),
        )
    guests = "sub-teacher", TUESDAY, "guest"
    assert len(rosters_pupils(own_me_town, *guests)) == 3
    # Bo goes to the south school, of which this app may know nothing.
    of_north = rosters_pupils(own_me_town, *guests, units=frozenset({"north"}))
    assert [one["givenName"] for one in of_north] == ["anna", GROWN]
    assert rosters_pupils(own_me_town, *secretly) is None
    assert len(rosters_pupils(own_me_town, *secretly, cleared=True)) == 2


ENDS = {
    "the exception": "DELETE FROM teacher_exception WHERE duty_id = %s",
    "standing in": "UPDATE teacher_exception SET participates = FALSE WHERE duty_id = %s",
    "the duty": "UPDATE duty SET end_date = '2026-11-16' WHERE id = %s",
}


@pytest.mark.parametrize("what", ENDS)
def test_who_does_not_stand_in_has_no_roster(own_me_town: Town, what: str) -> None:
    """As for any lesson that is not one's own."""
    with own_me_town.database.transaction() as session:
        session.connection().exec_driver_sql(ENDS[what], (named("sub-teacher-duty"),))
    assert rosters_pupils(own_me_town, *SUBSTITUTE) is None
    day = str(TUESDAY)
    told = signed_in(own_me_town, "sub-teacher").get("/lessons", begin=day, end=day).json()
    assert str(named("substituted")) not in {one["id"] for one in told}


@pytest.mark.parametrize("consented", [["schedule:read"], ["attendance:read"]])
def test_a_roster_needs_both_scopes(me_town: Town, consented: list[str]) -> None:
    """It tells of lessons and of who is away."""
    caller = signed_in(me_town, "north-teacher", consented=consented)
    assert caller.get(roster_path("north-lesson")).status_code == 403


def test_a_roster_is_logged_as_about_all_on_it(me_town: Town) -> None:
    """With the lesson; one that was refused leaves no record."""
    caller = signed_in(me_town, "north-teacher")
    caller.get(roster_path("south-lesson"))
    caller.get(roster_path("north-lesson"))
    ((operation, persons, filters, rows),) = read_records(me_town, caller.consumer.client_id)
    assert (operation, rows) == ("me.roster", 2)
    assert set(persons or ()) == {named("anna"), named(GROWN)}
    assert filters == {"lesson": [str(named("north-lesson"))]}


def test_a_roster_that_the_caller_has_is_not_sent_again(own_me_town: Town) -> None:
    """Until somebody is absent; and what cannot be logged is not answered."""
    caller, path = signed_in(own_me_town, "sub-teacher"), roster_path(f"south-{MONDAY}-2")
    tag = caller.get(path).headers["etag"]
    assert caller.get(path, headers={"If-None-Match": tag}).status_code == 304
    away(own_me_town, "bo", "south")
    assert caller.get(path, headers={"If-None-Match": tag}).status_code == 200
    assert drop_log_partitions(own_me_town) > 0
    refused = own_me_town.http.get(f"/me/v1{path}", headers=caller.consumer.headers)
    assert refused.status_code >= 500
    assert str(named("bo")) not in refused.text


@pytest.mark.parametrize("asked", [{"limit": "5"}, {"student": str(named("anna"))}])
def test_a_roster_takes_no_parameters(me_town: Town, asked: dict[str, Any]) -> None:
    """Nor another id than a UUID."""
    caller = signed_in(me_town, "north-teacher")
    assert caller.get(roster_path("north-lesson"), **asked).status_code == 400
    assert caller.get("/lessons/1/roster").status_code == 400
