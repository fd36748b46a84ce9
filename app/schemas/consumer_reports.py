"""Log entries and statistics entries: what a consumer reports of its own reading."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from app.schemas.base import WireModel, with_example
from app.schemas.enums import ObjectType

LONGEST_MESSAGE = 4_000
LONGEST_WORD = 200
LONGEST_ADDRESS = 2_000
LARGEST_COUNT = 1_000_000_000_000
# What neither PostgreSQL nor Python could read back in every time zone stays out.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not hold the character NUL")
    return value


def _of_this_century(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between the years 2000 and 2100")
    return value


Message = Annotated[
    str, Field(min_length=1, max_length=LONGEST_MESSAGE), AfterValidator(_without_nul)
]
Word = Annotated[str, Field(max_length=LONGEST_WORD), AfterValidator(_without_nul)]
# The standard says URI; published clients send parts of one.
Address = Annotated[str, Field(max_length=LONGEST_ADDRESS), AfterValidator(_without_nul)]
Occurance = Annotated[AwareDatetime, AfterValidator(_of_this_century)]
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]


class SeverityLevel(StrEnum):
    """How bad it is."""

    INFO = "Info"
    WARNING = "Warning"
    ERROR = "Error"


class Report(WireModel):
    """What both kinds of report carry. Unknown properties and null are passed over."""

    resource_url: Address | None = Field(None, description="Where the consumer met it.")
    time_of_occurance: Occurance | None = Field(
        None, description="When, by the consumer's clock. Misspelt in the standard."
    )


class LogEntry(Report):
    """Something that a consumer met while it used the API. No personal data, please."""

    model_config = with_example(
        {
            "message": "Person without a civic number",
            "messageType": "validation",
            "resourceType": "Person",
            "resourceId": "7a6f0a4e-2f4b-5c1d-9b1e-3d2c1b0a9f8e",
            "severityLevel": "Warning",
            "timeOfOccurance": "2026-11-24T02:10:00+01:00",
        }
    )

    message: Message = Field(description="What happened, for whoever runs the service.")
    message_type: Word | None = Field(None, description="A code of the consumer's own.")
    resource_type: ObjectType | None = Field(None, description="The kind of object concerned.")
    resource_id: UUID | None = Field(None, description="Its id. Kept, never looked up.")
    severity_level: SeverityLevel = Field(description="How bad it is.")


class StatisticsEntry(Report):
    """How many objects of a kind a consumer has taken over."""

    model_config = with_example(
        {
            "resourceType": "Person",
            "newCount": 0,
            "updatedCount": 1200,
            "deletedCount": 3,
            "timeOfOccurance": "2026-11-24T02:15:00+01:00",
        }
    )

    resource_type: ObjectType = Field(description="The kind of objects counted.")
    new_count: Count = Field(description="How many were new.")
    updated_count: Count = Field(description="How many were known and have changed.")
    deleted_count: Count = Field(description="How many are gone.")


class Received(WireModel):
    """The report was stored. The standard gives no body; some clients need one to be JSON."""
