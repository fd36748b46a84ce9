"""What a resource of SS 12000 declares to the one engine that reads them all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.queries.access import Access, FieldGroup, Scope
from app.queries.json_text import json_object, member, plain, text

UNPROTECTED = "Ingen"


class Kind(StrEnum):
    """How a parameter's text is read, and how it reaches SQL."""

    UUID = "uuid"
    PERSON = "person"
    DUTY = "duty"
    ORGANISATION = "organisation"
    TEXT = "text"
    NAME_PART = "name-part"
    DATE = "date"
    DATE_TIME = "date-time"


@dataclass(frozen=True, slots=True)
class Shape:
    """All that decides what SQL an answer needs, apart from parameter values.

    `personal`: for someone who is signed in, and whose view limits it (app/queries/own_view.py).
    """

    names: bool
    expand: frozenset[str]
    scopes: frozenset[str]
    field_groups: frozenset[FieldGroup]
    whole_city: bool
    one_organisation: bool
    every_school_type: bool
    sees_protected: bool
    personal: bool = False

    @classmethod
    def of(
        cls, access: Access, *, names: bool = False, expand: frozenset[str] = frozenset()
    ) -> "Shape":
        """The shape for a caller."""
        return cls(
            names=names,
            expand=expand,
            scopes=access.scopes,
            field_groups=access.field_groups,
            whole_city=access.organisation_ids is None,
            one_organisation=access.organisation_ids is not None
            and len(access.organisation_ids) == 1,
            every_school_type=access.school_types is None,
            sees_protected=access.sees_protected,
            personal=access.view is not None,
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that narrows a list.

    `sql` holds `{a}` for the row's alias and `{p}` for the value: one value, or an array where
    `repeat` is set. ORGANISATION values with `below` become the array of the organisation and
    its descendants. `needs` is the field group without which the filter would be an oracle.
    `open_ended` are values that may not be logged or put in a page token's clear text.
    """

    name: str
    kind: Kind
    sql: str
    meaning: str
    repeat: bool = False
    required: bool = False
    below: bool = False
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    needs: FieldGroup | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """A value of `sortkey`: rows ordered by `key`, then id, both in the same direction.

    `narrows`: a page continues where the key alone says too, which PostgreSQL cannot conclude
    from the pair when key and id come from different tables.
    """

    name: str
    key: str
    type: str
    descending: bool = False
    needs: FieldGroup | None = None
    narrows: bool = False


@dataclass(frozen=True, slots=True)
class LookupKey:
    """A key of a lookup body. `ids` selects the ids of matching rows; `{p}` is the array."""

    name: str
    kind: Kind
    ids: str
    meaning: str
    aliases: tuple[str, ...] = ()
    needs: FieldGroup | None = None


@dataclass(frozen=True)
class Render:
    """Gives declarations the documents and visibility rules of each other."""

    shape: Shape
    resources: Mapping[str, "Resource"]

    def document(self, resource: str, alias: str) -> str:
        """The JSON text of a row of another resource, without its own expansions."""
        return self.resources[resource].document(self, alias)

    def visible(self, resource: str, alias: str) -> str:
        """The condition under which this caller may see a row of a resource."""
        return self.resources[resource].visible(self, alias)

    def embedded(self, resource: str, identifier: str) -> str:
        """The document of the one row with this id, if this caller may see it; else NULL."""
        rows = f"{self.resources[resource].table} one WHERE one.id = {identifier}"
        shown = self.visible(resource, "one")
        return f"(SELECT {self.document(resource, 'one')} FROM {rows} AND {shown})"

    def within(self, column: str) -> str:
        """The row's organisation is one of the caller's."""
        if self.shape.whole_city:
            return "TRUE"
        # With one value, `=` finds the index that `= ANY` does not order by.
        if self.shape.one_organisation:
            return f"{column} = (%(organisations)s::uuid[])[1]"
        return f"{column} = ANY(%(organisations)s)"

    def school_type(self, column: str) -> str:
        """The row's school form is one of the caller's. An unknown school form is not."""
        if self.shape.every_school_type:
            return "TRUE"
        return f"coalesce({column} = ANY(%(school_types)s), FALSE)"

    def is_protected(self, person: str) -> str:
        """The row of `person` is under protected identity."""
        return f"{person}.security_marking <> '{UNPROTECTED}'"

    def unprotected(self, person: str) -> str:
        """The person exists for the caller: not protected unless cleared, and in its view."""
        if self.shape.personal:
            return f"{person} = ANY(%(in_view)s)"
        return self.on_duty(person)

    def on_duty(self, person: str) -> str:
        """As `unprotected`, for staff, who are in nobody's view."""
        if self.shape.sees_protected:
            return "TRUE"
        return (
            f"NOT EXISTS (SELECT 1 FROM person hidden WHERE hidden.id = {person} "
            f"AND {self.is_protected('hidden')})"
        )

    def unprotected_duty(self, duty: str) -> str:
        """The person who holds a duty is not under protected identity, or the caller is cleared."""
        if self.shape.sees_protected:
            return "TRUE"
        return (
            "NOT EXISTS (SELECT 1 FROM duty held JOIN person hidden ON hidden.id = held.person_id "
            f"WHERE held.id = {duty} AND {self.is_protected('hidden')})"
        )

    def reference(self, identifier: str, table: str, name: str = "display_name") -> str:
        """`{id, displayName?}`; NULL when the identifier is."""
        shown = ""
        if self.shape.names:
            named = (
                f"(SELECT {text(f'named.{name}')} FROM {table} named WHERE named.id = {identifier})"
            )
            shown = f""" || coalesce(',"displayName":' || {named}, '')"""
        return f"""'{{"id":"' || {identifier} || '"'{shown} || '}}'"""

    def person(self, identifier: str, *, named_if: str = "TRUE", on_duty: bool = False) -> str:
        """A person reference; NULL for a person who does not exist for the caller.

        It is the id alone where `named_if` does not hold of the person, there called `named`.
        Who is `on_duty` is not looked for in anyone's view.
        """
        names, marking = "NULL", "NULL"
        if self.shape.names and Scope.PEOPLE_READ in self.shape.scopes:
            names = text("named.given_name || ' ' || named.family_name")
        if FieldGroup.MARKING in self.shape.field_groups:
            marking = text("named.security_marking")
        if self.shape.sees_protected and names == marking:
            return f"""'{{"id":"' || {identifier} || '"}}'"""
        if named_if != "TRUE":
            names, marking = (
                value if value == "NULL" else f"CASE WHEN {named_if} THEN {value} END"
                for value in (names, marking)
            )
        hidden = (
            "" if self.shape.sees_protected else f" AND named.security_marking = '{UNPROTECTED}'"
        )
        if self.shape.personal and not on_duty:
            hidden = " AND named.id = ANY(%(in_view)s)"
        body = json_object(
            member("id", plain("named.id")),
            member("displayName", names),
            member("securityMarking", marking),
        )
        return f"(SELECT {body} FROM person named WHERE named.id = {identifier}{hidden})"

    def duty(self, identifier: str) -> str:
        """A duty reference, named after the person who holds it."""
        if not (self.shape.names and Scope.PEOPLE_READ in self.shape.scopes):
            return f"""'{{"id":"' || {identifier} || '"}}'"""
        named = (
            f"(SELECT {text('named.given_name || chr(32) || named.family_name')} FROM duty held "
            f"JOIN person named ON named.id = held.person_id WHERE held.id = {identifier})"
        )
        shown = f"""coalesce(',"displayName":' || {named}, '')"""
        return f"""'{{"id":"' || {identifier} || '"' || {shown} || '}}'"""


@dataclass(frozen=True)
class Resource:
    """One resource: its path, its SQL, and what its operations take.

    `document` renders a row, `visible` is the condition under which a caller may see it.
    `about` answers the uuid[] of the persons a row is about, for the access log; None when the
    resource holds no personal data and is not logged. `expansions` render `_embedded` members.
    `combined` builds conditions that several filters make together. `rows` answers what a list
    reads instead of the table itself. `of_persons` selects the ids of the rows that are seen or
    hidden with the persons in the array `{p}`.
    """

    name: str
    path: str
    tag: str
    object_type: str
    scope: Scope
    table: str
    document: Callable[[Render, str], str]
    visible: Callable[[Render, str], str]
    summary: str
    about: str | None = None
    filters: tuple[Filter, ...] = ()
    sorts: tuple[Sort, ...] = ()
    default_sort: Sort | None = None
    lookup: tuple[LookupKey, ...] = ()
    expansions: Mapping[str, Callable[[Render, str], str | None]] = field(default_factory=dict)
    expansion_scopes: Mapping[str, Scope] = field(default_factory=dict)
    combined: Callable[[Render, str, frozenset[str]], str | None] | None = None
    rows: Callable[[Render, frozenset[str]], str] | None = None
    of_persons: str | None = None
    lookup_expands: bool = True
    has_meta: bool = True
    has_by_id: bool = True

    @property
    def personal(self) -> bool:
        """Whether answers are written to the access log."""
        return self.about is not None
