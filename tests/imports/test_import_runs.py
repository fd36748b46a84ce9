"""What a run stores, that a second one changes nothing, and what happens when it is cut off."""

from collections.abc import Callable

import pytest

from app.errors import DatabaseUnavailable
from app.services.import_runs import ImportAlreadyRunning, only_run_of
from tests.imports.conftest import STORED, Importer
from tests.imports.quirky_server import QuirkySource
from tests.imports.school import named, person


def test_a_full_run_stores_every_resource(importer: Importer) -> None:
    report = importer.run()

    assert (report.status, report.message) == ("completed", None)
    assert [name for name, one in report.counts.items() if one.inserted != one.read] == []
    assert all(one.invalid == one.dangling == 0 for one in report.counts.values())
    assert [name for name in STORED if not importer.rows(name)] == ["teacher_exception"]
    unit = importer.row("organisation", named("unit"))
    assert str(unit["parent_id"]) == named("city")
    attendance = importer.row("attendance", named("was there"))
    assert str(attendance["school_unit_id"]) == named("unit")
    assert (
        attendance["event_start"] == importer.row("calendar_event", named("lesson 1"))["start_time"]
    )


def test_a_second_run_changes_nothing(importer: Importer) -> None:
    importer.run()
    before = importer.everything()

    report = importer.run()

    for table in before.values():
        for row in table:
            row.pop("run_id", None)
    after = importer.everything()
    for table in after.values():
        for row in table:
            row.pop("run_id", None)
    assert after == before
    assert report.status == "completed"
    counts = report.counts.values()
    assert sum(one.inserted + one.updated + one.deleted for one in counts) == 0
    assert sum(one.unchanged for one in counts) == sum(one.read for one in counts) > 20


def test_only_what_changed_is_stamped(importer: Importer, source: QuirkySource) -> None:
    importer.run()
    elin = importer.row("person", named("elin"))
    gun = importer.row("person", named("gun"))
    source.data["persons"][0]["familyName"] = "Öberg"
    source.data["persons"][1]["meta"]["modified"] = "2026-11-24T08:00:00+01:00"

    report = importer.run()

    assert report.counts["persons"].updated == 1
    changed = importer.row("person", named("elin"))
    assert changed["family_name"] == "Öberg"
    assert changed["created"] == elin["created"] and changed["modified"] > elin["modified"]
    assert importer.row("person", named("gun"))["modified"] == gun["modified"]


def test_a_run_that_is_cut_off_is_completed_by_the_next(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _cut_off_at(monkeypatch, page=5)
    with pytest.raises(DatabaseUnavailable):
        importer.run()
    monkeypatch.undo()
    assert importer.rows("organisation") and not importer.rows("absence")
    assert [run["status"] for run in importer.rows("import_run")] == ["running"]

    assert importer.run("incremental").status == "completed"

    assert [run["status"] for run in importer.rows("import_run")] == ["failed", "completed"]
    assert importer.rows("absence")


def _cut_off_at(monkeypatch: pytest.MonkeyPatch, *, page: int) -> None:
    """The process loses its database after some pages."""
    module = "app.jobs.import_sources"
    pages = iter(range(1, 1000))
    store: Callable[..., None] = __import__(module, fromlist=["store_rows"]).store_rows

    def store_until(*args: object, **kwargs: object) -> None:
        store(*args, **kwargs)
        if next(pages) == page:
            raise DatabaseUnavailable

    monkeypatch.setattr(f"{module}.store_rows", store_until)


def test_two_runs_of_a_source_never_overlap(importer: Importer) -> None:
    with (
        only_run_of(importer.database, "neighbour"),
        pytest.raises(ImportAlreadyRunning, match="neighbour"),
    ):
        importer.run()

    assert importer.run().status == "completed"


def test_a_source_that_fails_deletes_nothing_and_stays_as_old(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    (before,) = importer.rows("source")
    source.data["persons"] = [person("gun"), person("tor")]
    source.fail_once("groups", 418, {"detail": "teapot"})

    report = importer.run()

    assert report.status == "failed" and "418 teapot" in str(report.message)
    assert len(importer.rows("person")) == 3
    assert importer.rows("source") == [before]


def test_an_object_of_another_source_is_not_taken_over(importer: Importer) -> None:
    importer.run()
    before = importer.row("person", named("elin"))
    other = type(importer.server)("other", importer.source.url, importer.server.authentication)

    report = importer.run(server=other)

    assert report.counts["persons"].invalid == 3
    assert importer.row("person", named("elin")) == before


def test_children_change_with_their_parent(importer: Importer, source: QuirkySource) -> None:
    importer.run()
    source.data["groups"][0]["groupMemberships"] = []

    importer.run()

    assert importer.rows("group_membership") == []


def test_a_lesson_that_moves_takes_its_attendance_along(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    before = importer.row("attendance", named("was there"))
    moved = source.data["calendarEvents"][0]
    moved["startTime"], moved["endTime"] = "2026-10-01T08:00:00Z", "2026-10-01T09:00:00Z"

    importer.run()

    after = importer.row("attendance", named("was there"))
    assert after["event_start"] == importer.row("calendar_event", named("lesson 1"))["start_time"]
    assert after["modified"] == before["modified"]
