"""What the start page tells: which day, what is changed on it, who is away, how fresh it all is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.models.calendar_events import StudentException
from app.models.groups import GroupMembership
from app.queries.me.today import read_today
from tests.make import add, named
from tests.me.conftest import access_on, at, day_at, signed_in, today_at
from tests.me.school import CLOCKS_BACK, FRIDAY, MONDAY, NEXT_MONDAY, TUESDAY, lesson
from tests.ss12000.conftest import Town
from tests.ss12000.families import GROWN

DAY = timedelta(days=1)
# The moment, the day that is shown then, and why.
MOMENTS = {
    "before school": (at(MONDAY, "07:15"), MONDAY, "lessonsToday"),
    "in the last lesson": (at(MONDAY, "13:59"), MONDAY, "lessonsToday"),
    "as it ends": (at(MONDAY, "14:00"), TUESDAY, "lessonsOver"),
    "late at night": (at(MONDAY, "23:59"), TUESDAY, "lessonsOver"),
    "on a day without lessons": (at(TUESDAY + DAY, "09:00"), FRIDAY, "noLessonsToday"),
    "on Friday afternoon": (at(FRIDAY, "16:00"), NEXT_MONDAY, "lessonsOver"),
    "on Saturday": (at(FRIDAY + DAY, "11:00"), NEXT_MONDAY, "noLessonsToday"),
    "on Sunday": (at(FRIDAY + 2 * DAY, "11:00"), NEXT_MONDAY, "noLessonsToday"),
    "after the last day": (at(NEXT_MONDAY, "15:00"), NEXT_MONDAY, "noLessonsAhead"),
    "a fortnight before": (at(MONDAY - 14 * DAY, "12:00"), MONDAY, "noLessonsToday"),
    "on the day of twenty-five hours": (at(CLOCKS_BACK, "22:00"), CLOCKS_BACK, "lessonsToday"),
    "a day earlier": (at(MONDAY - 15 * DAY, "12:00"), MONDAY - 15 * DAY, "noLessonsAhead"),
}


@pytest.mark.parametrize("when", MOMENTS)
def test_the_day_is_today_until_it_is_over(me_town: Town, when: str) -> None:
    """Then the next day with lessons, at most a fortnight ahead; and it is said why."""
    moment, expected, reason = MOMENTS[when]
    day = day_at(me_town, "anna", moment)
    assert (day["date"], day["reason"]) == (str(expected), reason)
    assert all(lesson["startTime"].startswith(str(expected)) for lesson in day["lessons"])
    assert bool(day["lessons"]) == (reason != "noLessonsAhead" or expected == NEXT_MONDAY)


@pytest.mark.parametrize(("when", "until"), [("07:15", "14:00"), ("13:59", "14:00"),
                                             ("14:00", None)])  # fmt: skip
def test_it_is_known_until_when_a_day_stays_as_it_is(
    me_town: Town, when: str, until: str | None
) -> None:
    """Until the last lesson ends; then until the date changes, which makes it another question."""
    access = access_on(me_town.database, "anna", MONDAY)
    found = read_today(me_town.database, access, now=at(MONDAY, when), request_id="test")
    assert found.until == (None if until is None else at(MONDAY, until))


def test_each_person_has_a_day_of_its_own(me_town: Town) -> None:
    """Bo is guest at a lesson of Anna's school; each lesson says whose it is."""
    people = today_at(me_town, "both-parent", at(TUESDAY, "07:00"))["people"]
    assert [person["givenName"] for person in people] == ["anna", "bo"]
    for person in people:
        assert {lesson["student"] for lesson in person["day"]["lessons"]} == {person["id"]}
    bo = [lesson["id"] for lesson in people[1]["day"]["lessons"]]
    assert bo == [
        str(named(name)) for name in (f"south-{TUESDAY}-1", "guest", f"south-{TUESDAY}-2")
    ]


def test_a_teacher_is_told_which_group_is_taught(me_town: Town) -> None:
    """The signed-in person's own lessons, without a student; her own absence from one is told."""
    body = today_at(me_town, "north-teacher", at(TUESDAY, "07:00"))
    assert body["people"] == []
    lessons = {lesson["id"]: lesson for lesson in body["teaching"]["lessons"]}
    assert not any("student" in lesson for lesson in lessons.values())
    assert lessons[str(named(f"north-{TUESDAY}-1"))]["groups"] == ["north-class"]
    away = lessons[str(named("substituted"))]
    assert away["changes"] == ["notParticipating", "substitute", "teacherAway"]
    # A pupil's own exception is nobody's business here.
    assert lessons[str(named("left-out"))]["status"] == "planned"


def test_a_substitute_is_told_where_they_stand_in(own_me_town: Town) -> None:
    """Among their own lessons; and somebody whose only lesson it is, too."""
    substituted = str(named("substituted"))
    body = today_at(own_me_town, "sub-teacher", at(TUESDAY, "07:00"))
    lessons = {lesson["id"]: lesson for lesson in body["teaching"]["lessons"]}
    assert lessons.keys() == {substituted} | {
        str(named(f"south-{TUESDAY}-{number}")) for number in (1, 2)
    }
    assert lessons[substituted]["changes"] == ["substitute", "teacherAway"]
    assert lessons[substituted]["groups"] == ["north-class"]
    caller = signed_in(own_me_town, "sub-teacher")
    day = str(TUESDAY)
    told = caller.get("/lessons", begin=day, end=day).json()
    assert {one["id"] for one in told} == lessons.keys()
    event = own_me_town.http.get(
        f"/ss12000/v2.0/calendarEvents/{substituted}", headers=caller.consumer.headers
    )
    assert event.status_code == 200
    assert today_at(own_me_town, "former-teacher", at(TUESDAY, "07:00")).get("teaching") is None
    with own_me_town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE teacher_exception SET duty_id = %s WHERE duty_id = %s",
            (named("former-teacher-duty"), named("sub-teacher-duty")),
        )
    other = today_at(own_me_town, "former-teacher", at(TUESDAY, "07:00"))
    assert other["user"]["roles"] == ["teacher"]
    assert [lesson["id"] for lesson in other["teaching"]["lessons"]] == [substituted]
    for ends in (
        "UPDATE duty SET end_date = '2026-11-16' WHERE id = %s",
        "UPDATE teacher_exception SET participates = FALSE WHERE duty_id = %s",
    ):
        with own_me_town.database.transaction() as session:
            session.connection().exec_driver_sql(
                "UPDATE duty SET end_date = NULL WHERE id = %s", (named("former-teacher-duty"),)
            )
            session.connection().exec_driver_sql(ends, (named("former-teacher-duty"),))
        told = today_at(own_me_town, "former-teacher", at(TUESDAY, "07:00"))
        assert (told["user"]["roles"], told.get("teaching")) == ([], None)


def test_staff_with_lessons_of_their_own_are_no_pupils(own_me_town: Town) -> None:
    """A teacher goes to a class, say; the lessons are told, and the role is not."""
    with own_me_town.database.transaction() as session:
        add(session, GroupMembership(group_id=named("south-class"), position=11,
                                     person_id=named("north-teacher")))  # fmt: skip
    body = today_at(own_me_town, "north-teacher", at(TUESDAY, "07:00"))
    assert body["user"]["roles"] == ["teacher"]
    (person,) = body["people"]
    assert [one["id"] for one in person["day"]["lessons"]] == [
        str(named(f"south-{TUESDAY}-{number}")) for number in (1, 2)
    ]
    assert body["teaching"]["lessons"]


def lesson_of(town: Town, name: str, **rights: Any) -> Any:
    """One of Anna's lessons on Tuesday."""
    day = day_at(town, "anna", at(TUESDAY, "07:00"), **rights)
    (found,) = [lesson for lesson in day["lessons"] if lesson["id"] == str(named(name))]
    return found


CHANGES: dict[str, tuple[str, list[str], list[str]]] = {
    f"north-{TUESDAY}-1": ("planned", [], ["north-teacher"]),
    "cancelled": ("cancelled", [], ["north-teacher"]),
    "left-out": ("changed", ["notParticipating"], ["north-teacher"]),
    "later": ("changed", ["time"], ["north-teacher"]),
    "substituted": ("changed", ["substitute", "teacherAway"], ["sub-teacher"]),
    # The protected teacher who comes instead is not there, nor who else might be protected.
    "secretly-substituted": ("changed", ["teacherAway"], []),
    "secretly-away": ("planned", [], ["north-teacher"]),
}


@pytest.mark.parametrize("cleared", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_is_said(me_town: Town, name: str, *, cleared: bool) -> None:
    """Of staff under protected identity there is no trace, in a cleared app either."""
    status, changes, teachers = CHANGES[name]
    told = lesson_of(me_town, name, cleared=cleared)
    assert told["status"] == status
    assert told.get("changes", []) == changes
    assert [one["name"] for one in told["teachers"]] == [f"{one} Testsson" for one in teachers]
    assert [one["name"] for one in told["teachers"] if one.get("substitute")] == [
        f"{one} Testsson" for one in teachers if "substitute" in changes
    ]


def test_an_exception_is_one_pupils_own(me_town: Town) -> None:
    """Anna's classmate takes part where she does not."""
    day = day_at(me_town, GROWN, at(TUESDAY, "07:00"))
    lessons = {lesson["id"]: lesson["status"] for lesson in day["lessons"]}
    assert lessons[str(named("left-out"))] == lessons[str(named("later"))] == "planned"


def test_a_day_is_chosen_by_what_the_app_may_show(own_me_town: Town) -> None:
    """Not by a lesson at a school that the app's grant does not cover."""
    wednesday = TUESDAY + DAY
    with own_me_town.database.transaction() as session:
        event = lesson(session, "visit", "south", wednesday, "10:00", "11:00", has_exceptions=True)
        add(session, StudentException(event_id=event, event_start=at(wednesday, "10:00"),
                                      position=0, person_id=named("anna"),
                                      participates=True))  # fmt: skip
    evening = at(TUESDAY, "20:00")
    assert day_at(own_me_town, "anna", evening)["date"] == str(wednesday)
    north = day_at(own_me_town, "anna", evening, units=frozenset({"north"}))
    assert north["date"] == str(FRIDAY)


def test_a_lesson_is_told_in_full(me_town: Town) -> None:
    """Subject and code, teacher and signature, room; without a syllabus, what it is called."""
    told = lesson_of(me_town, f"north-{TUESDAY}-1")
    assert told["subject"] == {"name": "Matematik", "code": "MA"}
    assert told["activity"] == {"id": str(named("north-maths")), "name": "north-maths"}
    assert told["teachers"] == [{"name": "north-teacher Testsson", "signature": "north-teacher"}]
    assert told["rooms"] == ["A1"]
    assert (told["startTime"], told["endTime"]) == (
        f"{TUESDAY}T08:10:00+01:00", f"{TUESDAY}T09:00:00+01:00",
    )  # fmt: skip
    assert lesson_of(me_town, "cancelled")["comment"] == "Studiedag"
    assert lesson_of(me_town, "later")["startTime"] == f"{TUESDAY}T10:25:00+01:00"
    outing = day_at(me_town, "anna", at(FRIDAY, "07:00"))["lessons"][1]
    assert outing["subject"] == {"name": "Utflykt"}


def test_the_day_begins_and_ends_with_what_takes_place(me_town: Town) -> None:
    """Not with a lesson that is cancelled or that the pupil has no part in."""
    day = day_at(me_town, "anna", at(TUESDAY, "07:00"))
    assert (day["startTime"], day["endTime"]) == (
        f"{TUESDAY}T08:10:00+01:00", f"{TUESDAY}T14:00:00+01:00",
    )  # fmt: skip


@pytest.mark.parametrize("what", ["cancelled", "not taken part in"])
def test_nothing_of_a_day_may_take_place(own_me_town: Town, what: str) -> None:
    """Then it is shown all the same, and has neither beginning nor end."""
    with own_me_town.database.transaction() as session:
        if what == "cancelled":
            session.execute(text("UPDATE calendar_event SET cancelled = TRUE"))
        else:
            session.execute(text(
                "INSERT INTO student_exception (event_id, event_start, position, person_id, "
                "participates) SELECT id, start_time, 8, :bo, FALSE FROM calendar_event"
            ), {"bo": named("bo")})  # fmt: skip
            session.execute(text("UPDATE calendar_event SET has_exceptions = TRUE"))
    day = day_at(own_me_town, "both-parent", at(MONDAY, "07:00"), "bo")
    assert (day["reason"], len(day["lessons"])) == ("lessonsToday", 2)
    assert not {"startTime", "endTime"} & day.keys()


def hours(day: Any) -> list[tuple[str, str, bool | None]]:
    """Care as clock times."""
    return [
        (one["startTime"][11:16], one["endTime"][11:16], one.get("approved"))
        for one in day.get("care", [])
    ]


def test_care_follows_the_weeks_of_its_schedule(me_town: Town) -> None:
    """Refused hours are nobody's; an entry that no clock can show is left out."""
    assert hours(day_at(me_town, "anna", at(MONDAY, "07:00"))) == [("14:00", "17:00", True)]
    # The fortnight began on 17 August, thirteen weeks earlier.
    assert hours(day_at(me_town, "anna", at(TUESDAY, "07:00"))) == [("15:00", "17:30", True)]
    assert hours(day_at(me_town, "anna", at(TUESDAY + 7 * DAY, "07:00"))) == [
        ("14:00", "16:00", True)
    ]
    assert hours(day_at(me_town, "anna", at(FRIDAY, "07:00"))) == []


def test_care_for_some_days_stands_in_for_what_is_usual(me_town: Town) -> None:
    """And what is only asked for is told as such; at night it ends on the next day."""
    this_week = day_at(me_town, "both-parent", at(MONDAY, "06:00"), "bo")
    assert hours(this_week) == [("07:00", "07:50", True)]
    later = day_at(me_town, "both-parent", at(NEXT_MONDAY, "06:00"), "bo")
    assert hours(later) == [("06:30", "07:45", True), ("22:00", "06:00", False)]
    assert later["care"][1]["endTime"].startswith(str(NEXT_MONDAY + DAY))


def test_who_came_today_is_told(me_town: Town) -> None:
    """Of today, whichever day is shown."""
    for clock in ("12:00", "18:00"):
        (anna,) = today_at(me_town, "anna", at(MONDAY, clock))["people"]
        assert anna["checkIns"] == [{"time": f"{MONDAY}T07:31:00+01:00", "type": "in"}]
    (anna,) = today_at(me_town, "anna", at(TUESDAY, "18:00"))["people"]
    assert anna["checkIns"] == [{"time": f"{TUESDAY}T16:05:00+01:00", "type": "out"}]
    assert "checkIns" not in today_at(me_town, "anna", at(FRIDAY, "12:00"))["people"][0]


def test_an_absence_is_told_with_its_report(me_town: Town) -> None:
    """Whether each system has taken it; on the days that it touches, to whom it concerns."""
    anna, bo = today_at(me_town, "both-parent", at(MONDAY, "07:00"))["people"]
    (absence,) = anna["day"]["absences"]
    assert absence["id"] == str(named("anna-ill"))
    assert absence["report"]["status"] == "reported"
    assert absence["report"]["reasonCategory"] == "illness"
    assert {one["source"]: one["state"] for one in absence["report"]["deliveries"]} == {
        "tempus": "delivered", "skola24": "pending",
    }  # fmt: skip
    assert bo["day"]["absences"] == []
    assert day_at(me_town, "anna", at(TUESDAY, "07:00"))["absences"] == []


def test_attendance_is_told_at_its_lesson(me_town: Town) -> None:
    """Each sibling's own."""
    anna, bo = today_at(me_town, "both-parent", at(MONDAY, "07:00"))["people"]
    assert anna["day"]["lessons"][0]["attendance"] == {
        "attendanceMinutes": 0, "validAbsenceMinutes": 50,
    }  # fmt: skip
    assert bo["day"]["lessons"][0]["attendance"]["attendanceMinutes"] == 50
    assert "attendance" not in anna["day"]["lessons"][1]


def test_what_was_left_out_for_want_of_a_scope_is_named(me_town: Town) -> None:
    """Lessons are told, and nothing else about the pupil."""
    without = frozenset({"attendance:read"})
    body = today_at(me_town, "both-parent", at(MONDAY, "07:00"), without=without)
    assert body["omitted"] == ["absences", "attendance", "care"]
    for person in body["people"]:
        assert "checkIns" not in person
        assert not {"absences", "care"} & person["day"].keys()
        assert person["day"]["lessons"]
        assert not any("attendance" in lesson for lesson in person["day"]["lessons"])


MORNING = at(MONDAY, "07:15")
# What became of a source's runs, the last one last, and how old its data is.
RUNS: dict[str, tuple[str, list[str | None], timedelta | None]] = {
    "fresh": ("fresh", ["completed"], timedelta(hours=3)),
    "almost stale": ("fresh", ["completed"], timedelta(hours=26)),
    "stale": ("stale", ["completed"], timedelta(hours=26, seconds=1)),
    "failed": ("failed", ["completed", "failed"], timedelta(hours=3)),
    "recovered": ("fresh", ["failed", "completed"], timedelta(hours=3)),
    "running": ("fresh", ["completed", None], timedelta(hours=3)),
    "never completed": ("failed", ["failed"], None),
    "never imported": ("unknown", [], None),
}


def from_source(town: Town, runs: list[str | None], age: timedelta | None) -> None:
    """Bo's lessons come from a source of this history."""
    as_of = None if age is None else MORNING - age
    with town.database.transaction() as session:
        session.execute(text(
            "INSERT INTO source (id, name, url, as_of, takes_absences) OVERRIDING SYSTEM VALUE "
            "VALUES (77, 'timetable', 'https://x.example', :as_of, FALSE)"
        ), {"as_of": as_of})  # fmt: skip
        for status in runs:
            session.execute(text(
                "INSERT INTO import_run (source_id, mode, started, finished, status) "
                "VALUES (77, 'full', :then, :ended, :status)"
            ), {"then": MORNING, "ended": MORNING if status else None,
                "status": status or "running"})  # fmt: skip
        session.execute(
            text("UPDATE calendar_event SET source_id = 77 WHERE school_unit_id = :south"),
            {"south": named("south")},
        )


@pytest.mark.parametrize("history", RUNS)
def test_each_source_says_how_fresh_it_is(own_me_town: Town, history: str) -> None:
    """And the answer holds what was last known all the same, never a blank."""
    status, runs, age = RUNS[history]
    from_source(own_me_town, runs, age)
    body = today_at(own_me_town, "bo", MORNING)
    (source,) = body["sources"]
    assert (source["name"], source["status"]) == ("timetable", status)
    assert ("asOf" in source) == (age is not None)
    if age is not None:
        assert datetime.fromisoformat(source["asOf"]) == MORNING - age
    assert len(body["people"][0]["day"]["lessons"]) == 2
    # Anna's answer does not rest on it.
    assert today_at(own_me_town, "anna", MORNING)["sources"] == []


def test_over_http_it_is_todays_answer(me_town: Town) -> None:
    """The clock of the service decides; the answer may be kept and must be asked about."""
    answer = signed_in(me_town, "anna").get("/today")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in answer.headers["vary"]
    day = answer.json()["people"][0]["day"]
    assert day["date"] >= str(at(MONDAY).date())
