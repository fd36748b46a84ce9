"""Group: the wire shape of the standard."""

from datetime import date
from uuid import UUID

from app.schemas.base import ObjectReference, PersonReference, StandardObject, WireModel
from app.schemas.enums import GroupType, SchoolType


class GroupFragment(StandardObject):
    """A group without its members, as it is embedded in persons."""

    display_name: str
    start_date: date
    end_date: date | None = None
    group_type: GroupType
    school_type: SchoolType | None = None
    organisation: ObjectReference


class GroupMembership(WireModel):
    """One of an object's groupMemberships."""

    person: PersonReference
    start_date: date | None = None
    end_date: date | None = None


class Group(GroupFragment):
    """A class, teaching group or department, with its members."""

    group_memberships: list[GroupMembership] | None = None


class GroupsLookup(WireModel):
    """The body of the lookup: an object is answered when it matches any key."""

    ids: list[UUID] | None = None
