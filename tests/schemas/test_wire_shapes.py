"""The wire shapes are those of SS 12000 (2.1.0): names, spellings, value lists, absence."""

import json
from copy import deepcopy
from enum import StrEnum
from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from app.schemas import enums, examples
from app.schemas.absences import Absence
from app.schemas.activities import ActivitiesLookup, ActivityExpanded
from app.schemas.aggregated_attendances import AggregatedAttendance
from app.schemas.attendance_events import AttendanceEventExpanded, AttendanceEventsLookup
from app.schemas.attendance_schedules import AttendanceSchedule, AttendanceSchedulesLookup
from app.schemas.attendances import Attendance, AttendancesLookup
from app.schemas.base import ErrorBody, Meta, ObjectReference, PersonReference, WireModel
from app.schemas.calendar_events import CalendarEventExpanded, CalendarEventsLookup
from app.schemas.expanded import DutyExpanded, PersonExpanded, PersonsPage, PlacementExpanded
from app.schemas.groups import GroupExpanded, GroupFragment
from app.schemas.organisations import Organisation, OrganisationsLookup
from app.schemas.persons import PersonsLookup
from app.schemas.placements import PlacementsLookup
from app.schemas.programmes import Programme, ProgrammeType
from app.schemas.resources import Resource
from app.schemas.rooms import Room
from app.schemas.school_unit_offerings import SchoolUnitOffering
from app.schemas.syllabuses import Syllabus

# class, required properties, optional properties
SHAPES: list[tuple[type[WireModel], str, str]] = [
    (Meta, "created modified", ""),
    (ObjectReference, "id", "displayName"),
    (PersonReference, "id", "displayName securityMarking"),
    (ErrorBody, "code message", "errors"),
    (
        Organisation,
        "id meta displayName organisationType",
        "organisationCode organisationNumber parentOrganisation schoolUnitCode schoolTypes address"
        " municipalityCode url email phoneNumber contactInfo startDate endDate",
    ),
    (
        PersonExpanded,
        "id meta givenName familyName",
        "middleName eduPersonPrincipalNames externalIdentifiers civicNo birthDate sex"
        " securityMarking personStatus emails phoneNumbers addresses photo enrolments responsibles"
        " _embedded",
    ),
    (
        PlacementExpanded,
        "id meta placedAt child schoolType startDate",
        "group owners endDate reason maxWeeklyScheduleHours _embedded",
    ),
    (
        DutyExpanded,
        "id meta dutyAt dutyRole startDate",
        "person assignmentRole description signature dutyPercent hoursPerYear endDate _embedded",
    ),
    (
        GroupFragment,
        "id meta displayName startDate groupType organisation",
        "endDate schoolType",
    ),
    (
        GroupExpanded,
        "id meta displayName startDate groupType organisation",
        "endDate schoolType groupMemberships _embedded",
    ),
    (Programme, "id meta name type schoolType", "parentProgramme code content"),
    (
        Syllabus,
        "id meta schoolType subjectName official",
        "subjectCode subjectDesignation courseCode courseName startSchoolYear endSchoolYear points"
        " curriculum languageCode specialisationCourseContent",
    ),
    (
        SchoolUnitOffering,
        "id meta offeredAt offeredSyllabuses",
        "startDate endDate offeredProgrammes",
    ),
    (
        ActivityExpanded,
        "id meta displayName calendarEventsRequired startDate groups organisation",
        "endDate activityType comment minutesPlanned teachers syllabus parentActivity _embedded",
    ),
    (
        CalendarEventExpanded,
        "id meta activity startTime endTime",
        "cancelled teachingLengthTeacher teachingLengthStudent comment studentExceptions"
        " teacherExceptions rooms resources _embedded",
    ),
    (
        Attendance,
        "id meta calendarEvent student isReported",
        "reporter attendanceMinutes validAbsenceMinutes invalidAbsenceMinutes"
        " otherAttendanceMinutes absenceReason reportedTimestamp",
    ),
    (
        AttendanceEventExpanded,
        "id meta time eventType person group",
        "registeredBy _embedded",
    ),
    (
        AttendanceSchedule,
        "id meta placement numberOfWeeks startDate state",
        "endDate temporary scheduleEntries",
    ),
    (Absence, "id meta startTime endTime type student", "organisation registeredBy"),
    (
        AggregatedAttendance,
        "activity student startDate endDate attendanceSum",
        "validAbsenceSum invalidAbsenceSum otherAttendanceSum reportedSum offeredSum _embedded",
    ),
    (Resource, "id meta displayName owner", "description"),
    (Room, "id meta displayName owner", "seats"),
    (OrganisationsLookup, "", "ids schoolUnitCodes organisationCodes"),
    (PersonsLookup, "", "ids civicNos"),
    (PlacementsLookup, "", "ids personIds"),
    (ActivitiesLookup, "", "ids teachers members"),
    (CalendarEventsLookup, "", "ids activities student teacher"),
    (AttendancesLookup, "", "ids activities students calendareEvents"),
    (AttendanceEventsLookup, "", "ids person group"),
    (AttendanceSchedulesLookup, "", "ids placement"),
]

# A value list and its words in the order of the standard, "|" between them.
VALUES: list[tuple[type[StrEnum], str]] = [
    (enums.SecurityMarking, "Ingen|Sekretessmarkering|Skyddad folkbokföring"),
    (
        enums.OrganisationType,
        "Huvudman|Verksamhetsområde|Förvaltning|Rektorsområde|Skola|Skolenhet|Varumärke|Bolag"
        "|Övrigt",
    ),
    (enums.RelationType, "Vårdnadshavare|Annan ansvarig|God man|Utsedd behörig"),
    (enums.AbsenceType, "Beviljad ledighet|Anmäld frånvaro"),
    (
        enums.GroupType,
        "Undervisning|Klass|Mentor|Provgrupp|Schema|Avdelning|Personalgrupp|Övrigt",
    ),
    (
        enums.AssignmentRoleType,
        "Mentor|Förskollärare|Barnskötare|Fritidspedagog|Specialpedagog|Elevhälsopersonal"
        "|Pedagogisk ledare|Schemaläggare|Lärarassistent|Administrativ personal",
    ),
    (
        ProgrammeType,
        "Yrkesprogram|Högskoleförberedande program|Intruduktionsprogram|Nationellt yrkespaket"
        "|Regionalt yrkespaket|Fjärde tekniskt år|Programinriktning|Utgång",
    ),
    (
        enums.SchoolType,
        "FS|FKLASS|FTH|OPPFTH|GR|GRS|TR|SP|SAM|GY|GYS|VUX|VUXSFI|VUXGR|VUXGY|VUXSARGR|VUXSARTR"
        "|VUXSARGY|SFI|SARVUX|SARVUXGR|SARVUXGY|KU|YH|FHS|STF|KKU|HS|ABU|AU",
    ),
    (
        enums.DutyRole,
        "Rektor|Lärare|Förskollärare|Barnskötare|Bibliotekarie|Lärarassistent|Fritidspedagog"
        "|Annan personal|Studie- och yrkesvägledare|Förstelärare|Kurator|Skolsköterska|Skolläkare"
        "|Skolpsykolog|Speciallärare/specialpedagog|Skoladministratör|Övrig arbetsledning"
        "|Övrig pedagogisk personal|Förskolechef",
    ),
    (
        enums.ObjectType,
        "Absence|AttendanceEvent|Attendance|Grade|CalendarEvent|AttendanceSchedule|Resource|Room"
        "|Activity|Duty|Placement|StudyPlan|Programme|Syllabus|SchoolUnitOffering|Group|Person"
        "|Organisation",
    ),
]

RESOURCES = [shape for shape, _, _ in SHAPES if shape.model_config.get("json_schema_extra")]


def example(shape: type[WireModel]) -> dict[str, Any]:
    """A copy of the published example, free to be spoilt."""
    published: dict[str, Any] = shape.model_json_schema()["examples"][0]
    return deepcopy(published)


def refusal(shape: type[WireModel], body: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        shape.from_wire(json.dumps(body))
    return str(refused.value)


@pytest.mark.parametrize(("shape", "required", "optional"), SHAPES)
def test_each_shape_has_exactly_the_properties_of_the_standard(
    shape: type[WireModel], required: str, optional: str
) -> None:
    schema = shape.model_json_schema()
    assert set(schema.get("required", [])) == set(required.split())
    assert set(schema["properties"]) == {*required.split(), *optional.split()}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(("values", "expected"), VALUES)
def test_each_value_list_is_that_of_the_standard(values: type[StrEnum], expected: str) -> None:
    assert [str(value) for value in values] == expected.split("|")


@pytest.mark.parametrize("shape", RESOURCES)
def test_every_example_is_valid_by_the_model_and_by_the_published_schema(
    shape: type[WireModel],
) -> None:
    shape.from_wire(json.dumps(example(shape)))
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(shape.model_json_schema(), format_checker=checker).validate(example(shape))


def test_every_resource_has_an_example() -> None:
    assert len(RESOURCES) == 18


@pytest.mark.parametrize("shape", RESOURCES)
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_no_published_property_may_be_null(
    shape: type[WireModel], mode: Literal["validation", "serialization"]
) -> None:
    published = json.dumps(shape.model_json_schema(mode=mode))
    assert '"null"' not in published
    assert '"default": null' not in published


@pytest.mark.parametrize("shape", RESOURCES)
def test_an_explicit_null_is_refused_by_name(shape: type[WireModel]) -> None:
    schema = shape.model_json_schema()
    optionals = set(schema["properties"]) - set(schema["required"])
    assert optionals
    for optional in optionals:
        refused = refusal(shape, example(shape) | {optional: None})
        assert f"leave the property out: {optional} " in refused


@pytest.mark.parametrize("shape", RESOURCES)
def test_an_unknown_property_is_refused(shape: type[WireModel]) -> None:
    assert "shoeSize" in refusal(shape, example(shape) | {"shoeSize": 38})


def test_names_of_python_are_not_names_of_the_wire() -> None:
    body = example(Room)
    body["display_name"] = body.pop("displayName")
    assert "displayName" in refusal(Room, body)


@pytest.mark.parametrize("shape", [CalendarEventExpanded, Absence])
def test_a_time_without_offset_is_refused(shape: type[WireModel]) -> None:
    refused = refusal(shape, example(shape) | {"startTime": "2026-11-03T09:20:00"})
    assert "timezone" in refused


def test_a_number_written_as_text_is_refused() -> None:
    assert "seats" in refusal(Room, example(Room) | {"seats": "30"})


def test_a_repeated_school_type_is_refused() -> None:
    body = example(Organisation) | {"schoolTypes": ["GR", "GR"]}
    assert "more than once" in refusal(Organisation, body)


def test_an_activity_without_groups_is_refused() -> None:
    assert "groups" in refusal(ActivityExpanded, example(ActivityExpanded) | {"groups": []})


def test_care_times_are_hours_and_minutes_as_text() -> None:
    body = example(AttendanceSchedule)
    body["scheduleEntries"][0]["endTime"] = 1715
    assert "endTime" in refusal(AttendanceSchedule, body)


def test_misspellings_of_the_standard_are_kept() -> None:
    enrolment = PersonExpanded.model_json_schema()["$defs"]["Enrolment"]
    assert "enroledAt" in enrolment["properties"]
    assert "assignmentRole" in DutyExpanded.model_json_schema()["properties"]
    assert ProgrammeType("Intruduktionsprogram") is ProgrammeType.INTRODUKTIONSPROGRAM


@pytest.mark.parametrize("name", ["calendareEvents", "calendarEvents"])
def test_attendances_are_looked_up_by_either_spelling_of_calendar_events(name: str) -> None:
    body = AttendancesLookup.model_validate({name: [examples.CALENDAR_EVENT_ID]})
    assert [str(one) for one in body.calendar_events or []] == [examples.CALENDAR_EVENT_ID]


def test_embedded_objects_embed_nothing_themselves() -> None:
    body = example(PlacementExpanded)
    body["_embedded"]["child"]["_embedded"] = {}
    assert "_embedded" in refusal(PlacementExpanded, body)


def test_a_page_may_end_without_a_token_or_with_null_as_other_servers_do() -> None:
    assert PersonsPage.from_wire('{"data": []}').page_token is None
    assert PersonsPage.from_wire('{"data": [], "pageToken": null}').page_token is None
    assert PersonsPage.model_json_schema()["properties"]["pageToken"]["type"] == "string"


def test_personal_numbers_of_examples_belong_to_nobody() -> None:
    for person in (examples.PERSON, examples.GUARDIAN, examples.TEACHER):
        number = PersonExpanded.from_wire(json.dumps(person)).civic_no
        assert number is not None and 980 <= int(number.value[8:11]) <= 999
        doubled = [int(d) * (2 - place % 2) for place, d in enumerate(number.value[2:])]
        assert sum(value // 10 + value % 10 for value in doubled) % 10 == 0
