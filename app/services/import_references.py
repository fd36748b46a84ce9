"""Which of a row's references can be stored now, and what is copied from where they point."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlmodel import Session

from app.services.import_set_aside import Dangling
from app.services.import_tables import among, known_ids, table_of
from app.sources.ss12000.resources import IN_ORDER
from app.sources.ss12000.rows import Columns, Property, Resource, Row

Known = Mapping[str, set[UUID]]


def split_storable(
    session: Session, resource: Resource, rows: list[Row]
) -> tuple[list[Row], list[Dangling]]:
    """The rows whose required references are known, and all that dangles.

    Of storable rows an optional reference that dangles is emptied and a child row is left out;
    both are reported, so that the row is stored anew when the missing object arrives.
    """
    known = _known_targets(session, resource, rows)
    storable, dangling = [], []
    for row in rows:
        missing = [
            Dangling(row, row.columns[declared.column], declared.name)
            for declared in resource.properties
            if declared.required and declared.target is not None
            and row.columns[declared.column] not in known[declared.target]
        ]  # fmt: skip
        dangling += missing
        if not missing:
            storable.append(row)
    # Rows of one page may point at each other.
    known[resource.table] |= {row.id for row in storable}
    for row in storable:
        dangling += _empty_optional(resource, row, known)
        dangling += _drop_children(resource, row, known)
    return storable, dangling


def copy_columns(session: Session, resource: Resource, rows: list[Row]) -> None:
    """Fill the columns that are copied from the objects pointed at."""
    for declared in resource.properties:
        lookups = [one for one in resource.lookups if one.reference == declared.column]
        if not lookups or declared.target is None:
            continue
        table = table_of(declared.target)
        ids = {row.columns[declared.column] for row in rows}
        sources = [table.c[lookup.source] for lookup in lookups]
        statement = select(table.c.id, *sources).where(among(table.c.id, ids))
        found = {identity: values for identity, *values in session.execute(statement)}
        for row in rows:
            values = found[row.columns[declared.column]]
            row.columns.update(
                {lookup.column: value for lookup, value in zip(lookups, values, strict=True)}
            )


def follow_copies(session: Session, table_name: str, ids: Iterable[UUID]) -> None:
    """Renew, in what points at changed objects, the columns copied from them.

    Copies are not on the wire, so this moves no `modified`.
    """
    changed = list(ids)
    for dependent in IN_ORDER if changed else ():
        targets = {one.column: one.target for one in dependent.properties if one.target}
        lookups = [one for one in dependent.lookups if targets[one.reference] == table_name]
        if not lookups:
            continue
        table, source = table_of(dependent.table), table_of(table_name)
        stale = or_(
            *(table.c[one.column].is_distinct_from(source.c[one.source]) for one in lookups)
        )
        statement = (
            update(table)
            .where(and_(table.c[lookups[0].reference] == source.c.id,
                        among(source.c.id, changed), stale))
            .values({one.column: source.c[one.source] for one in lookups})
            .returning(table.c.id)
        )  # fmt: skip
        follow_copies(session, dependent.table, session.execute(statement).scalars().all())


def _known_targets(session: Session, resource: Resource, rows: list[Row]) -> dict[str, set[UUID]]:
    wanted: dict[str, set[UUID]] = defaultdict(set)
    wanted[resource.table] = set()
    for row in rows:
        for declared in resource.properties:
            if declared.target is not None:
                wanted[declared.target].update(_pointed_at(declared, row.columns))
        for child in resource.children:
            for declared in child.properties:
                if declared.target is not None:
                    for columns in row.children[child.table]:
                        wanted[declared.target].update(_pointed_at(declared, columns))
    return {name: known_ids(session, name, ids) for name, ids in wanted.items()}


def _pointed_at(declared: Property, columns: Columns) -> list[UUID]:
    value = columns[declared.column]
    if value is None:
        return []
    return list(value) if declared.many else [value]


def _empty_optional(resource: Resource, row: Row, known: Known) -> list[Dangling]:
    dangling = []
    for declared in resource.properties:
        if declared.target is None or declared.required:
            continue
        targets = _pointed_at(declared, row.columns)
        present = [target for target in targets if target in known[declared.target]]
        dangling += [Dangling(row, one, declared.name) for one in targets if one not in present]
        if declared.many:
            row.columns[declared.column] = present or None
        elif not present:
            row.columns[declared.column] = None
    return dangling


def _drop_children(resource: Resource, row: Row, known: Known) -> list[Dangling]:
    dangling = []
    for child in resource.children:
        kept = []
        for columns in row.children[child.table]:
            missing = [
                declared
                for declared in child.properties
                if declared.target is not None and columns[declared.column] is not None
                and columns[declared.column] not in known[declared.target]
            ]  # fmt: skip
            dangling += [
                Dangling(row, columns[declared.column], f"{child.name}.{declared.name}")
                for declared in missing
            ]
            if not any(declared.required for declared in missing):
                kept.append(columns | {declared.column: None for declared in missing})
        row.children[child.table][:] = kept
    return dangling
