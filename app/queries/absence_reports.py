"""Absence reports as their own API answers them. Read by the engine that reads SS 12000."""

from app.queries.absences import visible
from app.queries.access import Scope
from app.queries.json_text import json_object, listed_or_empty, member, plain, text
from app.queries.registrars import registrar
from app.queries.resource import Filter, Kind, Render, Resource
from app.queries.shared_filters import MODIFIED_ASC
from app.schemas.absence_reports import DeliveryState, ReportStatus

DELIVERIES = "absence_delivery de JOIN source so ON so.id = de.source_id WHERE de.report_id ="
DELIVERY_FILTERS = {
    "source": "so.name = %(source)s",
    "deliveryState": "de.state = %(deliveryState)s",
}


def document(render: Render, a: str) -> str:
    """A row as JSON text."""
    delivery = json_object(
        member("source", text("so.name")),
        member("state", text("de.state")),
        member("changed", text("de.changed")),
        member("message", text("de.message")),
    )
    return json_object(
        member("id", plain(f"{a}.id")),
        member("created", text(f"{a}.created")),
        member("modified", text(f"{a}.modified")),
        member("status", text(f"{a}.status")),
        member("reasonCategory", text(f"{a}.reason_category")),
        member("startTime", text(f"{a}.start_time")),
        member("endTime", text(f"{a}.end_time")),
        member("type", text(f"{a}.type")),
        member("student", render.person(f"{a}.student_id")),
        member("organisation", render.reference(f"{a}.school_unit_id", "organisation")),
        member("registeredBy", registrar(render, f"{a}.registered_by_id")),
        member("reportedThrough", text(f"{a}.reported_through")),
        member("withdrawnAt", text(f"{a}.withdrawn_at")),
        member("withdrawnThrough", text(f"{a}.withdrawn_through")),
        member("deliveries", listed_or_empty(delivery, f"{DELIVERIES} {a}.id", "so.name")),
    )


def combined(_render: Render, a: str, given: frozenset[str]) -> str | None:
    """Both delivery filters speak of one and the same delivery."""
    wanted = [sql for name, sql in DELIVERY_FILTERS.items() if name in given]
    if not wanted:
        return None
    return f"EXISTS (SELECT 1 FROM {DELIVERIES} {a}.id AND {' AND '.join(wanted)})"


ABSENCE_REPORTS = Resource(
    name="absenceReports",
    path="reports",
    tag="Absence reports",
    object_type="AbsenceReport",
    scope=Scope.ATTENDANCE_READ,
    table="absence_report",
    document=document,
    # As the absence itself.
    visible=visible,
    summary="reports of absences",
    about="ARRAY[{a}.student_id]",
    filters=(
        Filter("status", Kind.TEXT, "{a}.status = {p}", "status equals.",
               choices=tuple(ReportStatus)),
        Filter("source", Kind.TEXT, "TRUE", "There is a delivery to this source system."),
        Filter("deliveryState", Kind.TEXT, "TRUE",
               "A delivery is in this state; with source, the delivery to that source.",
               choices=tuple(DeliveryState)),
        Filter("student", Kind.PERSON, "{a}.student_id = {p}", "student equals."),
        Filter("organisation", Kind.ORGANISATION, "{a}.school_unit_id = ANY({p})",
               "organisation is this one or one below it.", below=True),
        Filter("modifiedAfter", Kind.DATE_TIME, "{a}.modified > {p}",
               "Changed after this instant."),
    ),
    default_sort=MODIFIED_ASC,
    combined=combined,
    has_meta=False,
)  # fmt: skip
