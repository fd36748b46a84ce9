"""Synthetic objects shown in the API description: one pupil, her class, a lesson and its people.

The personal numbers are from the range set aside for tests and belong to nobody.
"""

from pydantic.config import JsonDict

META: JsonDict = {
    "created": "2026-08-17T08:00:00+02:00",
    "modified": "2026-11-02T14:31:07.125+01:00",
}

MUNICIPALITY_ID = "6f0e2a0a-7a55-4b9e-8a51-0c5c5d1f0001"
SCHOOL_UNIT_ID = "6f0e2a0a-7a55-4b9e-8a51-0c5c5d1f0002"
PUPIL_ID = "b4c1d9f2-2f0d-4f0e-9a59-7f3f3c7a0001"
GUARDIAN_ID = "b4c1d9f2-2f0d-4f0e-9a59-7f3f3c7a0002"
TEACHER_ID = "b4c1d9f2-2f0d-4f0e-9a59-7f3f3c7a0003"
DUTY_ID = "0d8c6a56-5f0a-4f39-9c6a-3b1d2e4f0001"
CLASS_ID = "c2a7e0f4-64a8-4c0e-8d2b-1a9b8c7d0001"
CARE_GROUP_ID = "c2a7e0f4-64a8-4c0e-8d2b-1a9b8c7d0002"
PLACEMENT_ID = "e7b6a5d4-3c2b-4a19-8f0e-9d8c7b6a0001"
PROGRAMME_ID = "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b0001"
SYLLABUS_ID = "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b0002"
ACTIVITY_ID = "d3c4b5a6-9788-4f6e-8d5c-4b3a29180001"
CALENDAR_EVENT_ID = "d3c4b5a6-9788-4f6e-8d5c-4b3a29180002"
ROOM_ID = "f9e8d7c6-b5a4-4938-8271-605f4e3d0001"
RESOURCE_ID = "f9e8d7c6-b5a4-4938-8271-605f4e3d0002"

ORGANISATION: JsonDict = {
    "id": SCHOOL_UNIT_ID,
    "meta": META,
    "displayName": "Björkskolan 4-6",
    "organisationType": "Skolenhet",
    "parentOrganisation": {"id": MUNICIPALITY_ID},
    "schoolUnitCode": "99900042",
    "schoolTypes": ["GR", "FTH"],
    "address": {"streetAddress": "Björkvägen 4", "postalCode": "123 45", "locality": "Exempelstad"},
    "municipalityCode": "9999",
    "url": "https://bjorkskolan.example.se",
    "email": "bjorkskolan@example.se",
    "phoneNumber": "+46 8 465 004 00",
    "contactInfo": [{"infoType": "Publik", "info": "Expeditionen är öppen 8-15."}],
    "startDate": "2015-07-01",
}

PERSON: JsonDict = {
    "id": PUPIL_ID,
    "meta": META,
    "givenName": "Alva",
    "familyName": "Lindström",
    "eduPersonPrincipalNames": ["alva.lindstrom@elev.example.se"],
    "externalIdentifiers": [{"value": "E10042", "context": "elevreg", "globallyUnique": False}],
    "civicNo": {"value": "201305149823", "nationality": "SE"},
    "birthDate": "2013-05-14",
    "sex": "Kvinna",
    "securityMarking": "Ingen",
    "personStatus": "Aktiv",
    "emails": [{"value": "alva.lindstrom@elev.example.se", "type": "Skola elev"}],
    "phoneNumbers": [{"value": "+46 70 174 06 05", "type": "Hem", "mobile": True}],
    "addresses": [
        {
            "type": "Folkbokföring",
            "streetAddress": "Lönnstigen 2",
            "postalCode": "123 45",
            "locality": "Exempelstad",
            "country": "SE",
        }
    ],
    "photo": "https://bilder.example.se/elever/10042",
    "enrolments": [
        {
            "enroledAt": {"id": SCHOOL_UNIT_ID},
            "schoolYear": 6,
            "schoolType": "GR",
            "startDate": "2020-08-17",
        }
    ],
    "responsibles": [
        {"person": {"id": GUARDIAN_ID}, "relationType": "Vårdnadshavare"},
    ],
}

GUARDIAN: JsonDict = {
    "id": GUARDIAN_ID,
    "meta": META,
    "givenName": "Karin",
    "familyName": "Lindström",
    "civicNo": {"value": "198209309841", "nationality": "SE"},
}

TEACHER: JsonDict = {
    "id": TEACHER_ID,
    "meta": META,
    "givenName": "Johan",
    "familyName": "Åkesson",
    "civicNo": {"value": "197906119859", "nationality": "SE"},
}

PLACEMENT: JsonDict = {
    "id": PLACEMENT_ID,
    "meta": META,
    "placedAt": {"id": SCHOOL_UNIT_ID},
    "group": {"id": CARE_GROUP_ID},
    "child": {"id": PUPIL_ID},
    "owners": [{"id": GUARDIAN_ID}],
    "schoolType": "FTH",
    "startDate": "2020-08-17",
    "endDate": "2027-06-11",
    "reason": "Omsorgsbehov",
    "maxWeeklyScheduleHours": 25,
}

DUTY: JsonDict = {
    "id": DUTY_ID,
    "meta": META,
    "person": {"id": TEACHER_ID},
    "assignmentRole": [
        {"group": {"id": CLASS_ID}, "assignmentRoleType": "Mentor", "startDate": "2026-08-17"}
    ],
    "dutyAt": {"id": SCHOOL_UNIT_ID},
    "dutyRole": "Lärare",
    "description": "Matematik och NO",
    "signature": "JOÅK",
    "dutyPercent": 100,
    "hoursPerYear": 1767,
    "startDate": "2019-08-12",
}

GROUP_FRAGMENT: JsonDict = {
    "id": CLASS_ID,
    "meta": META,
    "displayName": "6A",
    "startDate": "2026-08-17",
    "endDate": "2027-06-11",
    "groupType": "Klass",
    "schoolType": "GR",
    "organisation": {"id": SCHOOL_UNIT_ID},
}

GROUP: JsonDict = GROUP_FRAGMENT | {
    "groupMemberships": [
        {"person": {"id": PUPIL_ID}, "startDate": "2026-08-17", "endDate": "2027-06-11"}
    ]
}

PROGRAMME: JsonDict = {
    "id": PROGRAMME_ID,
    "meta": META,
    "name": "Introduktionsprogram, språkintroduktion",
    "type": "Intruduktionsprogram",
    "schoolType": "GY",
    "code": "IMSPR",
    "content": [{"type": "Individuellt val", "points": 100, "content": [{"id": SYLLABUS_ID}]}],
}

SYLLABUS: JsonDict = {
    "id": SYLLABUS_ID,
    "meta": META,
    "schoolType": "GR",
    "subjectCode": "GRGRMAT01",
    "subjectName": "Matematik",
    "subjectDesignation": "MA",
    "startSchoolYear": 4,
    "endSchoolYear": 6,
    "curriculum": "GR2011",
    "languageCode": "swe",
    "official": True,
}

SCHOOL_UNIT_OFFERING: JsonDict = {
    "id": "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b0003",
    "meta": META,
    "startDate": "2026-08-17",
    "offeredAt": {"id": SCHOOL_UNIT_ID},
    "offeredSyllabuses": [{"id": SYLLABUS_ID}],
    "offeredProgrammes": [{"id": PROGRAMME_ID}],
}

ACTIVITY: JsonDict = {
    "id": ACTIVITY_ID,
    "meta": META,
    "displayName": "Matematik 6A",
    "calendarEventsRequired": True,
    "startDate": "2026-08-17",
    "endDate": "2027-06-11",
    "activityType": "Undervisning",
    "minutesPlanned": 7600,
    "groups": [{"id": CLASS_ID}],
    "teachers": [{"duty": {"id": DUTY_ID}, "minutesPlanned": 7600, "grader": True}],
    "syllabus": {"id": SYLLABUS_ID},
    "organisation": {"id": SCHOOL_UNIT_ID},
}

CALENDAR_EVENT: JsonDict = {
    "id": CALENDAR_EVENT_ID,
    "meta": META,
    "activity": {"id": ACTIVITY_ID},
    "startTime": "2026-11-03T09:20:00+01:00",
    "endTime": "2026-11-03T10:20:00+01:00",
    "cancelled": False,
    "teachingLengthTeacher": 60,
    "teachingLengthStudent": 60,
    "studentExceptions": [{"student": {"id": PUPIL_ID}, "participates": False}],
    "teacherExceptions": [
        {
            "duty": {"id": DUTY_ID},
            "participates": True,
            "startTime": "2026-11-03T09:30:00+01:00",
            "endTime": "2026-11-03T10:20:00+01:00",
            "teachingLength": 50,
        }
    ],
    "rooms": [{"id": ROOM_ID}],
    "resources": [{"id": RESOURCE_ID}],
}

ATTENDANCE: JsonDict = {
    "id": "b5a4c3d2-e1f0-4a9b-8c7d-6e5f4a3b0001",
    "meta": META,
    "calendarEvent": {"id": CALENDAR_EVENT_ID},
    "student": {"id": PUPIL_ID},
    "reporter": {"id": TEACHER_ID},
    "isReported": True,
    "attendanceMinutes": 50,
    "validAbsenceMinutes": 0,
    "invalidAbsenceMinutes": 10,
    "otherAttendanceMinutes": 0,
    "absenceReason": "Sen ankomst",
    "reportedTimestamp": "2026-11-03T09:32:10+01:00",
}

ATTENDANCE_EVENT: JsonDict = {
    "id": "b5a4c3d2-e1f0-4a9b-8c7d-6e5f4a3b0002",
    "meta": META,
    "time": "2026-11-03T14:05:00+01:00",
    "eventType": "In",
    "person": {"id": PUPIL_ID},
    "registeredBy": {"id": TEACHER_ID},
    "group": {"id": CARE_GROUP_ID},
}

ATTENDANCE_SCHEDULE: JsonDict = {
    "id": "b5a4c3d2-e1f0-4a9b-8c7d-6e5f4a3b0003",
    "meta": META,
    "placement": {"id": PLACEMENT_ID},
    "numberOfWeeks": 1,
    "startDate": "2026-08-17",
    "endDate": "2026-12-20",
    "temporary": False,
    "state": [
        {
            "state": "Godkänt",
            "registeredAt": "2026-08-10T19:12:00+02:00",
            "registeredBy": {"id": GUARDIAN_ID},
        }
    ],
    "scheduleEntries": [
        {"weekOffset": 0, "dayOfWeek": "Måndag", "startTime": "14:00", "endTime": "17:15"}
    ],
}

ABSENCE: JsonDict = {
    "id": "b5a4c3d2-e1f0-4a9b-8c7d-6e5f4a3b0004",
    "meta": META,
    "startTime": "2026-11-05T08:00:00+01:00",
    "endTime": "2026-11-05T15:00:00+01:00",
    "type": "Anmäld frånvaro",
    "student": {"id": PUPIL_ID},
    "organisation": {"id": SCHOOL_UNIT_ID},
    "registeredBy": {"id": GUARDIAN_ID},
}

AGGREGATED_ATTENDANCE: JsonDict = {
    "activity": {"id": ACTIVITY_ID},
    "student": {"id": PUPIL_ID},
    "startDate": "2026-11-02",
    "endDate": "2026-11-08",
    "attendanceSum": 170,
    "validAbsenceSum": 0,
    "invalidAbsenceSum": 10,
    "otherAttendanceSum": 0,
    "reportedSum": 180,
    "offeredSum": 180,
}

RESOURCE: JsonDict = {
    "id": RESOURCE_ID,
    "meta": META,
    "displayName": "Datorvagn 2",
    "description": "30 bärbara datorer",
    "owner": {"id": SCHOOL_UNIT_ID},
}

ROOM: JsonDict = {
    "id": ROOM_ID,
    "meta": META,
    "displayName": "B214",
    "seats": 30,
    "owner": {"id": SCHOOL_UNIT_ID},
}
