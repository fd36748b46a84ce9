"""Duties as SS 12000 answers them."""

from app.queries import own_view
from app.queries.access import Scope
from app.queries.json_text import identified, json_object, listed, literal, member, plain, text
from app.queries.resource import Filter, Kind, Render, Resource
from app.queries.shared_filters import MODIFIED_DESC, START_DATES, date_filters, ids_key
from app.schemas.enums import DutyRole


def document(render: Render, a: str) -> str:
    """A row as JSON text."""
    role = json_object(
        member("group", render.reference("ar.group_id", "school_group")),
        member("assignmentRoleType", text("ar.assignment_role_type")),
        member("startDate", plain("ar.start_date")),
        member("endDate", plain("ar.end_date")),
    )
    return identified(
        a,
        member("person", render.person(f"{a}.person_id", on_duty=True)),
        member(
            "assignmentRole",
            listed(role, f"assignment_role ar WHERE ar.duty_id = {a}.id", "ar.position"),
        ),
        member("dutyAt", render.reference(f"{a}.organisation_id", "organisation")),
        member("dutyRole", text(f"{a}.duty_role")),
        member("description", text(f"{a}.description")),
        member("signature", text(f"{a}.signature")),
        member("dutyPercent", literal(f"{a}.duty_percent")),
        member("hoursPerYear", literal(f"{a}.hours_per_year")),
        member("startDate", plain(f"{a}.start_date")),
        member("endDate", plain(f"{a}.end_date")),
    )


def visible(render: Render, a: str) -> str:
    """At one of the caller's organisations, held by someone it may know of."""
    return " AND ".join(
        (
            render.within(f"{a}.organisation_id"),
            render.on_duty(f"{a}.person_id"),
            own_view.duty(render, a),
        )
    )


def embed_person(render: Render, a: str) -> str:
    """The person who holds the duty."""
    return render.embedded("persons", f"{a}.person_id")


DUTIES = Resource(
    name="duties",
    path="duties",
    tag="Person",
    object_type="Duty",
    scope=Scope.PEOPLE_READ,
    table="duty",
    document=document,
    visible=visible,
    of_persons="SELECT id FROM duty WHERE person_id = ANY({p})",
    summary="persons' work at organisations",
    about="ARRAY[{a}.person_id]",
    filters=(
        Filter("organisation", Kind.ORGANISATION, "{a}.organisation_id = ANY({p})",
               "dutyAt is this organisation or one below it.", below=True, aliases=("dutyAt",)),
        Filter("dutyRole", Kind.TEXT, "{a}.duty_role = {p}", "dutyRole equals.",
               choices=tuple(DutyRole)),
        Filter("person", Kind.PERSON, "{a}.person_id = {p}", "person equals."),
        *date_filters(),
    ),
    sorts=(*START_DATES, MODIFIED_DESC),
    lookup=(ids_key("duty"),),
    expansions={"person": embed_person},
)  # fmt: skip
