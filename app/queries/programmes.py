"""Programmes as SS 12000 answers them."""

from app.queries.access import Scope
from app.queries.json_text import identified, json_object, listed, literal, member, text
from app.queries.resource import Filter, Kind, Render, Resource, Sort
from app.queries.shared_filters import MODIFIED_DESC, ids_key
from app.schemas.enums import SchoolType


def document(render: Render, a: str) -> str:
    """A row as JSON text."""
    syllabuses = listed(
        render.reference("ps.syllabus_id", "syllabus", "subject_name"),
        f"programme_syllabus ps WHERE ps.programme_id = {a}.id "
        "AND ps.content_position = part.n - 1",
        "ps.position",
    )
    part = json_object(
        member("type", text("part.body ->> 'type'")),
        member("points", literal("part.body ->> 'points'")),
        member("content", syllabuses),
    )
    parts = f"jsonb_array_elements({a}.content) WITH ORDINALITY part(body, n)"
    return identified(
        a,
        member("name", text(f"{a}.name")),
        member("type", text(f"{a}.type")),
        member("parentProgramme", render.reference(f"{a}.parent_id", "programme", "name")),
        member("schoolType", text(f"{a}.school_type")),
        member("code", text(f"{a}.code")),
        member("content", listed(part, parts, "part.n")),
    )


def visible(render: Render, a: str) -> str:
    """National knowledge: limited by school form only."""
    return render.school_type(f"{a}.school_type")


PROGRAMMES = Resource(
    name="programmes",
    path="programmes",
    tag="Studieinformation",
    object_type="Programme",
    scope=Scope.ORGANISATIONS_READ,
    table="programme",
    document=document,
    visible=visible,
    summary="upper-secondary programmes",
    filters=(
        Filter("schoolType", Kind.TEXT, "{a}.school_type = ANY({p})",
               "schoolType is one of these.", repeat=True, choices=tuple(SchoolType)),
        Filter("code", Kind.TEXT, "{a}.code = {p}", "code equals."),
        Filter("parentProgramme", Kind.UUID, "{a}.parent_id = {p}", "parentProgramme equals."),
    ),
    sorts=(
        Sort("NameAsc", "{a}.sort_name", "text"),
        Sort("CodeAsc", "coalesce({a}.code, '')", "text"),
        MODIFIED_DESC,
    ),
    lookup=(ids_key("programme"),),
)  # fmt: skip
