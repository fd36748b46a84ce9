"""Attendance schedules (hours in care) as SS 12000 answers them."""

from app.queries.access import Scope
from app.queries.json_text import (
    identified,
    json_object,
    listed_or_empty,
    literal,
    member,
    plain,
    text,
)
from app.queries.registrars import registrar
from app.queries.resource import Filter, Kind, LookupKey, Render, Resource
from app.queries.shared_filters import date_filters, ids_key


def document(render: Render, a: str) -> str:
    """A row as JSON text. Hours are "HH:MM" strings, both of them."""
    state = json_object(
        member("state", text("st.state")),
        member("registeredAt", text("st.registered_at")),
        member("comment", text("st.comment")),
        member("registeredBy", registrar(render, "st.registered_by_id")),
    )
    states = f"attendance_schedule_state st WHERE st.attendance_schedule_id = {a}.id"
    return identified(
        a,
        member("placement", f"""'{{"id":"' || {a}.placement_id || '"}}'"""),
        member("numberOfWeeks", literal(f"{a}.number_of_weeks")),
        member("startDate", plain(f"{a}.start_date")),
        member("endDate", plain(f"{a}.end_date")),
        member("temporary", literal(f"{a}.temporary")),
        member("state", listed_or_empty(state, states, "st.position")),
        member("scheduleEntries", literal(f"{a}.schedule_entries")),
    )


def visible(render: Render, a: str) -> str:
    """Of a placement that the caller may see."""
    rows = f"placement pl WHERE pl.id = {a}.placement_id AND {render.visible('placements', 'pl')}"
    return f"EXISTS (SELECT 1 FROM {rows})"


ATTENDANCE_SCHEDULES = Resource(
    name="attendanceSchedules",
    path="attendanceSchedule",
    tag="Vistelseschema",
    object_type="AttendanceSchedule",
    scope=Scope.ATTENDANCE_READ,
    table="attendance_schedule",
    document=document,
    visible=visible,
    of_persons="SELECT sc.id FROM attendance_schedule sc "
    "JOIN placement pl ON pl.id = sc.placement_id WHERE pl.child_id = ANY({p})",
    summary="the hours that children are meant to be in care",
    about="ARRAY(SELECT child_id FROM placement WHERE id = {a}.placement_id)",
    filters=(
        Filter("placement", Kind.UUID, "{a}.placement_id = {p}", "placement equals."),
        Filter("group", Kind.UUID,
               "{a}.placement_id IN (SELECT id FROM placement WHERE group_id = {p})",
               "The placement belongs to this group."),
        *date_filters(),
    ),
    lookup=(
        ids_key("attendance_schedule"),
        LookupKey("placement", Kind.UUID,
                  "SELECT id FROM attendance_schedule WHERE placement_id = ANY({p})",
                  "Schedules of these placements (an array under a singular name)."),
    ),
)  # fmt: skip
