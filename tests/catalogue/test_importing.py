"""A whole catalogue goes out as a file and comes in as one: all of it or nothing."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from app.database.embedded import EmbeddedPostgres
from tests.catalogue.conftest import EDITS, EVERYTHING, FILE, Caller, City, parsed
from tests.ss12000.conftest import running_town


@pytest.fixture
def city(server: EmbeddedPostgres, migrated: str) -> Iterator[City]:
    """A city with an empty catalogue."""
    with running_town(server, migrated, "imported_catalogue") as running:
        yield City(running)


@pytest.fixture
def editor(city: City) -> Caller:
    """May do and see everything."""
    return city.caller(EVERYTHING)


def sent(caller: Caller, file: Any, **flags: str) -> httpx.Response:
    """Import a file: text as YAML, anything else as JSON."""
    if isinstance(file, str | bytes):
        more: dict[str, Any] = {"content": file, "headers": {"Content-Type": "application/yaml"}}
    else:
        more = {"json": file}
    return caller.request("POST", "/imports", params={"publish": "true"} | flags, **more)


def faults(answer: httpx.Response) -> dict[str, str]:
    """What is wrong, by path."""
    assert answer.status_code == 400, answer.text
    return {one["path"]: one["message"] for one in answer.json()["errors"]}


def test_a_file_comes_out_as_it_went_in(city: City, editor: Caller) -> None:
    """Every fact; imported again nothing changes, neither here nor into an empty catalogue."""
    first = sent(editor, FILE.read_text("utf-8"))
    assert first.status_code == 200, first.text
    assert first.json()["created"]["itServices"][0] == "gamla"
    out = editor.get("/exports/yaml").text
    assert "redactedFields" not in out
    told = yaml.safe_load(out)
    for section, records in parsed().items():
        by_id = {one["id"]: one for one in told[section]} if section != "meta" else {}
        for record in records if by_id else ():
            kept = by_id[record.get("id", "lika-namnden")]
            assert holds(kept, record), (record, kept)
    again = sent(editor, out).json()
    assert (again["created"], again["changed"], again["published"]) == ({}, {}, {})
    assert again["unchanged"] == sum(map(len, first.json()["created"].values()))


def holds(kept: Any, given: Any) -> bool:
    """Whether all that was given was kept; a name that was given as a text is Swedish."""
    if isinstance(given, dict):
        return all(holds((kept or {}).get(name), value) for name, value in given.items())
    if isinstance(given, list):
        return len(kept) == len(given) and all(map(holds, kept, given))
    if isinstance(kept, dict):
        return bool(kept["sv"] == given)
    return bool(kept == (given.isoformat() if hasattr(given, "isoformat") else given))


def test_whoever_polls_changes_misses_nothing_of_a_large_import(city: City, editor: Caller) -> None:
    """All of it has one instant, which the next question begins after."""
    assert sent(editor, parsed()).status_code == 200
    for service in ("nya", "gamla"):
        assert editor.edit("PATCH", f"/services/{service}", {"note": "ny"}).status_code == 200
        assert editor.edit("PUT", f"/services/{service}/publication").status_code == 200
    beginning = "2020-01-01T00:00:00Z"
    everything = editor.get("/changes", since=beginning, limit=500).json()["data"]
    assert len({one["at"] for one in everything}) == 3
    polled: list[dict[str, Any]] = []
    since = beginning
    while found := editor.get("/changes", since=since, limit=2).json()["data"]:
        polled += found
        since = found[-1]["at"]
        assert len(polled) <= len(everything)
    assert polled == everything
    assert [one["id"] for one in polled[-2:]] == ["nya", "gamla"]


def test_json_of_the_same_shape_is_taken_too(city: City, editor: Caller) -> None:
    """And both say the same."""
    assert sent(editor, parsed()).status_code == 200
    assert sent(editor, FILE.read_text("utf-8")).json()["created"] == {}


def test_one_fault_keeps_everything_out_and_every_fault_is_told(city: City, editor: Caller) -> None:
    """By section, id and property; what a record with faults is named by is no fault."""
    file = parsed()
    file["itServices"][1]["status"] = "gone"
    file["itServices"][2]["organisationId"] = "ingen"
    file["itServices"][3]["evidence"] = [["okänd", 1, None]]
    file["itServices"].append(file["itServices"][4])
    file["itServices"].append("text")
    file["roles"] = {"id": "agare"}
    file["colours"] = []
    file["meta"]["owner"] = "me"
    assert set(faults(sent(editor, file))) == {
        "itServices[nya].status", "itServices[schemat].organisationId",
        "itServices[molnet].evidence[0][0]", "itServices[molnet-delen]", "itServices[9]", "roles",
        "colours", "meta.owner", "responsibilities[ansvar].roleId",
        "plannedActions[p1].responsible",
    }  # fmt: skip
    assert editor.ids("/organisations") == []


def test_what_others_saved_meanwhile_is_not_overwritten(city: City, editor: Caller) -> None:
    """Unless the file names the newest version, or its sender says to replace all."""
    sent(editor, FILE.read_text("utf-8"))
    out = yaml.safe_load(editor.get("/exports/yaml").text)
    editor.edit("PATCH", "/services/molnet", {"note": "av en annan"})
    changed = {"itServices": [one | {"note": "ur filen"} for one in out["itServices"]
                              if one["id"] == "molnet"]}  # fmt: skip
    refused = faults(sent(editor, changed))
    assert "version 2" in refused["itServices[molnet]"]
    assert "note" in refused["itServices[molnet]"]
    assert editor.get("/services/molnet", draft="true").json()["note"] == "av en annan"
    changed["itServices"][0]["version"] = 2
    assert sent(editor, changed).json()["changed"] == {"itServices": ["molnet"]}
    changed["itServices"][0] |= {"version": 1, "note": "ändå"}
    assert sent(editor, changed, replace="true").json()["changed"] == {"itServices": ["molnet"]}
    versions = editor.get("/services/molnet/versions").json()["data"]
    assert [(one["version"], one["note"]) for one in versions] == [
        (4, "ändå"), (3, "ur filen"), (2, "av en annan"), (1, None)
    ]  # fmt: skip


def test_trying_an_import_changes_nothing(city: City, editor: Caller) -> None:
    """It says what would be done."""
    tried = sent(editor, FILE.read_text("utf-8"), dryRun="true").json()
    assert tried["dryRun"] is True
    assert len(tried["created"]["organisations"]) == 4
    assert editor.ids("/organisations") == []
    assert editor.get("/organisations/exempelstad", draft="true").status_code == 404


def test_what_is_imported_without_publishing_are_drafts(city: City, editor: Caller) -> None:
    """Importing the same again with publishing publishes them."""
    sent(editor, FILE.read_text("utf-8"), publish="false")
    assert editor.ids("/services") == []
    assert editor.get("/services/nya", draft="true").json()["state"] == "draft"
    again = sent(editor, FILE.read_text("utf-8"), publish="false").json()
    assert (again["published"], again["changed"]) == ({}, {})
    assert editor.get("/services/nya", draft="true").json()["state"] == "draft"
    done = sent(editor, FILE.read_text("utf-8")).json()
    assert (done["created"], len(done["published"]["itServices"])) == ({}, 8)
    assert "nya" in editor.ids("/services", q="Närvaroportalen")


def test_what_is_published_names_nothing_that_is_a_draft(editor: Caller) -> None:
    """As when one record is published; in the same file, what it names is published with it."""
    unit = {"organisations": [{"id": "namnden", "name": "Nämnden", "type": "committee"}]}
    service = {"itServices": [{"id": "appen", "name": "Appen", "organisationId": "namnden"}]}
    assert sent(editor, unit, publish="false").status_code == 200
    refused = faults(sent(editor, service))
    assert refused == {"itServices[appen].organisationId": "organisation namnden is not published"}
    assert editor.get("/services/appen", draft="true").status_code == 404
    assert sent(editor, service, publish="false").status_code == 200
    assert sent(editor, unit | service).status_code == 200


def test_a_source_that_is_there_already_can_be_named(editor: Caller) -> None:
    """In a later file than its own; one that is nowhere cannot."""
    source = {"sources": [{"id": "plan", "title": "Plan", "organisationId": "namnden"}]}
    unit = {"id": "namnden", "name": "Nämnden", "type": "committee"}
    assert sent(editor, {"organisations": [unit]} | source).status_code == 200
    later = [unit | {"evidence": [["plan", 3, None]]}]
    assert sent(editor, {"organisations": later}, replace="true").status_code == 200
    wrong = [unit | {"evidence": [["other", 3, None]]}]
    refused = faults(sent(editor, {"organisations": wrong}, replace="true"))
    assert refused == {"organisations[namnden].evidence[0][0]": "there is no source other"}


LIKA = {"instrument": "LIKA", "organisationId": "namnden", "values": {"overall": {"2015": 74}}}


def test_a_file_may_tell_its_sources_at_its_head(editor: Caller) -> None:
    """By their ids; and an assessment is named as told, or by its instrument and whose it is."""
    unit = {"id": "namnden", "name": "Nämnden", "type": "committee"}
    file = {
        "meta": {"seeds": {"plan": {"title": "IKT-plan", "organisationId": "namnden"}}},
        "organisations": [unit | {"evidence": [["plan", 3, None]]}],
        "assessments": [LIKA, {"id": "mitt"} | LIKA],
    }  # fmt: skip
    done = sent(editor, file)
    assert done.status_code == 200, done.text
    assert done.json()["created"]["sources"] == ["plan"]
    assert editor.get("/sources/plan").json()["title"] == "IKT-plan"
    assert set(editor.ids("/assessments")) == {"lika-namnden", "mitt"}
    file["meta"] = {"seeds": {"plan": "IKT-plan"}}
    assert "must be an object" in faults(sent(editor, file))["sources[0]"]


def test_a_file_that_is_nested_too_deep_is_refused(editor: Caller) -> None:
    """Before anything takes it apart that could run out of stack."""
    for text in ("a: " + "[" * 50_000, "- " * 50_000, "{a: " * 50_000):
        refused = sent(editor, text)
        assert refused.status_code == 400
        assert "nested too deep" in refused.text


def test_a_period_may_be_one_day(editor: Caller) -> None:
    """And not less."""
    unit = {"id": "namnden", "name": "Nämnden", "type": "committee", "validFrom": "2026-01-02"}
    for last, expected in (("2026-01-01", 400), ("2026-01-02", 200)):
        assert sent(editor, {"organisations": [unit | {"validTo": last}]}).status_code == expected


def test_what_the_file_was_not_told_stays_as_it_is(city: City, editor: Caller) -> None:
    """A file that somebody without the scope got, changed and brought back erases nothing."""
    sent(editor, FILE.read_text("utf-8"))
    blind = city.caller(EDITS)
    out = yaml.safe_load(blind.get("/exports/yaml").text)
    for one in out["itServices"]:
        one["note"] = "granskad"
    for caller in (blind, editor):
        assert sent(caller, out).status_code == 200
        assert editor.get("/services/nya").json()["contact"]["name"] == "Kim Ek"
        out = yaml.safe_load(blind.get("/exports/yaml").text)
        out["itServices"][1]["note"] = "igen"


BAD_FILES = {
    "an alias": ("a: &a [1]\nb: *a\n", "line 2"),
    "a key twice": ("roles: []\nroles: []\n", "stands twice"),
    "no YAML": ("roles: [\n", "line 2"),
    "a list": ("- 1\n", "sections"),
    "nothing": ("", "sections"),
    "not UTF-8": (b"roles: \xff", "UTF-8"),
    "code": ("!!python/object/apply:os.system ['true']", "line 1"),
    "very deep": ("[" * 5000, "no YAML"),
    "a number for a key": ("1: []\n", "sections"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_says_where(city: City, editor: Caller, name: str) -> None:
    """Nothing in it is run, and nothing makes it grow."""
    file, said = BAD_FILES[name]
    answer = sent(editor, file)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


SHAPES: list[tuple[Any, str]] = [
    ({"meta": "x"}, "meta"), ({"meta": 0}, "meta"), ({"meta": ["x"]}, "meta"),
    ({"meta": {"seeds": [1]}}, "meta.seeds"), ({"meta": {"seeds": {"a": 1}}}, "sources[0]"),
    ({"meta": {"schemaVersion": [1]}}, "meta.schemaVersion"),
    ({"assessments": [1]}, "assessments[0]"),
    ({"roles": [{"id": "a", "redactedFields": 5}]}, "roles[a].redactedFields"),
    ({"roles": [{"id": "a", "redactedFields": [{}]}]}, "roles[a].redactedFields"),
    ({"roles": [{"id": ["a"]}]}, "roles[['a']].id"), ("roles:\n- 1: 2\n", "roles[0].1"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "path"), SHAPES, ids=str)
def test_whatever_shape_a_file_has_it_is_told_what_is_wrong(
    editor: Caller, file: Any, path: str
) -> None:
    """By its path."""
    assert path in faults(sent(editor, file))


def test_no_import_tells_what_its_sender_may_not_know(city: City, editor: Caller) -> None:
    """Not even by saying that a contract is none."""
    sent(editor, FILE.read_text("utf-8"))
    other = city.caller(EDITS)
    file = {"costs": [{"id": "k1", "subject": "nya", "kind": "operation"}]}
    assert list(faults(sent(other, file, replace="true"))) == ["costs[k1].amount"]
    assert "amount" not in other.get("/costs/k1").json()


def test_another_kind_of_file_is_refused(city: City, editor: Caller) -> None:
    """With what is taken."""
    answer = editor.request("POST", "/imports", content="x", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 415
    assert "application/yaml" in answer.json()["detail"]
