"""What the shapes say of their properties: which name other records, which are withheld."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from app.schemas.catalogue.base import Refers, Withheld

M = TypeVar("M", bound=Refers | Withheld)
# In a path: every element of a list.
EACH = "[]"
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a document names another record: the path as a fault tells it, the kind, the id."""

    path: str
    section: str
    id: str


@cache
def reference_paths(model: type[BaseModel]) -> tuple[tuple[Path, str], ...]:
    """Where a shape names other records, and of which section."""
    return tuple((path, mark.section) for path, mark in _marked(model, Refers))


@cache
def withheld_paths(model: type[BaseModel]) -> tuple[tuple[Path, str], ...]:
    """Which properties need a scope, and which. None of them is inside a list."""
    return tuple((path, mark.scope) for path, mark in _marked(model, Withheld))


def references_in(model: type[BaseModel], document: dict[str, Any]) -> Iterator[Reference]:
    """Every record that a document names."""
    for path, section in reference_paths(model):
        for where, identifier in _values(document, path):
            yield Reference(where, section, identifier)


def naming(path: Path, identifier: str) -> Any:  # noqa: ANN401 - a part of a JSON document
    """The smallest document that holds this id at this path, for PostgreSQL's `@>`."""
    if not path:
        return identifier
    inner = naming(path[1:], identifier)
    return [inner] if path[0] == EACH else {path[0]: inner}


def _values(part: Any, path: Path, where: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if part is None:
        return
    if not path:
        yield where, part
    elif path[0] == EACH:
        for position, one in enumerate(part):
            yield from _values(one, path[1:], f"{where}[{position}]")
    else:
        name = f"{where}.{path[0]}" if where else path[0]
        yield from _values(part.get(path[0]), path[1:], name)


def _marked(model: type[BaseModel], mark: type[M]) -> list[tuple[Path, M]]:
    hints = get_type_hints(model, include_extras=True)
    return [
        found
        for name, field in model.model_fields.items()
        for found in _inside(hints[name], (field.alias or name,), mark)
    ]


def _inside(hint: Any, path: Path, mark: type[M]) -> list[tuple[Path, M]]:  # noqa: ANN401
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        notes = [(path, one) for one in arguments[1:] if isinstance(one, mark)]
        return notes + _inside(arguments[0], path, mark)
    if origin in (Union, UnionType):
        return [found for option in arguments for found in _inside(option, path, mark)]
    if origin is list:
        return _inside(arguments[0], (*path, EACH), mark)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        inside: list[tuple[Path, M]] = _marked(hint, mark)
        return [((*path, *one[0]), one[1]) for one in inside]
    return []
