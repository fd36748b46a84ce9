"""What every filter and lookup key means, put together: over the rows of `edge_town`."""

from collections.abc import Mapping

from tests.ss12000.edges import MOMENTS, row, rows
from tests.ss12000.filter_cases import FIRST_DAY, LAST_DAY, START, Cases, Value, meta_filters
from tests.ss12000.filter_table_people import PEOPLE
from tests.ss12000.filter_table_school import SCHOOL

FILTERS: Mapping[str, Mapping[str, Cases]] = {
    name: {**own, **(meta_filters(MOMENTS[name]) if name in MOMENTS else {})}
    for name, own in {**SCHOOL, **PEOPLE}.items()
}

# What must be given beside any other parameter, wide enough for every row.
REQUIRED: Mapping[str, Mapping[str, str]] = {
    "calendarEvents": {
        "startTime.onOrAfter": "2026-08-30T00:00:00+02:00",
        "startTime.onOrBefore": "2026-09-30T00:00:00+02:00",
    },
    "aggregatedAttendance": {"startDate": "2026-08-30", "endDate": "2026-09-30"},
}
# The aliases of required parameters, which stand in their place.
IN_PLACE_OF = {"startDate.onOrBefore": "startDate", "endDate.onOrBefore": "endDate"}
# The computed resource has no rows of its own: a sum is named by its pupil and activity.
SUMS = "ada@act-1 ada@act-3 bea@act-2 cid@act-4"

# Several parameters at once: resource, parameters, rows.
TOGETHER: list[tuple[str, dict[str, Value], str]] = [
    # On one and the same identifier: ada has 1 and bus on two.
    ("persons", {"identifier.value": "1", "identifier.context": "bus"}, "bea"),
    ("persons", {"identifier.value": "1", "identifier.context": "lib"}, "ada"),
    # Of one and the same relation: gun's at north began earlier, gun's placements are at south.
    (
        "persons",
        {
            "relationship.organisation": row("north"),
            "relationship.startDate.onOrAfter": FIRST_DAY,
        },
        "bea eva hal iri kim",
    ),
    (
        "persons",
        {"relationship.entity.type": "duty", "relationship.organisation": row("south")},
        "fia",
    ),
    (
        "persons",
        {
            "relationship.entity.type": "placement.owner",
            "relationship.organisation": row("north"),
            "relationship.endDate.onOrBefore": LAST_DAY,
        },
        "hal",
    ),
    # Active on a day.
    (
        "persons",
        {
            "relationship.entity.type": "enrolment",
            "relationship.startDate.onOrBefore": FIRST_DAY,
            "relationship.endDate.onOrAfter": LAST_DAY,
        },
        "bea",
    ),
    (
        "persons",
        {
            "relationship.entity.type": "groupMembership",
            "relationship.startDate.onOrBefore": FIRST_DAY,
            "relationship.endDate.onOrAfter": LAST_DAY,
        },
        "kim",
    ),
    # Both ends of a window; a "+" that was not encoded arrives as a space.
    ("calendarEvents", {"startTime.onOrAfter": START, "startTime.onOrBefore": START}, "les-2"),
    ("absences", {"startTime.onOrAfter": START.replace("+", " ")}, "abs-1"),
    ("absences", {"startTime.onOrAfter": "2026-08-31T22:00:00Z"}, "abs-1"),
    ("placements", {"child": row("jon"), "startDate.onOrAfter": "2026-08-18"}, "place-4"),
    ("groups", {"organisation": ",".join(rows("north south")), "groupType": "Klass"},
     "g-class g-zeta"),
    (
        "aggregatedAttendance",
        {"startDate.onOrBefore": "2026-08-31", "endDate.onOrBefore": "2026-08-31"},
        "ada@act-3 cid@act-4",
    ),
]  # fmt: skip

LOOKUPS: Mapping[str, Mapping[str, list[tuple[list[str], str]]]] = {
    "organisations": {
        "ids": [(rows("city o-new"), "city o-new")],
        "schoolUnitCodes": [(["10000001", "ZS"], "north"), (["10000002"], "south")],
        "organisationCodes": [(["ZS", "AN", "10000001"], "city area")],
    },
    "persons": {
        "ids": [(rows("ada mio"), "ada mio")],
        "civicNos": [(["201201012392", "20120102TF01", "1"], "ada bea")],
    },
    "placements": {
        "ids": [(rows("place-1 place-5 iri"), "place-1 place-5")],
        "personIds": [(rows("iri hal"), "place-1 place-3")],
    },
    "duties": {"ids": [(rows("duty-1 duty-4 eva"), "duty-1 duty-4")]},
    "groups": {"ids": [(rows("g-class g-open"), "g-class g-open")]},
    "programmes": {"ids": [(rows("prog-1 prog-3"), "prog-1 prog-3")]},
    "syllabuses": {"ids": [(rows("syl-2 syl-5"), "syl-2 syl-5")]},
    "schoolUnitOfferings": {"ids": [(rows("offer-1 offer-4"), "offer-1 offer-4")]},
    "activities": {
        "ids": [(rows("act-2 act-4 duty-1"), "act-2 act-4")],
        # Duties, not persons; members whatever the dates of their membership.
        "teachers": [(rows("duty-1 duty-3 eva"), "act-1 act-3")],
        "members": [(rows("liv"), "act-3"), (rows("kim liv ada"), "act-1 act-3")],
    },
    "calendarEvents": {
        "ids": [(rows("les-1 les-3 act-2"), "les-1 les-3")],
        "activities": [(rows("act-1 act-2"), "les-1 les-2")],
        "student": [(rows("kim"), "les-1 les-4"), (rows("kim liv"), "les-1 les-3 les-4")],
        "teacher": [(rows("duty-1"), "les-1 les-4"), (rows("duty-3 eva"), "les-3")],
    },
    "rooms": {"ids": [(rows("room-1 room-3"), "room-1 room-3")]},
    "resources": {"ids": [(rows("res-1 res-3"), "res-1 res-3")]},
    "attendances": {
        "ids": [(rows("att-1 att-4"), "att-1 att-4")],
        "activities": [(rows("act-1 act-3"), "att-1 att-3")],
        "students": [(rows("ada kim"), "att-1 att-3")],
        "calendareEvents": [(rows("les-2 les-3"), "att-2 att-3")],
        "calendarEvents": [(rows("les-2"), "att-2")],
    },
    "attendanceEvents": {
        "ids": [(rows("event-1 event-2"), "event-1 event-2")],
        "person": [(rows("iri kim"), "event-1 event-3 event-4")],
        "group": [(rows("g-teach"), "event-2 event-3")],
    },
    "attendanceSchedules": {
        "ids": [(rows("hours-1 hours-2"), "hours-1 hours-2")],
        "placement": [(rows("place-2 place-4"), "hours-2 hours-4")],
    },
    "absences": {"ids": [(rows("abs-1 abs-4"), "abs-1 abs-4")]},
    "aggregatedAttendance": {},
}
