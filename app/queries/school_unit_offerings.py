"""School unit offerings as SS 12000 answers them, with id and meta as additions."""

from app.queries.access import Scope
from app.queries.json_text import identified, listed, listed_or_empty, member, plain
from app.queries.resource import Filter, Kind, Render, Resource, Sort
from app.queries.shared_filters import END_DATES, MODIFIED_DESC, ids_key


def document(render: Render, a: str) -> str:
    """A row as JSON text."""
    return identified(
        a,
        member("startDate", plain(f"{a}.start_date")),
        member("endDate", plain(f"{a}.end_date")),
        member("offeredAt", render.reference(f"{a}.school_unit_id", "organisation")),
        member(
            "offeredSyllabuses",
            listed_or_empty(
                render.reference("os.syllabus_id", "syllabus", "subject_name"),
                f"offered_syllabus os WHERE os.offering_id = {a}.id",
                "os.position",
            ),
        ),
        member(
            "offeredProgrammes",
            listed(
                render.reference("op.programme_id", "programme", "name"),
                f"offered_programme op WHERE op.offering_id = {a}.id",
                "op.position",
            ),
        ),
    )


def visible(render: Render, a: str) -> str:
    """At one of the caller's units."""
    return render.within(f"{a}.school_unit_id")


START = "coalesce({a}.start_date, '-infinity'::date)"

SCHOOL_UNIT_OFFERINGS = Resource(
    name="schoolUnitOfferings",
    path="schoolUnitOfferings",
    tag="Studieinformation",
    object_type="SchoolUnitOffering",
    scope=Scope.ORGANISATIONS_READ,
    table="school_unit_offering",
    document=document,
    visible=visible,
    summary="which syllabuses and programmes school units offer",
    filters=(
        Filter("organisation", Kind.UUID, "{a}.school_unit_id = {p}", "offeredAt equals.",
               aliases=("offeredAt",)),
    ),
    sorts=(
        MODIFIED_DESC,
        Sort("StartDateAsc", START, "date"),
        Sort("StartDateDesc", START, "date", descending=True),
        *END_DATES,
    ),
    lookup=(ids_key("school_unit_offering"),),
)  # fmt: skip
