"""The school year: terms, holidays, clock changes and ISO week 53."""

from datetime import date

import pytest

from app.sources.demo_city.school_days import SchoolYear, easter, offset

YEAR = SchoolYear(2026)


def test_the_year_runs_from_august_to_june() -> None:
    assert (YEAR.first, YEAR.last) == (date(2026, 8, 17), date(2027, 6, 11))
    assert YEAR.days[0].day == YEAR.first and YEAR.days[-1].day == YEAR.last
    assert len(YEAR.days) == 179


@pytest.mark.parametrize(("year", "sunday"), [(2024, (3, 31)), (2025, (4, 20)), (2027, (3, 28))])
def test_easter_is_when_it_is(year: int, sunday: tuple[int, int]) -> None:
    assert easter(year) == date(year, *sunday)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 10, 28),  # autumn break, week 44
        date(2026, 12, 30),  # week 53
        date(2027, 3, 3),  # winter break, week 9
        date(2027, 3, 24),  # Easter break
        date(2027, 3, 29),  # Easter Monday
        date(2027, 5, 6),  # Ascension Day
        date(2026, 9, 25),  # study day
        date(2026, 11, 21),  # Saturday
    ],
)
def test_no_lessons_on_a_free_day(day: date) -> None:
    assert day not in {each.day for each in YEAR.days}


def test_lessons_keep_their_clock_time_when_the_clocks_change() -> None:
    at = {each.day: each.at(490) for each in YEAR.days}
    assert at[date(2026, 10, 23)] == "2026-10-23T08:10+02:00"
    assert at[date(2026, 11, 2)] == "2026-11-02T08:10+01:00"
    assert (offset(date(2027, 3, 27)), offset(date(2027, 3, 28))) == ("+01:00", "+02:00")


def test_every_other_week_stays_every_other_week_past_week_53() -> None:
    weeks = {each.day.isocalendar()[:2]: each.week for each in YEAR.days}
    assert (2026, 53) not in weeks
    assert sorted(weeks.values()) == list(range(1, len(weeks) + 1))
    assert weeks[2027, 2] == weeks[2026, 51] + 1


def test_care_is_open_in_the_autumn_break_but_not_on_public_holidays() -> None:
    days = [each.day for each in YEAR.past_care_days(date(2027, 1, 8), 60)]
    assert date(2026, 10, 28) in days
    assert date(2026, 12, 25) not in days and date(2026, 12, 27) not in days


def test_other_years_fit_the_calendar_too() -> None:
    for start in range(2020, 2040):
        days = SchoolYear(start).days
        assert 175 <= len(days) <= 190, start
