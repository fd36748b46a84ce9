"""The order that every sort key gives the rows of `edge_town`, written by hand.

Ids sort as names do. Rows with equal keys stand in the order of their ids, the other way round
when the key is descending. A missing end is later than every day, any other missing value comes
before every value. `None` is the order without a sort key.
"""

from collections.abc import Mapping

ORDERS: Mapping[str, Mapping[str | None, str]] = {
    "organisations": {
        None: "area city north o-edge o-new o-old south",
        "ModifiedDesc": "city area south o-old north o-new o-edge",
        "DisplayNameAsc": "o-edge o-old city area o-new north south",
    },
    "persons": {
        None: "ada bea cid dan eva fia gun hal iri jon kim liv mio",
        "ModifiedDesc": "cid bea ada gun fia eva dan mio liv kim jon iri hal",
        # By family name, then by given name; w after v, å ä ö after z, whatever the case.
        "DisplayNameAsc": "mio cid bea dan eva kim liv ada fia gun hal iri jon",
        "FamilyNameAsc": "mio bea cid dan eva kim liv ada fia gun hal iri jon",
        "FamilyNameDesc": "jon iri hal gun fia ada liv kim eva dan cid bea mio",
        "GivenNameAsc": "ada cid hal iri jon kim liv mio gun fia eva dan bea",
        "GivenNameDesc": "bea dan eva fia gun mio liv kim jon iri hal cid ada",
        "CivicNoAsc": "dan eva fia gun hal iri jon kim liv mio cid ada bea",
        "CivicNoDesc": "bea ada cid mio liv kim jon iri hal gun fia eva dan",
    },
    "placements": {
        None: "place-1 place-2 place-3 place-4 place-5",
        "ModifiedDesc": "place-4 place-1 place-2 place-5 place-3",
        "StartDateAsc": "place-1 place-2 place-5 place-3 place-4",
        "StartDateDesc": "place-4 place-3 place-5 place-2 place-1",
        "EndDateAsc": "place-2 place-1 place-3 place-4 place-5",
        "EndDateDesc": "place-5 place-4 place-3 place-1 place-2",
    },
    "duties": {
        None: "duty-1 duty-2 duty-3 duty-4",
        "ModifiedDesc": "duty-1 duty-3 duty-2 duty-4",
        "StartDateAsc": "duty-2 duty-1 duty-3 duty-4",
        "StartDateDesc": "duty-4 duty-3 duty-1 duty-2",
    },
    "groups": {
        None: "g-care g-class g-open g-teach g-zeta",
        "ModifiedDesc": "g-care g-open g-class g-zeta g-teach",
        "DisplayNameAsc": "g-class g-open g-zeta g-teach g-care",
        "StartDateAsc": "g-care g-open g-teach g-class g-zeta",
        "StartDateDesc": "g-zeta g-class g-teach g-open g-care",
        "EndDateAsc": "g-care g-teach g-class g-open g-zeta",
        "EndDateDesc": "g-zeta g-open g-class g-teach g-care",
    },
    "programmes": {
        None: "prog-1 prog-2 prog-3 prog-4 prog-5",
        "ModifiedDesc": "prog-2 prog-1 prog-3 prog-5 prog-4",
        "NameAsc": "prog-1 prog-2 prog-5 prog-3 prog-4",
        "CodeAsc": "prog-3 prog-5 prog-4 prog-1 prog-2",
    },
    "syllabuses": {
        None: "syl-1 syl-2 syl-3 syl-4 syl-5",
        "ModifiedDesc": "syl-1 syl-3 syl-2 syl-5 syl-4",
        "SubjectNameAsc": "syl-1 syl-2 syl-5 syl-3 syl-4",
        "SubjectNameDesc": "syl-4 syl-3 syl-5 syl-2 syl-1",
        "SubjectCodeAsc": "syl-2 syl-5 syl-3 syl-1 syl-4",
        "SubjectCodeDesc": "syl-4 syl-1 syl-3 syl-5 syl-2",
        "CourseNameAsc": "syl-2 syl-3 syl-4 syl-5 syl-1",
        "CourseNameDesc": "syl-1 syl-5 syl-4 syl-3 syl-2",
        "CourseCodeAsc": "syl-2 syl-5 syl-4 syl-1 syl-3",
        "CourseCodeDesc": "syl-3 syl-1 syl-4 syl-5 syl-2",
        "SubjectDesignationAsc": "syl-2 syl-5 syl-3 syl-4 syl-1",
        "SubjectDesignationDesc": "syl-1 syl-4 syl-3 syl-5 syl-2",
    },
    # A missing start is earlier than every day.
    "schoolUnitOfferings": {
        None: "offer-1 offer-2 offer-3 offer-4",
        "ModifiedDesc": "offer-2 offer-3 offer-4 offer-1",
        "StartDateAsc": "offer-1 offer-2 offer-4 offer-3",
        "StartDateDesc": "offer-3 offer-4 offer-2 offer-1",
        "EndDateAsc": "offer-2 offer-4 offer-1 offer-3",
        "EndDateDesc": "offer-3 offer-1 offer-4 offer-2",
    },
    "activities": {
        None: "act-1 act-2 act-3 act-4",
        "ModifiedDesc": "act-1 act-3 act-2 act-4",
        "DisplayNameAsc": "act-3 act-4 act-2 act-1",
    },
    "calendarEvents": {
        None: "les-3 les-4 les-2 les-1",
        "ModifiedDesc": "les-1 les-3 les-2 les-4",
        "StartTimeAsc": "les-3 les-4 les-2 les-1",
        "StartTimeDesc": "les-1 les-2 les-4 les-3",
    },
    "rooms": {
        None: "room-1 room-2 room-3 room-4",
        "ModifiedDesc": "room-1 room-2 room-4 room-3",
        "DisplayNameAsc": "room-3 room-4 room-2 room-1",
    },
    "resources": {
        None: "res-1 res-2 res-3 res-4",
        "ModifiedDesc": "res-2 res-1 res-3 res-4",
        "DisplayNameAsc": "res-3 res-4 res-2 res-1",
    },
    "attendances": {None: "att-3 att-4 att-2 att-1"},
    # By time: the last came first.
    "attendanceEvents": {None: "event-4 event-3 event-2 event-1"},
    "attendanceSchedules": {None: "hours-1 hours-2 hours-3 hours-4"},
    "absences": {
        None: "abs-1 abs-2 abs-3 abs-4",
        "ModifiedDesc": "abs-3 abs-1 abs-4 abs-2",
        "StartTimeAsc": "abs-3 abs-4 abs-2 abs-1",
        "StartTimeDesc": "abs-1 abs-2 abs-4 abs-3",
    },
}
