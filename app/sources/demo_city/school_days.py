"""The days of a Swedish school year: terms, holidays, study days and clock changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from app.local_time import STOCKHOLM

DAY = timedelta(days=1)


def easter(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian algorithm)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def offset(day: date) -> str:
    """Stockholm's offset from UTC at noon of a day, such as `+02:00`."""
    return datetime.combine(day, time(12), STOCKHOLM).isoformat()[-6:]


@dataclass(frozen=True)
class SchoolDay:
    """A day with lessons. `week` counts teaching weeks through, so that every other week stays
    every other week after ISO week 53."""

    day: date
    week: int
    offset: str

    @cached_property
    def name(self) -> str:
        """The day as `2026-11-24`; a city writes each day's some thousand times."""
        return self.day.isoformat()

    def at(self, minute: int) -> str:
        """The instant of a local clock time, given in minutes after midnight."""
        return f"{self.name}T{minute // 60:02}:{minute % 60:02}{self.offset}"


@dataclass(frozen=True)
class SchoolYear:
    """The school year that begins in August of `start`."""

    start: int

    @cached_property
    def first(self) -> date:
        """The third Monday of August."""
        return _weekday_on_or_after(date(self.start, 8, 15), 0)

    @cached_property
    def last(self) -> date:
        """The second Friday of June."""
        return _weekday_on_or_after(date(self.start + 1, 6, 8), 4)

    @cached_property
    def public_holidays(self) -> frozenset[date]:
        """Public holidays, and the eves on which nobody works."""
        sunday = easter(self.start + 1)
        fixed = {date(self.start, 12, n) for n in (24, 25, 26, 31)}
        fixed |= {date(self.start + 1, m, n) for m, n in ((1, 1), (1, 6), (5, 1), (6, 6))}
        return frozenset(fixed | {sunday - 2 * DAY, sunday + DAY, sunday + 39 * DAY})

    @cached_property
    def study_days(self) -> frozenset[date]:
        """Days when the staff works without pupils."""
        return frozenset({
            date.fromisocalendar(self.start, 39, 5),
            date.fromisocalendar(self.start, 47, 1),
            date.fromisocalendar(self.start + 1, 17, 1),
        })  # fmt: skip

    @cached_property
    def holidays(self) -> frozenset[date]:
        """Every weekday of the school year without lessons."""
        sunday = easter(self.start + 1)
        christmas = date(self.start, 12, 24)
        if christmas.weekday() < 5:
            christmas -= christmas.weekday() * DAY
        spring = _weekday_on_or_after(date(self.start + 1, 1, 7), 0)
        breaks = {
            *_days(date.fromisocalendar(self.start, 44, 1), 5),
            *_days(christmas, (spring - christmas).days),
            *_days(date.fromisocalendar(self.start + 1, 9, 1), 5),
            *_days(sunday - 6 * DAY, 8),
            sunday + 40 * DAY,
        }
        return frozenset(breaks) | self.public_holidays | self.study_days

    @cached_property
    def days(self) -> list[SchoolDay]:
        """Every day with lessons, in order."""
        found: list[SchoolDay] = []
        monday, week = None, 0
        for day in _days(self.first, (self.last - self.first).days + 1):
            if day.weekday() > 4 or day in self.holidays:
                continue
            if monday != (monday := day - day.weekday() * DAY):
                week += 1
            found.append(SchoolDay(day, week, offset(day)))
        return found

    @cached_property
    def days_by_weekday(self) -> list[list[SchoolDay]]:
        """The days with lessons, Mondays first."""
        return [[day for day in self.days if day.day.weekday() == n] for n in range(5)]

    def past_days(self, today: date, count: int) -> list[SchoolDay]:
        """The last days with lessons before today."""
        past = [day for day in self.days if day.day < today]
        return past[-count:] if count else []

    def past_care_days(self, today: date, count: int) -> list[SchoolDay]:
        """The last days before today on which preschools and after-school centres were open."""
        days: list[SchoolDay] = []
        day = min(today, self.last) - DAY
        while len(days) < count and day >= self.first:
            if day.weekday() < 5 and day not in self.public_holidays:
                days.append(SchoolDay(day, 0, offset(day)))
            day -= DAY
        return days[::-1]


def _weekday_on_or_after(day: date, weekday: int) -> date:
    return day + (weekday - day.weekday()) % 7 * DAY


def _days(first: date, count: int) -> Iterator[date]:
    return (first + n * DAY for n in range(count))
