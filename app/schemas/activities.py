"""Activity: the wire shape of the standard."""

from datetime import date
from uuid import UUID

from app.schemas.base import ObjectReference, StandardObject, WireModel
from app.schemas.enums import ActivityType


class ActivityTeacher(WireModel):
    """One of an object's teachers."""

    duty: ObjectReference
    start_date: date | None = None
    end_date: date | None = None
    minutes_planned: int | None = None
    grader: bool | None = None


class Activity(StandardObject):
    """What groups and teachers do together."""

    display_name: str
    calendar_events_required: bool
    start_date: date
    end_date: date | None = None
    activity_type: ActivityType | None = None
    comment: str | None = None
    minutes_planned: int | None = None
    groups: list[ObjectReference]
    teachers: list[ActivityTeacher] | None = None
    syllabus: ObjectReference | None = None
    organisation: ObjectReference
    parent_activity: ObjectReference | None = None


class ActivitiesLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
    teachers: list[UUID] | None = None
    members: list[UUID] | None = None
