"""What a synthetic city is made from, and the identities, dates and chance it hangs on."""

import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from uuid import UUID

from app.sources.demo_city.school_days import SchoolYear

NAMESPACE = UUID("6f0d3c1e-52a4-5f7b-9a77-5d1f3d4c2b10").bytes
LEARNERS_PER_DISTRICT = 5000
FEWEST_PUPILS = 200
DAY = timedelta(days=1)


def current_school_year(today: date) -> int:
    """The year in which the school year that `today` belongs to began (1 July)."""
    return today.year if today.month >= 7 else today.year - 1


@dataclass(frozen=True)
class CityPlan:
    """The same plan makes the same city, byte for byte.

    `pupils` counts every learner, from preschool to adult education. Attendance is made for
    the last `attendance_days` school days before `today`, check-ins for `check_in_days`.
    """

    pupils: int
    seed: int
    today: date
    school_year: int
    attendance_days: int = 5
    check_in_days: int = 10

    @cached_property
    def calendar(self) -> SchoolYear:
        """The days of the school year."""
        return SchoolYear(self.school_year)

    @property
    def districts(self) -> int:
        """How many districts the learners are spread over."""
        return max(2, round(self.pupils / LEARNERS_PER_DISTRICT))

    def learners_of(self, district: int) -> int:
        """How many of the pupils live in a district."""
        share, rest = divmod(self.pupils, self.districts)
        return share + (district < rest)

    def chance(self, *about: object) -> random.Random:
        """A source of chance of its own for one part of the city, so that parts do not disturb
        one another."""
        return random.Random(f"{self.seed}/{about}")

    def identity(self, kind: str, key: str) -> str:
        """The UUIDv5 of an object, as 32 hexadecimal digits."""
        name = f"{self.seed}/{self.school_year}/{kind}/{key}".encode()
        digits = hashlib.sha1(NAMESPACE + name, usedforsecurity=False).hexdigest()
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:12]}5{digits[13:16]}{variant}{digits[17:32]}"

    @cached_property
    def _stamps_from(self) -> datetime:
        begin = min(date(self.school_year, 2, 1), self.today - 120 * DAY)
        return datetime.combine(begin, time(6), UTC)

    @cached_property
    def _stamp_span(self) -> int:
        end = min(self.calendar.first - 7 * DAY, self.today - 2 * DAY)
        return int((datetime.combine(end, time(0), UTC) - self._stamps_from).total_seconds())

    def stamps(self, identity: str) -> tuple[str, str]:
        """When an object was made and last changed: some day before the school year."""
        made = int(identity[:8], 16) % self._stamp_span
        changed = made + int(identity[17:24], 16) % (self._stamp_span - made + 1)
        fraction = timedelta(microseconds=int(identity[24:28], 16))
        first = self._stamps_from + timedelta(seconds=made) + fraction
        return first.isoformat(), (self._stamps_from + timedelta(seconds=changed)
                                   + fraction).isoformat()  # fmt: skip
