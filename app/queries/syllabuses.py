"""Syllabuses as SS 12000 answers them."""

from app.queries.access import Scope
from app.queries.json_text import identified, literal, member, text
from app.queries.resource import Render, Resource, Sort
from app.queries.shared_filters import MODIFIED_DESC, ids_key


def document(_render: Render, a: str) -> str:
    """A row as JSON text."""
    return identified(
        a,
        member("schoolType", text(f"{a}.school_type")),
        member("subjectCode", text(f"{a}.subject_code")),
        member("subjectName", text(f"{a}.subject_name")),
        member("subjectDesignation", text(f"{a}.subject_designation")),
        member("courseCode", text(f"{a}.course_code")),
        member("courseName", text(f"{a}.course_name")),
        member("startSchoolYear", literal(f"{a}.start_school_year")),
        member("endSchoolYear", literal(f"{a}.end_school_year")),
        member("points", literal(f"{a}.points")),
        member("curriculum", text(f"{a}.curriculum")),
        member("languageCode", text(f"{a}.language_code")),
        member("specialisationCourseContent", literal(f"{a}.specialisation_course_content")),
        member("official", literal(f"{a}.official")),
    )


def visible(render: Render, a: str) -> str:
    """National knowledge: limited by school form only."""
    return render.school_type(f"{a}.school_type")


def _both_ways(name: str, key: str) -> tuple[Sort, Sort]:
    return Sort(f"{name}Asc", key, "text"), Sort(f"{name}Desc", key, "text", descending=True)


SYLLABUSES = Resource(
    name="syllabuses",
    path="syllabuses",
    tag="Studieinformation",
    object_type="Syllabus",
    scope=Scope.ORGANISATIONS_READ,
    table="syllabus",
    document=document,
    visible=visible,
    summary="subject and course plans",
    sorts=(
        MODIFIED_DESC,
        *_both_ways("SubjectName", "{a}.subject_name_sort"),
        *_both_ways("SubjectCode", "coalesce({a}.subject_code, '')"),
        *_both_ways("CourseName", "{a}.course_name_sort"),
        *_both_ways("CourseCode", "coalesce({a}.course_code, '')"),
        *_both_ways("SubjectDesignation", "coalesce({a}.subject_designation, '')"),
    ),
    lookup=(ids_key("syllabus"),),
)
