"""Attendance events (check-ins and check-outs) as SS 12000 answers them."""

from collections.abc import Callable

from app.queries import own_view
from app.queries.access import Scope
from app.queries.json_text import identified, member, text
from app.queries.registrars import registrar
from app.queries.resource import Filter, Kind, LookupKey, Render, Resource, Sort
from app.queries.shared_filters import ids_key


def document(render: Render, a: str) -> str:
    """A row as JSON text."""
    return identified(
        a,
        member("time", text(f"{a}.time")),
        member("eventType", text(f"{a}.event_type")),
        member("person", render.person(f"{a}.person_id")),
        member("registeredBy", registrar(render, f"{a}.registered_by_id")),
        member("group", render.reference(f"{a}.group_id", "school_group")),
    )


def visible(render: Render, a: str) -> str:
    """At one of the caller's units and school forms, of a child it may know of."""
    conditions = [
        render.within(f"{a}.school_unit_id"),
        render.unprotected(f"{a}.person_id"),
        own_view.about(render, f"{a}.person_id", f"{a}.school_unit_id"),
    ]
    if not render.shape.every_school_type:
        conditions.append(f"EXISTS (SELECT 1 FROM school_group g WHERE g.id = {a}.group_id "
                          f"AND {render.school_type('g.school_type')})")  # fmt: skip
    return " AND ".join(conditions)


def _embed_person(column: str) -> Callable[[Render, str], str]:
    def embed(render: Render, a: str) -> str:
        return render.embedded("persons", f"{a}.{column}")

    return embed


def embed_group(render: Render, a: str) -> str:
    """The group, without its members."""
    return render.embedded("groupFragments", f"{a}.group_id")


ATTENDANCE_EVENTS = Resource(
    name="attendanceEvents",
    path="attendanceEvents",
    tag="Närvarohändelser",
    object_type="AttendanceEvent",
    scope=Scope.ATTENDANCE_READ,
    table="attendance_event",
    document=document,
    visible=visible,
    of_persons="SELECT id FROM attendance_event WHERE person_id = ANY({p})",
    summary="check-ins and check-outs at preschool and after-school care",
    about="ARRAY[{a}.person_id]",
    filters=(
        Filter("group", Kind.UUID, "{a}.group_id = ANY({p})", "group is one of these.",
               repeat=True),
        Filter("person", Kind.PERSON, "{a}.person_id = {p}", "person equals."),
    ),
    default_sort=Sort("", "{a}.time", "timestamptz"),
    lookup=(
        ids_key("attendance_event"),
        LookupKey("person", Kind.PERSON,
                  "SELECT id FROM attendance_event WHERE person_id = ANY({p})",
                  "Events of these persons (an array under a singular name)."),
        LookupKey("group", Kind.UUID,
                  "SELECT id FROM attendance_event WHERE group_id = ANY({p})",
                  "Events of these groups (an array under a singular name)."),
    ),
    expansions={
        "person": _embed_person("person_id"),
        "group": embed_group,
        "registeredBy": _embed_person("registered_by_id"),
    },
    expansion_scopes={
        "person": Scope.PEOPLE_READ,
        "group": Scope.PEOPLE_READ,
        "registeredBy": Scope.PEOPLE_READ,
    },
)  # fmt: skip
