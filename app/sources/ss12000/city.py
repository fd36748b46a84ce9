"""Organisations, persons, placements, duties and groups: how they map to tables."""

from app.schemas.attendance_schedules import AttendanceScheduleState, DayOfWeek
from app.schemas.enums import (
    AssignmentRoleType,
    DutyRole,
    GroupType,
    OrganisationType,
    RelationType,
    SchoolType,
    SecurityMarking,
)
from app.schemas.organisations import ContactInfoType, OrganisationAddressType
from app.schemas.persons import EmailType, PersonAddressType, PersonStatus, PhoneNumberType, Sex
from app.schemas.placements import PlacementReason, PlacementSchoolType
from app.sources.ss12000.rows import Children, Columns, Property, Resource, object_of, objects_of
from app.sources.ss12000.values import (
    boolean,
    clock_time,
    day,
    instant,
    integer,
    list_of,
    one_of,
    reference,
    text,
    texts,
)
from app.sources.swedish_order import person_search_name, person_sort_name, swedish_key

STREET = (
    Property("streetAddress", "streetAddress", text),
    Property("locality", "locality", text),
    Property("postalCode", "postalCode", text),
    Property("countyCode", "countyCode", integer),
    Property("municipalityCode", "municipalityCode", integer),
    Property("realEstateDesignation", "realEstateDesignation", text),
    Property("country", "country", text),
)
PERIOD = (Property("startDate", "start_date", day), Property("endDate", "end_date", day))
FROM_START = (Property("startDate", "start_date", day, required=True), PERIOD[1])


def named(columns: Columns) -> Columns:
    """With the key that a display name sorts by."""
    return columns | {"sort_name": swedish_key(columns["display_name"])}


def _person(columns: Columns) -> Columns:
    civic_no = columns.pop("civic_no_object") or {}
    given, family = columns["given_name"], columns["family_name"]
    return columns | {
        "civic_no": civic_no.get("value"),
        "civic_no_nationality": civic_no.get("nationality"),
        "sort_name": person_sort_name(given, family),
        "given_name_sort": swedish_key(given),
        "family_name_sort": swedish_key(family),
        "search_name": person_search_name(given, columns["middle_name"], family),
    }


ORGANISATIONS = Resource(
    name="organisations",
    table="organisation",
    properties=(
        Property("displayName", "display_name", text, required=True),
        Property("organisationCode", "organisation_code", text),
        Property("organisationType", "organisation_type", one_of(OrganisationType),
                 required=True),
        Property("organisationNumber", "organisation_number", text),
        Property("parentOrganisation", "parent_id", reference, target="organisation"),
        Property("schoolUnitCode", "school_unit_code", text),
        Property("schoolTypes", "school_types", list_of(one_of(SchoolType))),
        Property("address", "address", object_of(
            Property("type", "type", one_of(OrganisationAddressType)), *STREET)),
        Property("municipalityCode", "municipality_code", text),
        Property("url", "url", text),
        Property("email", "email", text),
        Property("phoneNumber", "phone_number", text),
        Property("contactInfo", "contact_info", objects_of(
            Property("infoType", "infoType", one_of(ContactInfoType)),
            Property("info", "info", text))),
        *PERIOD,
    ),
    derive=named,
)  # fmt: skip

PERSONS = Resource(
    name="persons",
    table="person",
    properties=(
        Property("givenName", "given_name", text, required=True),
        Property("middleName", "middle_name", text),
        Property("familyName", "family_name", text, required=True),
        Property("eduPersonPrincipalNames", "edu_person_principal_names", texts),
        Property("externalIdentifiers", "external_identifiers", objects_of(
            Property("value", "value", text, required=True),
            Property("context", "context", text, required=True),
            Property("globallyUnique", "globallyUnique", boolean, default=False))),
        Property("civicNo", "civic_no_object", object_of(
            Property("value", "value", text, required=True),
            Property("nationality", "nationality", text))),
        Property("birthDate", "birth_date", day),
        Property("sex", "sex", one_of(Sex)),
        Property("securityMarking", "security_marking", one_of(SecurityMarking),
                 default="Ingen"),
        Property("personStatus", "person_status", one_of(PersonStatus)),
        Property("emails", "emails", objects_of(
            Property("value", "value", text, required=True),
            Property("type", "type", one_of(EmailType), required=True))),
        Property("phoneNumbers", "phone_numbers", objects_of(
            Property("value", "value", text, required=True),
            Property("type", "type", one_of(PhoneNumberType), required=True),
            Property("mobile", "mobile", boolean, default=True))),
        Property("addresses", "addresses", objects_of(
            Property("type", "type", one_of(PersonAddressType)), *STREET)),
        Property("photo", "photo", text),
    ),
    children=(
        Children("enrolments", "enrolment", "person_id", (
            Property("enroledAt", "school_unit_id", reference, required=True,
                     target="organisation"),
            Property("schoolYear", "school_year", integer),
            Property("schoolType", "school_type", one_of(SchoolType), required=True),
            *FROM_START,
            Property("cancelled", "cancelled", boolean),
            Property("educationCode", "education_code", text),
            Property("programme", "programme_id", reference, target="programme"),
            Property("specification", "specification", text))),
        Children("responsibles", "responsible", "child_id", (
            Property("person", "person_id", reference, target="person"),
            Property("relationType", "relation_type", one_of(RelationType)))),
    ),
    derive=_person,
)  # fmt: skip

GROUPS = Resource(
    name="groups",
    table="school_group",
    properties=(
        Property("displayName", "display_name", text, required=True),
        *FROM_START,
        Property("groupType", "group_type", one_of(GroupType), required=True),
        Property("schoolType", "school_type", one_of(SchoolType)),
        Property("organisation", "organisation_id", reference, required=True,
                 target="organisation"),
    ),
    children=(
        Children("groupMemberships", "group_membership", "group_id", (
            Property("person", "person_id", reference, required=True, target="person"),
            *PERIOD)),
    ),
    derive=named,
)  # fmt: skip

DUTIES = Resource(
    name="duties",
    table="duty",
    properties=(
        Property("person", "person_id", reference, target="person"),
        Property("dutyAt", "organisation_id", reference, required=True, target="organisation"),
        Property("dutyRole", "duty_role", one_of(DutyRole), required=True),
        Property("description", "description", text),
        Property("signature", "signature", text),
        Property("dutyPercent", "duty_percent", integer),
        Property("hoursPerYear", "hours_per_year", integer),
        *FROM_START,
    ),
    children=(
        Children("assignmentRole", "assignment_role", "duty_id", (
            Property("group", "group_id", reference, required=True, target="school_group"),
            Property("assignmentRoleType", "assignment_role_type",
                     one_of(AssignmentRoleType), required=True),
            *PERIOD)),
    ),
)  # fmt: skip

PLACEMENTS = Resource(
    name="placements",
    table="placement",
    properties=(
        Property("placedAt", "school_unit_id", reference, required=True, target="organisation"),
        Property("group", "group_id", reference, target="school_group"),
        Property("child", "child_id", reference, required=True, target="person"),
        Property("schoolType", "school_type", one_of(PlacementSchoolType), required=True),
        *FROM_START,
        Property("reason", "reason", one_of(PlacementReason)),
        Property("maxWeeklyScheduleHours", "max_weekly_schedule_hours", integer),
    ),
    children=(
        Children("owners", "placement_owner", "placement_id", (
            Property("id", "person_id", reference, required=True, target="person"),)),
    ),
)  # fmt: skip

ATTENDANCE_SCHEDULES = Resource(
    name="attendanceSchedules",
    path="attendanceSchedule",
    other_paths=("attendanceSchedules",),
    table="attendance_schedule",
    properties=(
        Property("placement", "placement_id", reference, required=True, target="placement"),
        Property("numberOfWeeks", "number_of_weeks", integer, required=True),
        *FROM_START,
        Property("temporary", "temporary", boolean),
        Property("scheduleEntries", "schedule_entries", objects_of(
            Property("weekOffset", "weekOffset", integer, required=True),
            Property("dayOfWeek", "dayOfWeek", one_of(DayOfWeek), required=True),
            Property("startTime", "startTime", clock_time, required=True),
            Property("endTime", "endTime", clock_time, required=True))),
    ),
    children=(
        Children("state", "attendance_schedule_state", "attendance_schedule_id", (
            Property("state", "state", one_of(AttendanceScheduleState), required=True),
            Property("registeredAt", "registered_at", instant, required=True),
            Property("comment", "comment", text),
            Property("registeredBy", "registered_by_id", reference, target="person"))),
    ),
)  # fmt: skip
