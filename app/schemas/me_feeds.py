"""Calendar feeds as an app manages them for someone who has signed in."""

from uuid import UUID

from pydantic import AwareDatetime, Field

from app.schemas.base import Uri, WireModel, with_example
from app.schemas.examples import PUPIL_ID
from app.schemas.written import WrittenModel

FEED_ID = "0d3f5a6c-6f1e-4a0b-8a57-1f0c2b9a7d31"


class CalendarFeed(WireModel):
    """A secret address of one person's lessons. Needs the scope `calendar-feeds:manage`."""

    model_config = with_example(
        {
            "id": FEED_ID,
            "student": PUPIL_ID,
            "created": "2026-11-03T18:00:00+01:00",
            "lastUsed": "2026-11-04T06:00:00+01:00",
        }
    )

    id: UUID
    student: UUID
    created: AwareDatetime
    last_used: AwareDatetime | None = Field(
        None, description="To within five minutes. Absent: never."
    )


class MadeFeed(CalendarFeed):
    """A feed that was just made."""

    model_config = with_example(
        {
            "id": FEED_ID,
            "student": PUPIL_ID,
            "created": "2026-11-03T18:00:00+01:00",
            "url": "https://data.example.se/ical/HMAyWMqLZ3mT5sI8bPjI0v0qHqf0w0hG4o5kq1Xy2aE.ics",
        }
    )

    url: Uri = Field(
        description="The address. Whoever has it reads the lessons; it is not told again."
    )


class NewCalendarFeed(WrittenModel):
    """Whose lessons."""

    model_config = with_example({"student": PUPIL_ID})
    ignored = frozenset()

    student: UUID = Field(description="The signed-in person, if a pupil, or a child of theirs.")
