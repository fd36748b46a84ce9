"""A refused body is told everything that is wrong with it, each fault by its path, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.local_time import local_day
from app.models.calendar_events import StudentException
from app.models.groups import GroupMembership
from app.models.persons import Enrolment
from app.models.placements import Placement
from tests.make import LESSON, START, add, base, named
from tests.ss12000.conftest import Town
from tests.ss12000.writable import (
    absence,
    attendance,
    attendance_event,
    attendance_schedule,
    new_lesson,
    ref,
    rows_of,
)

NOBODY = {"id": str(uuid4())}
Faults = dict[str, str]


def refused(town: Town, path: str, body: Any, status: int = 400) -> Faults:
    """What is said to be wrong, by path. The message alone says all of it too."""
    before = rows_of(town.database)
    answer = town.caller().post(f"/{path}", body)
    assert answer.status_code == status, answer.text
    faults = {fault["path"]: fault["message"] for fault in answer.json()["errors"]}
    assert len(faults) == len(answer.json()["errors"])
    for where, message in faults.items():
        assert f"{where}: {message}" in answer.json()["message"]
    assert rows_of(town.database) == before
    return faults


def test_faults_of_shape_and_of_meaning_are_told_together(written_town: Town) -> None:
    """Of what is sound all is judged; what is not is never judged twice."""
    lesson = new_lesson(written_town.database, cancelled=True)
    body = attendance(
        lesson, attendanceMinutes=-1, validAbsenceMinutes="5", reporter=None, isreported=True,
        reportedTimestamp="2099-01-01T10:00:00+01:00", absenceReason="two\nlines",
    ) | {"reporter": None}  # fmt: skip
    assert refused(written_town, "attendances", body) == {
        "reporter": "null is not allowed; leave the property out",
        "attendanceMinutes": "must be greater than or equal to 0",
        "validAbsenceMinutes": "must be a valid integer",
        "absenceReason": "must be printable characters on one line",
        "isreported": "is not a property here; known are calendarEvent, student, reporter, "
        "isReported, attendanceMinutes, validAbsenceMinutes, invalidAbsenceMinutes, "
        "otherAttendanceMinutes, absenceReason, reportedTimestamp",
        "calendarEvent.id": "the lesson is cancelled",
        "reportedTimestamp": "is in the future; send when it was reported",
    }


@pytest.mark.parametrize(("path", "required"), [
    ("attendances", {"calendarEvent", "student", "isReported"}),
    ("attendanceEvents", {"time", "eventType", "person", "group"}),
    ("attendanceSchedule", {"placement", "numberOfWeeks", "startDate"}),
    ("absences", {"startTime", "endTime", "type", "student"}),
])  # fmt: skip
def test_everything_that_is_missing_is_named(
    written_town: Town, path: str, required: set[str]
) -> None:
    """`id` and `meta`, which the standard lists as required, are not among it."""
    assert refused(written_town, path, {}) == dict.fromkeys(required, "is required")


@pytest.mark.parametrize(("path", "name"), [
    ("attendances", "reportedTimestamp"), ("attendanceEvents", "time"), ("absences", "startTime"),
])  # fmt: skip
@pytest.mark.parametrize(("sent", "message"), [
    ("2026-07-01T10:00:00+01:00",
     "+01:00 is not Stockholm's offset on 2026-07-01; send +02:00 or Z"),
    ("2026-01-15T10:00:00+02:00",
     "+02:00 is not Stockholm's offset on 2026-01-15; send +01:00 or Z"),
    ("2026-03-29T02:30:00+02:00",
     "+02:00 is not Stockholm's offset on 2026-03-29; send +01:00 or Z"),
    ("2026-07-01T10:00:00-05:30",
     "-05:30 is not Stockholm's offset on 2026-07-01; send +02:00 or Z"),
    ("2026-07-01T10:00:00", "must be an RFC 3339 date-time with an offset, such as "
                            "2026-08-17T08:00:00+02:00"),
    ("1700000000", "must be an RFC 3339 date-time with an offset, such as "
                   "2026-08-17T08:00:00+02:00"),
    ("2026-02-30T10:00:00+01:00", "is no time of any calendar: day is out of range for month"),
    ("0001-01-01T00:00:00+14:00", "must be of a year from 1990 to 2100"),
])  # fmt: skip
def test_a_wrong_zone_is_told_with_the_right_one(
    written_town: Town,
    path: str,
    name: str,
    sent: str,
    message: str,
) -> None:
    """An offset that Stockholm does not have at that instant is a mistake of whoever wrote it."""
    assert refused(written_town, path, {name: sent})[name] == message


@pytest.mark.parametrize("sent", ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"])
def test_both_halves_of_the_hour_that_comes_twice_are_taken(written_town: Town, sent: str) -> None:
    """When the clocks go back Stockholm has both offsets, one after the other."""
    end = (datetime.fromisoformat(sent) + timedelta(minutes=1)).astimezone(UTC)
    answer = written_town.caller().post(
        "/absences", absence(startTime=sent, endTime=end.isoformat())
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["startTime"] == sent


MINUTES_FAULTS = [
    ({"attendanceMinutes": 59}, {"attendanceMinutes": "add up to 59, but the lesson is 60"}),
    ({"attendanceMinutes": None, "invalidAbsenceMinutes": 61},
     {"invalidAbsenceMinutes": "add up to 61, but the lesson is 60"}),
    ({"attendanceMinutes": None}, {"attendanceMinutes": "add up to 0, but the lesson is 60"}),
    ({"isReported": False}, {"attendanceMinutes": "stands beside isReported false"}),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "expected"), MINUTES_FAULTS)
def test_minutes_add_up_to_the_lesson_or_are_not_there(
    written_town: Town, changed: dict[str, Any], expected: Faults
) -> None:
    body = attendance(new_lesson(written_town.database), **changed)
    found = refused(written_town, "attendances", body)
    assert found.keys() == expected.keys()
    for path, words in expected.items():
        assert words in found[path]


def excepted(town: Town, student: str, **exception: Any) -> Any:
    """A lesson at which a pupil is an exception, as (changes of the row) says."""
    lesson = new_lesson(town.database, has_exceptions=True)
    moments = {name: lesson.start_time + timedelta(minutes=value)
               for name, value in exception.items() if name.endswith("_time")}  # fmt: skip
    columns: dict[str, Any] = {"participates": True} | exception | moments
    with town.database.transaction() as session:
        add(session, StudentException(event_id=lesson.id, event_start=lesson.start_time, position=0,
                                      person_id=named(student), **columns))  # fmt: skip
    return lesson


@pytest.mark.parametrize(("lesson", "minutes"), [
    ({}, 60),
    ({"teaching_length_student": 50}, 50),
    ({"exception": {"teaching_length": 40}, "teaching_length_student": 50}, 40),
    ({"exception": {"start_time": 15}}, 45),
    ({"exception": {"start_time": 15, "end_time": 35}}, 20),
])  # fmt: skip
def test_a_lesson_is_as_long_as_it_is_for_the_pupil(
    written_town: Town, lesson: dict[str, Any], minutes: int
) -> None:
    """Its duration; what the lesson says; what the pupil's own exception says."""
    exception = lesson.pop("exception", None)
    if exception is None:
        event = new_lesson(written_town.database, **lesson)
    else:
        event = excepted(written_town, "anna", **exception)
    wrong = attendance(event, attendanceMinutes=minutes - 1)
    assert f"is {minutes} minutes" in refused(written_town, "attendances", wrong)[
        "attendanceMinutes"
    ]  # fmt: skip
    right = attendance(event, attendanceMinutes=minutes)
    assert written_town.caller().post("/attendances", right).status_code == 200


def test_only_who_takes_part_that_day_attends(written_town: Town) -> None:
    """By the groups' members of that day, unless an exception says otherwise."""
    outside = {"student.id": "the pupil does not take part in this lesson"}
    db, caller = written_town.database, written_town.caller()
    lesson = new_lesson(db)
    assert refused(written_town, "attendances", attendance(lesson, "bo")) == outside
    kept_away = excepted(written_town, "anna", participates=False)
    assert refused(written_town, "attendances", attendance(kept_away)) == outside
    invited = excepted(written_town, "bo")
    assert caller.post("/attendances", attendance(invited, "bo")).status_code == 200
    earlier = LESSON.date() - timedelta(days=1)
    with db.transaction() as session:
        add(session, GroupMembership(group_id=named("north-class"), position=9,
                                     person_id=named("bo"), end_date=earlier))  # fmt: skip
    assert refused(written_town, "attendances", attendance(lesson, "bo")) == outside
    then = LESSON - timedelta(days=2)
    before = new_lesson(db, start_time=then, end_time=then + timedelta(hours=1))
    assert caller.post("/attendances", attendance(before, "bo")).status_code == 200


def test_a_check_in_is_of_someone_who_belongs_there_and_has_happened(written_town: Town) -> None:
    """Member of the group that day or placed in it; the clock may be a little ahead."""
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    found = refused(written_town, "attendanceEvents", attendance_event("bo", time=soon))
    assert "neither a member of the group nor placed in it" in found["person.id"]
    assert found["time"] == "is in the future; send when it happened"
    ahead = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    since = local_day(datetime.now(UTC) - timedelta(days=2))
    with written_town.database.transaction() as session:
        add(session, Placement(**base("bo-care"), school_unit_id=named("north"), start_date=since,
                               group_id=named("north-care"), child_id=named("bo"),
                               school_type="FTH"))  # fmt: skip
    caller = written_town.caller()
    assert caller.post("/attendanceEvents", attendance_event("bo", time=ahead)).status_code == 200


def test_every_fault_of_a_schedule_is_told_at_its_entry(written_town: Town) -> None:
    """Cycle, order, overlap of one day, the placement's period and hours; all in one answer."""
    with written_town.database.transaction() as session:
        add(session, Placement(**base("short-place"), school_unit_id=named("north"),
                               child_id=named("anna"), school_type="FTH", start_date=START,
                               end_date=START + timedelta(days=30),
                               max_weekly_schedule_hours=10))  # fmt: skip
    entries = [
        entry(0, "Måndag", "06:00", "12:00"),
        entry(0, "Måndag", "11:59", "18:00"),
        entry(1, "Måndag", "11:59", "18:00"),
        entry(1, "Tisdag", "09:00", "09:00"),
        entry(2, "Onsdag", "22:00", "24:00"),
    ]
    body = attendance_schedule(
        placement=ref("short-place"), numberOfWeeks=2, startDate="2026-07-31",
        endDate="2026-09-01", scheduleEntries=entries,
        state=[{"state": "Godkänt", "registeredAt": "2099-01-01T00:00:00Z"},
               {"state": "Begärt", "registeredAt": "2026-01-01T00:00:00Z"}],
    )  # fmt: skip
    assert refused(written_town, "attendanceSchedule", body) == {
        "state[0].registeredAt": "is in the future",
        "state[1].registeredAt": "is before the step that precedes it; send the oldest step first",
        "scheduleEntries[1].startTime": "is before scheduleEntries[0] of the same day ends",
        "scheduleEntries[3].endTime": "must be after startTime",
        "scheduleEntries[4].weekOffset": "must be less than numberOfWeeks, which is 2",
        "startDate": "the placement begins 2026-08-01",
        "endDate": "the placement ends 2026-08-31",
        "scheduleEntries": "week 0 holds 12.02 hours; the placement's maxWeeklyScheduleHours is 10",
    }


def entry(week: int, day: str, start: str, end: str) -> dict[str, Any]:
    """A time of care."""
    return {"weekOffset": week, "dayOfWeek": day, "startTime": start, "endTime": end}


@pytest.mark.parametrize(("changed", "path"), [
    ({"numberOfWeeks": 0}, "numberOfWeeks"),
    ({"numberOfWeeks": 53}, "numberOfWeeks"),
    ({"startDate": "2026-08-02", "endDate": "2026-08-01"}, "endDate"),
    ({"state": []}, "state"),
    ({"scheduleEntries": [entry(-1, "Måndag", "08:00", "09:00")]}, "scheduleEntries[0].weekOffset"),
    ({"scheduleEntries": [entry(0, "Monday", "08:00", "09:00")]}, "scheduleEntries[0].dayOfWeek"),
    ({"scheduleEntries": [entry(0, "Måndag", "8:00", "09:00")]}, "scheduleEntries[0].startTime"),
    ({"scheduleEntries": [entry(0, "Måndag", "08:00", "24:30")]}, "scheduleEntries[0].endTime"),
])  # fmt: skip
def test_what_a_schedule_cannot_hold_is_named(
    written_town: Town, changed: dict[str, Any], path: str
) -> None:
    assert set(refused(written_town, "attendanceSchedule", attendance_schedule(**changed))) == {
        path
    }


def test_schedules_of_one_kind_do_not_overlap_unless_refused(written_town: Town) -> None:
    """An ordinary one beside a temporary one may; a refused one holds at no time."""
    caller = written_town.caller()
    nekat = [{"state": "Nekat", "registeredAt": "2026-08-02T08:00:00+02:00"}]
    body = attendance_schedule(endDate=None)
    assert caller.post("/attendanceSchedule", body | {"state": nekat}).status_code == 200
    identity = caller.post("/attendanceSchedule", body).json()["id"]
    later = body | {"startDate": "2099-01-05"}
    assert caller.post("/attendanceSchedule", later).status_code == 409
    # The town's own ordinary schedule has no end.
    assert caller.post("/attendanceSchedule", later | {"temporary": False}).status_code == 409
    assert caller.post("/attendanceSchedule", later | {"state": nekat}).status_code == 200
    assert caller.request("DELETE", f"/attendanceSchedule/{identity}").status_code == 204


def test_an_absence_ends_after_it_begins_and_within_a_year(written_town: Town) -> None:
    same = "2026-10-01T08:00:00+02:00"
    assert refused(written_town, "absences", absence(startTime=same, endTime=same)) == {
        "endTime": "must be after startTime"
    }
    long = absence(startTime=same, endTime="2027-10-03T08:00:00+02:00")
    assert "at most 366 days" in refused(written_town, "absences", long)["endTime"]


def test_an_absence_is_from_a_unit_where_the_pupil_is_then(written_town: Town) -> None:
    """Derived when there is one, asked for when there are several, refused when it is another."""
    caller = written_town.caller()
    derived = caller.post("/absences", absence("bo")).json()
    assert derived["organisation"] == ref("south")
    elsewhere = refused(written_town, "absences", absence("bo", organisation=ref("north")))
    assert "neither enrolled nor placed there" in elsewhere["organisation.id"]
    staff = refused(written_town, "absences", absence("north-teacher"))
    assert "is neither enrolled nor placed" in staff["student.id"]
    early = refused(
        written_town, "absences",
        absence("bo", startTime="2026-07-31T08:00:00+02:00", endTime="2026-08-01T00:00:00+02:00"),
    )  # fmt: skip
    assert "is neither enrolled nor placed" in early["student.id"]
    with written_town.database.transaction() as session:
        add(session, Enrolment(person_id=named("bo"), position=1, school_unit_id=named("north"),
                               school_type="GR", start_date=START))  # fmt: skip
    several = refused(written_town, "absences", absence("bo"))
    assert "the pupil belongs to several units" in several["organisation"]
    only_south = written_town.caller(organisations=("south",))
    assert only_south.post("/absences", absence("bo")).json()["organisation"] == ref("south")
    named_one = absence("bo", organisation=ref("north"))
    assert caller.post("/absences", named_one).json()["organisation"] == ref("north")


def test_an_absence_is_written_where_its_consumer_will_read_it(written_town: Town) -> None:
    """A grant for school forms reads absences of pupils enrolled in them, and writes those.

    For who is enrolled nowhere there see test_absences_of_the_placed.py.
    """
    assert written_town.caller(school_types=("GR",)).post("/absences", absence()).status_code == 200
    of_care = written_town.caller(school_types=("FTH",)).post("/absences", absence())
    assert of_care.status_code == 400
    assert "is neither enrolled nor placed" in of_care.json()["message"]


def test_absences_of_another_type_or_time_may_stand_side_by_side(written_town: Town) -> None:
    """They may meet at an instant; they may not overlap by a minute."""
    caller, body = written_town.caller(), absence()
    assert caller.post("/absences", body).status_code == 200
    assert caller.post("/absences", body | {"type": "Beviljad ledighet"}).status_code == 200
    end = datetime.fromisoformat(body["endTime"])
    five = (end + timedelta(minutes=5)).isoformat()
    later = body | {"startTime": body["endTime"], "endTime": five}
    assert caller.post("/absences", later).status_code == 200
    over = later | {"startTime": (end + timedelta(minutes=4)).isoformat(),
                    "endTime": (end + timedelta(minutes=9)).isoformat()}  # fmt: skip
    assert caller.post("/absences", over).status_code == 409


@pytest.mark.parametrize(("path", "body", "expected"), [
    ("attendances", {"calendarEvent": NOBODY, "student": NOBODY, "reporter": NOBODY,
                     "isReported": "no"},
     {"calendarEvent.id": "calendar event", "student.id": "person", "reporter.id": "person"}),
    ("attendanceEvents", {"group": NOBODY, "person": NOBODY, "registeredBy": NOBODY, "time": 1},
     {"group.id": "group", "person.id": "person", "registeredBy.id": "person"}),
    ("attendanceSchedule", {"placement": NOBODY, "numberOfWeeks": 0},
     {"placement.id": "placement"}),
    ("absences", {"student": NOBODY, "organisation": NOBODY, "registeredBy": NOBODY},
     {"student.id": "person", "organisation.id": "organisation", "registeredBy.id": "person"}),
])  # fmt: skip
def test_what_is_not_there_is_404_beside_all_other_faults(
    written_town: Town, path: str, body: dict[str, Any], expected: Faults
) -> None:
    found = refused(written_town, path, body, status=404)
    for where, noun in expected.items():
        assert found.pop(where) == f"there is no such {noun} for this consumer"
    assert found
