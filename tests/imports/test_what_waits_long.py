"""Rows that an import has set aside do not wait for ever where the city has a rule."""

from datetime import timedelta

import pytest

from app.jobs.retention import apply, planned
from app.services import retention as service
from tests.imports.conftest import Importer
from tests.imports.quirky_server import QuirkySource
from tests.imports.school import named, ref, thing
from tests.retention.conftest import settings

DAYS = {"keep_set_aside_days": 30}
LONG = timedelta(days=32)


def removed(importer: Importer) -> list[tuple[str | None, int]]:
    """What retention removes now."""
    outcomes = apply(importer.database, settings(**DAYS), now=importer.now, actor="test")
    return [(one.removal.table if one.removal else None, one.rows) for one in outcomes]


def with_members_to_come(source: QuirkySource, *names: str) -> None:
    """The school's group has members whom nobody knows yet."""
    memberships = source.data["groups"][0]["groupMemberships"]
    memberships += [{"person": ref(name)} for name in names]


def test_a_row_goes_when_no_run_has_met_it_for_so_long(
    importer: Importer, source: QuirkySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In batches, and not while a full import still meets it. A dry run removes nothing."""
    monkeypatch.setattr(service, "BATCH", 2)
    with_members_to_come(source, "one", "two", "three")
    importer.run()
    importer.now += LONG
    importer.run()
    assert removed(importer) == []
    importer.now += LONG
    # Equal content is passed over by an incremental import, which so meets no row.
    importer.run("incremental")
    plan = planned(importer.database, settings(**DAYS), now=importer.now)
    shown = [(one.table, one.rows) for _, found in plan for one in found]
    assert shown == [("set_aside_row", 3)] and len(importer.rows("set_aside_row")) == 3
    assert removed(importer) == [("set_aside_row", 3)]
    assert importer.rows("set_aside_row") == []
    assert removed(importer) == []


def test_what_dangled_is_found_again_when_its_source_sends_it_again(
    importer: Importer, source: QuirkySource
) -> None:
    """An object that is stored without its part is not taken for whole since its row went."""
    with_members_to_come(source, "new")
    importer.run()
    importer.now += LONG
    assert removed(importer) == [("set_aside_row", 1)]
    hashes = {str(row["id"]): row["content_hash"] for row in importer.rows("person")}
    assert hashes and all(hashes.values())
    importer.run()
    assert [row["missing_id"] is not None for row in importer.rows("set_aside_row")] == [True]
    source.data["persons"].append(thing("new", givenName="Ny", familyName="Elev"))
    importer.run()
    members = [str(row["person_id"]) for row in importer.rows("group_membership")]
    assert members == [named("elin"), named("new")]


def test_a_rejected_row_goes_and_the_stored_version_is_left_alone(
    importer: Importer, source: QuirkySource
) -> None:
    """Nothing is missing of an object whose newer version was no good."""
    importer.run()
    source.data["persons"][0]["givenName"] = None
    importer.run()
    stored = importer.row("person", source.data["persons"][0]["id"])
    importer.now += LONG
    assert removed(importer) == [("set_aside_row", 1)]
    assert importer.row("person", source.data["persons"][0]["id"]) == stored
