"""Turns a resource's declaration and a question's shape into one SQL statement.

The statement reads, renders and writes the access record at once: the answer exists only if
its record does (docs/adr/0003). Statements are built from declarations alone and remembered;
everything from a request arrives as a parameter.
"""

from dataclasses import dataclass
from functools import lru_cache

from app.queries.json_text import concatenated, member
from app.queries.resource import Filter, Kind, LookupKey, Render, Resource, Shape, Sort
from app.queries.shared_filters import META_FILTERS, MODIFIED_ASC
from app.queries.ss12000 import CATALOGUE
from app.queries.table_versions import version_sql

ROW = "r"

RECORDED = """
INSERT INTO access_record (at, request_id, client_id, grant_id, acting_person_id, operation,
                           filters, sort_order, field_groups, row_count, first_key, last_key,
                           person_ids)
SELECT now(), %(request_id)s, %(client_id)s, %(grant_id)s, %(acting_person_id)s, %(operation)s,
       %(filters)s, %(sort_order)s, %(record_groups)s::text[], {columns}"""


def parameter(name: str) -> str:
    """The name under which a query parameter's value reaches SQL."""
    return name.replace(".", "_")


def all_filters(resource: Resource) -> tuple[Filter, ...]:
    """The resource's own filters and the meta filters that go with it."""
    return (*resource.filters, *META_FILTERS) if resource.has_meta else resource.filters


def order_of(resource: Resource, sortkey: str | None, given: frozenset[str]) -> Sort | None:
    """The order of a list: as asked; by `modified` for an incremental sync; else the default."""
    for sort in resource.sorts:
        if sort.name == sortkey:
            return sort
    if "meta.modified.after" in given:
        return MODIFIED_ASC
    return resource.default_sort


def document_with_embedded(render: Render, resource: Resource) -> str:
    """The row's JSON text, with `_embedded` when something was asked for."""
    document = resource.document(render, ROW)
    embedded = []
    for name in sorted(render.shape.expand):
        value = resource.expansions[name](render, ROW)
        if value:
            embedded.append(member(name, value))
    if not embedded:
        return document
    inside = concatenated(embedded)
    opened = "',\"_embedded\":{'"
    # The document ends in "}", which moves behind the embedded objects.
    return (
        f"(SELECT concat(left(whole.doc, -1), {opened}, substr(whole.inside, 2), '}}}}') "
        f"FROM (SELECT {document} AS doc, {inside} AS inside) whole)"
    )


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """What decides the SQL of a list."""

    resource: str
    shape: Shape
    given: frozenset[str]
    sortkey: str | None
    continued: bool
    # Filters whose array holds one value: `=` finds the index that `= ANY` does not order by.
    single: frozenset[str] = frozenset()


def guard(render: Render, kind: Kind, value: str) -> str:
    """Asking about a protected person answers as asking about nobody."""
    if kind is Kind.PERSON:
        return render.unprotected(value)
    return render.unprotected_duty(value) if kind is Kind.DUTY else "TRUE"


def guarded(render: Render, kind: Kind, values: str) -> str:
    """As `guard` for several values: those about protected persons are as if nobody's."""
    kept = guard(render, kind, "asked")
    if kept == "TRUE":
        return values
    return f"ARRAY(SELECT asked FROM unnest({values}::uuid[]) asked WHERE {kept})"


def conditions(question: ListQuestion, render: Render, resource: Resource) -> list[str]:
    """Everything a row must satisfy: the caller's rights first, then the filters."""
    found = [resource.visible(render, ROW)]
    for declared in all_filters(resource):
        if declared.name in question.given:
            found += _filter_sql(render, declared, single=declared.name in question.single)
    if resource.combined:
        found.append(resource.combined(render, ROW, question.given) or "TRUE")
    return [condition for condition in found if condition != "TRUE"]


def _filter_sql(render: Render, declared: Filter, *, single: bool) -> list[str]:
    value, sql = f"%({parameter(declared.name)})s", declared.sql
    if single:
        array = "text[]" if declared.kind in (Kind.TEXT, Kind.NAME_PART) else "uuid[]"
        sql = sql.replace("= ANY({p})", f"= ({{p}}::{array})[1]")
    if declared.repeat:
        return [sql.format(a=ROW, p=guarded(render, declared.kind, value))]
    return [sql.format(a=ROW, p=value), guard(render, declared.kind, value)]


def ordering(sort: Sort | None, *, continued: bool) -> tuple[str, str, str]:
    """The page key, the condition that continues after it, and ORDER BY."""
    if sort is None:
        return "NULL::text", f"{ROW}.id > %(after_id)s" if continued else "TRUE", f"{ROW}.id"
    key = sort.key.format(a=ROW)
    direction, sign = (" DESC", "<") if sort.descending else ("", ">")
    after = "TRUE"
    if continued:
        after = f"({key}, {ROW}.id) {sign} (%(after_key)s::{sort.type}, %(after_id)s::uuid)"
        if sort.narrows:
            after += f" AND {key} {sign}= %(after_key)s::{sort.type}"
    return f"({key})::text", after, f"{key}{direction}, {ROW}.id{direction}"


# Filters that name something: whichever it is, its rows are found by the same index.
NAMING = frozenset({Kind.UUID, Kind.PERSON, Kind.DUTY, Kind.ORGANISATION})


@lru_cache(maxsize=4096)
def keeps_plan(question: ListQuestion) -> bool:
    """Whether one plan is right for all values that such a list is asked for with.

    It is where rows are named, or lie in a range of the list's own order. A range of something
    else, or a value that may be rare or common, needs a plan for itself (docs/adr/0003).
    """
    shape, resource = question.shape, CATALOGUE[question.resource]
    if shape.personal:
        return False
    if not (shape.whole_city or shape.one_organisation) or not shape.every_school_type:
        return False
    sort = order_of(resource, question.sortkey, question.given)
    key = sort.key if sort else "{a}.id"
    given = (one for one in all_filters(resource) if one.name in question.given)
    return all(one.kind in NAMING or key in one.sql for one in given)


def list_rows(question: ListQuestion) -> str:
    """The rows of a list in its order, each with id, page key and JSON text.

    What pages and whole sets read alike: the caller's rights and the filters are in here.
    """
    resource = CATALOGUE[question.resource]
    render = Render(question.shape, CATALOGUE)
    sort = order_of(resource, question.sortkey, question.given)
    key, after, order = ordering(sort, continued=question.continued)
    where = [*conditions(question, render, resource), after]
    source = resource.rows(render, question.given) if resource.rows else resource.table
    return f"""
    SELECT {ROW}.id, {key} AS key, {document_with_embedded(render, resource)} AS doc
      FROM {source} {ROW}
     WHERE {" AND ".join(where)}
     ORDER BY {order}"""


def bounds(question: ListQuestion, first: str, last: str) -> tuple[str, str]:
    """The keys of the first and last row as the access log may hold them."""
    # An order that needs a field group is by a civic number, which the log must not hold.
    sort = order_of(CATALOGUE[question.resource], question.sortkey, question.given)
    hidden = sort is not None and sort.needs is not None
    return ("NULL::text", "NULL::text") if hidden else (first, last)


@lru_cache(maxsize=4096)
def list_statement(question: ListQuestion) -> bytes:
    """One row: the rows' JSON joined by commas, whether there are more, the last key and id, and
    the version of the tables.

    One row more than the page is read, to know whether there are more. Aggregates take the rows
    in the order of the materialised page.
    """
    logged = ""
    if CATALOGUE[question.resource].personal:
        first, last = bounds(question, "keys[1]", "keys[shown]")
        columns = (
            f"shown, jsonb_build_array({first}, ids[1]), "
            f"jsonb_build_array({last}, ids[shown]), NULL FROM summed WHERE shown > 0"
        )
        logged = f", logged AS ({RECORDED.format(columns=columns)})"
    statement = f"""
WITH page AS MATERIALIZED ({list_rows(question)} LIMIT %(limit)s + 1
), gathered AS (
    SELECT array_agg(doc) AS docs, array_agg(key) AS keys, array_agg(id) AS ids,
           least(count(*), %(limit)s)::int AS shown, count(*) > %(limit)s AS more
      FROM page
), summed AS MATERIALIZED (
    SELECT array_to_string(docs[:shown], ',') AS body, keys, ids, shown, more FROM gathered
){logged}
SELECT coalesce(body, ''), more, keys[shown], ids[shown]"""
    return f"{statement}, {version_sql(statement.encode())} FROM summed".encode()


@lru_cache(maxsize=1024)
def by_id_statement(name: str, shape: Shape) -> bytes:
    """One row: the object's JSON text, or an empty text when the caller may see no such object;
    how many there are; and the version of the tables.
    """
    return _chosen(CATALOGUE[name], shape, f"{ROW}.id = %(id)s", "1")


@lru_cache(maxsize=1024)
def lookup_statement(name: str, shape: Shape, keys: frozenset[str]) -> bytes:
    """One row: the objects' JSON joined by commas; their number, above the limit: too many; and
    the version of the tables.
    """
    resource = CATALOGUE[name]
    render = Render(shape, CATALOGUE)
    chosen = [_lookup_ids(render, key) for key in resource.lookup if key.name in keys]
    return _chosen(resource, shape, f"{ROW}.id IN ({' UNION '.join(chosen)})", "%(limit)s")


def _lookup_ids(render: Render, key: LookupKey) -> str:
    value = f"%({parameter(key.name)})s"
    return key.ids.format(p=guarded(render, key.kind, value))


def _chosen(resource: Resource, shape: Shape, chosen: str, limit: str) -> bytes:
    render = Render(shape, CATALOGUE)
    about = resource.about.format(a=ROW) if resource.about else "NULL::uuid[]"
    logged = ""
    if resource.personal:
        persons = (
            "(SELECT array_agg(DISTINCT someone) FROM shown, unnest(shown.about) someone "
            "WHERE someone IS NOT NULL)"
        )
        columns = (
            f"count(*), NULL, NULL, {persons} FROM shown HAVING count(*) BETWEEN 1 AND {limit}"
        )
        logged = f", logged AS ({RECORDED.format(columns=columns)})"
    statement = f"""
WITH shown AS MATERIALIZED (
    SELECT {ROW}.id, {document_with_embedded(render, resource)} AS doc, {about} AS about
      FROM {resource.table} {ROW}
     WHERE {chosen} AND {resource.visible(render, ROW)}
     ORDER BY {ROW}.id LIMIT {limit} + 1
){logged}
SELECT coalesce(string_agg(doc, ',' ORDER BY id), ''), count(*)"""
    return f"{statement}, {version_sql(statement.encode())} FROM shown".encode()
