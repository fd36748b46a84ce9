"""Calendar feeds: who makes them, when their addresses answer, and that nobody else learns them."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import text

from app.auth import rate_limits
from app.local_time import STOCKHOLM, local_day
from app.models.calendar_events import StudentException
from app.services import calendar_feeds
from tests.make import add, named
from tests.me.conftest import App, read_records, signed_in
from tests.me.school import lesson
from tests.ss12000.conftest import Town
from tests.ss12000.families import GROWN

PEOPLE = ("anna", "bo", "hidden-pupil", GROWN)
# For whom a person may have a feed made. None: not even for themselves.
TABLE: dict[tuple[str, str], str] = {
    ("both-parent", "app"): "anna bo",
    ("other-parent", "app"): "anna",
    ("hidden-parent", "app"): "",
    ("hidden-parent", "cleared"): "hidden-pupil",
    ("anna", "app"): "anna",
    ("hidden-pupil", "app"): "",
    ("hidden-pupil", "cleared"): "hidden-pupil",
    (GROWN, "app"): GROWN,
    ("north-teacher", "app"): "",
    ("sub-teacher", "app"): "",
    ("head", "app"): "",
    ("friend", "app"): "",
}


def make(app: App, student: str) -> httpx.Response:
    """POST a feed."""
    return app.send("POST", "/calendar-feeds", {"student": str(named(student))})


def address(app: App, student: str) -> str:
    """The path of a new feed."""
    made = make(app, student)
    assert made.status_code == 201, made.text
    url: str = made.json()["url"]
    assert url.startswith("http://127.0.0.1:8000/ical/")
    return url.removeprefix("http://127.0.0.1:8000")


def read(town: Town, path: str, **headers: str) -> httpx.Response:
    """As a calendar program does."""
    return town.http.get(path, headers=headers)


def events(town: Town, path: str) -> dict[str, Any]:
    """The events by their UID, as the library reads them."""
    answer = read(town, path)
    assert answer.status_code == 200, answer.text
    found: list[Any] = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    by_uid = {str(one["UID"]): one for one in found}
    assert len(by_uid) == len(found)
    return by_uid


def today() -> datetime:
    """Midnight in Stockholm."""
    return datetime.combine(local_day(datetime.now(UTC)), time(), STOCKHOLM)


def new_lesson(town: Town, days: int, name: str = "", **more: Any) -> UUID:
    """A lesson of the north school so many days from now, at ten."""
    day = (today() + timedelta(days=days)).date()
    with town.database.transaction() as session:
        return lesson(session, name or uuid4().hex, "north", day, "10:00", "10:50", **more)


def change(town: Town, sql: str, **values: Any) -> None:
    """As an import or an admin changes something."""
    with town.database.transaction() as session:
        session.execute(text(sql), values)


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_a_feed_is_made_of_oneself_and_ones_children_only(
    me_town: Town, who: str, app: str
) -> None:
    """Whoever else one teaches or heads is nobody."""
    caller = signed_in(me_town, who, app)
    may = TABLE[who, app].split()
    nobody = make(caller, "nobody at all")
    assert nobody.status_code == 404
    for name in PEOPLE:
        answer = make(caller, name)
        assert answer.status_code == (201 if name in may else 404)
        if name not in may:
            assert answer.json() == nobody.json()
    listed = caller.get("/calendar-feeds").json()
    assert [row["student"] for row in listed] == [str(named(name)) for name in may]


def test_a_feed_holds_the_lessons_of_its_window(own_me_town: Town) -> None:
    """In Swedish time with its rules, without anybody's name; and it says how it may be kept."""
    inside = {new_lesson(own_me_town, days) for days in (-14, 0, 120)}
    outside = {new_lesson(own_me_town, days) for days in (-15, 121)}
    path = address(signed_in(own_me_town, "both-parent"), "anna")
    answer = read(own_me_town, path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["referrer-policy"] == "no-referrer"
    calendar: Any = Calendar.from_ical(answer.content)
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Stockholm"]
    found = list(events(own_me_town, path).values())
    at_ten = [one for one in found if one.decoded("DTSTART").time() == time(10)
              and one.decoded("DTEND").time() == time(10, 50)]  # fmt: skip
    days = {one.decoded("DTSTART").date() - today().date() for one in at_ten}
    assert {timedelta(days=-14), timedelta(0), timedelta(days=120)} <= days
    assert not {timedelta(days=-15), timedelta(days=121)} & days
    assert len(inside) + len(outside) == 5
    (one, *_rest) = at_ten
    assert (str(one["SUMMARY"]), str(one["LOCATION"])) == ("Matematik", "A1")
    assert str(one["STATUS"]) == "CONFIRMED"
    assert one["DTSTART"].params["TZID"] == "Europe/Stockholm"
    said = answer.text
    for secret in ("Testsson", "teacher", "anna", str(named("anna")), str(named("north-maths"))):
        assert secret not in said


def test_a_lesson_that_is_moved_stays_the_same_event(own_me_town: Town) -> None:
    """Under its UID, with a higher SEQUENCE; one that is cancelled or not for the child says so."""
    event = new_lesson(own_me_town, 1)
    skipped = new_lesson(own_me_town, 2, has_exceptions=True)
    start = today() + timedelta(days=2, hours=10)
    with own_me_town.database.transaction() as session:
        add(session, StudentException(event_id=skipped, event_start=start, position=0,
                                      person_id=named("anna"), participates=False))  # fmt: skip
    path = address(signed_in(own_me_town, "both-parent"), "anna")
    before = events(own_me_town, path)
    change(
        own_me_town,
        "UPDATE calendar_event SET start_time = start_time + interval '2 hours',"
        " end_time = end_time + interval '2 hours', modified = now() WHERE id = :id",
        id=event,
    )
    moved = events(own_me_town, path)
    assert moved.keys() == before.keys()
    (uid,) = [uid for uid in moved if moved[uid]["DTSTART"] != before[uid]["DTSTART"]]
    assert moved[uid].decoded("DTSTART").hour == 12
    assert moved[uid]["SEQUENCE"] > before[uid]["SEQUENCE"]
    assert moved[uid].decoded("LAST-MODIFIED") > before[uid].decoded("LAST-MODIFIED")
    change(own_me_town, "UPDATE calendar_event SET cancelled = TRUE WHERE id = :id", id=event)
    after = events(own_me_town, path)
    assert str(after[uid]["STATUS"]) == "CANCELLED"
    cancelled = {one.decoded("DTSTART") for one in after.values()
                 if str(one["STATUS"]) == "CANCELLED"}  # fmt: skip
    assert start in cancelled


def test_a_feed_is_sent_again_only_when_it_has_changed(own_me_town: Town) -> None:
    """By its ETag."""
    path = address(signed_in(own_me_town, "both-parent"), "anna")
    first = read(own_me_town, path)
    tag = first.headers["etag"]
    again = read(own_me_town, path, **{"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    new_lesson(own_me_town, 3)
    changed = read(own_me_town, path, **{"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


ENDS: dict[str, str] = {
    "child left out": "UPDATE consent SET child_ids = '{}' WHERE person_id = :who",
    "schedule taken back": "UPDATE consent SET scopes = '{calendar-feeds:manage}'",
    "feeds taken back": "UPDATE consent SET scopes = '{schedule:read}'",
    "consent": "UPDATE consent SET revoked_at = now()",
    "guardianship": "DELETE FROM responsible WHERE child_id = :child",
    "of age": "UPDATE person SET birth_date = '2000-01-01' WHERE id = :child",
    "protected": "UPDATE person SET security_marking = 'Sekretessmarkering' WHERE id = :child",
    "app disabled": "UPDATE application SET disabled_at = now()",
    "agreement revoked": "UPDATE consumer_grant SET revoked_at = now()",
    "agreement over": "UPDATE consumer_grant SET valid_to = valid_from",
    "agreement narrowed": "UPDATE consumer_grant SET scopes = '{people:read}'",
    "everything must die": "UPDATE application SET tokens_valid_from = now()",
    "guardian gone": "UPDATE person SET person_status = 'Avliden' WHERE id = :who",
}


@pytest.mark.parametrize("what", ENDS)
def test_what_a_feed_rests_on_ends_it_at_the_next_request(own_me_town: Town, what: str) -> None:
    """With the answer that an address gets that never was."""
    path = address(signed_in(own_me_town, "both-parent"), "anna")
    assert read(own_me_town, path).status_code == 200
    change(own_me_town, ENDS[what], who=named("both-parent"), child=named("anna"))
    ended = read(own_me_town, path)
    never = read(own_me_town, f"/ical/{uuid4().hex}.ics")
    assert (ended.status_code, ended.json()) == (404, never.json())
    assert ended.headers.keys() == never.headers.keys()


@pytest.mark.parametrize("secret", ["x", "%00", "%ff%fe", "%F0%9F%98%80", "a" * 6_000, "' OR 1=1"])
def test_an_address_that_nobody_made_is_not_there(me_town: Town, secret: str) -> None:
    """However it is made up."""
    answer = read(me_town, f"/ical/{secret}.ics")
    assert (answer.status_code, answer.json()) == (404, read(me_town, "/ical/y.ics").json())


def test_a_cleared_apps_feed_of_a_protected_child_answers(me_town: Town) -> None:
    """It is for their own guardian."""
    path = address(signed_in(me_town, "hidden-parent", "cleared"), "hidden-pupil")
    assert read(me_town, path).status_code == 200


def test_a_feed_is_ended_by_the_app_and_person_that_made_it(me_town: Town) -> None:
    """To everybody else it is not there."""
    caller = signed_in(me_town, "both-parent")
    path, kept = address(caller, "anna"), address(caller, "bo")
    feed = caller.get("/calendar-feeds").json()[0]["id"]
    same_app = me_town.consumers.acting_for(caller.consumer, "other-parent", children=("anna",))
    for other in (signed_in(me_town, "both-parent"), App(me_town.http, same_app)):
        refused = other.send("DELETE", f"/calendar-feeds/{feed}")
        assert refused.status_code == 404
        assert (
            refused.json()
            == other.send("DELETE", f"/calendar-feeds/{named('no-such-feed')}").json()
        )
        assert other.get("/calendar-feeds").json() == []
    assert read(me_town, path).status_code == 200
    assert caller.send("DELETE", f"/calendar-feeds/{feed}").status_code == 204
    assert read(me_town, path).status_code == 404
    assert read(me_town, kept).status_code == 200
    assert caller.send("DELETE", f"/calendar-feeds/{feed}").status_code == 404
    assert [row["student"] for row in caller.get("/calendar-feeds").json()] == [str(named("bo"))]


def test_an_address_is_told_once_and_written_nowhere(
    me_town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """256 bits; only its hash is kept; logs and metrics know the route."""
    caplog.set_level(logging.DEBUG)
    caller = signed_in(me_town, "both-parent")
    path = address(caller, "anna")
    secret = path.removeprefix("/ical/").removesuffix(".ics")
    assert len(secret) == 43
    read(me_town, path)
    (feed,) = caller.get("/calendar-feeds").json()
    assert feed["lastUsed"] >= feed["created"]
    assert "url" not in feed
    assert secret not in me_town.http.get("/metrics").text
    assert "GET /ical/{secret}.ics" in me_town.http.get("/metrics").text
    ours = [one for one in caplog.records if one.name.startswith("skolnav")]
    assert any(getattr(one, "route", "") == "GET /ical/{secret}.ics" for one in ours)
    assert not any(secret in str(vars(one)) for one in ours)
    with me_town.database.transaction() as session:
        for table in ("calendar_feed", "access_record", "audit_record"):
            kept = session.execute(text(f"SELECT row_to_json(t)::text FROM {table} t")).scalars()
            assert not any(secret in row for row in kept), table


def test_reading_a_feed_is_logged_as_reading_for_the_person(me_town: Town) -> None:
    """Also in the words of the access log."""
    caller = signed_in(me_town, "both-parent")
    read(me_town, address(caller, "anna"))
    ((operation, persons, filters, _rows),) = read_records(me_town, caller.consumer.client_id)
    assert (operation, persons) == ("ical.read", [named("anna")])
    assert filters == {"student": [str(named("anna"))]}
    day = local_day(datetime.now(UTC))
    log = caller.get("/access-log", begin=day - timedelta(days=1), end=day).json()["data"]
    (entry,) = [one for one in log if one.get("app", {}).get("name") == caller.consumer.client_id]
    assert (entry["by"], entry["category"], entry["certain"]) == ("you", "schedule", True)


def test_a_feed_has_a_limit_of_its_own(me_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another feed is not held up by it."""
    monkeypatch.setattr(rate_limits, "FEED_REQUESTS", 2)
    caller = signed_in(me_town, "both-parent")
    path, other = address(caller, "anna"), address(caller, "bo")
    statuses = [read(me_town, path).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert read(me_town, other).status_code == 200


def test_a_person_has_a_bounded_number_of_feeds(
    me_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of those that are asked for at once."""
    monkeypatch.setattr(calendar_feeds, "MOST_FEEDS", 3)
    caller = signed_in(me_town, "both-parent")
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: make(caller, "anna").status_code, range(5)))
    assert sorted(answers) == [201, 201, 201, 409, 409]


@pytest.mark.parametrize(("method", "path", "needed"), [
    ("GET", "/calendar-feeds", "calendar-feeds:manage"),
    ("POST", "/calendar-feeds", "calendar-feeds:manage"),
    ("POST", "/calendar-feeds", "schedule:read"),
    ("DELETE", f"/calendar-feeds/{named('no-such-feed')}", "calendar-feeds:manage"),
])  # fmt: skip
def test_managing_feeds_takes_scopes_and_a_person(
    me_town: Town, method: str, path: str, needed: str
) -> None:
    """API5."""
    scopes = {"schedule:read", "calendar-feeds:manage", "people:read"} - {needed}
    refused = signed_in(me_town, "both-parent", scopes=scopes).send(method, path, {})
    assert refused.status_code == 403
    assert needed in refused.json()["detail"]
    system = App(me_town.http, me_town.consumers.consumer())
    assert system.send(method, path, {}).status_code == 403


@pytest.mark.parametrize("body", [
    {}, {"student": "anna"}, {"student": str(named("anna")), "url": "https://mine.example"},
])  # fmt: skip
def test_a_body_that_is_not_understood_is_refused(me_town: Town, body: dict[str, Any]) -> None:
    """Nobody chooses their own address."""
    answer = signed_in(me_town, "both-parent").send("POST", "/calendar-feeds", body)
    assert answer.status_code == 400


def test_an_app_that_was_given_attendance_puts_none_of_it_in_a_feed(own_me_town: Town) -> None:
    """The same lessons, whatever else the app may read."""
    change(own_me_town, "UPDATE calendar_event SET comment = 'Anna är sjuk'")
    new_lesson(own_me_town, 1, comment="Anna är sjuk")
    path = address(signed_in(own_me_town, "both-parent"), "anna")
    assert "Anna" not in read(own_me_town, path).text
