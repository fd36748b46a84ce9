"""Placements as SS 12000 answers them."""

from app.queries import own_view
from app.queries.access import FieldGroup, Scope
from app.queries.json_text import identified, listed, literal, member, plain, text
from app.queries.resource import Filter, Kind, LookupKey, Render, Resource
from app.queries.shared_filters import END_DATES, MODIFIED_DESC, START_DATES, date_filters, ids_key


def document(render: Render, a: str) -> str:
    """A row as JSON text. Who holds the placement is shown with the field group guardians."""
    owners = "NULL"
    if FieldGroup.GUARDIANS in render.shape.field_groups:
        shown = render.unprotected("ow.person_id")
        rows = f"placement_owner ow WHERE ow.placement_id = {a}.id AND {shown}"
        owners = listed(render.person("ow.person_id"), rows, "ow.position")
    return identified(
        a,
        member("placedAt", render.reference(f"{a}.school_unit_id", "organisation")),
        member("group", render.reference(f"{a}.group_id", "school_group")),
        member("child", render.person(f"{a}.child_id")),
        member("owners", owners),
        member("schoolType", text(f"{a}.school_type")),
        member("startDate", plain(f"{a}.start_date")),
        member("endDate", plain(f"{a}.end_date")),
        member("reason", text(f"{a}.reason")),
        member("maxWeeklyScheduleHours", literal(f"{a}.max_weekly_schedule_hours")),
    )


def visible(render: Render, a: str) -> str:
    """At one of the caller's units, in its school forms, of a child it may know of."""
    return " AND ".join(
        (
            render.within(f"{a}.school_unit_id"),
            render.school_type(f"{a}.school_type"),
            render.unprotected(f"{a}.child_id"),
            own_view.about(render, f"{a}.child_id", f"{a}.school_unit_id"),
        )
    )


def embed_child(render: Render, a: str) -> str:
    """The child."""
    return render.embedded("persons", f"{a}.child_id")


def embed_owners(render: Render, a: str) -> str | None:
    """The guardians who hold the placement."""
    if FieldGroup.GUARDIANS not in render.shape.field_groups:
        return None
    rows = (
        "placement_owner po JOIN person ow ON ow.id = po.person_id "
        f"WHERE po.placement_id = {a}.id AND {render.visible('persons', 'ow')}"
    )
    return listed(render.document("persons", "ow"), rows, "po.position")


PLACEMENTS = Resource(
    name="placements",
    path="placements",
    tag="Person",
    object_type="Placement",
    scope=Scope.PEOPLE_READ,
    table="placement",
    document=document,
    visible=visible,
    of_persons="SELECT id FROM placement WHERE child_id = ANY({p})",
    summary="children's places in preschool and after-school care",
    about="ARRAY[{a}.child_id]",
    filters=(
        Filter("organisation", Kind.UUID, "{a}.school_unit_id = {p}", "placedAt equals.",
               aliases=("placedAt",)),
        Filter("group", Kind.UUID, "{a}.group_id = {p}", "group equals."),
        *date_filters(),
        Filter("child", Kind.PERSON, "{a}.child_id = {p}", "child equals."),
        Filter("owner", Kind.PERSON,
               "{a}.id IN (SELECT placement_id FROM placement_owner WHERE person_id = {p})",
               "owners contains this person.", needs=FieldGroup.GUARDIANS),
    ),
    sorts=(*START_DATES, *END_DATES, MODIFIED_DESC),
    lookup=(
        ids_key("placement"),
        LookupKey("personIds", Kind.PERSON, "SELECT id FROM placement WHERE child_id = ANY({p})",
                  "Placements of these children."),
    ),
    expansions={"child": embed_child, "owners": embed_owners},
)  # fmt: skip
