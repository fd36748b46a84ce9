"""A small school as another server would send it, one object or more of every resource."""

from typing import Any
from uuid import UUID, uuid5

SPACE = UUID("6d0a3b7e-5f4a-4f0e-9d55-0b7a4d1c9a10")
META = {"created": "2026-08-01T08:00:00+02:00", "modified": "2026-08-01T08:00:00+02:00"}


def named(name: str) -> str:
    """The id of the thing of that name."""
    return str(uuid5(SPACE, name))


def ref(name: str) -> dict[str, str]:
    """A reference to the thing of that name."""
    return {"id": named(name)}


def thing(name: str, /, **properties: Any) -> dict[str, Any]:
    """An object of the standard."""
    return {"id": named(name), "meta": dict(META), **properties}


def person(name: str, **properties: Any) -> dict[str, Any]:
    """A person."""
    return thing(name, givenName=name.title(), familyName="Åkesson", **properties)


def lesson(name: str, start: str, end: str, **properties: Any) -> dict[str, Any]:
    """A lesson of the maths activity."""
    return thing(name, activity=ref("maths"), startTime=start, endTime=end, **properties)


def school() -> dict[str, list[Any]]:
    """The whole school, by path."""
    return {
        "organisations": [
            thing("unit", displayName="Ängskolan", organisationType="Skolenhet",
                  parentOrganisation=ref("city"), schoolUnitCode="12345678", schoolTypes=["GR"]),
            thing("city", displayName="Exempelstad", organisationType="Huvudman"),
        ],
        "syllabuses": [thing("MA", schoolType="GR", subjectName="Matematik", official=True)],
        "programmes": [
            thing("NA", name="Naturvetenskap", type="Högskoleförberedande program",
                  schoolType="GY", content=[{"type": "Inriktning", "points": 100,
                                             "content": [ref("MA")]}]),
        ],
        "schoolUnitOfferings": [
            thing("offer", offeredAt=ref("unit"), offeredSyllabuses=[ref("MA")],
                  offeredProgrammes=[ref("NA")]),
        ],
        "persons": [
            person("elin", enrolments=[{"enroledAt": ref("unit"), "schoolType": "GR",
                                        "startDate": "2026-08-17", "schoolYear": 7}],
                   responsibles=[{"person": ref("gun"), "relationType": "Vårdnadshavare"}],
                   civicNo={"value": "201201012384"}, emails=[{"value": "e@example.com",
                                                               "type": "Skola elev"}]),
            person("gun"),
            person("tor", securityMarking="Ingen"),
        ],
        "groups": [
            thing("7B", displayName="7B", startDate="2026-08-17", groupType="Klass",
                  schoolType="GR", organisation=ref("unit"),
                  groupMemberships=[{"person": ref("elin")}]),
        ],
        "duties": [
            thing("duty", person=ref("tor"), dutyAt=ref("unit"), dutyRole="Lärare",
                  startDate="2026-08-01",
                  assignmentRole=[{"group": ref("7B"), "assignmentRoleType": "Mentor"}]),
        ],
        "placements": [
            thing("place", placedAt=ref("unit"), child=ref("elin"), schoolType="FTH",
                  startDate="2026-08-17", owners=[ref("gun")]),
        ],
        "rooms": [thing("A1", displayName="A1", seats=30, owner=ref("unit"))],
        "resources": [thing("cart", displayName="Vagn", owner=ref("unit"))],
        "activities": [
            thing("maths", displayName="Matematik 7B", calendarEventsRequired=True,
                  startDate="2026-08-17", organisation=ref("unit"), syllabus=ref("MA"),
                  groups=[ref("7B")], teachers=[{"duty": ref("duty"), "grader": True}]),
        ],
        "calendarEvents": [
            lesson(f"lesson {day}", f"2026-09-{day:02}T08:00:00Z", f"2026-09-{day:02}T09:00:00Z",
                   rooms=[ref("A1")])
            for day in (1, 2, 3)
        ] + [
            lesson("spring", "2027-03-01T08:00:00Z", "2027-03-01T09:00:00Z",
                   studentExceptions=[{"student": ref("elin"), "participates": False}]),
        ],
        "attendances": [
            thing("was there", calendarEvent=ref("lesson 1"), student=ref("elin"),
                  isReported=True, attendanceMinutes=60, reporter=ref("tor")),
        ],
        "attendanceEvents": [
            thing("came", time="2026-09-01T06:00:00Z", eventType="In", person=ref("elin"),
                  group=ref("7B")),
        ],
        "attendanceSchedule": [
            thing("hours", placement=ref("place"), numberOfWeeks=1, startDate="2026-08-17",
                  state=[{"state": "Godkänt", "registeredAt": "2026-08-01T08:00:00+02:00",
                          "registeredBy": ref("tor")}],
                  scheduleEntries=[{"weekOffset": 0, "dayOfWeek": "Måndag",
                                    "startTime": "07:00", "endTime": "16:30"}]),
        ],
        "absences": [
            thing("ill", startTime="2026-09-02T08:00:00+02:00", endTime="2026-09-02T16:00:00+02:00",
                  type="Anmäld frånvaro", student=ref("elin"), organisation=ref("unit"),
                  registeredBy=ref("gun")),
        ],
    }  # fmt: skip
