"""Study information, activities, lessons and attendance: how they map to tables."""

from app.schemas.activities import ActivityType
from app.schemas.attendance_events import AttendanceEventType
from app.schemas.enums import AbsenceType, Curriculum, SchoolType
from app.schemas.programmes import ProgrammeContentType, ProgrammeType
from app.sources.ss12000.city import FROM_START, PERIOD, named
from app.sources.ss12000.rows import (
    Children,
    Columns,
    Lookup,
    Property,
    Resource,
    object_of,
    objects_of,
)
from app.sources.ss12000.values import (
    boolean,
    event_instant,
    instant,
    integer,
    one_of,
    reference,
    references,
    text,
)
from app.sources.swedish_order import swedish_key


def _syllabus(columns: Columns) -> Columns:
    return columns | {
        "subject_name_sort": swedish_key(columns["subject_name"]),
        "course_name_sort": swedish_key(columns["course_name"] or ""),
    }


def _programme(columns: Columns) -> Columns:
    return columns | {"sort_name": swedish_key(columns["name"])}


SYLLABUSES = Resource(
    name="syllabuses",
    table="syllabus",
    properties=(
        Property("schoolType", "school_type", one_of(SchoolType), required=True),
        Property("subjectCode", "subject_code", text),
        Property("subjectName", "subject_name", text, required=True),
        Property("subjectDesignation", "subject_designation", text),
        Property("courseCode", "course_code", text),
        Property("courseName", "course_name", text),
        Property("startSchoolYear", "start_school_year", integer),
        Property("endSchoolYear", "end_school_year", integer),
        Property("points", "points", integer),
        Property("curriculum", "curriculum", one_of(Curriculum)),
        Property("languageCode", "language_code", text),
        Property("specialisationCourseContent", "specialisation_course_content", object_of(
            Property("title", "title", text, required=True),
            Property("description", "description", text, required=True),
            Property("titleEnglish", "titleEnglish", text),
            Property("descriptionEnglish", "descriptionEnglish", text))),
        Property("official", "official", boolean, required=True),
    ),
    derive=_syllabus,
)  # fmt: skip

PROGRAMMES = Resource(
    name="programmes",
    table="programme",
    properties=(
        Property("name", "name", text, required=True),
        Property("type", "type", one_of(ProgrammeType), required=True),
        Property("parentProgramme", "parent_id", reference, target="programme"),
        Property("schoolType", "school_type", one_of(SchoolType), required=True),
        Property("code", "code", text),
        Property("content", "content", objects_of(
            Property("type", "type", one_of(ProgrammeContentType), required=True),
            Property("points", "points", integer))),
    ),
    children=(
        Children("content", "programme_syllabus", "programme_id", (
            Property("id", "syllabus_id", reference, required=True, target="syllabus"),),
            inner="content"),
    ),
    derive=_programme,
)  # fmt: skip

SCHOOL_UNIT_OFFERINGS = Resource(
    name="schoolUnitOfferings",
    table="school_unit_offering",
    properties=(
        Property("offeredAt", "school_unit_id", reference, required=True, target="organisation"),
        *PERIOD,
    ),
    children=(
        Children("offeredSyllabuses", "offered_syllabus", "offering_id", (
            Property("id", "syllabus_id", reference, required=True, target="syllabus"),)),
        Children("offeredProgrammes", "offered_programme", "offering_id", (
            Property("id", "programme_id", reference, required=True, target="programme"),)),
    ),
)  # fmt: skip

ROOMS = Resource(
    name="rooms",
    table="room",
    properties=(
        Property("displayName", "display_name", text, required=True),
        Property("seats", "seats", integer),
        Property("owner", "owner_id", reference, required=True, target="organisation"),
    ),
    derive=named,
)

RESOURCES = Resource(
    name="resources",
    table="resource",
    properties=(
        Property("displayName", "display_name", text, required=True),
        Property("description", "description", text),
        Property("owner", "owner_id", reference, required=True, target="organisation"),
    ),
    derive=named,
)

ACTIVITIES = Resource(
    name="activities",
    table="activity",
    properties=(
        Property("displayName", "display_name", text, required=True),
        Property("calendarEventsRequired", "calendar_events_required", boolean, default=False),
        *FROM_START,
        Property("activityType", "activity_type", one_of(ActivityType)),
        Property("comment", "comment", text),
        Property("minutesPlanned", "minutes_planned", integer),
        Property("syllabus", "syllabus_id", reference, target="syllabus"),
        Property("organisation", "organisation_id", reference, required=True,
                 target="organisation"),
        Property("parentActivity", "parent_activity_id", reference, target="activity"),
    ),
    children=(
        Children("groups", "activity_group", "activity_id", (
            Property("id", "group_id", reference, required=True, target="school_group"),)),
        Children("teachers", "activity_teacher", "activity_id", (
            Property("duty", "duty_id", reference, required=True, target="duty"),
            *PERIOD,
            Property("minutesPlanned", "minutes_planned", integer),
            Property("grader", "grader", boolean))),
    ),
    derive=named,
)  # fmt: skip

EXCEPTION = (
    Property("participates", "participates", boolean, required=True),
    Property("startTime", "start_time", instant),
    Property("endTime", "end_time", instant),
    Property("teachingLength", "teaching_length", integer),
)

CALENDAR_EVENTS = Resource(
    name="calendarEvents",
    table="calendar_event",
    properties=(
        Property("activity", "activity_id", reference, required=True, target="activity"),
        Property("startTime", "start_time", event_instant, required=True),
        Property("endTime", "end_time", event_instant, required=True),
        Property("cancelled", "cancelled", boolean),
        Property("teachingLengthTeacher", "teaching_length_teacher", integer),
        Property("teachingLengthStudent", "teaching_length_student", integer),
        Property("comment", "comment", text),
        Property("rooms", "room_ids", references, target="room", many=True),
        Property("resources", "resource_ids", references, target="resource",
                 many=True),
    ),
    children=(
        Children("studentExceptions", "student_exception", "event_id", (
            Property("student", "person_id", reference, required=True, target="person"),
            *EXCEPTION), copied={"event_start": "start_time"}),
        Children("teacherExceptions", "teacher_exception", "event_id", (
            Property("duty", "duty_id", reference, required=True, target="duty"),
            *EXCEPTION), copied={"event_start": "start_time"}),
    ),
    lookups=(Lookup("school_unit_id", "activity_id", "organisation_id"),),
    moment="start_time",
    windowed=True,
)  # fmt: skip

ATTENDANCES = Resource(
    name="attendances",
    table="attendance",
    properties=(
        Property("calendarEvent", "calendar_event_id", reference, required=True,
                 target="calendar_event"),
        Property("student", "student_id", reference, required=True, target="person"),
        Property("reporter", "reporter_id", reference, target="person"),
        Property("isReported", "is_reported", boolean, required=True),
        Property("attendanceMinutes", "attendance_minutes", integer),
        Property("validAbsenceMinutes", "valid_absence_minutes", integer),
        Property("invalidAbsenceMinutes", "invalid_absence_minutes", integer),
        Property("otherAttendanceMinutes", "other_attendance_minutes", integer),
        Property("absenceReason", "absence_reason", text),
        Property("reportedTimestamp", "reported_timestamp", instant),
    ),
    lookups=(
        Lookup("event_start", "calendar_event_id", "start_time"),
        Lookup("activity_id", "calendar_event_id", "activity_id"),
        Lookup("school_unit_id", "calendar_event_id", "school_unit_id"),
    ),
    moment="event_start",
)  # fmt: skip

ATTENDANCE_EVENTS = Resource(
    name="attendanceEvents",
    table="attendance_event",
    properties=(
        Property("time", "time", event_instant, required=True),
        Property("eventType", "event_type", one_of(AttendanceEventType), required=True),
        Property("person", "person_id", reference, required=True, target="person"),
        Property("registeredBy", "registered_by_id", reference, target="person"),
        Property("group", "group_id", reference, required=True, target="school_group"),
    ),
    lookups=(Lookup("school_unit_id", "group_id", "organisation_id"),),
    moment="time",
)

ABSENCES = Resource(
    name="absences",
    table="absence",
    properties=(
        Property("startTime", "start_time", instant, required=True),
        Property("endTime", "end_time", instant, required=True),
        Property("type", "type", one_of(AbsenceType), required=True),
        Property("student", "student_id", reference, required=True, target="person"),
        Property("organisation", "school_unit_id", reference, target="organisation"),
        Property("registeredBy", "registered_by_id", reference, target="person"),
    ),
)
