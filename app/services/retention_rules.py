"""What the city's rules say today: for each kind of data, before when it goes."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.local_time import STOCKHOLM, local_day
from app.settings import Settings

JULY = 7


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of data, how long it is kept, and the tables where it is.

    What lies wholly before `before` goes. `kept` says why, for people; `before` None: for ever.
    `partitioned` tables lose partitions, in this order; the others rows.
    """

    name: str
    setting: str
    kept: str
    before: datetime | None
    partitioned: tuple[str, ...] = ()
    by_row: tuple[str, ...] = ()


def rules(settings: Settings, *, now: datetime) -> list[Rule]:
    """Every rule, in the order in which they are applied: what points before what is pointed at."""
    today = local_day(now)
    attendance, care = settings.keep_attendance_school_years, settings.keep_care_school_years
    lessons, months = settings.keep_lessons_school_years, settings.keep_access_log_months
    deletions, reports = settings.keep_deletions_days, settings.keep_reports_days
    aside = settings.keep_set_aside_days
    years = "this school year and {} before it"
    return [
        Rule("attendance and absences", "SKOLNAV_KEEP_ATTENDANCE_SCHOOL_YEARS",
             _said(years, attendance), _school_years(today, attendance),
             ("attendance",), ("absence", "absence_report")),
        Rule("check-ins and care schedules", "SKOLNAV_KEEP_CARE_SCHOOL_YEARS",
             _said(years, care), _school_years(today, care),
             ("attendance_event",), ("attendance_schedule",)),
        # Lessons first: exceptions without their lesson show nowhere, a lesson without its
        # exceptions shows what was not so.
        Rule("lessons", "SKOLNAV_KEEP_LESSONS_SCHOOL_YEARS",
             _said(years, lessons), _school_years(today, lessons),
             ("calendar_event", "student_exception", "teacher_exception")),
        Rule("access log", "SKOLNAV_KEEP_ACCESS_LOG_MONTHS",
             _said("this month and {} before it", months), _months(today, months),
             ("access_record",)),
        Rule("deletions", "SKOLNAV_KEEP_DELETIONS_DAYS",
             _said("{} days", deletions), _days(today, deletions),
             (), ("tombstone", "marking_change", "organisation_move")),
        Rule("consumers' reports", "SKOLNAV_KEEP_REPORTS_DAYS",
             _said("{} days", reports), _days(today, reports),
             (), ("log_entry", "statistics_entry")),
        Rule("rows set aside by imports", "SKOLNAV_KEEP_SET_ASIDE_DAYS",
             _said("{} days", aside), _days(today, aside), (), ("set_aside_row",)),
    ]  # fmt: skip


def _said(text: str, number: int | None) -> str:
    return "for ever" if number is None else text.format(number)


def _school_years(today: date, kept: int | None) -> datetime | None:
    current = today.year if today.month >= JULY else today.year - 1
    return None if kept is None else _midnight(date(current - kept, JULY, 1))


def _months(today: date, kept: int | None) -> datetime | None:
    if kept is None:
        return None
    year, month = divmod(today.year * 12 + today.month - 1 - kept, 12)
    return _midnight(date(year, month + 1, 1))


def _days(today: date, kept: int | None) -> datetime | None:
    return None if kept is None else _midnight(today - timedelta(days=kept))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), STOCKHOLM)
