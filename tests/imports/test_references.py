"""References to objects that are not known yet: kept apart, attached in whatever order."""

import pytest

from tests.imports.conftest import Importer
from tests.imports.quirky_server import QuirkySource
from tests.imports.school import named, ref, thing

WAITING = [
    ("organisations", "city", "organisation", "unit", "parent_id"),
    ("syllabuses", "MA", "activity", "maths", "syllabus_id"),
    ("persons", "tor", "duty", "duty", "person_id"),
]


@pytest.mark.parametrize(("path", "missing", "table", "waiting", "column"), WAITING)
def test_an_optional_reference_is_attached_when_its_object_arrives(
    importer: Importer, source: QuirkySource, path: str, missing: str, table: str, waiting: str,
    column: str,
) -> None:  # fmt: skip
    held_back = [one for one in source.data[path] if one["id"] == named(missing)]
    source.data[path] = [one for one in source.data[path] if one not in held_back]
    report = importer.run()
    without = importer.row(table, named(waiting))
    assert without[column] is None
    assert sum(one.dangling for one in report.counts.values()) > 0
    source.data[path] += held_back

    report = importer.run()

    attached = importer.row(table, named(waiting))
    assert str(attached[column]) == named(missing)
    assert attached["modified"] > without["modified"]
    assert sum(one.dangling for one in report.counts.values()) == 0
    assert importer.rows("set_aside_row") == []


def test_a_row_waits_for_what_it_requires_and_all_that_hangs_on_it(
    importer: Importer, source: QuirkySource
) -> None:
    activity = source.data["activities"].pop()

    report = importer.run()

    assert report.status == "completed"
    assert importer.rows("calendar_event") == importer.rows("attendance") == []
    assert report.counts["calendarEvents"].dangling == 4
    assert report.counts["attendances"].dangling == 1
    reasons = {row["reason"] for row in importer.rows("set_aside_row")}
    assert reasons == {f"{name}: points at an object that is not known"
                       for name in ("activity", "calendarEvent")}  # fmt: skip

    activity["meta"]["modified"] = "2026-11-24T14:00:00Z"
    source.data["activities"].append(activity)
    source.data["calendarEvents"] = []
    report = importer.run("incremental")

    assert len(importer.rows("calendar_event")) == 4 and len(importer.rows("attendance")) == 1
    assert importer.rows("set_aside_row") == []


def test_either_order_of_arrival_gives_the_same_store(
    importer: Importer, source: QuirkySource
) -> None:
    source.data["organisations"].append(
        thing("late", displayName="Sen", organisationType="Skola", parentOrganisation=ref("later"))
    )
    source.data["organisations"].append(
        thing("later", displayName="Senare", organisationType="Skola")
    )

    importer.run()

    assert str(importer.row("organisation", named("late"))["parent_id"]) == named("later")
    assert importer.rows("set_aside_row") == []


def test_a_child_row_waits_alone(importer: Importer, source: QuirkySource) -> None:
    source.data["groups"][0]["groupMemberships"].append({"person": ref("new")})

    report = importer.run()

    members = [str(row["person_id"]) for row in importer.rows("group_membership")]
    assert members == [named("elin")] and report.counts["groups"].dangling == 1

    source.data["persons"].append(thing("new", givenName="Ny", familyName="Elev"))
    importer.run()

    members = [str(row["person_id"]) for row in importer.rows("group_membership")]
    assert members == [named("elin"), named("new")]
    assert importer.rows("set_aside_row") == []


def test_a_room_that_is_not_known_is_left_out_of_the_lesson(
    importer: Importer, source: QuirkySource
) -> None:
    room = source.data["rooms"].pop()
    importer.run()
    assert importer.row("calendar_event", named("lesson 1"))["room_ids"] is None

    source.data["rooms"].append(room)
    importer.run()

    (attached,) = importer.row("calendar_event", named("lesson 1"))["room_ids"]
    assert str(attached) == named("A1")


@pytest.mark.parametrize("reference", ["organisation", "groupMemberships"])
def test_what_the_source_deleted_does_not_return_with_what_it_waited_for(
    importer: Importer, source: QuirkySource, reference: str
) -> None:
    group = source.data["groups"][0]
    if reference == "organisation":
        group["organisation"] = ref("new unit")
    else:
        group["groupMemberships"] = [{"person": ref("new person")}]
    importer.run()
    source.data["groups"] = []
    source.deleted = {"groups": [named("7B")]}
    importer.run("incremental")
    modified = {"meta": {"created": "2026-11-24", "modified": "2026-11-24T23:00:00Z"}}
    source.data["persons"].append(thing("new person", givenName="Ny", familyName="Elev") | modified)
    source.data["organisations"].append(
        thing("new unit", displayName="Ny", organisationType="Skola") | modified
    )

    importer.run("incremental")

    assert importer.rows("school_group") == []


def test_nothing_waits_for_an_object_that_went_with_another(
    importer: Importer, source: QuirkySource
) -> None:
    source.data["groups"][0]["groupMemberships"] = [{"person": ref("new person")}]
    importer.run()
    assert len(importer.rows("set_aside_row")) == 1
    source.deleted = {"organisations": [named("unit")]}
    for path in source.data:
        source.data[path] = []

    importer.run("incremental")

    assert importer.rows("school_group") == importer.rows("set_aside_row") == []


def test_a_run_with_dangling_rows_twice_changes_nothing(
    importer: Importer, source: QuirkySource
) -> None:
    source.data["persons"].pop()
    first = importer.run()
    before = {name: [row.get("modified") for row in rows]
              for name, rows in importer.everything().items()}  # fmt: skip

    second = importer.run()

    after = {name: [row.get("modified") for row in rows]
             for name, rows in importer.everything().items()}  # fmt: skip
    assert after == before
    waiting = {name: one.dangling for name, one in first.counts.items()}
    assert {name: one.dangling for name, one in second.counts.items()} == waiting


def test_a_reference_to_an_object_of_another_kind_is_tried_once(
    importer: Importer, source: QuirkySource
) -> None:
    source.data["duties"][0]["person"] = ref("unit")

    report = importer.run()

    assert report.status == "completed" and report.counts["duties"].dangling == 1
    (row,) = importer.rows("set_aside_row")
    assert row["reason"] == "person: points at an object of another kind"


def test_references_over_page_bounds_are_attached_and_not_counted_as_changes(
    importer: Importer, source: QuirkySource
) -> None:
    source.page_size = 1

    report = importer.run()

    (responsible,) = importer.rows("responsible")
    assert str(responsible["person_id"]) == named("gun")
    persons = report.counts["persons"]
    assert (persons.inserted, persons.updated, persons.attached) == (3, 0, 1)


def test_an_object_cannot_be_its_own_parent(importer: Importer, source: QuirkySource) -> None:
    source.data["organisations"][1]["parentOrganisation"] = ref("city")

    report = importer.run()

    assert report.counts["organisations"].invalid == 1
