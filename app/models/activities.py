"""Activity: what groups and teachers do together, such as mathematics with 7B."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.models.base import SortKey, StandardObject


class Activity(StandardObject, table=True):
    """An activity of an organisation. Its lessons are calendar events."""

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_modified", "modified", "id"),
        Index("ix_activity_sort_name", "sort_name", "id"),
        Index("ix_activity_organisation_id", "organisation_id", "id"),
    )

    display_name: str
    sort_name: str = Field(sa_type=SortKey)
    calendar_events_required: bool
    start_date: date
    end_date: date | None = None
    activity_type: str | None = None
    comment: str | None = None
    minutes_planned: int | None = None
    syllabus_id: UUID | None = Field(default=None, foreign_key="syllabus.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisation.id")
    parent_activity_id: UUID | None = Field(default=None, foreign_key="activity.id", index=True)


class ActivityGroup(SQLModel, table=True):
    """A group that takes part in the activity."""

    __tablename__ = "activity_group"
    __table_args__ = (Index("ix_activity_group_group_id", "group_id", "activity_id"),)

    activity_id: UUID = Field(primary_key=True, foreign_key="activity.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    group_id: UUID = Field(foreign_key="school_group.id")


class ActivityTeacher(SQLModel, table=True):
    """A duty that teaches the activity."""

    __tablename__ = "activity_teacher"
    __table_args__ = (Index("ix_activity_teacher_duty_id", "duty_id", "activity_id"),)

    activity_id: UUID = Field(primary_key=True, foreign_key="activity.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    duty_id: UUID = Field(foreign_key="duty.id")
    start_date: date | None = None
    end_date: date | None = None
    minutes_planned: int | None = None
    grader: bool | None = None
