"""The city's own time: a day begins and ends at midnight in Stockholm, whatever UTC says."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def local_day(moment: datetime) -> date:
    """The day in Stockholm of a moment with an offset."""
    return moment.astimezone(STOCKHOLM).date()
