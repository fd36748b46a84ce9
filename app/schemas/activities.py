"""Activities: what is taught to whom by whom; calendar events are its lessons."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from app.schemas import examples
from app.schemas.base import (
    IdsLookup,
    ObjectReference,
    Page,
    StandardObject,
    WireModel,
    with_example,
)
from app.schemas.duties import Duty
from app.schemas.groups import Group
from app.schemas.syllabuses import Syllabus


class ActivityType(StrEnum):
    """What an activity is: teaching or something else in the schedule."""

    UNDERVISNING = "Undervisning"
    ELEVAKTIVITET = "Elevaktivitet"
    PROVAKTIVITET = "Provaktivitet"
    LARARAKTIVITET = "Läraraktivitet"
    OVRIGT = "Övrigt"


class ActivityTeacher(WireModel):
    """A duty that teaches the activity."""

    duty: ObjectReference = Field(description="The teacher's duty, not the person.")
    start_date: date | None = Field(None, description="First day. Absent: as the activity.")
    end_date: date | None = Field(None, description="Last day. Absent: as the activity.")
    minutes_planned: int | None = Field(None, description="Planned teaching time in minutes.")
    grader: bool | None = Field(None, description="Whether this teacher sets the grades.")


class Activity(StandardObject):
    """An activity without what `expand` adds. Needs the scope `schedule:read`."""

    model_config = with_example(examples.ACTIVITY)

    display_name: str = Field(description="The name to show, as on schedules.")
    calendar_events_required: bool = Field(
        description="Whether the activity is to be scheduled as calendar events."
    )
    start_date: date = Field(description="First day of the activity.")
    end_date: date | None = Field(None, description="Last day. Absent: until further notice.")
    activity_type: ActivityType | None = None
    comment: str | None = None
    minutes_planned: int | None = Field(None, description="Planned time in minutes.")
    groups: list[ObjectReference] = Field(
        min_length=1, description="Whose members take part. At least one group."
    )
    teachers: list[ActivityTeacher] | None = None
    syllabus: ObjectReference | None = Field(None, description="What is taught.")
    organisation: ObjectReference = Field(description="The organisation that has the activity.")
    parent_activity: ObjectReference | None = Field(
        None, description="The activity that this one is a part of."
    )


class ActivityEmbedded(WireModel):
    """What `expand` adds to an activity."""

    groups: list[Group] | None = Field(None, description="With `expand=groups`.")
    syllabus: Syllabus | None = Field(None, description="With `expand=syllabus`.")
    teachers: list[Duty] | None = Field(None, description="With `expand=teachers`: the duties.")


class ActivityExpanded(Activity):
    """An activity as answered. Needs the scope `schedule:read`."""

    model_config = with_example(
        examples.ACTIVITY
        | {
            "_embedded": {
                "groups": [examples.GROUP],
                "syllabus": examples.SYLLABUS,
                "teachers": [examples.DUTY],
            }
        }
    )

    embedded: ActivityEmbedded | None = Field(
        None, alias="_embedded", description="What `expand` asked for."
    )


class ActivitiesPage(Page[ActivityExpanded]):
    """One page of activities."""


class ActivitiesLookup(IdsLookup):
    """Which activities to return: those that any of the lists names."""

    teachers: list[UUID] | None = Field(None, description="Ids of duties that teach.")
    members: list[UUID] | None = Field(
        None, description="Ids of persons who belong to a group of the activity."
    )
