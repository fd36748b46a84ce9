"""Rows as PostgreSQL's COPY reads them: one line of tab-separated text each."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

STANDARD = ("id", "created", "modified")


@dataclass(frozen=True)
class Rows:
    """Lines for one table. Batches are to be written in the order they are made: later lines may
    only be known when earlier ones have been read. `finished` learners are done after them."""

    table: str
    columns: tuple[str, ...]
    lines: Iterable[str]
    finished: int = 0


def field(value: object) -> str:
    """One value in COPY's text format; mappings, and lists of them, become JSON."""
    if value is None:
        return "\\N"
    # Most are text.
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list) and not (value and isinstance(value[0], dict)):
        value = "{" + ",".join(f'"{item}"' for item in value) + "}"
    elif isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _escaped(str(value))


def _escaped(text: str) -> str:
    if "\\" in text or "\n" in text or "\t" in text:
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return text


def line(*values: object) -> str:
    """One row."""
    return "\t".join(map(field, values)) + "\n"
