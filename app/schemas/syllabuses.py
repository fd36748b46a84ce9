"""Syllabuses: the subject or course that is taught."""

from pydantic import Field

from app.schemas.base import (
    IdsLookup,
    Page,
    SchoolYear,
    StandardObject,
    WireModel,
    with_example,
)
from app.schemas.enums import Curriculum, SchoolType
from app.schemas.examples import SYLLABUS


class SpecialisationCourseContent(WireModel):
    """What a specialisation course is about."""

    title: str
    description: str
    title_english: str | None = None
    description_english: str | None = None


class Syllabus(StandardObject):
    """The plan of a subject or course. Needs the scope `organisations:read`."""

    model_config = with_example(SYLLABUS)

    school_type: SchoolType
    subject_code: str | None = Field(None, description="Code of the subject.")
    subject_name: str
    subject_designation: str | None = Field(None, description="Short form of the subject's name.")
    course_code: str | None = Field(None, description="Code of the course, where there is one.")
    course_name: str | None = None
    start_school_year: SchoolYear | None = Field(
        None, description="First year of school that the syllabus is for."
    )
    end_school_year: SchoolYear | None = Field(
        None, description="Last year of school that the syllabus is for."
    )
    points: int | None = Field(None, description="Extent of the course in points.")
    curriculum: Curriculum | None = None
    language_code: str | None = Field(
        None, description="The language studied, for subjects such as mother tongue."
    )
    specialisation_course_content: SpecialisationCourseContent | None = None
    official: bool = Field(description="Whether the syllabus is set nationally, not locally.")


class SyllabusesPage(Page[Syllabus]):
    """One page of syllabuses."""


class SyllabusesLookup(IdsLookup):
    """Which syllabuses to return."""
