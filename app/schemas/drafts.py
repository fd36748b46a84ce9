"""Reads a body into its shape so that every fault is found, not only the first.

What is sound can be judged further although other properties are not: see `Draft.has`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError, create_model
from pydantic_core import ErrorDetails

from app.errors import BadBody, Fault, shown
from app.schemas.written import WrittenModel

M = TypeVar("M", bound=WrittenModel)
MOST_FAULTS = 100
# No body that is taken here is nested deeper than four.
DEEPEST = 20
PYDANTICS_SUBJECT = re.compile(r"^(Input|List|String) should")
Location = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Draft(Generic[M]):
    """A body as far as it could be read. Of an unusable property `body` holds None or nothing."""

    body: M
    faults: tuple[Fault, ...] = ()
    unusable: frozenset[str] = frozenset()

    def has(self, *names: str) -> bool:
        """Whether these properties are as they should be: sent and sound, or rightly left out."""
        return not self.unusable.intersection(names)


def read_draft(model: type[M], given: Mapping[str, Any]) -> Draft[M]:
    """The body of a parsed JSON object, with its faults of shape.

    Raises BadBody for what cannot even be looked at.
    """
    kept: dict[str, Any] = {n: value for n, value in given.items() if n not in model.ignored}
    check_depth(kept)
    nulls = list(_nulls(kept))
    faults = [
        Fault(path_of(where), "null is not allowed; leave the property out") for where in nulls
    ]
    if nulls:
        kept = _without_nulls(kept)
    faulty = {str(where[0]) for where in nulls}
    try:
        body = model.from_wire(_json(kept))
    except ValidationError as invalid:
        found = invalid.errors(include_url=False)
        faulty |= {str(error["loc"][0]) for error in found}
        faults += [
            Fault(path_of(error["loc"]), words_of(error, model))
            for error in found
            if error["loc"] not in nulls
        ]
        sound = {name: value for name, value in kept.items() if name not in faulty}
        body = _lenient(model).from_wire(_json(sound))
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    unusable = frozenset(names[name] for name in faulty if name in names)
    return Draft(body, tuple(faults[:MOST_FAULTS]), unusable)


@cache
def _lenient(model: type[M]) -> type[M]:
    """The same shape with nothing required."""
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        optional = copy(field)
        optional.default = None
        fields[name] = (field.annotation, optional)
    return create_model(f"Lenient{model.__name__}", __base__=model, **fields)


def _json(value: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as failure:
        raise BadBody("The body holds half a surrogate pair, which is no character.") from failure


def check_depth(body: object) -> None:
    """Raise BadBody for what is nested too deep to be looked at."""
    level = [body]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    if level:
        raise BadBody("The body is nested deeper than anything that is taken here.")


def _nulls(value: object, where: Location = ()) -> Iterator[Location]:
    if value is None:
        yield where
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _nulls(inner, (*where, name))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _nulls(inner, (*where, position))


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Members that are null left out; a null in an array stays, and is refused as what it is."""
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value


def path_of(where: Location) -> str:
    """A place in a body as faults tell it: `channels[2].url`."""
    path = ""
    for part in where:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{shown(part)}" if path else shown(part)
    return path


def words_of(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong, so that it can be read after the path."""
    if error["type"] == "missing":
        return "is required"
    if error["type"] == "extra_forbidden":
        if len(error["loc"]) > 1:
            return "is not a property of this object"
        known = ", ".join(field.alias or name for name, field in model.model_fields.items())
        return f"is not a property here; known are {known}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return PYDANTICS_SUBJECT.sub("must", error["msg"])
