"""Syllabus: a subject or course plan."""

from sqlalchemy import Index, text
from sqlmodel import Field

from app.models.base import Json, JsonValue, SortKey, StandardObject


class Syllabus(StandardObject, table=True):
    """A subject or course as the national or a local plan defines it."""

    __tablename__ = "syllabus"
    __table_args__ = (
        Index("ix_syllabus_modified", "modified", "id"),
        Index("ix_syllabus_subject_name_sort", "subject_name_sort", "id"),
        Index("ix_syllabus_course_name_sort", "course_name_sort", "id"),
        *(
            Index(f"ix_syllabus_{name}", text(f"coalesce({name}, '')"), "id")
            for name in ("subject_code", "course_code", "subject_designation")
        ),
    )

    school_type: str
    subject_code: str | None = Field(default=None, sa_type=SortKey)
    subject_name: str
    subject_name_sort: str = Field(sa_type=SortKey)
    subject_designation: str | None = Field(default=None, sa_type=SortKey)
    course_code: str | None = Field(default=None, sa_type=SortKey)
    course_name: str | None = None
    # Empty when there is no course name, so that it can be a page key.
    course_name_sort: str = Field(sa_type=SortKey)
    start_school_year: int | None = None
    end_school_year: int | None = None
    points: int | None = None
    curriculum: str | None = None
    language_code: str | None = None
    specialisation_course_content: JsonValue = Field(default=None, sa_type=Json)
    official: bool
