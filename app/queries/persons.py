"""Persons as SS 12000 answers them: the file where most of a child's data is let out or not."""

from app.queries.access import FieldGroup, Scope
from app.queries.json_text import (
    array,
    identified,
    json_object,
    listed,
    literal,
    member,
    plain,
    text,
)
from app.queries.resource import Filter, Kind, LookupKey, Render, Resource, Sort
from app.queries.shared_filters import MODIFIED_DESC, ids_key

RELATIONS = (
    "enrolment",
    "duty",
    "placement.child",
    "placement.owner",
    "responsibleFor.enrolment",
    "responsibleFor.placement",
    "groupMembership",
)
GUARDIAN_RELATIONS = "('placement.owner', 'responsibleFor.enrolment', 'responsibleFor.placement')"


def document(render: Render, a: str) -> str:
    """A row as JSON text, with the property groups that the caller's grant names."""
    may = render.shape.field_groups
    members = [
        member("givenName", text(f"{a}.given_name")),
        member("middleName", text(f"{a}.middle_name")),
        member("familyName", text(f"{a}.family_name")),
        member("eduPersonPrincipalNames", array(f"{a}.edu_person_principal_names")),
        member("personStatus", text(f"{a}.person_status")),
        member("enrolments", enrolments(render, a)),
    ]
    if FieldGroup.IDENTIFIERS in may:
        civic_no = json_object(
            member("value", text(f"{a}.civic_no")),
            member("nationality", text(f"{a}.civic_no_nationality")),
        )
        members += [
            member("externalIdentifiers", literal(f"{a}.external_identifiers")),
            member("civicNo", f"CASE WHEN {a}.civic_no IS NOT NULL THEN {civic_no} END"),
            member("birthDate", plain(f"{a}.birth_date")),
            member("sex", text(f"{a}.sex")),
        ]
    if FieldGroup.MARKING in may:
        members.append(member("securityMarking", text(f"{a}.security_marking")))
    if FieldGroup.CONTACT in may:
        members += [
            member("emails", literal(f"{a}.emails")),
            member("phoneNumbers", literal(f"{a}.phone_numbers")),
            member("addresses", literal(f"{a}.addresses")),
        ]
    if FieldGroup.PHOTO in may:
        members.append(member("photo", text(f"{a}.photo")))
    if FieldGroup.GUARDIANS in may:
        members.append(member("responsibles", responsibles(render, a)))
    return identified(a, *members)


def enrolments(render: Render, a: str) -> str:
    """The pupil's enrolments, those inside the caller's organisations and school forms."""
    body = json_object(
        member("enroledAt", render.reference("en.school_unit_id", "organisation")),
        member("schoolYear", literal("en.school_year")),
        member("schoolType", text("en.school_type")),
        member("startDate", plain("en.start_date")),
        member("endDate", plain("en.end_date")),
        member("cancelled", literal("en.cancelled")),
        member("educationCode", text("en.education_code")),
        member("programme", render.reference("en.programme_id", "programme", "name")),
        member("specification", text("en.specification")),
    )
    limits = f"{render.within('en.school_unit_id')} AND {render.school_type('en.school_type')}"
    return listed(body, f"enrolment en WHERE en.person_id = {a}.id AND {limits}", "en.position")


def responsibles(render: Render, a: str) -> str:
    """Who is responsible for the child. A protected guardian is not there at all."""
    body = json_object(
        member("person", render.person("re.person_id")),
        member("relationType", text("re.relation_type")),
    )
    shown = render.unprotected("re.person_id")
    return listed(body, f"responsible re WHERE re.child_id = {a}.id AND {shown}", "re.position")


def visible(render: Render, a: str) -> str:
    """Not under protected identity, and tied to one of the caller's organisations."""
    conditions = []
    if render.shape.personal:
        conditions.append(f"{a}.id = ANY(%(in_view)s)")
    elif not render.shape.sees_protected:
        conditions.append(f"NOT ({render.is_protected(a)})")
    guardians = FieldGroup.GUARDIANS in render.shape.field_groups
    unlimited = render.shape.whole_city and render.shape.every_school_type
    if unlimited and guardians:
        return " AND ".join(conditions) or "TRUE"
    conditions.append(f"EXISTS (SELECT 1 FROM person_relation tie WHERE tie.person_id = {a}.id "
                      f"AND {relation_visible(render, 'tie')})")  # fmt: skip
    return " AND ".join(conditions)


def relation_visible(render: Render, tie: str) -> str:
    """The condition under which a row of person_relation may be known to the caller."""
    conditions = [render.within(f"{tie}.organisation_id")]
    if not render.shape.every_school_type:
        conditions.append(f"({tie}.kind = 'duty' OR {render.school_type(f'{tie}.school_type')})")
    if FieldGroup.GUARDIANS not in render.shape.field_groups:
        # Who signs in knows of themselves that they are somebody's guardian.
        myself = f" OR {tie}.person_id = %(me)s" if render.shape.personal else ""
        conditions.append(f"({tie}.kind NOT IN {GUARDIAN_RELATIONS}{myself})")
    if not render.shape.sees_protected:
        conditions.append(f"({tie}.child_id IS NULL OR {render.unprotected(f'{tie}.child_id')})")
    return " AND ".join(conditions)


RELATION_FILTERS = {
    "relationship.entity.type": "tie.kind = %(relationship_entity_type)s",
    "relationship.organisation": "tie.organisation_id = %(relationship_organisation)s",
    "relationship.startDate.onOrBefore":
        "(tie.start_date <= %(relationship_startDate_onOrBefore)s OR tie.start_date IS NULL)",
    "relationship.startDate.onOrAfter":
        "(tie.start_date >= %(relationship_startDate_onOrAfter)s OR tie.start_date IS NULL)",
    "relationship.endDate.onOrBefore":
        "(tie.end_date <= %(relationship_endDate_onOrBefore)s OR tie.end_date IS NULL)",
    "relationship.endDate.onOrAfter":
        "(tie.end_date >= %(relationship_endDate_onOrAfter)s OR tie.end_date IS NULL)",
}  # fmt: skip


def combined(render: Render, a: str, given: frozenset[str]) -> str | None:
    """All relationship.* filters speak of one and the same relation."""
    wanted = [sql for name, sql in RELATION_FILTERS.items() if name in given]
    conditions = []
    if wanted:
        wanted.append(relation_visible(render, "tie"))
        conditions.append(f"{a}.id IN (SELECT tie.person_id FROM person_relation tie "
                          f"WHERE {' AND '.join(wanted)})")  # fmt: skip
    if {"identifier.value", "identifier.context"} <= given:
        conditions.append(
            f"{a}.external_identifiers @> jsonb_build_array(jsonb_build_object("
            "'value', %(identifier_value)s::text, 'context', %(identifier_context)s::text))"
        )
    return " AND ".join(conditions) or None


def embed_duties(render: Render, a: str) -> str:
    """The person's duties."""
    rows = f"duty du WHERE du.person_id = {a}.id AND {render.visible('duties', 'du')}"
    return listed(render.document("duties", "du"), rows, "du.id")


def embed_responsible_for(render: Render, a: str) -> str | None:
    """The children whom the person is responsible for, those the caller may see."""
    if FieldGroup.GUARDIANS not in render.shape.field_groups:
        return None
    body = json_object(
        member("person", render.person("rf.child_id")),
        member("relationType", text("rf.relation_type")),
    )
    rows = (
        f"responsible rf JOIN person child ON child.id = rf.child_id WHERE rf.person_id = {a}.id "
        f"AND {visible(render, 'child')}"
    )
    return listed(body, rows, "rf.child_id")


def embed_placements(render: Render, a: str) -> str:
    """The child's placements."""
    rows = f"placement pl WHERE pl.child_id = {a}.id AND {render.visible('placements', 'pl')}"
    return listed(render.document("placements", "pl"), rows, "pl.id")


def embed_owned_placements(render: Render, a: str) -> str | None:
    """The placements that the guardian holds."""
    if FieldGroup.GUARDIANS not in render.shape.field_groups:
        return None
    rows = (
        "placement_owner po JOIN placement pl ON pl.id = po.placement_id "
        f"WHERE po.person_id = {a}.id AND {render.visible('placements', 'pl')}"
    )
    return listed(render.document("placements", "pl"), rows, "pl.id")


def embed_group_memberships(render: Render, a: str) -> str:
    """The groups that the person is a member of, each without its other members."""
    body = json_object(
        member("group", render.document("groupFragments", "gr")),
        member("startDate", plain("gm.start_date")),
        member("endDate", plain("gm.end_date")),
    )
    rows = (
        f"group_membership gm JOIN school_group gr ON gr.id = gm.group_id "
        f"WHERE gm.person_id = {a}.id AND {render.visible('groups', 'gr')}"
    )
    return listed(body, rows, "gr.id, gm.position")


def _named(name: str, kind: Kind, meaning: str, choices: tuple[str, ...] = ()) -> Filter:
    """A filter whose SQL `combined` writes."""
    return Filter(name, kind, "TRUE", meaning, choices=choices)


def _name_sorts(name: str, column: str) -> tuple[Sort, Sort]:
    return (
        Sort(f"{name}Desc", f"{{a}}.{column}", "text", descending=True),
        Sort(f"{name}Asc", f"{{a}}.{column}", "text"),
    )


IDENTIFIERS = FieldGroup.IDENTIFIERS
CIVIC_NO = "coalesce({a}.civic_no, '')"

PERSONS = Resource(
    name="persons",
    path="persons",
    tag="Person",
    object_type="Person",
    scope=Scope.PEOPLE_READ,
    table="person",
    document=document,
    visible=visible,
    summary="pupils, guardians and staff",
    about="ARRAY[{a}.id]",
    filters=(
        # The first pattern can use the trigram index; the others filter what it finds.
        Filter("nameContains", Kind.NAME_PART,
               "{a}.search_name LIKE ({p}::text[])[1] AND {a}.search_name LIKE ALL ({p}::text[])",
               "Case-insensitive part of a given, middle or family name; every value must hit.",
               repeat=True),
        Filter("civicNo", Kind.TEXT, "{a}.civic_no = {p}",
               "civicNo equals: twelve characters, no separator.", needs=IDENTIFIERS),
        Filter("eduPersonPrincipalName", Kind.TEXT,
               "{a}.edu_person_principal_names @> ARRAY[{p}]::text[]",
               "One of eduPersonPrincipalNames equals.", aliases=("eduPrincipalName",)),
        Filter("identifier.value", Kind.TEXT,
               "{a}.external_identifiers @> jsonb_build_array("
               "jsonb_build_object('value', {p}::text))",
               "An external identifier's value equals; with identifier.context, on the same entry.",
               needs=IDENTIFIERS),
        Filter("identifier.context", Kind.TEXT,
               "{a}.external_identifiers @> jsonb_build_array("
               "jsonb_build_object('context', {p}::text))",
               "An external identifier's context equals.", needs=IDENTIFIERS),
        _named("relationship.entity.type", Kind.TEXT,
               "The person has a relation of this kind.", choices=RELATIONS),
        _named("relationship.organisation", Kind.UUID,
               "The relation points at this organisation."),
        _named("relationship.startDate.onOrBefore", Kind.DATE,
               "The relation began on or before this day, or has no start."),
        _named("relationship.startDate.onOrAfter", Kind.DATE,
               "The relation began on or after this day, or has no start."),
        _named("relationship.endDate.onOrBefore", Kind.DATE,
               "The relation ended on or before this day, or has no end."),
        _named("relationship.endDate.onOrAfter", Kind.DATE,
               "The relation ended on or after this day, or has no end."),
    ),
    sorts=(
        Sort("DisplayNameAsc", "{a}.sort_name", "text"),
        *_name_sorts("GivenName", "given_name_sort"),
        *_name_sorts("FamilyName", "family_name_sort"),
        Sort("CivicNoAsc", CIVIC_NO, "text", needs=IDENTIFIERS),
        Sort("CivicNoDesc", CIVIC_NO, "text", descending=True, needs=IDENTIFIERS),
        MODIFIED_DESC,
    ),
    lookup=(
        ids_key("person"),
        LookupKey("civicNos", Kind.TEXT, "SELECT id FROM person WHERE civic_no = ANY({p})",
                  "Civic numbers, twelve characters each.", needs=IDENTIFIERS),
    ),
    expansions={
        "duties": embed_duties,
        "responsibleFor": embed_responsible_for,
        "placements": embed_placements,
        "ownedPlacements": embed_owned_placements,
        "groupMemberships": embed_group_memberships,
    },
    combined=combined,
    # Guardians are known through their children.
    of_persons="SELECT unnest({p}::uuid[]) UNION "
    "SELECT person_id FROM responsible WHERE child_id = ANY({p}) UNION "
    "SELECT po.person_id FROM placement_owner po JOIN placement pl ON pl.id = po.placement_id "
    "WHERE pl.child_id = ANY({p})",
)  # fmt: skip
