"""A document that names a test as its proof names one that is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(?:tests/)?([\w/]+\.py)::(\w+)`")


def named_in(document: str) -> set[tuple[str, str]]:
    """File below tests/ and name of each test that a document speaks of."""
    return set(NAMED.findall(document))


def is_there(file: str, name: str) -> bool:
    """Whether a file has a test of that name."""
    path = ROOT / "tests" / file
    tree = ast.parse(path.read_text("utf-8")) if path.exists() else ast.Module([], [])
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def test_every_test_that_the_oauth_conformance_names_exists() -> None:
    named = named_in((ROOT / "docs" / "oauth-conformance.md").read_text("utf-8"))
    assert len(named) > 25
    assert [one for one in sorted(named) if not is_there(*one)] == []


def test_a_test_that_is_not_there_would_be_found() -> None:
    assert named_in("| x | `auth/a.py::test_b` |") == {("auth/a.py", "test_b")}
    assert not is_there("auth/test_metadata.py", "test_that_nobody_wrote")
    assert not is_there("auth/test_nothing.py", "test_x")
