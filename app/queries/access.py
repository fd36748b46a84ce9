"""What a caller may see: computed once per request, required by every query on school data."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Scope(StrEnum):
    """What a token may be good for. The service catalogue's are for what is not public there."""

    ORGANISATIONS_READ = "organisations:read"
    PEOPLE_READ = "people:read"
    SCHEDULE_READ = "schedule:read"
    ATTENDANCE_READ = "attendance:read"
    ATTENDANCE_WRITE = "attendance:write"
    ABSENCES_WRITE = "absences:write"
    CALENDAR_FEEDS = "calendar-feeds:manage"
    PRIVACY = "privacy:manage"
    CATALOGUE_CLASSIFICATION = "catalogue.classification:read"
    CATALOGUE_INTEGRATIONS = "catalogue.integrations:read"
    CATALOGUE_COSTS = "catalogue.costs:read"
    CATALOGUE_AGREEMENTS = "catalogue.agreements:read"
    CATALOGUE_CONTACTS = "catalogue.contacts:read"
    CATALOGUE_WRITE = "catalogue:write"
    CATALOGUE_PUBLISH = "catalogue:publish"


CATALOGUE_SCOPES = frozenset(scope for scope in Scope if scope.startswith("catalogue"))
# What a system may have when it acts for itself, and what somebody's app may have for them.
SYSTEM_SCOPES = frozenset(Scope) - {Scope.CALENDAR_FEEDS, Scope.PRIVACY}
PERSONAL_SCOPES = frozenset(Scope) - {Scope.ATTENDANCE_WRITE} - CATALOGUE_SCOPES


class FieldGroup(StrEnum):
    """Properties of persons that a grant names one by one."""

    IDENTIFIERS = "identifiers"
    CONTACT = "contact"
    GUARDIANS = "guardians"
    PHOTO = "photo"
    MARKING = "marking"


@dataclass(frozen=True, slots=True)
class View:
    """Whose data a signed-in person's token may show, today; nobody else exists for it.

    `own`: the person, the children that were consented to, mentees; everything about them.
    `children`: those of them that the person answers for. `pupils`: those taught, and those of
    `units` that the person heads. `may_report`: whose absence the person may report.
    Under protected identity are only the person and their children, and only if the app is cleared.
    """

    own: frozenset[UUID]
    children: frozenset[UUID] = frozenset()
    pupils: frozenset[UUID] = frozenset()
    units: frozenset[UUID] = frozenset()
    may_report: frozenset[UUID] = frozenset()

    @property
    def everyone(self) -> frozenset[UUID]:
        """All who exist for the token."""
        return self.own | self.pupils


@dataclass(frozen=True, slots=True)
class Access:
    """One caller's rights, today.

    `organisation_ids` holds every organisation of the granted subtrees; None means the whole
    city. `school_types` None means every school form. `expires` is when this must be computed
    anew at the latest: the token's or the grant's end, or midnight. `acting_person_id` and `view`
    are set for the token of someone who is signed in.
    """

    client_id: str
    grant_id: UUID
    scopes: frozenset[str]
    organisation_ids: frozenset[UUID] | None
    school_types: frozenset[str] | None
    field_groups: frozenset[FieldGroup]
    sees_protected: bool
    rate_tier: str
    expires: datetime
    today: date
    acting_person_id: UUID | None = None
    view: View | None = None

    def may_read(self, field_group: FieldGroup) -> bool:
        """Whether this group of person properties was granted."""
        return field_group in self.field_groups
