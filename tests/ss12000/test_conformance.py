"""The conformance page is what the declarations say, and names tests that exist."""

import re

from tests.ss12000.conformance import DOCUMENT, document
from tests.ss12000.test_meanings import EXPANDED, FILTERED, LOOKED_UP, ORDERED

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)(?:\[([^]]+)\])?`")
IN_THE_TABLES = {f"{name}-{what}" for name, what in (*EXPANDED, *FILTERED, *LOOKED_UP, *ORDERED)}


def test_the_page_is_up_to_date() -> None:
    """Renew it with `python -m tests.ss12000.conformance`."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_the_page_names_tests_that_exist() -> None:
    """A renamed test would leave a promise without proof."""
    root = DOCUMENT.parents[1]
    found = set(NAMED.findall(document()))
    assert found
    for path, name, _ in found:
        assert f"def {name}(" in (root / path).read_text(encoding="utf-8"), f"{path}::{name}"
    rows = {row for _, _, row in found if row}
    assert rows
    assert rows <= IN_THE_TABLES
