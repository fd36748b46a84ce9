"""Editors save drafts and publish them; nothing is lost, overwritten or told too early."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.database.embedded import EmbeddedPostgres
from app.schemas.catalogue.examples import EXAMPLES
from app.schemas.catalogue.kinds import KINDS
from tests.catalogue.conftest import EDITS, EVERYTHING, Caller, City, fill
from tests.ss12000.conftest import running_town

OK, CREATED, BAD = 200, 201, 400


@pytest.fixture
def city(server: EmbeddedPostgres, migrated: str) -> Iterator[City]:
    """A city whose catalogue the test may change."""
    with running_town(server, migrated, "edited_catalogue", fill=fill) as running:
        yield City(running)


@pytest.fixture
def editor(city: City) -> Caller:
    """May edit and publish."""
    return city.caller(EDITS)


@pytest.fixture
def anyone(city: City) -> Caller:
    """Without a token."""
    return city.caller()


NEW: dict[str, Any] = {"id": "appen", "name": "Appen", "organisationId": "namnden",
                       "informationTypes": ["menu"]}  # fmt: skip


def errors(answer: httpx.Response) -> dict[str, str]:
    """The faults that a refusal names, by path."""
    assert answer.status_code == BAD, answer.text
    return {one["path"]: one["message"] for one in answer.json()["errors"]}


def test_services_are_found_by_when_they_were_published(editor: Caller, anyone: Caller) -> None:
    """Since a moment, and in that order, either way round."""
    before = datetime.now(UTC).isoformat()
    for identifier in ("schemat", "gamla"):
        path = f"/services/{identifier}"
        assert editor.edit("PATCH", path, {"status": "in_use"}).status_code == OK
        assert editor.edit("PUT", f"{path}/publication").status_code == OK
    assert set(anyone.ids("/services", modifiedSince=before)) == {"gamla", "schemat"}
    assert anyone.ids("/services", modifiedSince=datetime.now(UTC).isoformat()) == []
    newest = anyone.ids("/services", sort="-modified")
    assert newest[:2] == ["gamla", "schemat"]
    assert anyone.ids("/services", sort="modified")[-2:] == ["schemat", "gamla"]


def test_an_id_is_never_changed(editor: Caller, anyone: Caller) -> None:
    """Neither into a new one nor into somebody else's."""
    for identifier in ("ny", "nya"):
        for method, body in (("PATCH", {"id": identifier}), ("PUT", NEW | {"id": identifier})):
            told = errors(editor.edit(method, "/services/molnet", body))
            assert told == {"id": "must be molnet: an id is never changed"}
    assert anyone.get("/services/ny").status_code == 404
    assert anyone.get("/services/nya").json()["name"]["sv"] == "Närvaroportalen"


def test_what_is_not_there_is_not_changed(editor: Caller) -> None:
    """404 for every act, and nothing has come of it."""
    for method, path, body in (
        ("PATCH", "/services/none", {"name": "X"}), ("PUT", "/services/none", NEW | {"id": "none"}),
        ("PUT", "/services/none/publication", None), ("DELETE", "/services/none/publication", None),
    ):  # fmt: skip
        assert editor.edit(method, path, body).status_code == 404, (method, path)
    assert editor.get("/services/none", draft="true").status_code == 404


def test_publishing_again_changes_nothing(editor: Caller, anyone: Caller) -> None:
    """Neither since when it counts nor its tag, nor what is told as having changed."""
    before = [anyone.get(path) for path in ("/services/molnet", "/services/molnet/versions")]
    since = datetime.now(UTC).isoformat()
    assert editor.edit("PUT", "/services/molnet/publication").status_code == OK
    after = [anyone.get(path) for path in ("/services/molnet", "/services/molnet/versions")]
    assert [one.json() for one in after] == [one.json() for one in before]
    assert after[0].headers["etag"] == before[0].headers["etag"]
    assert anyone.ids("/services", modifiedSince=since) == []


def test_a_comment_is_a_line_of_text(editor: Caller, anyone: Caller) -> None:
    """Or nothing is done; one of five hundred characters is."""
    path = "/services/molnet?comment="
    for comment in ("a%00b", "a%0Ab", "x" * 501):
        refused = editor.edit("PATCH", path + comment, {"status": "contracted"})
        assert refused.status_code == BAD
        assert "comment" in refused.json()["detail"]
    assert editor.get("/services/molnet", draft="true").json()["status"] == "in_use"
    assert editor.edit("PATCH", path + "x" * 500, {"status": "contracted"}).status_code == OK


REPLACED: list[tuple[dict[str, Any], bool, bool]] = [
    ({}, False, False), ({"partial": True}, True, True),
    # What names its information takes that away, and nothing else.
    ({"partial": True, "informationTypes": ["schedule"]}, True, False),
    ({"informationTypes": ["menu"]}, True, True), ({"period": "2026"}, True, True),
    ({"schoolForms": ["GY"]}, True, True), ({"serviceId": None}, True, True),
]  # fmt: skip


def test_a_service_is_used_until_all_that_is_asked_about_is_replaced(
    editor: Caller, anyone: Caller
) -> None:
    """In this school form, in time, by something that is known, and not a part of it."""
    asked = {"schoolForm": "GR", "validOn": "2025-06-01"}
    for how, anything, schedules in REPLACED:
        by = {"serviceId": "nya", "schoolForms": ["GR"], "period": "2024"} | how
        saved = editor.edit("PATCH", "/services/schemat", {"replacedBy": [by]})
        assert saved.status_code == OK, saved.text
        assert editor.edit("PUT", "/services/schemat/publication").status_code == OK
        assert ("schemat" in anyone.ids("/services", **asked)) is anything, how
        of_schedules = anyone.ids("/services", **asked, informationType="schedule")
        assert ("schemat" in of_schedules) is schedules, how


def test_parts_that_go_in_circles_end(editor: Caller, anyone: Caller) -> None:
    """Services that are parts of each other, and organisations below each other."""
    parts = (("/services/molnet", {"partOf": "molnet-delen"}),
             ("/organisations/exempelstad", {"parentId": "namnden"}))  # fmt: skip
    for path, change in parts:
        assert editor.edit("PATCH", path, change).status_code == OK
        assert editor.edit("PUT", f"{path}/publication").status_code == OK
    answer = anyone.get("/storage-decisions", service="molnet", informationType="grades",
                        purposeCategory="pedagogical_administration", schoolForm="GY")  # fmt: skip
    assert answer.json()["permission"] == "forbidden"
    assert anyone.get("/exports/osl-4-2", organisation="exempelstad").status_code == OK
    assert anyone.http.get("/tjanster/molnet").status_code == OK


def test_a_draft_is_seen_by_editors_alone_until_it_is_published(
    city: City, editor: Caller, anyone: Caller
) -> None:
    """By id, in lists, by words, among versions and changes, and in the file."""
    since = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    made = editor.request("POST", "/services", json=NEW)
    assert made.status_code == CREATED
    assert made.json()["state"] == "draft"
    assert editor.http.get(made.headers["location"], headers=editor.consumer.headers  # type: ignore[union-attr]
                           ).json() == made.json()  # fmt: skip
    for caller in (anyone, editor):
        assert caller.get("/services/appen").status_code == 404
        assert "appen" not in caller.ids("/services", q="appen")
        assert "appen" not in caller.ids("/services")
        assert "appen" not in caller.ids("/changes", since=since)
        assert "appen" not in caller.get("/exports/yaml").text
    assert anyone.get("/services/appen/versions").status_code == 404
    assert editor.get("/services/appen/versions").json()["data"][0]["version"] == 1
    published = editor.edit("PUT", "/services/appen/publication", tag=made.headers["etag"])
    assert published.json()["state"] == "published"
    assert anyone.get("/services/appen").json()["name"]["sv"] == "Appen"
    assert anyone.ids("/services", q="appen")[0] == "appen"
    assert anyone.ids("/changes", since=since) == ["appen"]


def test_the_next_version_waits_beside_the_one_that_counts(
    city: City, editor: Caller, anyone: Caller
) -> None:
    """Everybody reads the old one until then; afterwards it can be read as of its time."""
    before = anyone.get("/services/nya").json()
    saved = editor.edit("PATCH", "/services/nya", {"name": "Portalen", "note": None},
                        tag=editor.tag("/services/nya"))  # fmt: skip
    assert (saved.json()["version"], saved.json()["state"]) == (2, "draft")
    assert anyone.get("/services/nya").json() == before
    assert anyone.ids("/services", q="Portalen", kind="it")[0] == "nya"
    after = editor.edit("PUT", "/services/nya/publication", tag=saved.headers["etag"]).json()
    told = anyone.get("/services/nya").json()
    assert (told["name"]["sv"], told["version"]) == ("Portalen", 2)
    assert told["schoolForms"] == ["GR", "GY"]
    versions = anyone.get("/services/nya/versions").json()["data"]
    assert [(one["version"], one["state"]) for one in versions] == [(2, "published"),
                                                                   (1, "superseded")]  # fmt: skip
    assert versions[1]["ended"] == after["published"]
    then = anyone.get("/services/nya", recordedOn=before["published"]).json()
    assert then["name"] == before["name"]
    assert anyone.get("/services/nya", recordedOn="2001-01-01T00:00:00Z").status_code == 404
    listed = anyone.get("/services", recordedOn=before["published"], kind="it").json()["data"]
    assert {row["id"]: row["name"] for row in listed}["nya"] == before["name"]


def test_what_was_renamed_is_found_by_its_new_name_and_not_by_the_old(
    city: City, editor: Caller, anyone: Caller
) -> None:
    """Also where it is another record's name by which a service is found."""
    for path, name in (("/information-types/menu", "skollunch"),
                       ("/organisations/leverantoren", "Zetterlund"),
                       ("/services/nya", "Incheckning")):  # fmt: skip
        editor.edit("PATCH", path, {"name": {"sv": name, "en": None}})
        editor.edit("PUT", f"{path}/publication")
    assert anyone.ids("/services", q="skollunch")[0] == "gamla"
    assert anyone.ids("/services", q="matsedel") == []
    assert "gamla" in anyone.ids("/services", q="Zetterlund")
    assert "gamla" not in anyone.ids("/services", q="Åkerlund")
    # The public service that leads to it is found, too.
    assert set(anyone.ids("/services", q="incheckning")) == {"nya", "anmal"}


def test_a_usage_that_is_published_or_archived_changes_what_is_found(
    city: City, editor: Caller, anyone: Caller
) -> None:
    """The service is found by what it is used for as long as it is."""
    assert editor.edit("DELETE", "/service-usages/u4/publication").status_code == OK
    assert anyone.ids("/services", q="matsedel") == []
    assert anyone.get("/service-usages/u4").status_code == 404
    usage = {"id": "u9", "serviceId": "molnet", "informationTypes": ["menu"]}
    editor.request("POST", "/service-usages", json=usage)
    editor.edit("PUT", "/service-usages/u9/publication")
    assert anyone.ids("/services", q="matsedel") == ["molnet"]


def test_nothing_is_saved_over_what_others_saved_meanwhile(city: City, editor: Caller) -> None:
    """Without If-Match 428; with a tag that is no longer the newest 412; `*` takes any."""
    tag = editor.tag("/services/molnet")
    body = {"note": "ett"}
    for method, path in (("PATCH", "/services/molnet"), ("PUT", "/services/molnet"),
                         ("PUT", "/services/molnet/publication"),
                         ("DELETE", "/services/molnet/publication")):  # fmt: skip
        assert editor.request(method, path, json=body).status_code == 428
    assert editor.edit("PATCH", "/services/molnet", body, tag=tag).status_code == OK
    refused = editor.edit("PATCH", "/services/molnet", {"note": "två"}, tag=tag)
    assert refused.status_code == 412
    assert "newest version is 2" in refused.json()["detail"]
    assert editor.edit("PUT", "/services/molnet/publication", tag=tag).status_code == 412
    assert editor.edit("PATCH", "/services/molnet", body, tag='"x"').status_code == BAD
    assert editor.edit("PATCH", "/services/molnet", {"note": "tre"}).json()["version"] == 3


def test_of_two_editors_at_once_one_is_told_to_read_again(city: City, editor: Caller) -> None:
    """Both had read the same version; every version has a number of its own."""
    tag = editor.tag("/services/molnet")

    def save(number: int) -> int:
        change = {"note": f"nr {number}"}
        return editor.edit("PATCH", "/services/molnet", change, tag=tag).status_code

    with ThreadPoolExecutor(6) as pool:
        found = sorted(pool.map(save, range(6)))
    assert found == [OK] + [412] * 5


def test_the_same_again_is_no_new_version(city: City, editor: Caller) -> None:
    """What a client read and sends back unchanged, with all that the service added."""
    read = editor.get("/services/nya", draft="true")
    again = editor.edit("PUT", "/services/nya", read.json(), tag=read.headers["etag"])
    assert (again.status_code, again.json()["version"]) == (OK, 1)
    published = editor.edit("PUT", "/services/nya/publication", tag=again.headers["etag"])
    assert published.json()["version"] == 1


def test_what_an_editor_is_not_told_stays_as_it_is(city: City, editor: Caller) -> None:
    """A body without it does not erase it, and one with it is refused."""
    editor.edit("PUT", "/services/nya", NEW | {"id": "nya"})
    editor.edit("PATCH", "/services/nya", {"note": "granskad"})
    seeing = city.caller([*EDITS, "catalogue.contacts:read"])
    assert seeing.get("/services/nya", draft="true").json()["contact"]["name"] == "Kim Ek"
    refused = editor.edit("PATCH", "/services/nya", {"contact": {"name": "Ny"}})
    assert "scope" in errors(refused)["contact"]
    changed = seeing.edit("PATCH", "/services/nya", {"contact": {"name": "Ny"}})
    assert changed.json()["contact"]["email"] == "kim@example.se"
    assert seeing.edit("PATCH", "/services/nya", {"contact": None}).json()["contact"] is None


def test_no_edit_tells_what_its_editor_may_not_know(city: City, editor: Caller) -> None:
    """What a supplier is paid is withheld of contracts alone; a contract stays one."""
    everyone = city.caller(EVERYTHING)
    for answer in (
        editor.edit("PATCH", "/costs/k1", {"kind": "operation"}),
        editor.edit("PUT", "/costs/k1", {"subject": "nya", "kind": "operation"}),
    ):
        assert answer.status_code == 400
        assert [one["path"] for one in answer.json()["errors"]] == ["amount"]
        assert "100000" not in answer.text
    assert editor.get("/costs/k1", draft="true").json()["kind"] == "contract"
    assert everyone.edit("PATCH", "/costs/k1", {"kind": "operation"}).status_code == 200


def test_a_draft_makes_no_difference_to_what_others_are_told(city: City, editor: Caller) -> None:
    """Of a record that was archived, too."""
    assert editor.request("POST", "/roles", json={"id": "roll", "name": "Roll"}).status_code == 201
    for method in ("PUT", "DELETE"):
        assert editor.edit(method, "/roles/roll/publication").status_code == 200
    before = city.caller().get("/roles/roll/versions")
    assert [one["state"] for one in before.json()["data"]] == ["archived"]
    for note in ("hemligt", "hemligare"):
        assert editor.edit("PATCH", "/roles/roll", {"note": note}).status_code == 200
    after = city.caller().get("/roles/roll/versions")
    assert (after.text, after.headers["etag"]) == (before.text, before.headers["etag"])
    told = editor.get("/roles/roll/versions").json()["data"]
    assert [one["state"] for one in told] == ["draft", "superseded", "archived"]


def test_every_fault_is_told_by_its_path(city: City, editor: Caller) -> None:
    """Those of shape together; then all records that it names and that are not there."""
    wrong = errors(editor.request("POST", "/services", json={
        "id": "Stor Bokstav", "organisationId": "namnden", "status": "gone", "colour": "red",
        "schoolForms": ["GR", "XX"], "plannedReplacementPeriod": "snart",
        "replacedBy": [{"period": "2024-Q3/Q1"}], "validFrom": "2026-02-30",
    }))  # fmt: skip
    assert set(wrong) == {"id", "status", "colour", "schoolForms[1]", "plannedReplacementPeriod",
                          "replacedBy[0].period", "validFrom"}  # fmt: skip
    together = errors(editor.request("POST", "/services", json={
        **NEW, "validFrom": "2026-02-02", "validTo": "2026-01-01", "partOf": "appen",
        "allSchoolForms": True, "schoolForms": ["GR"], "replaces": ["appen"],
        "replacedBy": [{"serviceId": "appen"}],
    }))  # fmt: skip
    assert set(together) == {"validTo", "schoolForms", "partOf", "replaces",
                             "replacedBy[0].serviceId"}  # fmt: skip
    absent = errors(editor.request("POST", "/services", json={
        "id": "appen", "organisationId": "ingen", "informationTypes": ["menu", "nope"],
        "replacedBy": [{"serviceId": "borta", "informationTypes": ["inte"]}],
    }))  # fmt: skip
    assert set(absent) == {"organisationId", "informationTypes[1]", "replacedBy[0].serviceId",
                           "replacedBy[0].informationTypes[0]"}  # fmt: skip
    assert editor.get("/services/appen", draft="true").status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [("/service-usages", {"id": "u", "serviceId": "nya", "userGroups": ["staff"],
                          "excludedUserGroups": ["staff"]}, "excludedUserGroups"),
     ("/integrations", {"id": "i", "sourceServiceId": "nya", "targetServiceId": "nya"},
      "targetServiceId"),
     ("/information-types", {"id": "x", "name": "\x07"}, "name.sv"),
     ("/information-types", {"id": "x", "name": {"en": "only"}}, "name.sv"),
     ("/storage-rules", {"id": "r", "organisationId": "namnden"}, "permission"),
     ("/costs", {"id": "k", "subject": "nya", "kind": "operation", "amount": -1}, "amount"),
     ("/agreements", {"id": "a", "type": "base_agreement", "organisationId": "namnden",
                      "services": ["nya", "nya"]}, "services")],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_true_is_refused(
    city: City, editor: Caller, path: str, body: dict[str, Any], where: str
) -> None:
    """By the property that is wrong."""
    assert where in errors(editor.request("POST", path, json=body))


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://a.example/x", "https://",
     "https://a.example/ b", "https://user:pw@a.example", "HTTPS:/a", "https://a.example:x/",
     "https://å.example/"],
)  # fmt: skip
def test_an_address_that_pages_lead_to_is_a_web_address(
    city: City, editor: Caller, address: str
) -> None:
    """A browser would run another, or go where nobody meant."""
    body = NEW | {"url": address, "entryPoints": [{"type": "web", "url": address}]}
    assert set(errors(editor.request("POST", "/services", json=body))) == {
        "url", "entryPoints[0].url"
    }  # fmt: skip


def test_what_is_published_names_only_what_is_published(
    city: City, editor: Caller, anyone: Caller
) -> None:
    """Else everybody would read of something that nobody may read yet."""
    editor.request("POST", "/services", json=NEW)
    editor.edit("PATCH", "/services/schemat", {"partOf": "appen"})
    refused = errors(editor.edit("PUT", "/services/schemat/publication"))
    assert "publish it first" in refused["partOf"]
    assert anyone.get("/services/schemat").json()["partOf"] is None
    editor.edit("PUT", "/services/appen/publication")
    assert editor.edit("PUT", "/services/schemat/publication").status_code == OK
    kept = editor.edit("DELETE", "/services/appen/publication")
    assert kept.status_code == 409
    assert "service schemat" in kept.json()["detail"]


def test_what_is_archived_counts_no_more_and_is_kept(
    city: City, editor: Caller, anyone: Caller
) -> None:
    """Its versions can be read; a new version brings it back."""
    since = anyone.get("/services/grannmolnet").json()["published"]
    archived = editor.edit("DELETE", "/services/grannmolnet/publication")
    assert archived.json()["state"] == "archived"
    assert anyone.get("/services/grannmolnet").status_code == 404
    assert "grannmolnet" not in anyone.ids("/services", q="grannmolnet")
    assert anyone.get("/services/grannmolnet/versions").json()["data"][0]["state"] == "archived"
    assert anyone.get("/services/grannmolnet", recordedOn=since).status_code == OK
    told = anyone.get("/changes", since=since).json()["data"]
    assert [(one["id"], one["act"]) for one in told] == [("grannmolnet", "archived")]
    assert editor.edit("DELETE", "/services/grannmolnet/publication").status_code == 409
    assert editor.edit("PUT", "/services/grannmolnet/publication").status_code == 409
    assert editor.request("POST", "/services", json=NEW | {"id": "grannmolnet"}).status_code == 409
    assert editor.edit("PATCH", "/services/grannmolnet", {"note": "åter"}).json()["version"] == 2
    assert editor.edit("PUT", "/services/grannmolnet/publication").status_code == OK


def test_every_change_says_who_made_it_and_why_to_editors_alone(
    city: City, editor: Caller, anyone: Caller
) -> None:
    """Who saved it, who published it, who ended it."""
    writer, publisher = city.caller(EDITS[:1]), city.caller(EDITS[1:])
    writer.edit("PATCH", "/services/nya?comment=Nytt%20avtal", {"note": "ja"})
    publisher.edit("PUT", "/services/nya/publication")
    newest, first = editor.get("/services/nya/versions").json()["data"]
    assert writer.consumer and publisher.consumer
    assert (newest["savedBy"], newest["comment"]) == (writer.consumer.client_id, "Nytt avtal")
    assert newest["publishedBy"] == first["endedBy"] == publisher.consumer.client_id
    for told in (anyone.get("/services/nya/versions").text,
                 anyone.get("/changes", since="2020-01-01T00:00:00Z").text):  # fmt: skip
        assert writer.consumer.client_id not in told
        assert publisher.consumer.client_id not in told
        assert "Nytt avtal" not in told


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [((), "POST", "/services", 401), (("catalogue:publish",), "POST", "/services", 403),
     (("catalogue:publish",), "PATCH", "/services/nya", 403),
     (("catalogue:publish",), "PUT", "/services/nya", 403),
     (("catalogue:write",), "PUT", "/services/nya/publication", 403),
     (("catalogue:write",), "DELETE", "/services/nya/publication", 403),
     (("people:read",), "POST", "/imports", 403),
     (("catalogue:write",), "POST", "/imports?publish=true", 403)],
)  # fmt: skip
def test_editing_and_publishing_need_their_own_scopes(
    city: City, scopes: tuple[str, ...], method: str, path: str, status: int
) -> None:
    """One does not open the other."""
    assert city.caller(scopes).edit(method, path, NEW).status_code == status


def test_the_examples_of_the_document_can_be_saved_and_published(
    city: City, editor: Caller
) -> None:
    """All kinds, in an order in which each names what is there."""
    all_scopes = city.caller(EVERYTHING)
    needed = [("/organisations", {"id": "leverantoren-2", "type": "supplier"}),
              ("/services", {"id": "skolportalen", "organisationId": "namnden"}),
              ("/services", {"id": "elevregistret", "organisationId": "namnden"})]  # fmt: skip
    by_path = {kind.section: kind.path for kind in KINDS}
    special = ("sources", "datasets", "dataServices")
    order = [*(one for one in by_path if one not in special), *special]
    examples = [(f"/{by_path[section]}", dict(EXAMPLES[section])) for section in order]
    for path, body in needed + examples:
        if body["id"] == "skolenheter":
            body["distributions"] = None
        if body["id"] in ("attendance", "exempelstad"):
            continue  # The city has those.
        made = all_scopes.request("POST", path, json=body)
        assert made.status_code == CREATED, (path, made.text)
        done = all_scopes.edit("PUT", f"{path}/{body['id']}/publication")
        assert done.status_code == OK, (path, done.text)
