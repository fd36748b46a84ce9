"""How an object of the standard is read into table rows, from a declaration per resource."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

from app.sources.ss12000 import values
from app.sources.ss12000.values import Reader, Unreadable

Columns = dict[str, Any]
Value = TypeVar("Value")
ALWAYS_KNOWN = frozenset({"id", "meta", "_embedded"})


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the standard and the column that holds it.

    `target` is the table a reference points at; `many`: the column holds a list of references.
    `default` stands in for an absent value.
    """

    name: str
    column: str
    read: Reader
    required: bool = False
    target: str | None = None
    default: object = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class Children:
    """A list property whose items are rows of their own table.

    `owner` is the column with the parent's id. `copied` are columns copied from the parent.
    `inner` is a list of references within each item: one row per reference then.
    """

    name: str
    table: str
    owner: str
    properties: tuple[Property, ...]
    copied: Mapping[str, str] = field(default_factory=dict)
    inner: str | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """A column copied from the object that a reference points at."""

    column: str
    reference: str
    source: str


@dataclass(frozen=True)
class Resource:
    """A resource of the standard: where it is read, its table, and how its parts map.

    `moment` is the column that the table is partitioned on.
    `windowed`: the list must be asked for by start time.
    """

    name: str
    table: str
    properties: tuple[Property, ...]
    children: tuple[Children, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    derive: Callable[[Columns], Columns] = dict
    path: str = ""
    other_paths: tuple[str, ...] = ()
    moment: str | None = None
    windowed: bool = False

    @property
    def known(self) -> frozenset[str]:
        """The names of the properties that are read."""
        names = {declared.name for declared in self.properties}
        return ALWAYS_KNOWN | names | {child.name for child in self.children}


@dataclass(frozen=True, slots=True)
class Row:
    """A validated object: its columns, its child rows by table, and a hash of both."""

    resource: Resource
    id: UUID
    columns: Columns
    children: Mapping[str, list[Columns]]
    content_hash: bytes
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rejected:
    """An object that cannot be stored, and why. `payload` holds known properties only."""

    resource: Resource
    id: UUID | None
    reason: str
    payload: dict[str, Any] | None


def read_rows(
    resource: Resource, objects: list[Any], unknown: Counter[str]
) -> Iterator[Row | Rejected]:
    """Read one page's objects. Properties that the standard does not have are counted."""
    for found in objects:
        if not isinstance(found, dict):
            yield Rejected(resource, None, "expected an object", None)
            continue
        unknown.update(name for name in found if name not in resource.known)
        yield read_row(resource, found)


def read_row(resource: Resource, found: dict[str, Any]) -> Row | Rejected:
    """Read one object."""
    payload = _pruned(resource, found)
    identity: UUID | None = None
    try:
        identity = _at("id", values.uuid, found.get("id"))
        columns = _read_properties(resource.properties, found)
        children = {
            child.table: _read_children(child, found.get(child.name)) for child in resource.children
        }
        _refuse_own_parent(resource, identity, columns)
        content = canonical({"columns": columns, "children": children})
        columns = resource.derive(columns)
    except Unreadable as failure:
        return Rejected(resource, identity, str(failure), payload)
    for child in resource.children:
        for row in children[child.table]:
            row[child.owner] = identity
            row.update({column: columns[source] for column, source in child.copied.items()})
    return Row(resource, identity, columns, children, hashlib.sha256(content).digest(), payload)


def _refuse_own_parent(resource: Resource, identity: UUID, columns: Columns) -> None:
    for declared in resource.properties:
        if declared.target == resource.table and columns[declared.column] == identity:
            raise Unreadable("points at the object itself", declared.name)


def canonical(content: object) -> bytes:
    """JSON with one spelling per content."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()


def storable(value: object) -> object:
    """JSON that PostgreSQL can keep: no NUL, no lone surrogates, no infinite numbers."""
    if isinstance(value, dict):
        return {storable(str(name)): storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value


def objects_of(*properties: Property) -> Reader:
    """Reads a list of value objects into JSON with the declared properties only."""

    def read(value: object) -> list[Columns] | None:
        if not isinstance(value, list):
            raise Unreadable("expected a list")
        read_item = object_of(*properties)
        return [read_item(item) for item in value] or None  # type: ignore[misc]

    return read


def object_of(*properties: Property) -> Reader:
    """Reads a value object into JSON with the declared properties only."""

    def read(value: object) -> Columns:
        if not isinstance(value, dict):
            raise Unreadable("expected an object")
        found = _read_properties(properties, value)
        return {name: item for name, item in found.items() if item is not None}

    return read


def _read_properties(properties: tuple[Property, ...], found: Mapping[str, Any]) -> Columns:
    columns = {}
    for declared in properties:
        given = found.get(declared.name)
        if given is None or given == "":
            if declared.required:
                raise Unreadable("missing", declared.name)
            columns[declared.column] = declared.default
        else:
            columns[declared.column] = _at(declared.name, declared.read, given)
    return columns


def _read_children(declared: Children, found: object) -> list[Columns]:
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreadable("expected a list", declared.name)
    rows: list[Columns] = []
    for position, item in enumerate(found):
        # A list of references may come as bare ids.
        given = item if isinstance(item, dict) else {"id": item}
        try:
            if declared.inner is not None:
                rows += _inner_rows(declared, given, position)
            else:
                rows.append(_read_properties(declared.properties, given) | {"position": position})
        except Unreadable as failure:
            raise failure.under(f"{declared.name}[{position}]") from None
    return rows


def _inner_rows(declared: Children, item: dict[str, Any], part: int) -> list[Columns]:
    assert declared.inner is not None
    column = declared.properties[0].column
    targets = _at(declared.inner, values.references, item.get(declared.inner) or [])
    return [
        {column: target, "content_position": part, "position": position}
        for position, target in enumerate(targets)
    ]


def _at(where: str, read: Callable[[object], Value], value: object) -> Value:
    try:
        return read(value)
    except Unreadable as failure:
        raise failure.under(where) from None


def _pruned(resource: Resource, found: dict[str, Any]) -> dict[str, Any]:
    """The object without what the standard does not have: that is never stored."""
    kept = {name: found[name] for name in found if name in resource.known - {"_embedded"}}
    for child in resource.children:
        names = {declared.name for declared in child.properties} | {"type", "points", child.inner}
        if isinstance(kept.get(child.name), list):
            kept[child.name] = [
                {name: item[name] for name in item if name in names}
                if isinstance(item, dict) else item
                for item in kept[child.name]
            ]  # fmt: skip
    return cast(dict[str, Any], storable(kept))
