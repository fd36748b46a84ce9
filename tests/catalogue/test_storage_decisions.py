"""May this information be kept there? Forbidden beats allowed; no rule is no permission."""

from typing import Any

import pytest

from tests.catalogue.conftest import Caller

# service, information, purpose, school form, day -> permission, rules that say so, missing
ROWS = [
    ("molnet", "schedule", "public_authority", None, None, "forbidden", "r1", ""),
    # A part of the service is in the service, and delivered as nobody says.
    ("molnet-delen", "schedule", "pedagogical_administration", None, None, "allowed", "r2", ""),
    ("molnet-delen", "schedule", "public_authority", None, None, "unknown", "", ""),
    ("molnet", "schedule", "pedagogical_administration", None, None, "allowed", "r2", ""),
    ("molnet", "grades", "pedagogical_administration", "GY", None, "forbidden", "r3", ""),
    ("molnet", "grades", "pedagogical_administration", "GR", None, "allowed", "r2", ""),
    # What is left out might make it forbidden, so it is not allowed.
    ("molnet", "grades", "pedagogical_administration", None, None, "unknown", "", "schoolForm"),
    ("molnet", "schedule", None, None, None, "unknown", "", "purposeCategory"),
    ("molnet", "grades", None, "GY", None, "forbidden", "r3", "purposeCategory"),
    # A rule about publishing says nothing about keeping.
    ("nya", "attendance", "pedagogy", "GR", None, "unknown", "", ""),
    # Another city's rules are not ours.
    ("grannmolnet", "grades", "public_authority", "GY", None, "unknown", "", ""),
    ("molnet", "schedule", "pedagogy", None, "2026-06-30", "recommended", "r5", ""),
    ("molnet", "schedule", "pedagogy", None, "2026-07-01", "unknown", "", ""),
]


@pytest.mark.parametrize("row", ROWS, ids=[" ".join(map(str, row[:5])) for row in ROWS])
def test_the_strictest_rule_that_holds_decides(anyone: Caller, row: tuple[str | None, ...]) -> None:
    """Rules of the service's organisation and of those above it, with their sources."""
    service, information, purpose, form, day, permission, deciding, missing = row
    asked = {"service": service, "informationType": information, "purposeCategory": purpose,
             "schoolForm": form, "validOn": day}  # fmt: skip
    sent = {name: value for name, value in asked.items() if value is not None}
    answer = anyone.get("/storage-decisions", **sent).json()
    assert answer["permission"] == permission
    assert " ".join(rule["id"] for rule in answer["decidingRules"]) == deciding
    assert " ".join(answer["missing"]) == missing


RULES: list[dict[str, Any]] = [
    {"id": "r6", "informationTypes": ["menu"], "permission": "forbidden"},
    {"id": "r7", "informationTypes": ["schedule"], "permission": "allowed",
     "validFrom": "2027-01-01", "validTo": "2027-12-31"},
    {"id": "r8", "informationTypes": ["attendance"], "permission": "allowed",
     "validTo": "2027-12-31"},
]  # fmt: skip


@pytest.fixture(scope="module")
def rules(editor: Caller) -> None:
    """For all services of an organisation, however they are delivered."""
    for rule in RULES:
        made = editor.request("POST", "/storage-rules", json={"organisationId": "grannstad"} | rule)
        assert made.status_code == 201, made.text
        assert editor.edit("PUT", f"/storage-rules/{rule['id']}/publication").status_code == 200


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("service", "information", "day", "permission"),
    [("grannmolnet", "menu", "2026-01-01", "forbidden"),
     ("molnet", "menu", "2027-01-01", "unknown"),
     ("grannmolnet", "schedule", "2026-12-31", "unknown"),
     ("grannmolnet", "schedule", "2027-01-01", "allowed"),
     ("grannmolnet", "schedule", "2027-12-31", "allowed"),
     ("grannmolnet", "schedule", "2028-01-01", "unknown"),
     # Of no day in particular it holds for as long as it does.
     ("grannmolnet", "schedule", None, "allowed"),
     ("grannmolnet", "attendance", "1999-01-01", "allowed")],
)  # fmt: skip
def test_a_rule_of_no_service_is_for_all_of_its_organisation(
    anyone: Caller, service: str, information: str, day: str | None, permission: str
) -> None:
    """From its first day to its last."""
    asked = {"service": service, "informationType": information, "purposeCategory": "pedagogy",
             "schoolForm": "GR"}  # fmt: skip
    if day is not None:
        asked["validOn"] = day
    assert anyone.get("/storage-decisions", **asked).json()["permission"] == permission


def test_a_decision_tells_the_rules_and_where_they_stand(anyone: Caller) -> None:
    """Those that decide, those that hold besides, and those that cannot be judged."""
    answer = anyone.get(
        "/storage-decisions", service="molnet", informationType="grades",
        purposeCategory="pedagogical_administration", schoolForm="GY",
    ).json()  # fmt: skip
    assert [rule["id"] for rule in answer["otherRules"]] == ["r2"]
    forbidden = anyone.get(
        "/storage-decisions", service="molnet", informationType="schedule",
        purposeCategory="public_authority",
    ).json()  # fmt: skip
    assert forbidden["decidingRules"][0]["evidence"] == [["plan", 30, None]]
    open_question = anyone.get("/storage-decisions", service="molnet", informationType="menu")
    assert {rule["id"] for rule in open_question.json()["undecidedRules"]} == {"r1", "r2", "r5"}


@pytest.mark.parametrize(
    ("asked", "status"),
    [({}, 400), ({"service": "molnet"}, 400), ({"informationType": "menu"}, 400),
     ({"service": "molnet", "informationType": "nope"}, 404),
     ({"service": "nope", "informationType": "menu"}, 404),
     ({"service": "molnet", "informationType": "menu", "purposeCategory": "fun"}, 400)],
    ids=str,
)  # fmt: skip
def test_a_question_that_names_nothing_that_is_there_gets_no_decision(
    anyone: Caller, asked: dict[str, str], status: int
) -> None:
    """Least of all `unknown`, which would be an answer."""
    assert anyone.get("/storage-decisions", **asked).status_code == status
