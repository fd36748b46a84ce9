"""Every resource that is asked for, in the order in which references come to be known.

Grades and study plans are out of bounds: no request for them exists here. Aggregated
attendance is computed, never stored.
"""

from app.sources.ss12000.city import (
    ATTENDANCE_SCHEDULES,
    DUTIES,
    GROUPS,
    ORGANISATIONS,
    PERSONS,
    PLACEMENTS,
)
from app.sources.ss12000.lessons import (
    ABSENCES,
    ACTIVITIES,
    ATTENDANCE_EVENTS,
    ATTENDANCES,
    CALENDAR_EVENTS,
    PROGRAMMES,
    RESOURCES,
    ROOMS,
    SCHOOL_UNIT_OFFERINGS,
    SYLLABUSES,
)
from app.sources.ss12000.rows import Resource

IN_ORDER: tuple[Resource, ...] = (
    ORGANISATIONS,
    SYLLABUSES,
    PROGRAMMES,
    SCHOOL_UNIT_OFFERINGS,
    PERSONS,
    GROUPS,
    DUTIES,
    PLACEMENTS,
    ROOMS,
    RESOURCES,
    ACTIVITIES,
    CALENDAR_EVENTS,
    ATTENDANCES,
    ATTENDANCE_EVENTS,
    ATTENDANCE_SCHEDULES,
    ABSENCES,
)
BY_NAME = {resource.name: resource for resource in IN_ORDER}
BY_TABLE = {resource.table: resource for resource in IN_ORDER}
