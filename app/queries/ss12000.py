"""Every resource of SS 12000 that the city offers."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from app.queries.absence_reports import ABSENCE_REPORTS
from app.queries.absences import ABSENCES
from app.queries.activities import ACTIVITIES
from app.queries.aggregated_attendances import AGGREGATED_ATTENDANCES
from app.queries.attendance_events import ATTENDANCE_EVENTS
from app.queries.attendance_schedules import ATTENDANCE_SCHEDULES
from app.queries.attendances import ATTENDANCES
from app.queries.calendar_events import CALENDAR_EVENTS
from app.queries.duties import DUTIES
from app.queries.groups import GROUPS, fragment
from app.queries.organisations import ORGANISATIONS
from app.queries.persons import PERSONS
from app.queries.placements import PLACEMENTS
from app.queries.programmes import PROGRAMMES
from app.queries.resource import Resource
from app.queries.resources import RESOURCES
from app.queries.rooms import ROOMS
from app.queries.school_unit_offerings import SCHOOL_UNIT_OFFERINGS
from app.queries.syllabuses import SYLLABUSES

OFFERED: tuple[Resource, ...] = (
    ORGANISATIONS,
    PERSONS,
    PLACEMENTS,
    DUTIES,
    GROUPS,
    PROGRAMMES,
    SYLLABUSES,
    SCHOOL_UNIT_OFFERINGS,
    ACTIVITIES,
    CALENDAR_EVENTS,
    ROOMS,
    RESOURCES,
    ATTENDANCES,
    ATTENDANCE_EVENTS,
    ATTENDANCE_SCHEDULES,
    ABSENCES,
    AGGREGATED_ATTENDANCES,
)

# Resources by name; the group without members, which only appears inside others; and what is
# outside the standard but read in the same way.
CATALOGUE: Mapping[str, Resource] = MappingProxyType(
    {
        **{resource.name: resource for resource in OFFERED},
        "groupFragments": replace(GROUPS, name="groupFragments", document=fragment),
        ABSENCE_REPORTS.name: ABSENCE_REPORTS,
    }
)
