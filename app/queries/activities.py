"""Activities as SS 12000 answers them."""

from app.queries import own_view
from app.queries.access import Scope
from app.queries.json_text import (
    identified,
    json_object,
    listed,
    listed_or_empty,
    literal,
    member,
    plain,
    text,
)
from app.queries.resource import Filter, Kind, LookupKey, Render, Resource, Sort
from app.queries.shared_filters import MODIFIED_DESC, date_filters, ids_key


def document(render: Render, a: str) -> str:
    """A row as JSON text. A protected teacher's duty is left out."""
    teacher = json_object(
        member("duty", render.duty("te.duty_id")),
        member("startDate", plain("te.start_date")),
        member("endDate", plain("te.end_date")),
        member("minutesPlanned", literal("te.minutes_planned")),
        member("grader", literal("te.grader")),
    )
    shown = render.unprotected_duty("te.duty_id")
    teachers = f"activity_teacher te WHERE te.activity_id = {a}.id AND {shown}"
    groups = f"activity_group ag WHERE ag.activity_id = {a}.id"
    return identified(
        a,
        member("displayName", text(f"{a}.display_name")),
        member("calendarEventsRequired", literal(f"{a}.calendar_events_required")),
        member("startDate", plain(f"{a}.start_date")),
        member("endDate", plain(f"{a}.end_date")),
        member("activityType", text(f"{a}.activity_type")),
        member("comment", text(f"{a}.comment")),
        member("minutesPlanned", literal(f"{a}.minutes_planned")),
        member(
            "groups",
            listed_or_empty(render.reference("ag.group_id", "school_group"), groups, "ag.position"),
        ),
        member("teachers", listed(teacher, teachers, "te.position")),
        member("syllabus", render.reference(f"{a}.syllabus_id", "syllabus", "subject_name")),
        member("organisation", render.reference(f"{a}.organisation_id", "organisation")),
        member("parentActivity", render.reference(f"{a}.parent_activity_id", "activity")),
    )


def of_school_type(render: Render, activity: str) -> str:
    """Some group of the activity is of one of the caller's school forms."""
    if render.shape.every_school_type:
        return "TRUE"
    return (
        "EXISTS (SELECT 1 FROM activity_group tg JOIN school_group g ON g.id = tg.group_id "
        f"WHERE tg.activity_id = {activity} AND {render.school_type('g.school_type')})"
    )


def visible(render: Render, a: str) -> str:
    """Of one of the caller's organisations and school forms."""
    return " AND ".join(
        (
            render.within(f"{a}.organisation_id"),
            of_school_type(render, f"{a}.id"),
            own_view.activity(render, a),
        )
    )


def embed_groups(render: Render, a: str) -> str:
    """The groups that take part."""
    rows = (
        "activity_group eg JOIN school_group gr ON gr.id = eg.group_id "
        f"WHERE eg.activity_id = {a}.id AND {render.visible('groups', 'gr')}"
    )
    return listed(render.document("groups", "gr"), rows, "eg.position")


def embed_teachers(render: Render, a: str) -> str:
    """The duties that teach."""
    rows = (
        "activity_teacher et JOIN duty du ON du.id = et.duty_id "
        f"WHERE et.activity_id = {a}.id AND {render.visible('duties', 'du')}"
    )
    return listed(render.document("duties", "du"), rows, "et.position")


def embed_syllabus(render: Render, a: str) -> str:
    """The syllabus that is taught."""
    document = render.document("syllabuses", "sy")
    return f"(SELECT {document} FROM syllabus sy WHERE sy.id = {a}.syllabus_id)"


ACTIVITIES_OF_MEMBER = (
    "SELECT ag.activity_id FROM group_membership gm "
    "JOIN activity_group ag ON ag.group_id = gm.group_id WHERE gm.person_id"
)
ACTIVITIES_OF_TEACHER = "SELECT activity_id FROM activity_teacher WHERE duty_id"

ACTIVITIES = Resource(
    name="activities",
    path="activities",
    tag="Aktiviteter",
    object_type="Activity",
    scope=Scope.SCHEDULE_READ,
    table="activity",
    document=document,
    visible=visible,
    summary="what groups and teachers do together",
    about="ARRAY(SELECT du.person_id FROM activity_teacher te JOIN duty du ON du.id = te.duty_id "
    "WHERE te.activity_id = {a}.id)",
    filters=(
        Filter("member", Kind.PERSON, f"{{a}}.id IN ({ACTIVITIES_OF_MEMBER} = {{p}})",
               "A group of the activity has this person as member, whatever the dates."),
        Filter("teacher", Kind.DUTY, f"{{a}}.id IN ({ACTIVITIES_OF_TEACHER} = {{p}})",
               "teachers contains this duty (not person), whatever the dates."),
        Filter("organisation", Kind.ORGANISATION, "{a}.organisation_id = ANY({p})",
               "organisation is this one or one below it.", below=True),
        # A client that exists sends the group's id as activityType.
        Filter("group", Kind.UUID,
               "{a}.id IN (SELECT activity_id FROM activity_group WHERE group_id = {p})",
               "groups contains this group.", aliases=("activityType",)),
        *date_filters(),
    ),
    sorts=(MODIFIED_DESC, Sort("DisplayNameAsc", "{a}.sort_name", "text")),
    lookup=(
        ids_key("activity"),
        LookupKey("teachers", Kind.DUTY, f"{ACTIVITIES_OF_TEACHER} = ANY({{p}})",
                  "Activities that one of these duties teaches."),
        LookupKey("members", Kind.PERSON, f"{ACTIVITIES_OF_MEMBER} = ANY({{p}})",
                  "Activities with a group that has one of these persons as member."),
    ),
    expansions={"groups": embed_groups, "teachers": embed_teachers, "syllabus": embed_syllabus},
    expansion_scopes={"groups": Scope.PEOPLE_READ, "teachers": Scope.PEOPLE_READ},
)  # fmt: skip
