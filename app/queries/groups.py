"""Groups as SS 12000 answers them, whole and as the fragment without members."""

from app.queries import own_view
from app.queries.access import Scope
from app.queries.json_text import identified, json_object, listed, member, plain, text
from app.queries.resource import Filter, Kind, Render, Resource, Sort
from app.queries.shared_filters import END_DATES, MODIFIED_DESC, START_DATES, date_filters, ids_key
from app.schemas.enums import GroupType, SchoolType


def fragment_members(render: Render, a: str) -> tuple[str, ...]:
    """What a group carries besides its members."""
    return (
        member("displayName", text(f"{a}.display_name")),
        member("startDate", plain(f"{a}.start_date")),
        member("endDate", plain(f"{a}.end_date")),
        member("groupType", text(f"{a}.group_type")),
        member("schoolType", text(f"{a}.school_type")),
        member("organisation", render.reference(f"{a}.organisation_id", "organisation")),
    )


def fragment(render: Render, a: str) -> str:
    """A group without its members, as the standard embeds it in persons."""
    return identified(a, *fragment_members(render, a))


def document(render: Render, a: str) -> str:
    """A row as JSON text. Protected members are not there and leave no gap."""
    membership = json_object(
        member("person", render.person("me.person_id")),
        member("startDate", plain("me.start_date")),
        member("endDate", plain("me.end_date")),
    )
    shown = render.unprotected("me.person_id")
    members = listed(
        membership, f"group_membership me WHERE me.group_id = {a}.id AND {shown}", "me.position"
    )
    return identified(a, *fragment_members(render, a), member("groupMemberships", members))


def visible(render: Render, a: str) -> str:
    """Of one of the caller's organisations and school forms."""
    within = render.within(f"{a}.organisation_id")
    return f"{within} AND {render.school_type(f'{a}.school_type')} AND {own_view.group(render, a)}"


def embed_assignment_roles(render: Render, a: str) -> str:
    """Who does what for the group besides teaching it."""
    body = json_object(
        member("duty", render.duty("ar.duty_id")),
        member("assignmentRoleType", text("ar.assignment_role_type")),
        member("startDate", plain("ar.start_date")),
        member("endDate", plain("ar.end_date")),
    )
    shown = render.unprotected_duty("ar.duty_id")
    rows = f"assignment_role ar WHERE ar.group_id = {a}.id AND {shown}"
    return listed(body, rows, "ar.duty_id, ar.position")


GROUPS = Resource(
    name="groups",
    path="groups",
    tag="Grupper",
    object_type="Group",
    scope=Scope.PEOPLE_READ,
    table="school_group",
    document=document,
    visible=visible,
    summary="classes, teaching groups and departments with their members",
    about="ARRAY(SELECT me.person_id FROM group_membership me WHERE me.group_id = {a}.id)",
    filters=(
        Filter("groupType", Kind.TEXT, "{a}.group_type = ANY({p})", "groupType is one of these.",
               repeat=True, choices=tuple(GroupType)),
        Filter("schoolTypes", Kind.TEXT, "{a}.school_type = ANY({p})",
               "schoolType is one of these.", repeat=True, choices=tuple(SchoolType),
               aliases=("schoolType",)),
        Filter("organisation", Kind.UUID, "{a}.organisation_id = ANY({p})",
               "organisation is exactly one of these; those below are not included.",
               repeat=True, aliases=("owner",)),
        *date_filters(),
    ),
    sorts=(MODIFIED_DESC, Sort("DisplayNameAsc", "{a}.sort_name", "text"), *START_DATES,
           *END_DATES),
    lookup=(ids_key("school_group"),),
    expansions={"assignmentRoles": embed_assignment_roles},
)  # fmt: skip
