"""Periods, parameters, entity tags and the access log of `/me/v1`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.queries.access_records import who_read
from tests.make import named
from tests.me.conftest import read_records, signed_in
from tests.me.school import CLOCKS_BACK, FRIDAY, MONDAY, TUESDAY
from tests.ss12000.conftest import Town, watched
from tests.ss12000.test_access_log import drop_log_partitions

WEEK: dict[str, Any] = {"begin": str(MONDAY), "end": str(FRIDAY)}
READS: dict[str, dict[str, Any]] = {
    "/today": {},
    "/lessons": WEEK,
    "/children": {},
    "/attendance": WEEK,
}


def test_a_period_holds_its_last_day_and_none_after(me_town: Town) -> None:
    """In the order of time."""
    anna = signed_in(me_town, "anna")
    rows = anna.get("/lessons", **WEEK).json()
    starts = [row["startTime"] for row in rows]
    assert starts == sorted(starts)
    assert {start[:10] for start in starts} == {str(MONDAY), str(TUESDAY), str(FRIDAY)}
    one_day = anna.get("/lessons", begin=str(FRIDAY), end=str(FRIDAY)).json()
    assert one_day == [row for row in rows if row["startTime"].startswith(str(FRIDAY))]


def test_a_day_on_which_clocks_change_has_all_its_hours(me_town: Town) -> None:
    """Twenty-five of them, each with the offset that it had."""
    anna = signed_in(me_town, "anna")
    rows = anna.get("/lessons", begin=str(CLOCKS_BACK), end=str(CLOCKS_BACK)).json()
    assert [row["startTime"] for row in rows] == [
        f"{CLOCKS_BACK}T00:30:00+02:00", f"{CLOCKS_BACK}T23:30:00+01:00",
    ]  # fmt: skip
    for day in (CLOCKS_BACK - timedelta(days=1), CLOCKS_BACK + timedelta(days=1)):
        assert anna.get("/lessons", begin=str(day), end=str(day)).json() == []


def test_a_teachers_lessons_are_left_out_where_one_student_is_asked_for(me_town: Town) -> None:
    """Siblings apart, too."""
    teacher = signed_in(me_town, "north-teacher")
    assert len(teacher.get("/lessons", **WEEK).json()) > 0
    assert teacher.get("/lessons", student=str(named("north-teacher")), **WEEK).json() == []
    parent = signed_in(me_town, "both-parent")
    of_bo = parent.get("/lessons", student=str(named("bo")), **WEEK).json()
    assert {row["student"] for row in of_bo} == {str(named("bo"))}
    both = parent.get("/lessons", **WEEK).json()
    assert {row["student"] for row in both} == {str(named("anna")), str(named("bo"))}


@pytest.mark.parametrize("asked", [
    {},
    {"begin": "2026-11-16"},
    {"end": "2026-11-16"},
    {"begin": "2026-11-17", "end": "2026-11-16"},
    {"begin": "2026-11-01", "end": "2026-12-02"},
    {"begin": "2026-11-16", "end": "soon"},
    {"begin": "2026-02-30", "end": "2026-03-01"},
    {"begin": "0001-01-01", "end": "9999-12-31"},
    {"begin": ["2026-11-16", "2026-11-17"], "end": "2026-11-17"},
    {"begin": "2026-11-16", "end": "2026-11-17", "student": "anna"},
    {"begin": "2026-11-16", "end": "2026-11-17", "limit": "5"},
    {"begin": "2026-11-16", "end": "2026-11-17", "expand": "activity"},
])  # fmt: skip
def test_a_period_that_cannot_be_meant_is_refused(me_town: Town, asked: dict[str, Any]) -> None:
    """Both days are needed, in order, at most a month; and no other parameter is believed in."""
    refused = signed_in(me_town, "anna").get("/lessons", **asked)
    assert refused.status_code == 400
    assert refused.json()["title"] == "badParameter"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_is_can_be_asked_for(me_town: Town, day: str) -> None:
    """They are without lessons, and without a fault."""
    assert signed_in(me_town, "anna").get("/lessons", begin=day, end=day).json() == []


@pytest.mark.parametrize("path", ["/today", "/children"])
def test_a_parameter_that_is_not_known_is_refused(me_town: Town, path: str) -> None:
    """It could have been meant to narrow the answer."""
    refused = signed_in(me_town, "anna").get(path, student=str(named("bo")))
    assert refused.status_code == 400
    assert "student" in refused.json()["detail"]


@pytest.mark.parametrize("path", READS)
def test_an_answer_that_the_caller_has_is_not_sent_again(own_me_town: Town, path: str) -> None:
    """Until it changes; and another person's tag is not this one's."""
    caller = signed_in(own_me_town, "both-parent")
    first = caller.get(path, **READS[path])
    tag = first.headers["etag"]
    again = caller.get(path, headers={"If-None-Match": tag}, **READS[path])
    assert (again.status_code, again.headers["etag"]) == (304, tag)
    other = signed_in(own_me_town, "other-parent").get(path, **READS[path])
    assert other.headers["etag"] != tag
    with own_me_town.database.transaction() as session:
        session.execute(text("UPDATE calendar_event SET comment = 'Ta med matsäck'"))
        session.execute(text("UPDATE attendance SET attendance_minutes = 7"))
        session.execute(text("UPDATE person SET given_name = 'Anna' WHERE given_name = 'anna'"))
    changed = caller.get(path, headers={"If-None-Match": tag}, **READS[path])
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_a_poll_of_somebodys_app_is_the_doors(
    own_me_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it may show today is looked at each time."""
    caller = signed_in(own_me_town, "both-parent")
    tag = caller.get("/today").headers["etag"]
    door = watched(own_me_town, monkeypatch, "/me/v1")
    again = [caller.get("/today", headers={"If-None-Match": tag}) for _ in range(3)]
    assert [one.status_code for one in again] == [304] * 3 and door.asked == 3


def test_a_day_is_made_anew_when_time_alone_has_changed_it(own_me_town: Town) -> None:
    """A poll that finds nothing new is not read and not logged, until a source's data grows old."""
    caller = signed_in(own_me_town, "both-parent")
    with own_me_town.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO source (name, url, takes_absences, as_of) VALUES "
                "('late', '', FALSE, now() - interval '26 hours' + interval '2 minutes')"
            )
        )

    def times_read() -> int:
        return len(read_records(own_me_town, caller.consumer.client_id))

    tag = {"If-None-Match": caller.get("/today").headers["etag"]}
    assert caller.get("/today", headers=tag).status_code == 304
    assert times_read() == 1
    authenticator = own_me_town.app.state.authenticator
    authenticator.clock = lambda: datetime.now(UTC) + timedelta(minutes=3)
    caller.get("/today", headers=tag)
    assert times_read() == 2
    with own_me_town.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO import_run (source_id, mode, started, status) "
                "SELECT id, 'whole', now(), 'failed' FROM source"
            )
        )
    caller.get("/today", headers=tag)
    assert times_read() == 3


ABOUT = {
    "/today": ("me.today", {"both-parent", "anna", "bo"}, {}),
    "/lessons": ("me.lessons", {"anna", "bo"}, {"from": [str(MONDAY)], "to": [str(FRIDAY)]}),
    "/children": ("me.children", {"anna", "bo"}, {}),
    "/attendance": ("me.attendance", {"anna", "bo"}, {"from": [str(MONDAY)], "to": [str(FRIDAY)]}),
}


@pytest.mark.parametrize("path", READS)
def test_an_answer_is_logged_as_about_those_whom_it_shows(me_town: Town, path: str) -> None:
    """Once, with who had signed in and what was asked."""
    caller = signed_in(me_town, "both-parent")
    caller.get(path, **READS[path])
    ((operation, persons, filters, rows),) = read_records(me_town, caller.consumer.client_id)
    expected, about, asked = ABOUT[path]
    assert (operation, filters) == (expected, asked)
    assert set(persons or ()) == {named(name) for name in about}
    assert rows > 0
    with me_town.database.transaction() as session:
        acting = session.execute(
            text("SELECT acting_person_id FROM access_record WHERE client_id = :client"),
            {"client": caller.consumer.client_id},
        ).scalars().all()  # fmt: skip
    assert acting == [named("both-parent")]


def test_a_guardian_who_asks_finds_each_answer(me_town: Town) -> None:
    """Of the access log: that it was about the child is certain."""
    since = datetime.now(UTC)
    caller = signed_in(me_town, "other-parent")
    for path, asked in READS.items():
        caller.get(path, **asked)
    with me_town.database.transaction() as session:
        found = who_read(session, person_id=named("anna"), since=since)
    ours = [one for one in found if one.client_id == caller.consumer.client_id]
    assert {(one.operation, one.certain, one.acting_person_id) for one in ours} == {
        (operation, True, named("other-parent")) for operation, _about, _asked in ABOUT.values()
    }


def test_what_is_about_one_child_is_logged_as_about_no_other(me_town: Town) -> None:
    """Lessons of Bo are nothing about his sister."""
    caller = signed_in(me_town, "both-parent")
    caller.get("/lessons", student=str(named("bo")), **WEEK)
    ((_operation, persons, filters, _rows),) = read_records(me_town, caller.consumer.client_id)
    assert persons == [named("bo")]
    assert filters["student"] == [str(named("bo"))]


@pytest.mark.parametrize("path", ["/lessons", "/children"])
def test_an_answer_about_nobody_leaves_no_record(me_town: Town, path: str) -> None:
    """Nobody's data left."""
    caller = signed_in(me_town, "friend")
    assert caller.get(path, **READS[path]).json() == []
    assert read_records(me_town, caller.consumer.client_id) == []


@pytest.mark.parametrize("path", READS)
def test_what_cannot_be_logged_is_not_answered(own_me_town: Town, path: str) -> None:
    """Not a word of it."""
    caller = signed_in(own_me_town, "both-parent")
    assert drop_log_partitions(own_me_town) > 0
    answer = own_me_town.http.get(
        f"/me/v1{path}", params={"from": WEEK["begin"], "to": WEEK["end"]} if READS[path] else {},
        headers=caller.consumer.headers,
    )  # fmt: skip
    assert answer.status_code >= 500
    assert "anna" not in answer.text
    assert str(named("anna")) not in answer.text
