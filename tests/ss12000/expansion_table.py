"""What each value of `expand` adds under `_embedded`: a row of `edge_town`, and what it embeds."""

from collections.abc import Mapping

EXPANSIONS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "persons": {
        "duties": ("fia", "duty-2 duty-3"),
        "responsibleFor": ("gun", "ada"),
        "placements": ("iri", "place-1 place-3"),
        "ownedPlacements": ("hal", "place-1 place-2"),
        "groupMemberships": ("liv", "g-teach"),
    },
    "placements": {"child": ("place-1", "iri"), "owners": ("place-2", "hal gun")},
    "duties": {"person": ("duty-1", "eva")},
    "groups": {"assignmentRoles": ("g-class", "duty-1")},
    "activities": {
        "groups": ("act-3", "g-teach g-care"),
        "teachers": ("act-1", "duty-1"),
        "syllabus": ("act-1", "syl-3"),
    },
    "calendarEvents": {"activity": ("les-3", "act-3"), "attendance": ("les-3", "att-3")},
    "attendanceEvents": {
        "person": ("event-1", "iri"),
        "group": ("event-1", "g-care"),
        "registeredBy": ("event-1", "hal"),
    },
    "aggregatedAttendance": {
        "activity": ("ada@act-3", "act-3"),
        "student": ("ada@act-3", "ada"),
    },
}
# Where an embedded item is a relation, the member that holds the reference.
REFERENCES = {"responsibleFor": "person", "groupMemberships": "group", "assignmentRoles": "duty"}
