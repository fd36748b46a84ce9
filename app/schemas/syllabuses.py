"""Syllabus: the wire shape of the standard."""

from uuid import UUID

from app.schemas.base import Page, SchoolYear, StandardObject, WireModel
from app.schemas.enums import Curriculum, SchoolType


class SpecialisationCourseContent(WireModel):
    """One of an object's specialisationCourseContent."""

    title: str
    description: str
    title_english: str | None = None
    description_english: str | None = None


class Syllabus(StandardObject):
    """A subject or course plan."""

    school_type: SchoolType
    subject_code: str | None = None
    subject_name: str
    subject_designation: str | None = None
    course_code: str | None = None
    course_name: str | None = None
    start_school_year: SchoolYear | None = None
    end_school_year: SchoolYear | None = None
    points: int | None = None
    curriculum: Curriculum | None = None
    language_code: str | None = None
    specialisation_course_content: SpecialisationCourseContent | None = None
    official: bool


class SyllabusesLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None


class SyllabusesPage(Page[Syllabus]):
    """One page of the list."""
