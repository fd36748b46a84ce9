"""What is told to everybody, what only to those who may know, and how it is told."""

from typing import Any

import pytest
from sqlalchemy import text

from app.queries.access import Scope
from tests.catalogue.conftest import EVERYTHING, PREFIX, Caller, City
from tests.fuzzing import document
from tests.make import add, person

PATHS = sorted(path for path, one in document("catalogue")["paths"].items()
               if "get" in one and "{" not in path and not path.startswith((
                   "/changes", "/storage-decisions", "/api-info", "/exports")))  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_every_kind_is_listed_for_everybody(anyone: Caller, path: str) -> None:
    """As the document says, and each row by its id is the same."""
    answer = anyone.get(path)
    assert answer.status_code == 200
    for row in answer.json()["data"]:
        row.pop("kind") if path == "/services" else None
        assert anyone.get(f"{path}/{row['id']}").json() == row


def test_unknown_is_null_and_known_to_be_none_is_empty(anyone: Caller) -> None:
    """Two answers that are not to be confused."""
    register, cloud = (anyone.get(f"/services/{one}").json() for one in ("register", "molnet"))
    assert register["informationTypes"] == []
    assert cloud["informationTypes"] is None
    assert cloud["schoolForms"] is None
    assert anyone.get("/services/namnlos").json()["name"] is None


WITHHELD = [
    ("/information-types/grades", "classification", "catalogue.classification:read"),
    ("/integrations/i1", "protocol", "catalogue.integrations:read"),
    ("/costs/k1", "amount", "catalogue.costs:read"),
    ("/agreements/a1", "document", "catalogue.agreements:read"),
    ("/services/nya", "contact", "catalogue.contacts:read"),
    ("/responsibilities/ansvar", "heldBy", "catalogue.contacts:read"),
]


@pytest.mark.parametrize(("path", "name", "scope"), WITHHELD, ids=[row[0] for row in WITHHELD])
def test_what_is_withheld_is_named_and_told_to_its_scope_alone(
    city: City, anyone: Caller, path: str, name: str, scope: str
) -> None:
    """By id, in lists, in versions and in the file; left out, so that null still says unknown."""
    told = city.caller([scope]).get(path).json()
    assert told[name] is not None
    assert name not in told["redactedFields"]
    others = [one for one in EVERYTHING if one != scope]
    for caller in (anyone, city.caller(others)):
        answer = caller.get(path).json()
        assert name not in answer
        assert name in answer["redactedFields"]
        for more in (path.rpartition("/")[0], f"{path}/versions"):
            rows = {row["id"]: row for row in caller.get(more).json()["data"]}
            assert name not in rows[path.rpartition("/")[2]]
    secret = {"heldBy": "Bo Al", "contact": "Kim Ek", "protocol": "SFTP", "amount": "100000",
              "document": "avtal.example", "classification": "KLASSA"}[name]  # fmt: skip
    assert secret not in anyone.get("/exports/yaml").text
    assert secret in city.caller([scope]).get("/exports/yaml").text


def test_an_app_that_acts_for_a_person_is_told_what_anyone_is(city: City, anyone: Caller) -> None:
    """Even if its grant, the consent and the token name every scope of the catalogue."""
    with city.town.database.transaction() as session:
        add(session, person("editor-at-home"))
    consumer = city.town.consumers.consumer(scopes=tuple(Scope))
    system = Caller(city.town.http, consumer)
    acting = city.town.consumers.acting_for(consumer, "editor-at-home")
    personal = Caller(city.town.http, acting)
    for path, name, _ in WITHHELD:
        assert system.get(path).json()[name] is not None
        assert personal.get(path).json() == anyone.get(path).json()
    assert personal.get("/exports/yaml").text == anyone.get("/exports/yaml").text
    for path in ("/services", "/services/nya"):
        told, expected = (caller.get(path, draft="true") for caller in (personal, anyone))
        assert told.status_code in {expected.status_code, 403}
        assert told.status_code != 200 or told.json() == expected.json()


def test_a_kind_of_information_that_is_not_classified_is_withheld_alike(anyone: Caller) -> None:
    """Whether there is something to know is not told either."""
    assert anyone.get("/information-types/menu").json()["redactedFields"] == ["classification"]


def test_totals_are_public_and_contract_prices_are_not(anyone: Caller) -> None:
    """Of the same service."""
    costs = {row["id"]: row for row in anyone.get("/services/nya/costs").json()["data"]}
    assert costs["k2"]["amount"] == 20000
    assert costs["k2"]["redactedFields"] == []
    assert "amount" not in costs["k1"]


def test_an_agreement_under_a_law_that_holds_no_more_needs_review(anyone: Caller) -> None:
    """One of whose law nothing is known does not say so."""
    agreements = {row["id"]: row for row in anyone.get("/agreements").json()["data"]}
    assert agreements["a1"]["needsReview"] is True
    assert agreements["a2"]["needsReview"] is False


BELOW: list[tuple[str, set[str]]] = [
    ("/services/register/usages", {"u1", "u2"}),
    ("/services/nya/integrations", {"i1", "i2"}),
    ("/services/nya/agreements", {"a1"}),
    ("/services/molnet/storage-rules", {"r2", "r3", "r5"}),
    ("/services/nya/costs", {"k1", "k2"}),
    ("/services/nya/responsibilities", {"ansvar"}),
    ("/information-types/attendance/services", {"gamla", "nya", "anmal"}),
    ("/integrations?service=register", {"i1"}),
    ("/integrations?status=not_needed", {"i2"}),
    ("/service-usages?informationType=grades", {"u1", "u2"}),
    ("/service-usages?validOn=2022-01-01", {"u1", "u2", "u4"}),
    ("/organisations?modifiedSince=2100-01-01T00:00:00Z", set()),
    ("/assessments?instrument=LIKA", {"lika-namnden"}),
    ("/assessments?instrument=PISA", set()),
    ("/storage-rules?organisation=exempelstad", {"r1"}),
    ("/planned-activities?service=nya", {"p1"}),
]


@pytest.mark.parametrize(("path", "found"), BELOW, ids=[path for path, _ in BELOW])
def test_records_are_found_by_what_they_are_about(
    anyone: Caller, path: str, found: set[str]
) -> None:
    """Wherever in the record it is named."""
    assert set(anyone.ids(path)) == found


def test_what_is_below_a_service_that_is_not_there_is_not_there(anyone: Caller) -> None:
    """An empty list would say that there is a service without any."""
    for path in ("/services/nope/usages", "/information-types/nope/services", "/services/nope",
                 "/services/nope/versions", "/organisations/nya"):  # fmt: skip
        assert anyone.get(path).status_code == 404


def test_an_unchanged_answer_is_not_sent_again(city: City, anyone: Caller) -> None:
    """Of lists, records and files; whoever is told more has another tag."""
    for path in ("/services?q=portal", "/costs/k1", "/exports/yaml"):
        tag = anyone.get(path).headers["etag"]
        again = anyone.request("GET", path, headers={"If-None-Match": f'"x", W/{tag}'})
        assert (again.status_code, again.content) == (304, b"")
    told = city.caller(["catalogue.costs:read"])
    known = {"If-None-Match": anyone.get("/costs/k1").headers["etag"]}
    assert told.request("GET", "/costs/k1", headers=known).status_code == 200


def test_public_answers_may_be_kept_and_read_by_any_page_and_others_may_not(
    city: City, anyone: Caller
) -> None:
    """A cache must not give an editor's answer to somebody else."""
    public = anyone.get("/services").headers
    assert public["cache-control"] == "public, max-age=60"
    assert public["access-control-allow-origin"] == "*"
    assert "Authorization" in public["vary"]
    private = city.caller(["catalogue:write"]).get("/services").headers
    assert private["cache-control"] == "private, no-cache"
    assert "access-control-allow-origin" not in private


def test_a_token_that_is_no_good_is_refused_and_not_ignored(anyone: Caller) -> None:
    """Its sender would else believe that what it is told is all."""
    headers = {"Authorization": "Bearer nonsense"}
    assert anyone.request("GET", "/services", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [("/services/nya?draft=true", 403), ("/services/nya?draft=maybe", 400), ("/changes", 400),
     ("/changes?since=yesterday", 400), ("/organisations?colour=red", 400),
     ("/services/nya?q=x", 400), ("/services/nya/versions?limit=1", 400)],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(anyone: Caller, path: str, status: int) -> None:
    """A parameter that counts for nothing would change what is believed."""
    assert anyone.get(path).status_code == status


def test_nothing_of_the_catalogue_is_in_the_log_of_personal_data(
    city: City, anyone: Caller
) -> None:
    """It is about services; nobody's data was read."""
    anyone.get("/services")
    city.caller(EVERYTHING).get("/services/nya")
    with city.town.database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM access_record")).scalar_one() == 0


def test_api_info_and_the_document_are_public(anyone: Caller) -> None:
    """And say where each other is."""
    info: dict[str, Any] = anyone.get("/api-info").json()
    assert info["apiName"] == "catalogue"
    assert info["apiDocumentation"].endswith(f"{PREFIX}/openapi.json")
    served = anyone.get("/openapi.json")
    assert served.json() | {"info": None} == document("catalogue") | {"info": None}
    assert served.headers["access-control-allow-origin"] == "*"
