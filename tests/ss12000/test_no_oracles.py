"""Nothing that can be asked tells that there is a person under protected identity."""

import pytest

from app.queries.resource import Kind
from app.queries.ss12000 import CATALOGUE, OFFERED
from tests.make import PROTECTED, named
from tests.ss12000.conftest import Town
from tests.ss12000.test_who_sees_whom import ROWS, WINDOW


@pytest.mark.parametrize("name", sorted(PROTECTED))
def test_a_protected_person_answers_as_one_that_never_was(the_town: Town, name: str) -> None:
    """Status, body and headers of the 404 are those of a random id."""
    caller = the_town.caller()
    hidden = caller.get(f"/persons/{named(name)}")
    absent = caller.get(f"/persons/{named('never was')}")
    assert (hidden.status_code, hidden.json()) == (absent.status_code, absent.json())
    assert hidden.status_code == 404
    assert set(hidden.headers) == set(absent.headers)


# Filters by a person or duty: one under protected identity, and one who is not.
PUPIL, TEACHER = ("hidden-pupil", "anna"), ("hidden-teacher", "north-teacher")
DUTY = ("hidden-teacher-duty", "north-teacher-duty")
PERSON_FILTERS = [
    ("activities", "member", PUPIL),
    ("activities", "teacher", DUTY),
    ("calendarEvents", "student", PUPIL),
    ("calendarEvents", "teacher", DUTY),
    ("attendances", "student", PUPIL),
    ("attendanceEvents", "person", PUPIL),
    ("absences", "student", PUPIL),
    ("aggregatedAttendance", "student", PUPIL),
    ("placements", "child", PUPIL),
    ("duties", "person", TEACHER),
]


@pytest.mark.parametrize(("path", "parameter", "names"), PERSON_FILTERS)
def test_asking_about_a_protected_person_answers_nothing(
    the_town: Town, path: str, parameter: str, names: tuple[str, str]
) -> None:
    """A filter is no oracle: the same filter finds rows for one who is not protected."""
    window, (hidden, shown) = WINDOW.get(path, {}), names
    for sees_protected, expected in ((False, [False, True]), (True, [True, True])):
        caller = the_town.caller(sees_protected=sees_protected)
        found = [caller.get(f"/{path}", **window, **{parameter: str(named(name))})
                 for name in (hidden, shown)]  # fmt: skip
        assert [bool(answer.json()["data"]) for answer in found] == expected


def test_every_filter_by_a_person_or_duty_is_in_the_list() -> None:
    """By owner and registrar too, which have tests of their own."""
    declared = {
        (resource.name, one.name)
        for resource in OFFERED
        for one in resource.filters
        if one.kind in (Kind.PERSON, Kind.DUTY)
    }
    listed = {(path, parameter) for path, parameter, _ in PERSON_FILTERS}
    assert declared - listed == {("placements", "owner"), ("absences", "registeredBy")}
    assert listed <= declared


def test_a_protected_person_among_several_answers_as_one_that_never_was(the_town: Town) -> None:
    """Neither a row more nor a row less tells that there is such a person."""
    caller, window = the_town.caller(), WINDOW["aggregatedAttendance"]
    anna, hidden, absent = (str(named(name)) for name in ("anna", "hidden-pupil", "never was"))
    found = [
        caller.get("/aggregatedAttendance", **window, student=[anna, other]).json()["data"]
        for other in (hidden, absent)
    ]
    assert found[0] == found[1]
    assert [row["student"]["id"] for row in found[0]] == [anna]


@pytest.mark.parametrize(("path", "parameter", "column"), [
    ("placements", "owner", "UPDATE placement_owner SET person_id = '{}'"),
    ("absences", "registeredBy", "UPDATE absence SET registered_by_id = '{}'"),
])  # fmt: skip
def test_asking_by_a_protected_owner_or_registrar_answers_nothing(
    own_town: Town, path: str, parameter: str, column: str
) -> None:
    """The rows may be seen, but not that they are this person's."""
    hidden = str(named("hidden-teacher"))
    with own_town.database.transaction() as session:
        session.connection().exec_driver_sql(column.format(hidden))
    for sees_protected, rows in ((False, 0), (True, 3)):
        caller = own_town.caller(sees_protected=sees_protected)
        assert caller.get(f"/{path}").json()["data"]
        assert len(caller.get(f"/{path}", **{parameter: hidden}).json()["data"]) == rows


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"relationship.entity.type": "enrolment"}, {"anna", "bo"}),
        ({"relationship.entity.type": "duty"}, {"north-teacher", "south-teacher"}),
        ({"relationship.entity.type": "placement.owner"}, {"anna-parent", "bo-parent"}),
        ({"relationship.entity.type": "responsibleFor.enrolment"}, {"anna-parent", "bo-parent"}),
        ({"relationship.entity.type": "responsibleFor.placement"}, {"anna-parent", "bo-parent"}),
        ({"relationship.entity.type": "groupMembership"}, {"anna", "bo"}),
        ({"relationship.organisation": str(named("north"))},
         {"anna", "anna-parent", "north-teacher"}),
    ],
)  # fmt: skip
def test_asking_by_relation_shows_nobody_who_is_tied_through_a_protected_child(
    the_town: Town, parameters: dict[str, str], expected: set[str]
) -> None:
    """The protected pupil's parent is listed, but not as anyone's parent."""
    found = the_town.caller().get("/persons", **parameters).json()["data"]
    assert {row["givenName"] for row in found} == expected
    assert "hidden-parent" in the_town.caller().get("/persons").text


@pytest.mark.parametrize("name", ROWS)
def test_no_page_is_short_because_someone_on_it_is_hidden(the_town: Town, name: str) -> None:
    """Page sizes leave no trace: every page but the last is full, and none is empty."""
    caller, path = the_town.caller(), f"/{CATALOGUE[name].path}"
    page = caller.get(path, limit=1).json()
    sizes = [len(page["data"])]
    while "pageToken" in page:
        page = caller.get(path, limit=1, pageToken=page["pageToken"]).json()
        sizes.append(len(page["data"]))
    assert sizes == [1] * len(caller.get(path).json()["data"])
    assert len(sizes) > 1
    cleared = the_town.caller(sees_protected=True).get(path).json()["data"]
    assert len(cleared) > len(sizes)


@pytest.mark.parametrize(("path", "key", "name"), [
    ("activities", "members", "hidden-pupil"),
    ("activities", "teachers", "hidden-teacher-duty"),
    ("calendarEvents", "student", "hidden-pupil"),
    ("calendarEvents", "teacher", "hidden-teacher-duty"),
    ("attendances", "students", "hidden-pupil"),
    ("attendanceEvents", "person", "hidden-pupil"),
    ("placements", "personIds", "hidden-pupil"),
])  # fmt: skip
def test_looking_up_by_a_protected_person_answers_nothing(
    the_town: Town, path: str, key: str, name: str
) -> None:
    """Lookups are no oracle either."""
    open_name = {"hidden-pupil": "anna", "hidden-teacher-duty": "north-teacher-duty"}[name]
    caller = the_town.caller()
    assert caller.post(f"/{path}/lookup", {key: [str(named(name))]}).json() == []
    assert caller.post(f"/{path}/lookup", {key: [str(named(open_name))]}).json() != []
