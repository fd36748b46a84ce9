"""What servers in the field really send, each habit for itself."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from app.sources.ss12000.credentials import StaticBearer
from tests.imports.conftest import Importer
from tests.imports.quirky_server import QuirkySource
from tests.imports.school import named, person


def test_a_token_that_expires_in_the_middle_is_replaced(
    importer: Importer, source: QuirkySource
) -> None:
    source.requests_per_token = 3

    assert importer.run().status == "completed"

    assert source.tokens > 5
    assert len(importer.rows("person")) == 3


def test_the_secret_may_go_in_the_body(importer: Importer, source: QuirkySource) -> None:
    source.secret_style = "post"

    refused = importer.run()
    accepted = importer.run(server=importer.with_secret_by_post())

    assert refused.status == "failed" and "token endpoint answered 401" in str(refused.message)
    assert accepted.status == "completed"


def test_a_static_token_that_is_refused_ends_the_run(importer: Importer) -> None:
    server = replace(importer.server, authentication=StaticBearer("wrong"))

    report = importer.run(server=server)

    assert report.status == "failed" and "does not accept the token" in str(report.message)


def test_a_resource_that_is_not_offered_is_no_error(
    importer: Importer, source: QuirkySource
) -> None:
    del source.data["absences"], source.data["attendanceSchedule"]

    report = importer.run()

    assert report.status == "completed"
    assert report.counts["absences"].answer == "not offered (404)"
    assert report.counts["attendanceSchedules"].answer == "not offered (404)"


def test_both_spellings_of_schedules_are_tried(importer: Importer, source: QuirkySource) -> None:
    source.data["attendanceSchedules"] = source.data.pop("attendanceSchedule")

    assert importer.run().counts["attendanceSchedules"].inserted == 1


def test_a_wrong_address_is_not_an_empty_school(importer: Importer, source: QuirkySource) -> None:
    importer.run()
    source.data.clear()

    report = importer.run()

    assert report.status == "failed" and "Check the base URL" in str(report.message)
    assert len(importer.rows("person")) == 3


def test_grades_and_study_plans_are_never_asked_for(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    importer.run("incremental")

    asked = {path for path, _ in source.requests}
    assert {"persons", "deletedEntities"} <= asked
    assert not asked & {"grades", "studyplans", "studyPlans", "aggregatedAttendance"}


def test_lessons_are_asked_for_in_windows_of_at_most_thirty_days(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()

    windows = sorted({(one["startTime.onOrAfter"], one["startTime.onOrBefore"])
                      for one in source.asked("calendarEvents")})  # fmt: skip
    assert windows[0][0] == "2026-06-30T22:00:00Z" and windows[-1][1] == "2027-06-30T22:00:00Z"
    assert len(windows) == 13
    assert all(end == start for (_, end), (start, _) in pairwise(windows))


def test_a_window_that_is_refused_for_being_empty_deletes_nothing(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    source.data["calendarEvents"] = source.data["calendarEvents"][:1]
    source.fail_once("calendarEvents", 400, {"code": 400, "message": "nothing found"})

    assert importer.run().status == "completed"

    assert len(importer.rows("calendar_event")) == 4


def test_missing_and_null_optional_properties_are_the_same(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    before = importer.row("person", named("gun"))
    source.data["persons"][1] |= {
        "middleName": None, "civicNo": None, "enrolments": None, "emails": [], "photo": "",
    }  # fmt: skip

    assert importer.run().counts["persons"].updated == 0
    assert importer.row("person", named("gun"))["modified"] == before["modified"]
    assert before["security_marking"] == "Ingen"


def test_unknown_properties_are_ignored_and_counted(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    for one in source.data["persons"]:
        one["shoeSize"] = 38
    source.data["persons"][0]["_embedded"] = {"duties": []}
    source.data["persons"][0]["responsibles"][0]["displayName"] = "Gun"

    report = importer.run()

    assert report.unknown_properties == {"persons": {"shoeSize": 3}}
    assert report.counts["persons"].unchanged == 3


def test_what_is_not_of_the_standard_is_not_even_set_aside(
    importer: Importer, source: QuirkySource
) -> None:
    source.data["persons"].append(person("odd", specialDiet="gluten") | {"familyName": None})

    importer.run()

    (row,) = importer.rows("set_aside_row")
    assert "specialDiet" not in row["payload"] and row["payload"]["givenName"] == "Odd"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ({"birthDate": "2012-01-01T00:00:00+01:00"}, "2012-01-01"),
        ({"birthDate": "2012-01-01"}, "2012-01-01"),
    ],
)
def test_dates_may_come_with_a_time(
    importer: Importer, source: QuirkySource, value: dict[str, str], stored: str
) -> None:
    source.data["persons"][1] |= value

    importer.run()

    assert str(importer.row("person", named("gun"))["birth_date"]) == stored


def test_a_time_without_offset_is_stockholms(importer: Importer, source: QuirkySource) -> None:
    source.data["absences"][0]["startTime"] = "2026-12-01T08:00:00"

    importer.run()

    start = importer.row("absence", named("ill"))["start_time"]
    assert start.isoformat() == "2026-12-01T08:00:00+01:00"


def test_bad_rows_are_set_aside_with_the_reason_and_counted(
    importer: Importer, source: QuirkySource
) -> None:
    bad: list[tuple[Any, str]] = [
        ("not an object", "expected an object"),
        (person("a") | {"id": "seven"}, "id: expected a UUID"),
        (person("b") | {"givenName": None}, "givenName: missing"),
        (person("c", birthDate="tomorrow"), "birthDate: expected a date, YYYY-MM-DD"),
        (person("d", sex="Yes"), "sex: not a value of Sex"),
        (person("e", middleName="\x00"), "middleName: holds a character that is not text"),
        (person("f", enrolments=[{"enroledAt": {}}]), "enrolments[0].enroledAt.id"),
        (person("g", emails=[{"value": "x"}]), "emails.type: missing"),
        (person("h", responsibles={}), "responsibles: expected a list"),
        (person("i", enrolments=[{"enroledAt": {"id": named("unit")}, "schoolType": "GR",
                                  "startDate": "2026-08-17", "schoolYear": 10**30}]),
         "enrolments[0].schoolYear: the number is too large"),
    ]  # fmt: skip
    source.data["persons"] += [one for one, _ in bad]

    report = importer.run()

    reasons = [row["reason"] for row in importer.rows("set_aside_row")]
    assert report.status == "completed"
    assert report.counts["persons"].invalid == len(bad) and len(importer.rows("person")) == 3
    assert [(got, said) for got, (_, said) in zip(reasons, bad, strict=True)
            if not got.startswith(said.removesuffix(".id"))] == []  # fmt: skip


def test_bad_rows_do_not_pile_up(importer: Importer, source: QuirkySource) -> None:
    source.data["persons"] += ["nonsense", person("b") | {"givenName": None}]

    importer.run()
    importer.run()

    assert len(importer.rows("set_aside_row")) == 2


def test_a_bad_version_leaves_the_good_one_as_it_is(
    importer: Importer, source: QuirkySource
) -> None:
    importer.run()
    before = importer.row("person", named("gun"))
    source.data["persons"][1]["familyName"] = ["not", "text"]

    report = importer.run()

    after = importer.row("person", named("gun"))
    assert report.counts["persons"].invalid == 1 and report.counts["persons"].deleted == 0
    assert after | {"run_id": 0} == before | {"run_id": 0}
