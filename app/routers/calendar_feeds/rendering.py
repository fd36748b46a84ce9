"""Lessons as iCalendar (RFC 5545). No names of people: the address may be in many hands."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from icalendar import Calendar, Event, Timezone

from app.local_time import STOCKHOLM

PRODUCT = "-//Skolnav//Lessons//SV"
# How often calendar programs are asked to look again.
REFRESH = timedelta(hours=1)
# SEQUENCE counts seconds from here, so that it grows with each change and fits 32 bits.
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def rendered(lessons: bytes, *, student: UUID, first: date, last: date) -> bytes:
    """The calendar of an array of lessons."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    calendar.add_component(_zone(first.year, last.year))
    for entry in json.loads(lessons):
        calendar.add_component(_event(entry, student))
    made: bytes = calendar.to_ical()
    return made


@lru_cache(maxsize=8)
def _zone(first_year: int, last_year: int) -> Timezone:
    # From the year before, so that the rule of each day of the feed is known.
    return Timezone.from_tzid(
        "Europe/Stockholm", first_date=date(first_year - 1, 1, 1),
        last_date=date(last_year + 1, 1, 1),
    )  # fmt: skip


def _event(entry: dict[str, Any], student: UUID) -> Event:
    lesson = entry["lesson"]
    modified = datetime.fromisoformat(entry["modified"]).astimezone(UTC).replace(microsecond=0)
    event = Event()
    # A lesson that is moved keeps it; siblings' lessons in one calendar stay apart.
    event.add("uid", str(uuid5(student, lesson["id"])))
    event.add("dtstamp", modified)
    event.add("last-modified", modified)
    event.add("sequence", max(0, int((modified - EPOCH).total_seconds())))
    event.add("dtstart", _local(lesson["startTime"]))
    event.add("dtend", _local(lesson["endTime"]))
    event.add("summary", _plain(lesson["subject"]["name"]))
    if lesson["rooms"]:
        event.add("location", _plain(", ".join(lesson["rooms"])))
    event.add("status", "CONFIRMED" if entry["takesPlace"] else "CANCELLED")
    return event


def _local(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(STOCKHOLM)


def _plain(value: str) -> str:
    """Without control characters, which the format has no place for; line ends are escaped."""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign == "\n" or sign.isprintable())
