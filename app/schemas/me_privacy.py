"""What a person allowed which app, and who read about them."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.schemas.base import Page, WireModel, with_example
from app.schemas.examples import PUPIL_ID

APP_ID = "5b1c6a0e-7d7f-4a55-9a0b-0e5f3a1d2c4b"


class AllowedChild(WireModel):
    """A child that the permission covers."""

    id: UUID
    given_name: str
    family_name: str


class AllowedApp(WireModel):
    """What the signed-in person allows an app."""

    model_config = with_example(
        {
            "id": APP_ID,
            "name": "Startsidan",
            "maker": "Exempelbolaget AB",
            "scopes": ["absences:write", "schedule:read"],
            "children": [{"id": PUPIL_ID, "givenName": "Alva", "familyName": "Lindström"}],
            "since": "2026-08-17T07:30:00+02:00",
            "lastUsed": "2026-11-03T06:55:12+01:00",
        }
    )

    id: UUID = Field(description="The permission's id, to take it back by.")
    name: str
    maker: str = Field(description="The organisation that answers for the app.")
    scopes: list[str]
    children: list[AllowedChild] = Field(
        description="Those of them that the signed-in person answers for today and shares with the "
        "app that asks; it is told of no others."
    )
    since: AwareDatetime
    last_used: AwareDatetime | None = Field(
        None, description="To within five minutes. Absent: never used."
    )


class Category(StrEnum):
    """What kind of data."""

    PEOPLE = "people"
    GROUPS = "groups"
    SCHEDULE = "schedule"
    ATTENDANCE = "attendance"
    ABSENCES = "absences"
    CARE = "care"
    PRIVACY = "privacy"
    OTHER = "other"


class Reader(StrEnum):
    """On whose behalf."""

    YOU = "you"
    PUPIL = "pupil"
    GUARDIAN = "guardian"
    STAFF = "staff"
    SOMEBODY = "somebody"
    SYSTEM = "system"


class ReadingApp(WireModel):
    """The app or system that read."""

    name: str
    maker: str = Field(description="The organisation that answers for it.")


class ReadingEntry(WireModel):
    """That an app or a system read, or may have read, about one person."""

    model_config = with_example(
        {
            "time": "2026-11-03T06:55:12+01:00",
            "person": PUPIL_ID,
            "app": {"name": "Startsidan", "maker": "Exempelbolaget AB"},
            "by": "guardian",
            "byText": "another guardian",
            "category": "schedule",
            "categoryText": "schedule and lessons",
            "certain": True,
            "times": 1,
        }
    )

    time: AwareDatetime = Field(description="The last time, where there are several.")
    person: UUID = Field(description="The signed-in person, or a child of theirs.")
    app: ReadingApp | None = Field(
        None, description="Absent where telling it could tell of somebody who is protected."
    )
    by: Reader = Field(
        description="`you`; `pupil`: the child itself; `guardian`: another one; `staff`: a member "
        "of staff; `somebody`: anybody else; `system`: nobody, the system for itself."
    )
    by_text: str = Field(description="The same in words.")
    category: Category
    category_text: str = Field(description="The same in words.")
    certain: bool = Field(
        description="false: pages of a list that cannot be excluded from having held the person; "
        "those of one day, reader and category are one entry."
    )
    times: int = Field(description="How many answers the entry stands for.")


class ReadingsPage(Page[ReadingEntry]):
    """Who read, the newest first."""
