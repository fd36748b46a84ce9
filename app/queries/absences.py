"""Absences as SS 12000 answers them."""

from app.queries import own_view
from app.queries.access import Scope
from app.queries.json_text import identified, member, text
from app.queries.registrars import registrar
from app.queries.resource import Filter, Kind, Render, Resource, Sort
from app.queries.shared_filters import MODIFIED_DESC, ids_key
from app.schemas.enums import AbsenceType


def document(render: Render, a: str) -> str:
    """A row as JSON text."""
    return identified(
        a,
        member("startTime", text(f"{a}.start_time")),
        member("endTime", text(f"{a}.end_time")),
        member("type", text(f"{a}.type")),
        member("student", render.person(f"{a}.student_id")),
        member("organisation", render.reference(f"{a}.school_unit_id", "organisation")),
        member("registeredBy", registrar(render, f"{a}.registered_by_id")),
    )


def visible(render: Render, a: str) -> str:
    """At one of the caller's units, of a pupil it may know of, in its school forms."""
    conditions = [
        f"coalesce({render.within(f'{a}.school_unit_id')}, FALSE)",
        render.unprotected(f"{a}.student_id"),
        own_view.about(render, f"{a}.student_id", f"{a}.school_unit_id"),
    ]
    if not render.shape.every_school_type:
        conditions.append(f"({_by_enrolment(render, a)} OR {_by_placement(render, a)})")
    return " AND ".join(conditions)


def _by_enrolment(render: Render, a: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM enrolment form "
        f"WHERE form.person_id = {a}.student_id AND form.school_unit_id = {a}.school_unit_id "
        f"AND {render.school_type('form.school_type')})"
    )


def _by_placement(render: Render, a: str) -> str:
    """Placed there then, and not enrolled."""
    first = f"({a}.start_time AT TIME ZONE 'Europe/Stockholm')::date"
    last = f"(({a}.end_time - interval '1 microsecond') AT TIME ZONE 'Europe/Stockholm')::date"
    return (
        "EXISTS (SELECT 1 FROM placement pl "
        f"WHERE pl.child_id = {a}.student_id AND pl.school_unit_id = {a}.school_unit_id "
        f"AND pl.start_date <= {last} AND coalesce(pl.end_date, 'infinity') >= {first} "
        f"AND {render.school_type('pl.school_type')} "
        f"AND {not_enrolled('pl.child_id', 'pl.school_unit_id', first, last)})"
    )


def not_enrolled(student: str, unit: str, first_day: str, last_day: str) -> str:
    """The pupil has no enrolment at the unit on any of these days.

    Where there is one, an absence is from school: the placement's school form does not count.
    """
    return (
        f"NOT EXISTS (SELECT 1 FROM enrolment en WHERE en.person_id = {student} "
        f"AND en.school_unit_id = {unit} AND en.cancelled IS NOT TRUE "
        f"AND en.start_date <= {last_day} "
        f"AND coalesce(en.end_date, 'infinity') >= {first_day})"
    )


BY_START = Sort("StartTimeAsc", "{a}.start_time", "timestamptz")

ABSENCES = Resource(
    name="absences",
    path="absences",
    tag="Närvaro",
    object_type="Absence",
    scope=Scope.ATTENDANCE_READ,
    table="absence",
    document=document,
    visible=visible,
    of_persons="SELECT id FROM absence WHERE student_id = ANY({p})",
    summary="granted leave and reported absence",
    about="ARRAY[{a}.student_id]",
    filters=(
        Filter("organisation", Kind.UUID, "{a}.school_unit_id = {p}", "organisation equals.",
               aliases=("orginsation",)),
        Filter("student", Kind.PERSON, "{a}.student_id = {p}", "student equals."),
        Filter("registeredBy", Kind.PERSON, "{a}.registered_by_id = {p}",
               "registeredBy equals."),
        Filter("type", Kind.TEXT, "{a}.type = {p}", "type equals.", choices=tuple(AbsenceType)),
        Filter("startTime.onOrBefore", Kind.DATE_TIME, "{a}.start_time <= {p}",
               "startTime at or before this instant.", aliases=("startDate.onOrBefore",)),
        Filter("startTime.onOrAfter", Kind.DATE_TIME, "{a}.start_time > {p}",
               "startTime after this instant: exclusive despite its name, as the standard says.",
               aliases=("startDate.onOrAfter",)),
        Filter("endTime.onOrBefore", Kind.DATE_TIME, "{a}.end_time <= {p}",
               "endTime at or before this instant.", aliases=("endDate.onOrBefore",)),
        Filter("endTime.onOrAfter", Kind.DATE_TIME, "{a}.end_time > {p}",
               "endTime after this instant: exclusive despite its name, as the standard says.",
               aliases=("endDate.onOrAfter",)),
    ),
    sorts=(
        MODIFIED_DESC,
        BY_START,
        Sort("StartTimeDesc", "{a}.start_time", "timestamptz", descending=True),
    ),
    lookup=(ids_key("absence"),),
)  # fmt: skip
