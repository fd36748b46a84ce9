"""Lessons as iCalendar: read back by the library that calendar programs' makers use."""

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from icalendar import Calendar

from app.routers.calendar_feeds.rendering import rendered

STUDENT = uuid4()


def entry(start: str, end: str, *, subject: str = "Matematik", room: str = "B214",
          **more: Any) -> dict[str, Any]:  # fmt: skip
    """A lesson as the database tells of it."""
    lesson = {"id": str(uuid4()), "startTime": start, "endTime": end,
              "subject": {"name": subject}, "rooms": [room] if room else []}  # fmt: skip
    return {"lesson": lesson, "takesPlace": True, "modified": "2026-08-01T10:00:00+02:00"} | more


def calendar_of(*entries: dict[str, Any]) -> bytes:
    """The calendar of a school year's window."""
    return rendered(json.dumps(entries).encode(), student=STUDENT, first=date(2026, 10, 12),
                    last=date(2027, 4, 30))  # fmt: skip


def parsed(raw: bytes) -> Any:
    """A calendar, read back; what it holds is of many types."""
    return Calendar.from_ical(raw)


def events_of(*entries: dict[str, Any]) -> list[Any]:
    """The events, read back."""
    return list(parsed(calendar_of(*entries)).walk("VEVENT"))


@pytest.mark.parametrize(("start", "end"), [
    ("2026-10-25T00:30:00+02:00", "2026-10-25T01:30:00+02:00"),
    ("2026-10-25T23:30:00+01:00", "2026-10-25T23:59:00+01:00"),
    ("2027-03-28T01:30:00+01:00", "2027-03-28T03:30:00+02:00"),
    ("2027-03-29T08:00:00+02:00", "2027-03-29T09:00:00+02:00"),
    ("2026-12-01T08:00:00+01:00", "2026-12-01T09:00:00+01:00"),
])  # fmt: skip
def test_a_lesson_is_at_its_own_instant_around_the_change_of_clocks(start: str, end: str) -> None:
    """By the rules that the calendar itself carries, whatever the program knows of zones."""
    (event,) = events_of(entry(start, end))
    assert event.decoded("DTSTART") == datetime.fromisoformat(start)
    assert event.decoded("DTEND") == datetime.fromisoformat(end)
    (zone,) = parsed(calendar_of()).walk("VTIMEZONE")
    ours = zone.to_tz(lookup_tzid=False)
    for value in (event.decoded("DTSTART"), event.decoded("DTEND")):
        local = value.replace(tzinfo=None)
        assert local.replace(tzinfo=ours).utcoffset() == value.utcoffset()


@pytest.mark.parametrize("name", [
    "Svenska, grupp 1; hemspråk\\modersmål", "Två\nrader", "a" * 200, "å" * 200,
    "Idrott och hälsa: ”ute” - åäö " * 6, "😀" * 60, 'DQUOTE " och: kolon',
])  # fmt: skip
def test_names_come_back_as_they_were(name: str) -> None:
    """Escaped, in lines of at most 75 octets that are never broken within a character."""
    raw = calendar_of(entry("2026-12-01T08:00:00+01:00", "2026-12-01T09:00:00+01:00",
                            subject=name, room=name))  # fmt: skip
    lines = raw.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    for line in lines:
        line.decode()
    (event,) = parsed(raw).walk("VEVENT")
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == (name, name)


@pytest.mark.parametrize("hostile", [
    "x\r\nATTENDEE:mailto:a@b.example", "x\rEND:VEVENT", "x\nBEGIN:VALARM", "x\x00\x07\x1by",
    "x\u2028ATTENDEE:y", "x\x85END:VEVENT",
])  # fmt: skip
def test_a_name_cannot_become_another_property(hostile: str) -> None:
    """Whatever a source system sent."""
    raw = calendar_of(entry("2026-12-01T08:00:00+01:00", "2026-12-01T09:00:00+01:00",
                            subject=hostile))  # fmt: skip
    (event,) = parsed(raw).walk("VEVENT")
    assert not {"ATTENDEE", "BEGIN"} & set(event.keys())
    assert event.subcomponents == []
    assert not any(sign in raw.replace(b"\r\n", b"") for sign in (b"\x00", b"\x07", b"\x1b", b"\r"))


def test_an_event_has_what_the_standard_asks_and_is_the_same_each_time() -> None:
    """UID, DTSTAMP, SEQUENCE; a lesson without a room has no LOCATION."""
    one = entry("2026-12-01T08:00:00+01:00", "2026-12-01T09:00:00+01:00", room="")
    assert calendar_of(one) == calendar_of(one)
    (event,) = events_of(one)
    assert {"UID", "DTSTAMP", "SEQUENCE", "LAST-MODIFIED", "SUMMARY", "STATUS"} <= set(event.keys())
    assert "LOCATION" not in event
    later = one | {"modified": "2026-08-01T10:00:01+02:00", "takesPlace": False}
    (changed,) = events_of(later)
    assert changed["UID"] == event["UID"]
    assert changed["SEQUENCE"] == event["SEQUENCE"] + 1
    assert changed.decoded("LAST-MODIFIED") - event.decoded("LAST-MODIFIED") == timedelta(seconds=1)
    assert str(changed["STATUS"]) == "CANCELLED"
    other = rendered(json.dumps([one]).encode(), student=uuid4(), first=date(2026, 10, 12),
                     last=date(2027, 4, 30))  # fmt: skip
    assert str(event["UID"]).encode() not in other
    calendar = parsed(calendar_of())
    assert (str(calendar["VERSION"]), str(calendar["PRODID"])) == (
        "2.0", "-//Skolnav//Lessons//SV",
    )  # fmt: skip
