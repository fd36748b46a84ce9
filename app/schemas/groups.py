"""Groups: classes, teaching groups, sections and other sets of people."""

from datetime import date

from pydantic import Field

from app.schemas.base import (
    IdsLookup,
    ObjectReference,
    Page,
    PersonReference,
    StandardObject,
    WireModel,
    with_example,
)
from app.schemas.enums import AssignmentRoleType, GroupType, SchoolType
from app.schemas.examples import DUTY_ID, GROUP, GROUP_FRAGMENT


class GroupFragment(StandardObject):
    """A group without its members, as embedded where the members are beside the point."""

    model_config = with_example(GROUP_FRAGMENT)

    display_name: str = Field(description="The name to show, for example that of the class.")
    start_date: date = Field(description="The group's first day.")
    end_date: date | None = Field(
        None, description="The group's last day. Absent: until further notice."
    )
    group_type: GroupType
    school_type: SchoolType | None = None
    organisation: ObjectReference = Field(description="The organisation that has the group.")


class GroupMembership(WireModel):
    """A person's membership of the group."""

    person: PersonReference
    start_date: date | None = Field(
        None, description="First day of membership. Absent: as long as the group."
    )
    end_date: date | None = Field(
        None, description="Last day of membership. Absent: as long as the group."
    )


class Group(GroupFragment):
    """A group with its members. A changed membership modifies the group, not the person."""

    model_config = with_example(GROUP)

    group_memberships: list[GroupMembership] | None = Field(
        None, description="Who belongs to the group, and when. Returned without `expand`."
    )


class GroupAssignmentRole(WireModel):
    """What a member of staff is to the group."""

    duty: ObjectReference | None = Field(None, description="The duty that has the role.")
    assignment_role_type: AssignmentRoleType | None = None
    start_date: date | None = Field(None, description="First day of the role.")
    end_date: date | None = Field(None, description="Last day of the role.")


class GroupEmbedded(WireModel):
    """What `expand` adds to a group."""

    assignment_roles: list[GroupAssignmentRole] | None = Field(
        None, description="With `expand=assignmentRoles`: mentors and others, not teachers."
    )


class GroupExpanded(Group):
    """A group as answered. Needs the scope `people:read`."""

    model_config = with_example(
        GROUP
        | {
            "_embedded": {
                "assignmentRoles": [{"duty": {"id": DUTY_ID}, "assignmentRoleType": "Mentor"}]
            }
        }
    )

    embedded: GroupEmbedded | None = Field(
        None, alias="_embedded", description="What `expand` asked for."
    )


class GroupsPage(Page[GroupExpanded]):
    """One page of groups."""


class GroupsLookup(IdsLookup):
    """Which groups to return."""
