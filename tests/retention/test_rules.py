"""Before when things go, by the calendar of Stockholm; and which rules cannot be meant."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from app.services.retention_rules import rules
from tests.retention.conftest import KEEP_ONE, NOW, settings


def before(rule: str, now: datetime, **kept: int) -> datetime | None:
    """Before when a rule's data goes, in UTC."""
    (found,) = [one for one in rules(settings(**kept), now=now) if one.name.startswith(rule)]
    return found.before.astimezone(UTC) if found.before else None


def test_without_a_rule_everything_is_kept() -> None:
    """The default removes nothing, whatever the time."""
    for one in rules(settings(), now=NOW):
        assert (one.before, one.kept) == (None, "for ever")


@pytest.mark.parametrize(
    ("now", "kept", "expected"),
    [
        # The last and first moments of school years in Stockholm, not in UTC.
        (datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC), 1, datetime(2024, 6, 30, 22, tzinfo=UTC)),
        (datetime(2026, 6, 30, 22, 0, 0, tzinfo=UTC), 1, datetime(2025, 6, 30, 22, tzinfo=UTC)),
        (datetime(2026, 6, 30, 22, 0, 0, tzinfo=UTC), 2, datetime(2024, 6, 30, 22, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), 1, datetime(2025, 6, 30, 22, tzinfo=UTC)),
        (datetime(2027, 1, 1, 12, tzinfo=UTC), 1, datetime(2025, 6, 30, 22, tzinfo=UTC)),
        (datetime(2027, 1, 1, 12, tzinfo=UTC), 10, datetime(2016, 6, 30, 22, tzinfo=UTC)),
    ],
)
def test_school_years_turn_on_the_first_of_july(
    now: datetime, kept: int, expected: datetime
) -> None:
    """So many whole school years before the current one stay."""
    assert before("attendance", now, keep_attendance_school_years=kept) == expected
    assert before("check-ins", now, keep_care_school_years=kept) == expected
    both = {"keep_attendance_school_years": kept, "keep_lessons_school_years": kept}
    assert before("lessons", now, **both) == expected


@pytest.mark.parametrize(
    ("now", "kept", "expected"),
    [
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), 12, datetime(2025, 10, 31, 23, tzinfo=UTC)),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), 12, datetime(2025, 11, 30, 23, tzinfo=UTC)),
        (datetime(2026, 12, 15, tzinfo=UTC), 12, datetime(2025, 11, 30, 23, tzinfo=UTC)),
        (datetime(2026, 12, 15, tzinfo=UTC), 17, datetime(2025, 6, 30, 22, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), 13, datetime(2024, 11, 30, 23, tzinfo=UTC)),
    ],
)
def test_months_turn_at_midnight_in_stockholm(now: datetime, kept: int, expected: datetime) -> None:
    """So many whole months before the current one stay, in summer time and in winter time."""
    assert before("access log", now, keep_access_log_months=kept) == expected


def test_days_are_whole_days() -> None:
    """A run in the morning removes what a run in the evening would."""
    expected = datetime(2026, 8, 26, 22, tzinfo=UTC)
    for hour in (0, 12, 22):
        now = datetime(2026, 11, 25, hour, tzinfo=UTC)
        assert before("deletions", now, keep_deletions_days=90) == expected
    assert before("consumers", NOW, keep_reports_days=90) == expected


@pytest.mark.parametrize(
    "kept",
    [
        {"keep_attendance_school_years": 0},
        {"keep_care_school_years": 0},
        {"keep_access_log_months": 11},
        {"keep_deletions_days": 89},
        {"keep_reports_days": 0},
        {"keep_set_aside_days": 29},
        {"keep_lessons_school_years": 1},
        {"keep_lessons_school_years": 1, "keep_attendance_school_years": 2},
    ],
)
def test_a_rule_that_takes_too_much_is_refused_at_start(kept: dict[str, int]) -> None:
    """Of the current period, of what answers for it, and of what attendance points at."""
    with pytest.raises(ValidationError):
        settings(**kept)


def test_lessons_may_be_kept_as_long_as_attendance() -> None:
    """Or longer, or for ever."""
    for kept in (KEEP_ONE, KEEP_ONE | {"keep_lessons_school_years": 2}):
        assert settings(**kept).keep_lessons_school_years
    assert settings(keep_attendance_school_years=1).keep_lessons_school_years is None
