"""What vanished at the source vanishes here, with tombstones, unless it is too much."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.models.consumers import Application, ConsumerOrganisation, Grant
from app.queries.access import Scope
from app.sources.ss12000.resources import IN_ORDER
from tests.imports.conftest import NOON, Importer
from tests.imports.quirky_server import QuirkySource
from tests.imports.school import named, person


def buried(importer: Importer) -> set[tuple[str, str]]:
    """Resource and id of every tombstone."""
    return {(row["resource"], str(row["object_id"])) for row in importer.rows("tombstone")}


def test_what_vanished_is_deleted_with_a_tombstone(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    source.data["absences"] = []
    source.data["attendances"] = []

    report = importer.run()

    assert report.counts["absences"].deleted == 1
    assert importer.rows("absence") == importer.rows("attendance") == []
    assert buried(importer) == {
        ("absences", named("ill")), ("attendances", named("was there")),
    }  # fmt: skip


def watcher(importer: Importer) -> None:
    """A consumer whose grant holds one unit of the school."""
    now, today = importer.now, importer.now.date()
    owner = ConsumerOrganisation(id=uuid4(), name="Watcher AB", created=now)
    application = Application(
        id=uuid4(), client_id="watcher", consumer_organisation_id=owner.id, name="Watcher",
        token_endpoint_auth_methods=["private_key_jwt"], created=now,
    )  # fmt: skip
    grant = Grant(
        id=uuid4(), application_id=application.id, agreement_reference="T-1", purpose="test",
        scopes=list(Scope), organisation_ids=[UUID(named("unit"))], school_types=[],
        field_groups=[], created=now, valid_from=today - timedelta(days=1),
        valid_to=today + timedelta(days=9),
    )  # fmt: skip
    with importer.database.transaction() as session:
        for row in (owner, application, grant):
            session.add(row)
            session.flush()


def test_a_tombstone_names_who_could_see_what_is_gone(
    importer: Importer, source: QuirkySource
) -> None:
    """Also a teacher, whose duty no longer points at him by the time that he is deleted."""
    importer.run()
    watcher(importer)
    source.data["persons"] = [one for one in source.data["persons"] if one["id"] != named("tor")]
    source.data["absences"] = []

    importer.run()

    seen = {row["resource"]: row["seen_by"] for row in importer.rows("tombstone")}
    assert seen == {"persons": ["watcher"], "absences": ["watcher"]}


def test_what_requires_the_deleted_goes_too_and_the_rest_is_stamped(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    before = importer.everything()
    source.data["persons"] = [one for one in source.data["persons"] if one["id"] != named("tor")]
    source.data["rooms"] = []

    importer.run()

    (duty,) = importer.rows("duty")
    assert duty["person_id"] is None and duty["modified"] > before["duty"][0]["modified"]
    attendance = importer.row("attendance", named("was there"))
    assert attendance["reporter_id"] is None
    event = importer.row("calendar_event", named("lesson 1"))
    assert event["room_ids"] is None
    assert buried(importer) == {("persons", named("tor")), ("rooms", named("A1"))}

    source.data["persons"] = []
    importer.run()

    assert {name for name, _ in buried(importer)} == {
        "persons", "rooms", "placements", "attendances", "attendanceEvents", "absences",
        "attendanceSchedules",
    }  # fmt: skip
    assert importer.rows("group_membership") == importer.rows("student_exception") == []


def test_what_returns_has_no_tombstone(importer: Importer, source: QuirkySource) -> None:
    importer.run()
    absences, source.data["absences"] = source.data["absences"], []
    importer.run()
    source.data["absences"] = absences

    importer.run()

    assert buried(importer) == set() and len(importer.rows("absence")) == 1


def test_a_source_that_shrinks_too_much_is_refused(
    importer: Importer, source: QuirkySource
) -> None:
    extra = [person(f"pupil {number}") for number in range(40)]
    source.data["persons"] += extra
    source.page_size = 50
    importer.run()
    (before,) = importer.rows("source")
    source.data["persons"] = source.data["persons"][:-20]
    source.data["absences"] = []

    report = importer.run()

    assert report.status == "refused" and "persons 20 of 43" in str(report.message)
    assert len(importer.rows("person")) == 43 and len(importer.rows("absence")) == 1
    assert importer.rows("tombstone") == [] and importer.rows("source") == [before]

    assert importer.run(max_vanish_share=0.5).status == "completed"
    source.data["persons"] = []
    assert importer.run().status == "refused"

    assert importer.run(force=True).status == "completed"
    assert importer.rows("person") == []


def test_lessons_outside_the_time_asked_for_stay(importer: Importer, source: QuirkySource) -> None:
    importer.run()
    source.data["calendarEvents"] = []

    importer.run(first_day=NOON.date() - timedelta(days=100), last_day=NOON.date())

    assert [str(row["id"]) for row in importer.rows("calendar_event")] == [named("spring")]


@pytest.mark.parametrize("spelling", ["activitites", "activities"])
def test_an_incremental_run_takes_changes_and_deletions(
    importer: Importer, source: QuirkySource, spelling: str
) -> None:
    importer.run()
    source.requests.clear()
    gun = source.data["persons"][1]
    gun["familyName"], gun["meta"]["modified"] = "Öst", "2026-11-24T12:55:00Z"
    source.data["persons"] = [gun]
    source.deleted = {spelling: [named("maths")], "grades": [named("x")], "absences": ["bad"],
                      "persons": [named("gun")]}  # fmt: skip

    report = importer.run("incremental")

    since = "2026-11-24T12:50:00Z"
    assert report.mode == "incremental" and report.status == "completed"
    assert importer.row("person", named("gun"))["family_name"] == "Öst"
    # Gun was reported as deleted and yet sent: the next run will know.
    assert len(importer.rows("person")) == 3
    assert report.counts["activities"].deleted == 1
    assert report.counts["calendarEvents"].deleted == 4
    assert {one["meta.modified.after"] for _, one in source.requests if "after" not in one} == {
        since
    }
    assert source.asked("deletedEntities") == [{"after": since}]


def test_a_server_without_deletions_is_no_error(importer: Importer) -> None:
    importer.run()

    assert importer.run("incremental").status == "completed"


def test_the_first_incremental_run_is_full(importer: Importer) -> None:
    assert importer.run("incremental").mode == "full"


def test_an_object_of_another_source_is_not_deleted_by_report(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    other = type(importer.server)("other", importer.source.url, importer.server.authentication)
    importer.run(server=other)
    source.deleted = {"persons": [named("elin")]}

    importer.run("incremental", server=other)

    assert len(importer.rows("person")) == 3


def test_every_resource_can_lose_all_its_objects(importer: Importer, source: QuirkySource) -> None:
    importer.run()
    for path in source.data:
        source.data[path] = []

    assert importer.run().status == "completed"

    assert [one.name for one in IN_ORDER if importer.rows(one.table)] == []
