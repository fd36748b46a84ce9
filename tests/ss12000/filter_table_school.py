"""What each filter means: the school's organisation, studies, groups, lessons and rooms.

For every parameter, values and the rows they answer, written by hand from the standard.
"""

from tests.ss12000.edges import row, rows
from tests.ss12000.filter_cases import END, START, Cases, date_filters

OPEN = "city area north south "
SCHOOL: dict[str, dict[str, Cases]] = {
    "organisations": {
        "parent": [
            (row("area"), "north"),
            (row("city"), "area south o-old o-edge o-new"),
            (rows("area city"), "north area south o-old o-edge o-new"),
            (row("north"), ""),
        ],
        "schoolUnitCode": [("10000001", "north"), (["10000001", "10000002"], "north south")],
        "organisationCode": [("ZS", "city"), ("zs", ""), ("Z", ""), ("ZS,AN", "city area"),
                             (["ZS", "AN"], "city area")],
        "municipalityCode": [("9998", "north"), ("9999", "city"), ("999", "")],
        "type": [
            ("Skolenhet", "north south"),
            (["Huvudman", "Övrigt"], "city o-old"),
            ("Bolag,Rektorsområde", "area o-edge o-new"),
        ],
        "schoolTypes": [("FTH", "north"), (["GY", "GR"], "north south"), ("FKLASS", "")],
        # Rows without endDate are always kept, also by the startDate filters.
        **date_filters(
            start_before=OPEN + "o-old o-edge", start_after=OPEN + "o-edge o-new",
            end_before=OPEN + "o-old o-edge", end_after=OPEN + "o-edge o-new",
        ),
    },
    "programmes": {
        "schoolType": [("GY", "prog-1 prog-2"), (["GYS", "VUXGY"], "prog-3 prog-4 prog-5")],
        "code": [("NA", "prog-1"), ("na", "")],
        "parentProgramme": [(row("prog-1"), "prog-2 prog-3"), (row("prog-2"), "prog-4")],
    },
    "syllabuses": {},
    "schoolUnitOfferings": {
        # Exactly: the area's own, not its schools'.
        "organisation": [(row("north"), "offer-1 offer-4"), (row("area"), "")],
        "offeredAt": [(row("south"), "offer-2 offer-3")],
    },
    "groups": {
        "groupType": [("Klass", "g-class g-zeta"), (["Mentor", "Avdelning"], "g-open g-care")],
        "schoolTypes": [("GR", "g-class g-zeta"), (["GY", "FTH"], "g-teach g-care")],
        "schoolType": [("GY", "g-teach"), (["GY", "FTH"], "g-teach g-care")],
        # Exactly: the area's own, not its schools'.
        "organisation": [
            (row("area"), "g-open"),
            (rows("area south"), "g-open g-teach g-zeta"),
            (row("city"), ""),
        ],
        "owner": [(row("north"), "g-class g-care"), (rows("north area"), "g-class g-care g-open")],
        **date_filters(
            start_before="g-care g-teach g-open", start_after="g-teach g-open g-class g-zeta",
            end_before="g-care g-teach g-open g-zeta", end_after="g-teach g-class g-open g-zeta",
        ),
    },
    "activities": {
        # kim's membership has no dates, liv's ended long ago.
        "member": [(row("kim"), "act-1"), (row("liv"), "act-3"), (row("ada"), "")],
        # A duty, not a person; each taught long ago only.
        "teacher": [(row("duty-1"), "act-1"), (row("duty-3"), "act-3"), (row("eva"), "")],
        "organisation": [
            (row("area"), "act-1 act-2"),
            (row("north"), "act-1"),
            (row("city"), "act-1 act-2 act-3 act-4"),
        ],
        "group": [(row("g-care"), "act-3"), (row("g-zeta"), "act-4")],
        "activityType": [(row("g-class"), "act-1")],
        **date_filters(
            start_before="act-1 act-2", start_after="act-2 act-3 act-4",
            end_before="act-1 act-2 act-4", end_after="act-2 act-3 act-4",
        ),
    },
    "calendarEvents": {
        "startTime.onOrAfter": [(START, "les-1 les-2")],
        "startTime.onOrBefore": [(START, "les-2 les-3 les-4")],
        "endTime.onOrBefore": [(END, "les-2 les-3 les-4")],
        "endTime.onOrAfter": [(END, "les-1 les-2 les-4")],
        "activity": [(row("act-1"), "les-1")],
        # By membership whatever its dates, and by exception also of one who does not take part.
        "student": [(row("kim"), "les-1 les-4"), (row("liv"), "les-3"), (row("ada"), "")],
        "teacher": [(row("duty-1"), "les-1 les-4"), (row("duty-3"), "les-3"), (row("eva"), "")],
        "organisation": [(row("area"), "les-1 les-2"), (row("south"), "les-3 les-4")],
        "group": [(row("g-care"), "les-3"), (row("g-teach"), "les-3"), (row("g-open"), "les-2")],
    },
    "rooms": {
        "organisation": [(row("area"), "room-2"), (row("north"), "room-1 room-4")],
        "owner": [(row("area"), "room-2"), (row("north"), "room-1 room-4")],
    },
    "resources": {
        "organisation": [(row("area"), "res-2"), (row("north"), "res-1 res-4")],
        "owner": [(row("area"), "res-2"), (row("north"), "res-1 res-4")],
    },
}  # fmt: skip
