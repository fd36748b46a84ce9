"""The catalogue in the words of others, judged by the shapes of their standards."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyshacl import validate
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD
from sqlmodel import Session

from app.database.embedded import EmbeddedPostgres
from app.routers.catalogue import files
from tests.catalogue.conftest import EVERYTHING, ROOT, Caller, City, fill
from tests.ss12000.conftest import ISSUER, running_town

OWN = Path(__file__).with_name("shapes")
OFFICIAL = ROOT.parent / "shared/catalogue/shapes"
CV = "http://data.europa.eu/m8g/"
VCARD = "http://www.w3.org/2006/vcard/ns#"
CATALOGUE = URIRef(f"{ISSUER}/datasets/dcat#catalogue")
PUBLISHER = URIRef("http://dataportal.se/organisation/SE2120000001")
DATASETS: list[tuple[str, dict[str, Any]]] = [
    ("/datasets", {
        "id": "lokaler", "title": {"sv": "Lokaler", "en": "Premises"},
        "description": {"sv": "Skolornas lokaler."}, "publisherId": "exempelstad",
        "accessRights": "PUBLIC", "keywords": [{"sv": "lokal"}],
        "contact": {"name": "Kim Ek", "email": "kim@example.se"},
        "distributions": [{"accessUrl": "https://data.example.se/lokaler.csv",
                           "mediaType": "text/csv", "byteSize": 1200,
                           "licence": "http://creativecommons.org/publicdomain/zero/1.0/"}]}),
    ("/data-services", {
        "id": "lokal-api", "title": {"sv": "Lokaler"}, "description": {"sv": "Ett API."},
        "publisherId": "exempelstad", "accessRights": "PUBLIC", "serves": ["lokaler"],
        "endpointUrl": "https://data.example.se/api",
        "endpointDescription": "https://data.example.se/api/openapi.json"}),
    ("/public-services", {
        "id": "avgift", "name": {"sv": "Betala avgift"}, "organisationId": "exempelstad",
        "costs": [{"amount": 150, "currency": "SEK", "condition": {"sv": "Per månad."}}],
        "channels": [{"type": "website", "url": "https://example.se/avgift"}]}),
]  # fmt: skip


@pytest.fixture(scope="module")
def city(server: EmbeddedPostgres, migrated: str) -> Iterator[City]:
    """The city, with data sets, a number and an address for questions."""
    settings = {"city_organisation_number": "212000-0001", "city_email": "data@example.se"}
    with running_town(server, migrated, "exports", fill=fill, **settings) as running:
        found = City(running)
        editor = found.caller(EVERYTHING)
        for path, body in DATASETS:
            assert editor.request("POST", path, json=body).status_code == 201
            assert editor.edit("PUT", f"{path}/{body['id']}/publication").status_code == 200
        yield found


def read(city: City, path: str) -> Graph:
    """What everybody gets there."""
    answer = city.town.http.get(path, headers={"Accept": "text/turtle"})
    assert answer.status_code == 200, answer.text
    return Graph().parse(data=answer.text, format="turtle")


@pytest.fixture(scope="module")
def harvested(city: City) -> Graph:
    """What the national portal harvests."""
    return read(city, "/datasets/dcat")


@cache
def shapes(path: Path) -> Graph:
    """Of one standard."""
    return Graph().parse(path)


def violations(graph: Graph, path: Path) -> list[str]:
    """What the shapes refuse."""
    holds, _, told = validate(graph, shacl_graph=shapes(path), allow_warnings=True)
    return [] if holds else [line for line in told.splitlines() if "Message" in line] or [told]


def test_the_portal_gets_rdf_xml_and_others_what_they_like_best(city: City) -> None:
    """All say the same, and the address in the API says it, too."""
    http, graphs = city.town.http, []
    for accept, kind in ((None, "application/rdf+xml"), ("*/*", "application/rdf+xml"),
                         ("text/turtle", "text/turtle"),
                         ("application/ld+json", "application/ld+json")):  # fmt: skip
        headers = {"Accept": accept} if accept else {"Accept": ""}
        answer = http.get("/datasets/dcat", headers=headers)
        assert answer.headers["content-type"].split(";")[0] == kind
        assert answer.headers["access-control-allow-origin"] == "*"
        form = {"application/rdf+xml": "xml", "text/turtle": "turtle"}.get(kind, "json-ld")
        graphs.append(Graph().parse(data=answer.text, format=form))
        tag = {"If-None-Match": answer.headers["etag"]} | headers
        assert http.get("/datasets/dcat", headers=tag).status_code == 304
    assert all(isomorphic(graphs[0], one) for one in graphs[1:])
    assert isomorphic(graphs[0], read(city, "/catalogue/v1/exports/dcat-ap-se"))
    assert http.get("/datasets/dcat", headers={"Accept": "text/html"}).status_code == 406
    assert http.get("/datasets/dcat?profile=uk").status_code == 400


def test_our_own_apis_describe_themselves(harvested: Graph) -> None:
    """Each with its document; what is protected is listed, too, and says so."""
    described = {str(one) for one in harvested.objects(None, DCAT.endpointDescription)}
    own = ("/ss12000/v2.0", "/me/v1", "/absence-reports/v1", "/catalogue/v1")
    assert {f"{ISSUER}{path}/openapi.json" for path in own} <= described
    rights = {str(harvested.value(one, DCTERMS.title)): str(
        harvested.value(one, DCTERMS.accessRights)).rpartition("/")[2]
        for one in harvested.subjects(RDF.type, DCAT.Dataset)}  # fmt: skip
    assert sorted(rights.values()) == ["NON_PUBLIC", "PUBLIC", "PUBLIC", "RESTRICTED",
                                       "RESTRICTED"]  # fmt: skip
    assert len(set(harvested.objects(CATALOGUE, DCAT.service))) == 5


def test_every_api_that_the_service_has_is_described(harvested: Graph) -> None:
    """A new door does not stay out of what the city publishes."""
    from app.main import DOORS  # noqa: PLC0415 - the whole application

    told = {str(one) for one in harvested.objects(None, DCAT.endpointURL)}
    assert {f"{ISSUER}{path}" for path in DOORS} <= told


def test_no_thing_is_without_an_address_and_no_person_is_named(harvested: Graph) -> None:
    """The portal merges what it harvests; a contact needs a scope."""
    assert not [one for triple in harvested for one in triple if type(one).__name__ == "BNode"]
    assert "kim@example.se" not in harvested.serialize(format="turtle")
    assert (None, None, URIRef("mailto:data@example.se")) in harvested


def test_the_exports_hold_to_our_shapes(city: City, harvested: Graph) -> None:
    """Which are written from the standards' lists and always at hand."""
    assert violations(harvested, OWN / "dcat-ap-se.ttl") == []
    assert violations(read(city, "/catalogue/v1/exports/cpsv-ap"), OWN / "cpsv-ap.ttl") == []


@pytest.mark.parametrize(
    ("path", "file"),
    [("/datasets/dcat", "dcat-ap-se-3.0.1.shacl.ttl"),
     ("/datasets/dcat?profile=eu", "eu-shapes.ttl"), ("/datasets/dcat?profile=eu", "eu-range.ttl"),
     ("/catalogue/v1/exports/cpsv-ap", "cpsv-shapes.ttl")],
)  # fmt: skip
def test_the_exports_hold_to_the_official_shapes(city: City, path: str, file: str) -> None:
    """Where the standards' own files lie beside the checkout."""
    if not OFFICIAL.is_dir():
        pytest.skip(f"the official shapes are not at {OFFICIAL}")
    assert violations(read(city, path), OFFICIAL / file) == []


def one_of(graph: Graph, kind: URIRef) -> URIRef:
    """Something of a kind."""
    return URIRef(min(str(one) for one in graph.subjects(RDF.type, kind)))


def without(kind: URIRef, term: URIRef) -> Callable[[Graph], object]:
    """Take all values of a property from one thing."""
    return lambda graph: graph.remove((one_of(graph, kind), term, None))


def _untagged(graph: Graph) -> None:
    thing = one_of(graph, DCAT.Dataset)
    graph.set((thing, DCTERMS.title, Literal("Skolor")))


def _blank(graph: Graph) -> None:
    thing, of, form = next(graph.triples((None, DCAT.distribution, None)))
    fault = BNode()
    graph.set((thing, of, fault))
    for _, term, value in list(graph.triples((form, None, None))):
        graph.add((fault, term, value))


FAULTS: dict[str, tuple[str, Callable[[Graph], object]]] = {
    "the publisher's type is missing": ("dcat", without(FOAF.Agent, DCTERMS.type)),
    "a distribution has no accessURL": ("dcat", without(DCAT.Distribution, DCAT.accessURL)),
    "a title has no language": ("dcat", _untagged),
    "the licence is not CC0": ("dcat", lambda g: g.set(
        (CATALOGUE, DCTERMS.license, URIRef("https://example.se/licence")))),
    "a distribution is a blank node": ("dcat", _blank),
    "the contact has no e-mail": ("dcat", without(URIRef(f"{VCARD}Organization"),
                                                  URIRef(f"{VCARD}hasEmail"))),
    "a date is no date": ("dcat", lambda g: g.set(
        (CATALOGUE, DCTERMS.modified, Literal("i går", datatype=XSD.string)))),
    "there are two publishers": ("dcat", lambda g: g.add(
        (CATALOGUE, DCTERMS.publisher, URIRef("https://example.se/other")))),
    "a service has no authority": ("cpsv", lambda g: g.remove(
        (None, URIRef(f"{CV}hasCompetentAuthority"), None))),
    "a service has no identifier": ("cpsv", lambda g: g.remove(
        (None, DCTERMS.identifier, None))),
    "a data set has no identifier": ("dcat", without(DCAT.Dataset, DCTERMS.identifier)),
    "a code has no name": ("cpsv", lambda g: g.remove((None, SKOS.prefLabel, None))),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(city: City, harvested: Graph, name: str) -> None:
    """Shapes that nothing breaks would prove nothing."""
    which, plant = FAULTS[name]
    whole = harvested if which == "dcat" else read(city, "/catalogue/v1/exports/cpsv-ap")
    faulty = Graph()
    for triple in whole:
        faulty.add(triple)
    plant(faulty)
    assert violations(faulty, OWN / ("dcat-ap-se.ttl" if which == "dcat" else "cpsv-ap.ttl"))


def test_an_export_that_was_made_is_given_again_until_something_changes(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that asking again and again costs next to nothing; a change is in the next one."""
    paths = ("/datasets/dcat", "/datasets/dcat?profile=eu", "/catalogue/v1/exports/cpsv-ap",
             "/catalogue/v1/exports/yaml")  # fmt: skip
    before = {path: city.town.http.get(path).content for path in paths}
    assert len(set(before.values())) == len(paths)
    with monkeypatch.context() as nothing_more:
        for name in ("dcat", "cpsv", "write_yaml"):
            nothing_more.delattr(files, name)
        assert {path: city.town.http.get(path).content for path in paths} == before
    editor = city.caller(EVERYTHING)
    editor.edit("PATCH", "/datasets/lokaler", {"title": {"sv": "Nya lokaler"}})
    editor.edit("PUT", "/datasets/lokaler/publication")
    assert "Nya lokaler" in city.town.http.get("/datasets/dcat").text
    assert "Nya lokaler" in city.town.http.get("/catalogue/v1/exports/yaml").text


def test_systems_are_no_public_services(city: City) -> None:
    """They are in the export as where a channel leads, and nothing else."""
    graph = read(city, "/catalogue/v1/exports/cpsv-ap")
    system = URIRef(f"{ISSUER}/catalogue/v1/services/nya")
    assert list(graph.subjects(DCTERMS.relation, system))
    assert not list(graph.predicate_objects(system))


def test_without_number_and_address_the_city_is_still_told_by_one_that_is_ours(
    server: EmbeddedPostgres, migrated: str
) -> None:
    """And an empty catalogue has the data sets of our own APIs."""

    def nothing(_session: Session) -> None:
        """An empty city."""

    with running_town(server, migrated, "exports_alone", fill=nothing) as running:
        graph = read(City(running), "/datasets/dcat")
        assert violations(graph, OWN / "dcat-ap-se.ttl") == []
        assert graph.value(CATALOGUE, DCTERMS.publisher) == URIRef(
            f"{ISSUER}/datasets/dcat#publisher"
        )
        assert not list(graph.objects(None, DCAT.contactPoint))


def test_the_description_of_records_tells_registers_and_what_comes_and_goes(city: City) -> None:
    """Of an organisation and those below it; a flow that is not needed does not flow."""
    caller: Caller = city.caller()
    told = caller.get("/exports/osl-4-2", organisation="exempelstad").json()
    assert told["authority"]["sv"] == "Exempelstads kommun"
    registers = {one["id"]: one for one in told["registers"]}
    assert {"register", "nya", "molnet"} <= set(registers)
    assert "grannmolnet" not in registers
    assert registers["register"]["mayContainPublicRecords"] is None
    assert [one["sv"] for one in registers["register"]["information"]] == ["betyg"]
    assert [(one["from"]["sv"], one["to"]["sv"]) for one in told["flows"]] == [
        ("Elevregistret", "Närvaroportalen")
    ]
    assert told["notHere"]
    assert caller.get("/exports/osl-4-2").status_code == 400
    assert caller.get("/exports/osl-4-2", organisation="nope").status_code == 404
