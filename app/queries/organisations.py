"""Organisations as SS 12000 answers them."""

from app.queries.access import Scope
from app.queries.json_text import array, identified, literal, member, plain, text
from app.queries.resource import Filter, Kind, LookupKey, Render, Resource, Sort
from app.queries.shared_filters import MODIFIED_DESC, date_filters, ids_key
from app.schemas.enums import OrganisationType, SchoolType


def document(render: Render, a: str) -> str:
    """A row as JSON text."""
    return identified(
        a,
        member("displayName", text(f"{a}.display_name")),
        member("organisationCode", text(f"{a}.organisation_code")),
        member("organisationType", text(f"{a}.organisation_type")),
        member("organisationNumber", text(f"{a}.organisation_number")),
        member("parentOrganisation", render.reference(f"{a}.parent_id", "organisation")),
        member("schoolUnitCode", text(f"{a}.school_unit_code")),
        member("schoolTypes", array(f"{a}.school_types")),
        member("address", literal(f"{a}.address")),
        member("municipalityCode", text(f"{a}.municipality_code")),
        member("url", text(f"{a}.url")),
        member("email", text(f"{a}.email")),
        member("phoneNumber", text(f"{a}.phone_number")),
        member("contactInfo", literal(f"{a}.contact_info")),
        member("startDate", plain(f"{a}.start_date")),
        member("endDate", plain(f"{a}.end_date")),
    )


def visible(render: Render, a: str) -> str:
    """Inside the granted subtrees; a unit also by its school forms."""
    if render.shape.every_school_type:
        return render.within(f"{a}.id")
    forms = f"({a}.school_types IS NULL OR {a}.school_types && %(school_types)s)"
    return f"{render.within(f'{a}.id')} AND {forms}"


ORGANISATIONS = Resource(
    name="organisations",
    path="organisations",
    tag="Organisation",
    object_type="Organisation",
    scope=Scope.ORGANISATIONS_READ,
    table="organisation",
    document=document,
    visible=visible,
    summary="the city's organisations: from the municipality down to school units",
    filters=(
        Filter("parent", Kind.UUID, "{a}.parent_id = ANY({p})",
               "parentOrganisation is one of these.", repeat=True),
        Filter("schoolUnitCode", Kind.TEXT, "{a}.school_unit_code = ANY({p})",
               "schoolUnitCode is one of these.", repeat=True),
        Filter("organisationCode", Kind.TEXT, "{a}.organisation_code = ANY({p})",
               "organisationCode is one of these.", repeat=True),
        Filter("municipalityCode", Kind.TEXT, "{a}.municipality_code = {p}",
               "municipalityCode equals."),
        Filter("type", Kind.TEXT, "{a}.organisation_type = ANY({p})",
               "organisationType is one of these.", repeat=True,
               choices=tuple(OrganisationType)),
        Filter("schoolTypes", Kind.TEXT, "{a}.school_types && {p}",
               "schoolTypes contains one of these.", repeat=True, choices=tuple(SchoolType)),
        *date_filters(keep_open_start=True),
    ),
    sorts=(MODIFIED_DESC, Sort("DisplayNameAsc", "{a}.sort_name", "text")),
    lookup=(
        ids_key("organisation"),
        LookupKey("schoolUnitCodes", Kind.TEXT,
                  "SELECT id FROM organisation WHERE school_unit_code = ANY({p})",
                  "School unit codes."),
        LookupKey("organisationCodes", Kind.TEXT,
                  "SELECT id FROM organisation WHERE organisation_code = ANY({p})",
                  "Organisation codes."),
    ),
)  # fmt: skip
