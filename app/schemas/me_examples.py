"""The examples that `/me/v1` is described with: the pupil of `examples.py` and her guardian."""

from pydantic.config import JsonDict

from app.schemas import examples as ex

UNIT: JsonDict = {"id": ex.SCHOOL_UNIT_ID, "name": "Björkskolan 4-6"}
LESSON: JsonDict = {
    "id": ex.CALENDAR_EVENT_ID,
    "student": ex.PUPIL_ID,
    "startTime": "2026-11-03T09:20:00+01:00",
    "endTime": "2026-11-03T10:20:00+01:00",
    "status": "changed",
    "changes": ["substitute", "teacherAway"],
    "subject": {"name": "Matematik", "code": "GRGRMAT01", "designation": "MA"},
    "activity": {"id": ex.ACTIVITY_ID, "name": "Matematik 6A"},
    "teachers": [{"name": "Siv Öberg", "signature": "SIÖB", "substitute": True}],
    "rooms": ["B214"],
}
TODAY: JsonDict = {
    "user": {
        "id": ex.GUARDIAN_ID,
        "givenName": "Karin",
        "familyName": "Lindström",
        "roles": ["guardian"],
    },
    "people": [
        {
            "id": ex.PUPIL_ID,
            "givenName": "Alva",
            "familyName": "Lindström",
            "day": {
                "date": "2026-11-03",
                "reason": "lessonsToday",
                "startTime": "2026-11-03T09:20:00+01:00",
                "endTime": "2026-11-03T10:20:00+01:00",
                "lessons": [LESSON],
                "absences": [],
                "care": [
                    {
                        "startTime": "2026-11-03T14:00:00+01:00",
                        "endTime": "2026-11-03T17:15:00+01:00",
                        "approved": True,
                    }
                ],
            },
        }
    ],
    "omitted": [],
    "sources": [{"name": "skola24", "asOf": "2026-11-03T04:02:11+01:00", "status": "fresh"}],
}
CHILD: JsonDict = {
    "id": ex.PUPIL_ID,
    "givenName": "Alva",
    "familyName": "Lindström",
    "schools": [{"unit": UNIT, "schoolType": "GR", "schoolYear": 6}],
    "care": [
        {
            "unit": UNIT,
            "schoolType": "FTH",
            "group": {"id": ex.CARE_GROUP_ID, "name": "Eken"},
        }
    ],
    "groups": [{"id": ex.CLASS_ID, "name": "6A", "type": "Klass"}],
}
MINUTES: JsonDict = {"attendanceMinutes": 50, "invalidAbsenceMinutes": 10}
MATHS: JsonDict = {"name": "Matematik", "code": "GRGRMAT01", "designation": "MA"}
OWN_ATTENDANCE: JsonDict = {
    "lessons": [
        {
            "lesson": ex.CALENDAR_EVENT_ID,
            "student": ex.PUPIL_ID,
            "startTime": "2026-11-03T09:20:00+01:00",
            "subject": MATHS,
            "isReported": True,
            "minutes": MINUTES,
            "absenceReason": "Sen ankomst",
            "reportedTime": "2026-11-03T09:32:10+01:00",
        }
    ],
    "subjects": [{"student": ex.PUPIL_ID, "subject": MATHS, "lessons": 1, "minutes": MINUTES}],
    "weeks": [{"student": ex.PUPIL_ID, "week": "2026-W45", "lessons": 1, "minutes": MINUTES}],
}
ROSTER: JsonDict = {
    "lesson": {
        "id": ex.CALENDAR_EVENT_ID,
        "startTime": "2026-11-03T09:20:00+01:00",
        "endTime": "2026-11-03T10:20:00+01:00",
        "status": "planned",
        "subject": MATHS,
        "activity": {"id": ex.ACTIVITY_ID, "name": "Matematik 6A"},
        "teachers": [{"name": "Johan Åkesson", "signature": "JOÅK"}],
        "rooms": ["B214"],
        "groups": ["6A"],
    },
    "pupils": [
        {
            "id": ex.PUPIL_ID,
            "givenName": "Alva",
            "familyName": "Lindström",
            "absent": True,
            "absences": [
                {
                    "startTime": "2026-11-03T09:20:00+01:00",
                    "endTime": "2026-11-03T10:20:00+01:00",
                    "type": "Anmäld frånvaro",
                }
            ],
        }
    ],
}
