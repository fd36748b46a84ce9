"""Personal identity numbers from the range that the tax agency keeps for tests."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

# 149 and 365 share no factor, so that the steps reach every day of the year once.
STEP = 149
DAYS = 365
PER_DAY_AND_SEX = 10
FIRST_BIRTH_NUMBER = 980
COORDINATION = 60


def check_digit(digits: str) -> int:
    """The last digit of a Swedish identity number, from the nine before it (Luhn)."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return -sum(number // 10 + number % 10 for number in doubled) % 10


@dataclass
class CivicNumbers:
    """Hands out each test number once.

    Birth numbers 980 to 999 give ten numbers a day and sex. A cohort that needs more gets
    coordination numbers (the day plus 60), and when those are used up none.
    """

    used: Counter[tuple[int, bool]] = field(default_factory=Counter)

    def take(self, year: int, *, male: bool) -> tuple[date, str | None]:
        """A birth date in the year, and the next number of it."""
        taken = self.used[year, male]
        self.used[year, male] += 1
        round_, step = divmod(taken, DAYS)
        shift = 17 * year + 100 * male
        born = date(year, 1, 1) + timedelta(days=(step * STEP + shift) % DAYS)
        layer, place = divmod(round_, PER_DAY_AND_SEX)
        if layer > 1:
            return born, None
        birth_number = FIRST_BIRTH_NUMBER + 2 * place + male
        digits = f"{born:%y%m}{born.day + layer * COORDINATION:02}{birth_number}"
        return born, f"{born:%Y}{digits[2:]}{check_digit(digits)}"
