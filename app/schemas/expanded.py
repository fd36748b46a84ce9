"""Objects with what `expand` adds under `_embedded`. Embedded objects embed nothing."""

from datetime import date

from pydantic import Field

from app.schemas.activities import Activity
from app.schemas.aggregated_attendances import AggregatedAttendance
from app.schemas.attendance_events import AttendanceEvent
from app.schemas.attendances import Attendance
from app.schemas.base import ObjectReference, Page, PersonReference, WireModel
from app.schemas.calendar_events import CalendarEvent
from app.schemas.duties import Duty
from app.schemas.enums import AssignmentRoleType, RelationType
from app.schemas.groups import Group, GroupFragment
from app.schemas.persons import Person
from app.schemas.placements import Placement
from app.schemas.syllabuses import Syllabus


class ResponsibleFor(WireModel):
    """One of an object's responsibleFor."""

    person: PersonReference | None = None
    relation_type: RelationType | None = None


class PersonGroupMembership(WireModel):
    """One of an object's groupMemberships."""

    group: GroupFragment | None = None
    start_date: date | None = None
    end_date: date | None = None


class PersonEmbedded(WireModel):
    """What `expand` adds."""

    responsible_for: list[ResponsibleFor] | None = None
    placements: list[Placement] | None = None
    owned_placements: list[Placement] | None = None
    duties: list[Duty] | None = None
    group_memberships: list[PersonGroupMembership] | None = None


class PersonExpanded(Person):
    """A pupil, guardian or member of staff. With what `expand` adds."""

    embedded: PersonEmbedded | None = Field(None, alias="_embedded")


class PersonsPage(Page[PersonExpanded]):
    """One page of the list."""


class PlacementEmbedded(WireModel):
    """What `expand` adds."""

    child: Person | None = None
    owners: list[Person] | None = None


class PlacementExpanded(Placement):
    """A child's place in preschool or after-school care. With what `expand` adds."""

    embedded: PlacementEmbedded | None = Field(None, alias="_embedded")


class PlacementsPage(Page[PlacementExpanded]):
    """One page of the list."""


class DutyEmbedded(WireModel):
    """What `expand` adds."""

    person: Person | None = None


class DutyExpanded(Duty):
    """A person's work at an organisation. With what `expand` adds."""

    embedded: DutyEmbedded | None = Field(None, alias="_embedded")


class DutiesPage(Page[DutyExpanded]):
    """One page of the list."""


class GroupAssignmentRole(WireModel):
    """One of an object's assignmentRoles."""

    duty: ObjectReference | None = None
    assignment_role_type: AssignmentRoleType | None = None
    start_date: date | None = None
    end_date: date | None = None


class GroupEmbedded(WireModel):
    """What `expand` adds."""

    assignment_roles: list[GroupAssignmentRole] | None = None


class GroupExpanded(Group):
    """A class, teaching group or department, with its members. With what `expand` adds."""

    embedded: GroupEmbedded | None = Field(None, alias="_embedded")


class GroupsPage(Page[GroupExpanded]):
    """One page of the list."""


class ActivityEmbedded(WireModel):
    """What `expand` adds."""

    groups: list[Group] | None = None
    syllabus: Syllabus | None = None
    teachers: list[Duty] | None = None


class ActivityExpanded(Activity):
    """What groups and teachers do together. With what `expand` adds."""

    embedded: ActivityEmbedded | None = Field(None, alias="_embedded")


class ActivitiesPage(Page[ActivityExpanded]):
    """One page of the list."""


class CalendarEventEmbedded(WireModel):
    """What `expand` adds."""

    activity: Activity | None = None
    attendance: list[Attendance] | None = None


class CalendarEventExpanded(CalendarEvent):
    """A lesson. With what `expand` adds."""

    embedded: CalendarEventEmbedded | None = Field(None, alias="_embedded")


class CalendarEventsPage(Page[CalendarEventExpanded]):
    """One page of the list."""


class AttendanceEventEmbedded(WireModel):
    """What `expand` adds."""

    registered_by: Person | None = None
    person: Person | None = None
    group: GroupFragment | None = None


class AttendanceEventExpanded(AttendanceEvent):
    """A check-in or check-out. With what `expand` adds."""

    embedded: AttendanceEventEmbedded | None = Field(None, alias="_embedded")


class AttendanceEventsPage(Page[AttendanceEventExpanded]):
    """One page of the list."""


class AggregatedAttendanceEmbedded(WireModel):
    """What `expand` adds."""

    activity: Activity | None = None
    student: Person | None = None


class AggregatedAttendanceExpanded(AggregatedAttendance):
    """Minutes per pupil and activity over an interval. With what `expand` adds."""

    embedded: AggregatedAttendanceEmbedded | None = Field(None, alias="_embedded")


class AggregatedAttendancesPage(Page[AggregatedAttendanceExpanded]):
    """One page of the list."""
