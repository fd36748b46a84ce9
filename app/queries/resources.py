"""Resources as SS 12000 answers them."""

from app.queries.access import Scope
from app.queries.json_text import identified, member, text
from app.queries.resource import Filter, Kind, Render, Resource, Sort
from app.queries.shared_filters import MODIFIED_DESC, ids_key


def document(render: Render, a: str) -> str:
    """A row as JSON text."""
    return identified(
        a,
        member("displayName", text(f"{a}.display_name")),
        member("description", text(f"{a}.description")),
        member("owner", render.reference(f"{a}.owner_id", "organisation")),
    )


def visible(render: Render, a: str) -> str:
    """Of one of the caller's organisations."""
    return render.within(f"{a}.owner_id")


RESOURCES = Resource(
    name="resources",
    path="resources",
    tag="Rum och resurser",
    object_type="Resource",
    scope=Scope.SCHEDULE_READ,
    table="resource",
    document=document,
    visible=visible,
    summary="bookable resources other than rooms",
    filters=(
        Filter("organisation", Kind.UUID, "{a}.owner_id = {p}", "owner equals.",
               aliases=("owner",)),
    ),
    sorts=(MODIFIED_DESC, Sort("DisplayNameAsc", "{a}.sort_name", "text")),
    lookup=(ids_key("resource"),),
)  # fmt: skip
