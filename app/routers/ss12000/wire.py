"""Which wire shapes each resource answers with."""

from dataclasses import dataclass

from app.schemas.absences import Absence, AbsencesLookup, AbsencesPage
from app.schemas.activities import ActivitiesLookup, ActivitiesPage, ActivityExpanded
from app.schemas.aggregated_attendances import AggregatedAttendance, AggregatedAttendancesPage
from app.schemas.attendance_events import (
    AttendanceEventExpanded,
    AttendanceEventsLookup,
    AttendanceEventsPage,
)
from app.schemas.attendance_schedules import (
    AttendanceSchedule,
    AttendanceSchedulesLookup,
    AttendanceSchedulesPage,
)
from app.schemas.attendances import Attendance, AttendancesLookup, AttendancesPage
from app.schemas.base import WireModel
from app.schemas.calendar_events import (
    CalendarEventExpanded,
    CalendarEventsLookup,
    CalendarEventsPage,
)
from app.schemas.duties import DutiesLookup
from app.schemas.expanded import (
    DutiesPage,
    DutyExpanded,
    PersonExpanded,
    PersonsPage,
    PlacementExpanded,
    PlacementsPage,
)
from app.schemas.groups import GroupExpanded, GroupsLookup, GroupsPage
from app.schemas.organisations import Organisation, OrganisationsLookup, OrganisationsPage
from app.schemas.persons import PersonsLookup
from app.schemas.placements import PlacementsLookup
from app.schemas.programmes import Programme, ProgrammesLookup, ProgrammesPage
from app.schemas.resources import Resource, ResourcesLookup, ResourcesPage
from app.schemas.rooms import Room, RoomsLookup, RoomsPage
from app.schemas.school_unit_offerings import (
    SchoolUnitOffering,
    SchoolUnitOfferingsLookup,
    SchoolUnitOfferingsPage,
)
from app.schemas.syllabuses import Syllabus, SyllabusesLookup, SyllabusesPage


@dataclass(frozen=True, slots=True)
class Wire:
    """An object, a page of them, and the body of the lookup."""

    item: type[WireModel]
    page: type[WireModel]
    lookup: type[WireModel] | None


WIRE: dict[str, Wire] = {
    "organisations": Wire(Organisation, OrganisationsPage, OrganisationsLookup),
    "persons": Wire(PersonExpanded, PersonsPage, PersonsLookup),
    "placements": Wire(PlacementExpanded, PlacementsPage, PlacementsLookup),
    "duties": Wire(DutyExpanded, DutiesPage, DutiesLookup),
    "groups": Wire(GroupExpanded, GroupsPage, GroupsLookup),
    "programmes": Wire(Programme, ProgrammesPage, ProgrammesLookup),
    "syllabuses": Wire(Syllabus, SyllabusesPage, SyllabusesLookup),
    "schoolUnitOfferings": Wire(
        SchoolUnitOffering, SchoolUnitOfferingsPage, SchoolUnitOfferingsLookup
    ),
    "activities": Wire(ActivityExpanded, ActivitiesPage, ActivitiesLookup),
    "calendarEvents": Wire(CalendarEventExpanded, CalendarEventsPage, CalendarEventsLookup),
    "attendances": Wire(Attendance, AttendancesPage, AttendancesLookup),
    "attendanceEvents": Wire(AttendanceEventExpanded, AttendanceEventsPage, AttendanceEventsLookup),
    "attendanceSchedules": Wire(
        AttendanceSchedule, AttendanceSchedulesPage, AttendanceSchedulesLookup
    ),
    "absences": Wire(Absence, AbsencesPage, AbsencesLookup),
    "aggregatedAttendance": Wire(AggregatedAttendance, AggregatedAttendancesPage, None),
    "resources": Wire(Resource, ResourcesPage, ResourcesLookup),
    "rooms": Wire(Room, RoomsPage, RoomsLookup),
}
