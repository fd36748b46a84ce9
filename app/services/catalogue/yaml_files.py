"""Reads and writes the catalogue as YAML, for people who keep it in files."""

from collections.abc import Iterable
from typing import Any

import yaml

from app.errors import BadBody
from app.queries.catalogue.versions import Version
from app.schemas.catalogue.kinds import BY_SECTION, KINDS
from app.schemas.catalogue.telling import redacted
from app.schemas.drafts import DEEPEST
from app.services.catalogue.importing import SCHEMA_VERSION

# The C library's, where the wheel has it: ten times as fast.
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Reader(LOADER):  # type: ignore[misc, valid-type] # one of two
    """Plain data only, and no key that stands twice: it would hide what it said first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping, each key once."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value} stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def read_yaml(body: bytes) -> dict[str, Any]:
    """The mapping that a file is. Raises BadBody, which says in which line it cannot be read."""
    try:
        text = body.decode("utf-8-sig")
        _refuse_aliases(text)
        parsed = yaml.load(text, _Reader)  # noqa: S506 - a safe loader
    except UnicodeDecodeError as failure:
        raise BadBody("The file must be UTF-8.") from failure
    except yaml.MarkedYAMLError as failure:
        mark = failure.problem_mark
        where = "" if mark is None else f" in line {mark.line + 1}, column {mark.column + 1}"
        message = f"The file is no YAML that is taken here{where}: {failure.problem}."
        raise BadBody(message) from failure
    except (yaml.YAMLError, ValueError, RecursionError) as failure:
        raise BadBody("The file is no YAML that is taken here.") from failure
    if not isinstance(parsed, dict) or not all(isinstance(key, str) for key in parsed):
        raise BadBody("The file must be a mapping of sections.")
    return parsed


def _refuse_aliases(text: str) -> None:
    """An alias can make a small file endless. And what is nested too deep ends no parser."""
    depth = 0
    for event in yaml.parse(text, LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="an alias is not taken here",
                problem_mark=event.start_mark,  # type: ignore[arg-type]
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(
                problem="it is nested too deep",
                problem_mark=event.start_mark,  # type: ignore[arg-type]
            )


def write_yaml(records: Iterable[Version], scopes: frozenset[str]) -> str:
    """A file that can be imported again: what is unknown is left out, `version` is there."""
    sections: dict[str, list[dict[str, Any]]] = {kind.section: [] for kind in KINDS}
    for one in records:
        told = redacted(BY_SECTION[one.section], one.document, scopes)
        if not told["redactedFields"]:
            del told["redactedFields"]
        told.pop("needsReview", None)
        known = {name: value for name, value in told.items() if value is not None}
        sections[one.section].append(known | {"version": one.version})
    found: dict[str, Any] = {"meta": {"schemaVersion": SCHEMA_VERSION, "language": "sv"}}
    found |= {name: rows for name, rows in sections.items() if rows}
    text: str = yaml.dump(found, Dumper=DUMPER, allow_unicode=True, sort_keys=False, width=100)
    return text
