"""What a caller may see: computed once per request, required by every query on school data."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Scope(StrEnum):
    """The scopes of the SS 12000 door."""

    ORGANISATIONS_READ = "organisations:read"
    PEOPLE_READ = "people:read"
    SCHEDULE_READ = "schedule:read"
    ATTENDANCE_READ = "attendance:read"
    ATTENDANCE_WRITE = "attendance:write"
    ABSENCES_WRITE = "absences:write"


class FieldGroup(StrEnum):
    """Properties of persons that a grant names one by one."""

    IDENTIFIERS = "identifiers"
    CONTACT = "contact"
    GUARDIANS = "guardians"
    PHOTO = "photo"
    MARKING = "marking"


@dataclass(frozen=True, slots=True)
class Access:
    """One caller's rights, today.

    `organisation_ids` holds every organisation of the granted subtrees; None means the whole
    city. `school_types` None means every school form. `expires` is when this must be computed
    anew at the latest: the token's or the grant's end, or midnight.
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

    def may_read(self, field_group: FieldGroup) -> bool:
        """Whether this group of person properties was granted."""
        return field_group in self.field_groups
