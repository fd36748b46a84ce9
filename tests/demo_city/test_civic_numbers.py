"""Civic numbers: only from the range kept for tests, each once."""

from datetime import date

from app.sources.demo_city.civic_numbers import CivicNumbers, check_digit


def test_the_check_digit_is_the_tax_agencys() -> None:
    assert check_digit("640823323") == 4


def test_every_number_is_a_test_number_for_its_sex_and_valid_and_given_once() -> None:
    numbers = CivicNumbers()
    given = [numbers.take(2015, male=male) for male in (True, False) for _ in range(7300)]
    written = [number for _, number in given]
    assert None not in written
    assert len(set(written)) == len(given)
    for place, (born, number) in enumerate(given):
        assert number is not None and len(number) == 12
        assert 980 <= int(number[8:11]) <= 999
        assert int(number[10]) % 2 == (place < 7300)
        assert check_digit(number[2:11]) == int(number[11])
        day = int(number[6:8])
        assert born == date(int(number[:4]), int(number[4:6]), day - 60 if day > 60 else day)


def test_coordination_numbers_are_used_only_when_the_years_numbers_are_gone() -> None:
    numbers = CivicNumbers()
    days = [int((numbers.take(2015, male=True)[1] or "")[6:8]) for _ in range(3651)]
    assert max(days[:3650]) <= 31 and days[3650] > 60


def test_a_cohort_larger_than_all_numbers_goes_without() -> None:
    numbers = CivicNumbers()
    last = [numbers.take(2015, male=False)[1] for _ in range(7301)][-1]
    assert last is None
