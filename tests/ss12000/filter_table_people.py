"""What each filter means: persons, their duties and placements, care and attendance.

For every parameter, values and the rows they answer, written by hand from the standard.
"""

from tests.ss12000.edges import row, rows
from tests.ss12000.filter_cases import END, FIRST_DAY, LAST_DAY, START, Cases, date_filters

EVERYONE = "ada bea cid dan eva fia gun hal iri jon kim liv mio"
PERSONS: dict[str, Cases] = {
    "nameContains": [
        ("ÅSA", "bea"),
        ("öst", "bea hal iri jon"),
        (["öst", "IRIS"], "iri jon"),
        (["berg", "ö"], "bea"),
        ("berg larsson", "dan"),
        # One value hits within one name; commas and wildcards mean themselves.
        ("larsson berg", ""),
        ("ada zorn", ""),
        ("berg,larsson", ""),
        ("%", ""),
        ("_", ""),
    ],
    "civicNo": [("201201012392", "ada"), ("20120102TF01", "bea"), ("20120101", "")],
    "eduPersonPrincipalName": [
        ("a2@skola.example", "ada"),
        ("bea@skola.example", "bea"),
        ("skola.example", ""),
    ],
    "eduPrincipalName": [("ada@skola.example", "ada")],
    "identifier.value": [("1", "ada bea"), ("2", "ada cid"), ("lib", "")],
    "identifier.context": [("bus", "ada bea"), ("lib", "ada cid"), ("1", "")],
    # The cancelled enrolment of mio is no relation.
    "relationship.entity.type": [
        ("enrolment", "ada bea cid dan"),
        ("duty", "eva fia"),
        ("placement.child", "iri jon"),
        ("placement.owner", "gun hal"),
        ("responsibleFor.enrolment", "gun"),
        ("responsibleFor.placement", "hal"),
        ("groupMembership", "kim liv"),
    ],
    # Exactly this organisation; a guardian through the child, a member through the group.
    "relationship.organisation": [
        (row("north"), "ada bea eva gun hal iri kim"),
        (row("area"), "fia"),
        (row("city"), ""),
    ],
    # A relation without the date is always kept: kim's membership, whatever the group's dates.
    "relationship.startDate.onOrBefore": [(FIRST_DAY, "ada bea eva fia gun hal iri jon kim liv")],
    "relationship.startDate.onOrAfter": [(FIRST_DAY, "bea cid dan eva fia gun hal iri jon kim")],
    "relationship.endDate.onOrBefore": [(LAST_DAY, "ada bea dan eva fia gun hal iri jon kim liv")],
    "relationship.endDate.onOrAfter": [(LAST_DAY, "bea cid dan fia gun hal iri jon kim")],
}

PEOPLE: dict[str, dict[str, Cases]] = {
    "persons": PERSONS,
    "placements": {
        "organisation": [(row("north"), "place-1 place-3"), (row("area"), "")],
        "placedAt": [(row("south"), "place-2 place-4 place-5")],
        "group": [(row("g-care"), "place-1 place-3"), (row("g-class"), "")],
        "child": [(row("iri"), "place-1 place-3"), (row("hal"), "")],
        "owner": [
            (row("gun"), "place-2 place-4"),
            (row("hal"), "place-1 place-2"),
            (row("iri"), ""),
        ],
        **date_filters(
            start_before="place-1 place-2 place-5",
            start_after="place-2 place-3 place-4 place-5",
            end_before="place-1 place-2 place-4 place-5",
            end_after="place-1 place-3 place-4 place-5",
        ),
    },
    "duties": {
        "organisation": [
            (row("area"), "duty-1 duty-2"),
            (row("north"), "duty-1"),
            (row("city"), "duty-1 duty-2 duty-3 duty-4"),
        ],
        "dutyAt": [(row("area"), "duty-1 duty-2")],
        "dutyRole": [("Lärare", "duty-1 duty-3"), ("Rektor", "duty-2")],
        "person": [(row("fia"), "duty-2 duty-3"), (row("ada"), "")],
        **date_filters(
            start_before="duty-1 duty-2", start_after="duty-1 duty-3 duty-4",
            end_before="duty-1 duty-2 duty-3", end_after="duty-2 duty-3 duty-4",
        ),
    },
    "attendances": {
        "student": [(row("ada"), "att-1 att-3"), (row("kim"), "")],
        "organisation": [(row("area"), "att-1 att-2"), (row("south"), "att-3 att-4")],
        "calendarEvent": [(row("les-2"), "att-2"), (row("act-2"), "")],
    },
    "attendanceEvents": {
        "group": [(row("g-teach"), "event-2 event-3"), (rows("g-care g-class"), "event-1 event-4")],
        "person": [(row("iri"), "event-1 event-3"), (row("ada"), "")],
    },
    "attendanceSchedules": {
        "placement": [(row("place-1"), "hours-1"), (row("place-5"), "")],
        "group": [(row("g-care"), "hours-1 hours-3"), (row("g-class"), "")],
        **date_filters(
            start_before="hours-1 hours-2", start_after="hours-2 hours-3 hours-4",
            end_before="hours-1 hours-2 hours-4", end_after="hours-2 hours-3 hours-4",
        ),
    },
    "absences": {
        # Exactly: the area's own, not its schools'.
        "organisation": [(row("area"), "abs-2"), (row("north"), "abs-1")],
        "orginsation": [(row("area"), "abs-2")],
        "student": [(row("ada"), "abs-1 abs-3"), (row("gun"), "")],
        "registeredBy": [(row("gun"), "abs-1 abs-3"), (row("ada"), "")],
        "type": [("Beviljad ledighet", "abs-2"), ("Anmäld frånvaro", "abs-1 abs-3 abs-4")],
        # Before is inclusive, after exclusive whatever its name says.
        "startTime.onOrBefore": [(START, "abs-2 abs-3 abs-4")],
        "startTime.onOrAfter": [(START, "abs-1")],
        "endTime.onOrBefore": [(END, "abs-2 abs-4")],
        "endTime.onOrAfter": [(END, "abs-1 abs-3")],
        "startDate.onOrBefore": [(START, "abs-2 abs-3 abs-4")],
        "startDate.onOrAfter": [(START, "abs-1")],
        "endDate.onOrBefore": [(END, "abs-2 abs-4")],
        "endDate.onOrAfter": [(END, "abs-1 abs-3")],
    },
    # Sums are named by pupil and activity. The lessons stand around midnight in Stockholm.
    "aggregatedAttendance": {
        "startDate": [
            ("2026-09-01", "ada@act-1 bea@act-2"),
            ("2026-08-31", "ada@act-1 ada@act-3 bea@act-2 cid@act-4"),
        ],
        "startDate.onOrBefore": [("2026-09-01", "ada@act-1 bea@act-2")],
        "endDate": [
            ("2026-08-31", "ada@act-3 cid@act-4"),
            ("2026-09-01", "ada@act-1 ada@act-3 bea@act-2 cid@act-4"),
        ],
        "endDate.onOrBefore": [("2026-08-31", "ada@act-3 cid@act-4")],
        "organisation": [(row("area"), "bea@act-2"), (row("south"), "ada@act-3 cid@act-4")],
        "schoolType": [("FTH", "ada@act-3"), (["GR", "GY"], "ada@act-1 ada@act-3 cid@act-4")],
        "student": [
            (row("ada"), "ada@act-1 ada@act-3"),
            (rows("ada cid"), "ada@act-1 ada@act-3 cid@act-4"),
        ],
    },
}  # fmt: skip
