"""The second file to audit: what an app sees that acts for a guardian, a pupil, a teacher.

For each person and each app the table says who may be found, in which resource, in any way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import text

from app.database.embedded import EmbeddedPostgres
from app.local_time import local_day
from app.queries.people_views import turns_eighteen
from app.queries.ss12000 import CATALOGUE
from tests.make import EVERYONE as TOWNSPEOPLE
from tests.make import PROTECTED, named
from tests.ss12000.conftest import Caller, Town, running_town
from tests.ss12000.families import GROWN, families
from tests.ss12000.test_who_sees_whom import WINDOW

EVERYONE = TOWNSPEOPLE | {
    GROWN, "both-parent", "other-parent", "friend", "head", "sub-teacher", "former-teacher",
}  # fmt: skip
CHILDREN = ("anna", "bo", "hidden-pupil", GROWN)


@dataclass(frozen=True)
class Sees:
    """Names of those whose rows each resource may hold, between spaces."""

    persons: str = ""
    attendances: str = ""
    absences: str = ""
    lessons: str = ""
    placements: str | None = None


APPS: dict[str, dict[str, Any]] = {
    "app": {},
    "cleared": {"sees_protected": True},
    "north app": {"organisations": ("north",)},
    "bare app": {"field_groups": ()},
}
ANNA = Sees("anna", "anna", "anna", "north")
TABLE: dict[tuple[str, str], Sees] = {
    ("both-parent", "app"): Sees("both-parent anna bo", "anna bo", "anna bo", "north south"),
    ("both-parent", "north app"): replace(ANNA, persons="anna both-parent"),
    ("both-parent", "cleared"): Sees("both-parent anna bo", "anna bo", "anna bo", "north south"),
    # Without the field group for guardians she is still told of herself, and of no other.
    ("both-parent", "bare app"): Sees("both-parent anna bo", "anna bo", "anna bo", "north south"),
    ("other-parent", "app"): replace(ANNA, persons="anna other-parent"),
    ("friend", "app"): Sees("friend"),
    ("anna", "app"): ANNA,
    ("bo", "app"): Sees("bo", "bo", "bo", "south"),
    ("bo", "north app"): Sees(),
    (GROWN, "app"): Sees(GROWN, GROWN, GROWN, "north"),
    ("hidden-parent", "app"): Sees("hidden-parent"),
    ("hidden-parent", "cleared"): Sees(
        "hidden-parent hidden-pupil", "hidden-pupil", "hidden-pupil", "north"
    ),
    ("hidden-pupil", "app"): Sees(),
    ("hidden-pupil", "cleared"): Sees("hidden-pupil", "hidden-pupil", "hidden-pupil", "north"),
    # Anna's mentor; the protected pupil in the same class is not there, in any app.
    ("north-teacher", "app"): Sees(
        f"anna {GROWN} north-teacher", f"anna {GROWN}", f"anna {GROWN}", "north"
    ),
    ("north-teacher", "cleared"): Sees(
        f"anna {GROWN} north-teacher", f"anna {GROWN}", f"anna {GROWN}", "north"
    ),
    # Where somebody works who is under protected identity is told to no app without clearance.
    ("hidden-teacher", "app"): Sees(),
    ("hidden-teacher", "cleared"): Sees(
        f"anna {GROWN} hidden-teacher", f"anna {GROWN}", f"anna {GROWN}", "north"
    ),
    # Teaches Bo and has no other charge of him: his lessons here, and not his absence or care.
    ("sub-teacher", "app"): Sees("bo sub-teacher", "bo", "", "south"),
    ("former-teacher", "app"): Sees("former-teacher"),
    ("head", "app"): Sees(f"anna {GROWN} head", f"anna {GROWN}", f"anna {GROWN}", "north"),
}
PATHS = {"attendances": "-present", "absences": "-away", "placements": "-place"}


@pytest.fixture(scope="module")
def families_town(server: EmbeddedPostgres, migrated: str) -> Iterator[Town]:
    """The town with people who sign in."""
    with running_town(server, migrated, "families_town", fill=families) as running:
        yield running


def signed_in(town: Town, who: str, app: str = "app", **more: Any) -> Caller:
    """An app with every scope, to which this person allowed every child there is."""
    consumer = town.consumers.consumer(**APPS[app])
    children = more.pop("children", CHILDREN)
    return Caller(town.http, town.consumers.acting_for(consumer, who, children=children, **more))


def rows(caller: Caller, path: str, suffix: str = "") -> set[str]:
    """Whose rows a list holds; the same must be found one by one and by lookup, and no others."""
    known = {str(named(f"{name}{suffix}")): name for name in EVERYONE}
    listed = {known[row["id"]] for row in caller.get(f"/{path}").json()["data"]}
    single = {name for identifier, name in known.items()
              if caller.get(f"/{path}/{identifier}").status_code == 200}  # fmt: skip
    looked_up = {known[row["id"]] for row in
                 caller.post(f"/{path}/lookup", {"ids": list(known)}).json()}  # fmt: skip
    assert listed == single == looked_up
    return listed


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_an_app_finds_exactly_whom_its_user_may_see(
    families_town: Town, who: str, app: str
) -> None:
    """In lists, by id and in lookups; beside a protected pupil, with a sibling elsewhere."""
    caller, sees = signed_in(families_town, who, app), TABLE[who, app]
    assert rows(caller, "persons") == set(sees.persons.split())
    for path, suffix in PATHS.items():
        expected = getattr(sees, path)
        if expected is None:
            expected = sees.absences
        expected = {name for name in expected.split() if (path, name) != ("placements", GROWN)}
        assert rows(caller, path, suffix) == expected, path
    for path, suffix in {
        "calendarEvents": "lesson",
        "activities": "maths",
        "groups": "class",
    }.items():
        known = {str(named(f"{unit}-{suffix}")): unit for unit in ("north", "south")}
        found = caller.get(f"/{path}", **WINDOW.get(path, {})).json()["data"]
        assert {known[row["id"]] for row in found} == set(sees.lessons.split()), path
        single = {unit for identifier, unit in known.items()
                  if caller.get(f"/{path}/{identifier}").status_code == 200}  # fmt: skip
        assert single == set(sees.lessons.split()), path


@pytest.mark.parametrize(("who", "app"), TABLE, ids=map(" in ".join, TABLE))
def test_nothing_that_an_app_is_told_names_anybody_else(
    families_town: Town, who: str, app: str
) -> None:
    """Whatever is expanded and named in whichever list: pupils, guardians and protected persons
    stand there only if they may be seen; staff may, unless protected.
    """
    caller, sees = signed_in(families_town, who, app), TABLE[who, app]
    allowed = set(sees.persons.split()) | {
        name for name in EVERYONE - PROTECTED if "teacher" in name or name == "head"
    }
    answered = 0
    for resource in CATALOGUE.values():
        if not resource.path or resource.name in ("groupFragments", "absenceReports"):
            continue
        asked: dict[str, Any] = WINDOW.get(resource.name, {}) | {"expandReferenceNames": "true"}
        if resource.expansions:
            asked["expand"] = ",".join(resource.expansions)
        said = caller.get(f"/{resource.path}", **asked)
        assert said.status_code == 200, said.text
        answered += len(said.json()["data"])
        for name in EVERYONE - allowed:
            assert str(named(name)) not in said.text, (resource.name, name)
            assert f'"{name} Testsson"' not in said.text, (resource.name, name)
    assert answered > 0


def test_a_childs_teacher_is_told_by_name(families_town: Town) -> None:
    """Who is on duty is nobody's child, and in no view; protected, they are told of to nobody."""
    caller = signed_in(families_town, "other-parent")
    duties = caller.get("/duties", expandReferenceNames="true").json()["data"]
    assert [(one["id"], one["person"]) for one in duties] == [
        (str(named("north-teacher-duty")),
         {"id": str(named("north-teacher")), "displayName": "north-teacher Testsson"}),
    ]  # fmt: skip


def test_a_pupil_who_is_a_guardian_is_only_a_pupil_to_the_teacher(changing_town: Town) -> None:
    """Without the field group for guardians no question tells of somebody that they have children;
    of themselves they may be told.
    """
    change(changing_town, "INSERT INTO responsible (child_id, position, person_id, relation_type) "
                          "VALUES (:child, 20, :parent, 'Vårdnadshavare')",
           child=named("anna"), parent=named(GROWN))  # fmt: skip
    guardians = {"relationship.entity.type": "responsibleFor.enrolment"}
    for who, expected in (("north-teacher", []), (GROWN, [str(named(GROWN))])):
        caller = signed_in(changing_town, who, "bare app")
        assert caller.get(f"/persons/{named(GROWN)}").status_code == 200
        found = caller.get("/persons", **guardians).json()["data"]
        assert [one["id"] for one in found] == expected, who


def test_a_child_that_was_left_out_is_not_there(families_town: Town) -> None:
    """A guardian of two who allowed an app one of them."""
    caller = signed_in(families_town, "both-parent", children=["bo"])
    assert rows(caller, "persons") == {"both-parent", "bo"}
    assert rows(caller, "attendances", "-present") == {"bo"}
    of_anna = caller.get("/attendances", student=str(named("anna")))
    assert of_anna.json()["data"] == []


def test_only_ones_own_children_can_be_consented_to(families_town: Town) -> None:
    """Whatever a consent says, the register decides: here it names the whole town."""
    caller = signed_in(families_town, "other-parent", children=sorted(EVERYONE))
    assert rows(caller, "persons") == {"other-parent", "anna"}


def change(town: Town, statement: str, **values: Any) -> None:
    """Something happens in the register."""
    with town.database.transaction() as session:
        assert session.execute(text(statement), values).rowcount  # type: ignore[attr-defined]


@pytest.fixture
def changing_town(server: EmbeddedPostgres, migrated: str) -> Iterator[Town]:
    """Families to whom something happens."""
    with running_town(server, migrated, "changing_town", fill=families) as running:
        yield running


ENDS = {
    "the guardianship": "DELETE FROM responsible WHERE child_id = :anna AND person_id = :parent",
    "childhood": "UPDATE person SET birth_date = :eighteen WHERE id = :anna",
    "an age that is known": "UPDATE person SET birth_date = NULL, civic_no = NULL WHERE id = :anna",
    "an unprotected identity":
        "UPDATE person SET security_marking = 'Sekretessmarkering' WHERE id = :anna",
    "the consent": "UPDATE consent SET revoked_at = now() WHERE :anna = ANY(child_ids)",
    "the choice of this child":
        "UPDATE consent SET child_ids = array_remove(child_ids, :anna)",
    "the authorization": "UPDATE token_family SET revoked_at = now()",
    "the app": "UPDATE application SET disabled_at = now()",
}  # fmt: skip


@pytest.mark.parametrize("what", ENDS)
def test_what_ends_is_over_at_the_next_request_of_the_same_token(
    changing_town: Town, what: str
) -> None:
    """With an answer that had an entity tag, so that 304 does not keep it alive either."""
    caller = signed_in(changing_town, "both-parent")
    before = caller.get(f"/persons/{named('anna')}")
    assert before.status_code == 200
    today = local_day(datetime.now(UTC))
    values = {"anna": named("anna"), "parent": named("both-parent"),
              "eighteen": today.replace(year=today.year - 18, day=min(today.day, 28))}  # fmt: skip
    used = {name: value for name, value in values.items() if f":{name}" in ENDS[what]}
    change(changing_town, ENDS[what], **used)
    after = caller.request("GET", f"/persons/{named('anna')}",
                           headers={"If-None-Match": before.headers["etag"]})  # fmt: skip
    whole = {"the consent", "the authorization", "the app"}
    assert after.status_code == (401 if what in whole else 404), after.text


def test_someone_comes_of_age_on_the_birthday() -> None:
    """Born on the leap day, on the last of February."""
    assert turns_eighteen(datetime(2008, 3, 1, tzinfo=UTC).date()).isoformat() == "2026-03-01"
    assert turns_eighteen(datetime(2008, 2, 29, tzinfo=UTC).date()).isoformat() == "2026-02-28"


@pytest.mark.parametrize("path", ["/deletedEntities", "/subscriptions"])
def test_what_is_for_systems_refuses_an_app_that_acts_for_somebody(
    families_town: Town, path: str
) -> None:
    """They are about a consumer's whole view, which no person has."""
    refused = signed_in(families_town, "both-parent").get(path)
    assert refused.status_code == 403
    assert "client_credentials" in refused.json()["message"]


def test_whole_sets_are_for_systems(families_town: Town) -> None:
    """An app that acts for somebody reads pages."""
    caller = signed_in(families_town, "both-parent")
    refused = caller.request("GET", "/persons", headers={"Accept": "application/x-ndjson"})
    assert refused.status_code == 403
    assert caller.get("/persons").status_code == 200


def test_an_app_is_never_told_a_personal_number_or_a_marking(families_town: Town) -> None:
    """Not even of its own user, whatever the consumer's grant names."""
    caller = signed_in(families_town, "both-parent")
    said = caller.get("/persons", expandReferenceNames="true").text
    assert not any(word in said for word in ("civicNo", "birthDate", "securityMarking", "20120101"))
    refused = caller.get("/persons", civicNo=f"20120101{named('anna').int % 10_000:04d}")
    assert refused.status_code == 403


def test_two_people_of_one_app_share_no_entity_tag(families_town: Town) -> None:
    """Both parents of Anna read the same object."""
    consumer = families_town.consumers.consumer()
    tags = []
    for who in ("both-parent", "other-parent"):
        acting = families_town.consumers.acting_for(consumer, who, children=["anna"])
        caller = Caller(families_town.http, acting)
        tags.append(caller.get(f"/attendances/{named('anna-present')}").headers["etag"])
    assert tags[0] != tags[1]
