"""The catalogue in the words of others, judged by the shapes of their standards."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyshacl import validate
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, SH, SKOS, XSD
from sqlmodel import Session

from app.database.embedded import EmbeddedPostgres
from app.local_time import local_day
from app.routers.catalogue import files
from tests.catalogue.conftest import EVERYTHING, ROOT, Caller, City, fill
from tests.ss12000.conftest import ISSUER, running_town

OWN = Path(__file__).with_name("shapes")
OFFICIAL = ROOT.parent / "shared/catalogue/shapes"
CV = Namespace("http://data.europa.eu/m8g/")
PUBLIC_SERVICE = URIRef("http://purl.org/vocab/cpsv#PublicService")
VCARD = "http://www.w3.org/2006/vcard/ns#"
CATALOGUE = URIRef(f"{ISSUER}/datasets/dcat#catalogue")
PUBLISHER = URIRef("http://dataportal.se/organisation/SE2120000001")
CC_BY = "http://creativecommons.org/licenses/by/4.0/"
THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
DATASETS: list[tuple[str, dict[str, Any]]] = [
    ("/organisations", {"id": "staden", "name": {"sv": "Staden"}, "type": "municipality",
                        "organisationNumber": "2120000001"}),
    ("/datasets", {
        "id": "statistik", "title": {"sv": "Statistik"}, "description": {"sv": "Om skolor."},
        "publisherId": "leverantoren", "accessRights": "PUBLIC"}),
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
        "publisherId": "staden", "accessRights": "PUBLIC", "serves": ["lokaler"],
        "endpointUrl": "https://data.example.se/api", "licence": CC_BY,
        "endpointDescription": "https://data.example.se/api/openapi.json"}),
    ("/datasets", {
        "id": "tider", "title": {"sv": "Tider", "en": "Hours"}, "description": {"sv": "När."},
        "publisherId": "staden", "accessRights": "PUBLIC",
        "keywords": [{"sv": "tid", "en": "hour"}, {"sv": "dag"}],
        "themes": [f"{THEMES}SOCI", f"{THEMES}GOVE"],
        "distributions": [
            {"title": {"sv": "Som fil"}, "accessUrl": "https://data.example.se/tider",
             "downloadUrl": "https://data.example.se/tider.csv", "mediaType": "text/csv",
             "byteSize": 7, "licence": CC_BY, "serviceId": "lokal-api"},
            {"accessUrl": "https://data.example.se/annat", "mediaType": "text/x-other"}]}),
    ("/services", {"id": "utan", "name": "Utan", "organisationId": "namnden",
                   "informationTypes": []}),
    # The same flow for another school form.
    ("/integrations", {"id": "i3", "sourceServiceId": "register", "targetServiceId": "nya",
                       "status": "in_operation", "informationTypes": ["attendance"]}),
    # Between systems of another town.
    ("/services", {"id": "granne", "name": "Granne", "organisationId": "grannstad"}),
    ("/integrations", {"id": "i4", "sourceServiceId": "granne", "targetServiceId": "grannmolnet",
                       "status": "in_operation", "informationTypes": ["attendance"]}),
    ("/organisations", {"id": "utan-namn", "type": "committee"}),
    ("/public-services", {"id": "nagot", "name": {"sv": "Något"}, "organisationId": "utan-namn"}),
    ("/public-services", {
        "description": {"sv": "Så betalar du."},
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


def violations(graph: Graph, path: Path) -> set[tuple[str, str]]:
    """What the shapes refuse: of which property, and by which constraint."""
    holds, results, told = validate(graph, shacl_graph=shapes(path), allow_warnings=True)
    assert isinstance(results, Graph), told
    found = {
        (_last(results.value(one, SH.resultPath)),
         _last(results.value(one, SH.sourceConstraintComponent)))
        for one in results.subjects(RDF.type, SH.ValidationResult)
        if results.value(one, SH.resultSeverity) == SH.Violation
    }  # fmt: skip
    assert holds == (not found)
    return found


def _last(term: object) -> str:
    """What is after the last slash or hash."""
    return str(term or "").replace("#", "/").rpartition("/")[2].removesuffix("ConstraintComponent")


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
        # Every prefix is one that people know.
        assert "ns1" not in answer.text
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
    assert sorted(rights.values()) == [
        "NON_PUBLIC", "PUBLIC", "PUBLIC", "PUBLIC", "PUBLIC", "RESTRICTED", "RESTRICTED",
    ]  # fmt: skip
    assert len(set(harvested.objects(CATALOGUE, DCAT.service))) == 5


def test_every_api_that_the_service_has_is_described(harvested: Graph) -> None:
    """A new door does not stay out of what the city publishes."""
    from app.main import DOORS  # noqa: PLC0415 - the whole application

    told = {str(one) for one in harvested.objects(None, DCAT.endpointURL)}
    assert {f"{ISSUER}{path}" for path in DOORS} <= told


def facts(graph: Graph, thing: str) -> dict[str, set[str]]:
    """What is told of a thing: the values of each property, by its last word."""
    found: dict[str, set[str]] = {}
    for term, value in graph.predicate_objects(URIRef(thing)):
        tag = f"@{value.language}" if isinstance(value, Literal) and value.language else ""
        found.setdefault(_last(term), set()).add(f"{value}{tag}")
    return found


def test_what_is_known_of_data_sets_and_apis_is_all_told(harvested: Graph) -> None:
    """Each property in the profile's word for it; what is not known is left out."""
    records, media = f"{ISSUER}/catalogue/v1", "https://data.example.se"
    tider, api = f"{records}/datasets/tider", f"{records}/data-services/lokal-api"
    told = facts(harvested, tider)
    assert told["keyword"] == {"tid@sv", "hour@en", "dag@sv"}
    assert told["theme"] == {f"{THEMES}SOCI", f"{THEMES}GOVE"}
    assert told["title"] == {"Tider@sv", "Hours@en"}
    assert told["distribution"] == {f"{tider}#1", f"{tider}#2"}
    today = {str(local_day(datetime.now(UTC)))}
    assert told["modified"] == facts(harvested, str(CATALOGUE))["modified"] == today
    assert facts(harvested, f"{tider}#1") == {
        "type": {str(DCAT.Distribution)}, "title": {"Som fil@sv"}, "format": {"text/csv"},
        "accessURL": {f"{media}/tider"}, "downloadURL": {f"{media}/tider.csv"},
        "byteSize": {"7"}, "license": {CC_BY}, "accessService": {api},
    }  # fmt: skip
    assert facts(harvested, f"{tider}#2") == {
        "type": {str(DCAT.Distribution)}, "format": {"text/x-other"},
        "accessURL": {f"{media}/annat"},
    }  # fmt: skip
    service = facts(harvested, api)
    assert service["license"] == {CC_BY}
    assert service["servesDataset"] == {f"{records}/datasets/lokaler"}
    assert service["endpointDescription"] == {f"{media}/api/openapi.json"}
    # What names no theme is about education.
    assert facts(harvested, f"{records}/datasets/statistik")["theme"] == {f"{THEMES}EDUC"}
    assert facts(harvested, str(PUBLISHER))["identifier"] == {"212000-0001"}


def test_the_european_profile_has_codes_for_formats(city: City) -> None:
    """The authority's where it has one, else the media type's address; and both for media types."""
    graph = read(city, "/datasets/dcat?profile=eu")
    media = "https://www.iana.org/assignments/media-types"
    codes = "http://publications.europa.eu/resource/authority/file-type"
    form = f"{ISSUER}/catalogue/v1/datasets/tider#"
    for number, kind, code in ((1, "text/csv", f"{codes}/CSV"),
                               (2, "text/x-other", f"{media}/text/x-other")):  # fmt: skip
        told = facts(graph, f"{form}{number}")
        assert (told["mediaType"], told["format"]) == ({f"{media}/{kind}"}, {code})


def test_what_is_known_of_public_services_is_all_told(city: City) -> None:
    """Channels, costs and who answers, each by an address of its own."""
    graph = read(city, "/catalogue/v1/exports/cpsv-ap")
    services = f"{ISSUER}/catalogue/v1/public-services"
    told = facts(graph, f"{services}/avgift")
    assert told["title"] == {"Betala avgift@sv"}
    assert told["hasCompetentAuthority"] == {f"{ISSUER}/catalogue/v1/organisations/exempelstad"}
    (channel,), (cost,) = told["hasChannel"], told["hasCost"]
    website = facts(graph, channel)
    assert website["page"] == {"https://example.se/avgift"}
    (code,) = website["type"] - {str(CV.Channel)}
    assert facts(graph, code)["prefLabel"] >= {"webbplats@sv"}
    assert "relation" not in website
    price = facts(graph, cost)
    assert {float(one) for one in price["value"]} == {150.0}
    assert {_last(one) for one in price["currency"]} == {"SEK"}
    assert price["description"] == {"Per månad.@sv"}
    (login,) = facts(graph, f"{services}/anmal")["hasChannel"]
    assert facts(graph, login)["relation"] == {f"{ISSUER}/catalogue/v1/services/nya"}
    assert "page" not in facts(graph, login)
    assert told["description"] == {"Så betalar du.@sv"}
    # The profile asks for a text and for a name.
    unknown = facts(graph, f"{services}/nagot")
    assert unknown["description"] and unknown["description"] != told["description"]
    (nameless,) = unknown["hasCompetentAuthority"]
    assert facts(graph, nameless)["prefLabel"] == {"utan-namn@sv"}
    authority = facts(graph, f"{ISSUER}/catalogue/v1/organisations/exempelstad")
    assert authority["prefLabel"] == {"Exempelstads kommun@sv", "City of Exempelstad@en"}


def test_our_own_open_data_has_a_licence_and_no_other(harvested: Graph) -> None:
    """The catalogue is anybody's; what needs an agreement is nobody's by a licence."""
    for thing in harvested.subjects(RDF.type, DCAT.Dataset):
        if not str(thing).startswith(f"{ISSUER}/datasets/dcat#data-"):
            continue
        told = facts(harvested, str(thing))
        (access,) = told["accessRights"]
        for form in told["distribution"]:
            licence = facts(harvested, form).get("license")
            cc0 = {"http://creativecommons.org/publicdomain/zero/1.0/"}
            assert licence == (cc0 if access.endswith("/PUBLIC") else None), form


@pytest.mark.parametrize("path", ["/datasets/dcat", "/datasets/dcat?profile=eu"])
def test_a_data_set_is_published_by_whom_the_catalogue_names(city: City, path: str) -> None:
    """The city by its number at the portal; others by theirs, or where they are read."""
    graph, records = read(city, path), f"{ISSUER}/catalogue/v1"
    organisations, kind = f"{records}/organisations", "http://purl.org/adms/publishertype/"
    agents = {
        "datasets/lokaler": (f"{organisations}/exempelstad", "Exempelstads kommun",
                             "LocalAuthority"),
        "datasets/statistik": (f"{organisations}/leverantoren", "Åkerlund Data", "Company"),
        # Under its number it is the city, under the name of the settings.
        "data-services/lokal-api": (str(PUBLISHER), "Exempelstad", "LocalAuthority"),
    }  # fmt: skip
    for record, (agent, name, sort) in agents.items():
        assert list(graph.objects(URIRef(f"{records}/{record}"), DCTERMS.publisher)) == [
            URIRef(agent)
        ]
        assert graph.value(URIRef(agent), DCTERMS.type) == URIRef(kind + sort)
        assert (URIRef(agent), RDF.type, FOAF.Agent) in graph
        (told,) = [str(one) for one in graph.objects(URIRef(agent), FOAF.name)
                   if isinstance(one, Literal) and one.language == "sv"]  # fmt: skip
        assert told == name
    assert graph.value(CATALOGUE, DCTERMS.publisher) == PUBLISHER


def test_no_thing_is_without_an_address_and_no_person_is_named(harvested: Graph) -> None:
    """The portal merges what it harvests; a contact needs a scope."""
    assert not [one for triple in harvested for one in triple if type(one).__name__ == "BNode"]
    assert "kim@example.se" not in harvested.serialize(format="turtle")
    assert (None, None, URIRef("mailto:data@example.se")) in harvested


def test_the_exports_hold_to_our_shapes(city: City, harvested: Graph) -> None:
    """Which are written from the standards' lists and always at hand."""
    assert violations(harvested, OWN / "dcat-ap-se.ttl") == set()
    assert violations(read(city, "/catalogue/v1/exports/cpsv-ap"), OWN / "cpsv-ap.ttl") == set()


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
    assert violations(read(city, path), OFFICIAL / file) == set()


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


def _second_publisher(graph: Graph) -> None:
    other = max(set(graph.subjects(RDF.type, FOAF.Agent)) - {PUBLISHER}, key=str)
    graph.add((CATALOGUE, DCTERMS.publisher, other))


def _record(graph: Graph) -> None:
    graph.add((URIRef(f"{CATALOGUE}-record"), RDF.type, DCAT.CatalogRecord))


MISSING = "MinCount"
FAULTS: dict[str, tuple[str, Callable[[Graph], object], set[tuple[str, str]]]] = {
    "the publisher's type is missing": ("dcat", without(FOAF.Agent, DCTERMS.type),
                                        {("type", MISSING)}),
    "a distribution has no accessURL": ("dcat", without(DCAT.Distribution, DCAT.accessURL),
                                        {("accessURL", MISSING)}),
    "a title has no language": ("dcat", _untagged, {("title", "Datatype")}),
    "the licence is not CC0": ("dcat", lambda g: g.set(
        (CATALOGUE, DCTERMS.license, URIRef("https://example.se/licence"))),
        {("license", "HasValue")}),
    # As a value of its data set, and as what it is.
    "a distribution is a blank node": ("dcat", _blank,
                                       {("distribution", "NodeKind"), ("", "NodeKind")}),
    "the contact has no e-mail": ("dcat", without(URIRef(f"{VCARD}Organization"),
                                                  URIRef(f"{VCARD}hasEmail")),
                                  {("hasEmail", MISSING)}),
    "a date is no date": ("dcat", lambda g: g.set(
        (CATALOGUE, DCTERMS.modified, Literal("i går", datatype=XSD.string))),
        {("modified", "Datatype")}),
    "there are two publishers": ("dcat", _second_publisher, {("publisher", "MaxCount")}),
    "a data set has no publisher": ("dcat", without(DCAT.Dataset, DCTERMS.publisher),
                                    {("publisher", MISSING)}),
    "a data set has no identifier": ("dcat", without(DCAT.Dataset, DCTERMS.identifier),
                                     {("identifier", MISSING)}),
    "an identifier is no UUID": ("dcat", lambda g: g.set(
        (one_of(g, DCAT.Dataset), DCTERMS.identifier, Literal("lokaler"))),
        {("identifier", "Pattern")}),
    "an API has no identifier": ("dcat", without(DCAT.DataService, DCTERMS.identifier),
                                 {("identifier", MISSING)}),
    "there is a record about a record": ("dcat", _record, {("type", "MaxCount")}),
    "a service has no authority": ("cpsv", without(PUBLIC_SERVICE, CV.hasCompetentAuthority),
                                   {("hasCompetentAuthority", MISSING)}),
    "a service has no identifier": ("cpsv", without(PUBLIC_SERVICE, DCTERMS.identifier),
                                    {("identifier", MISSING)}),
    "a code has no name": ("cpsv", without(SKOS.Concept, SKOS.prefLabel), {("prefLabel", MISSING)}),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(city: City, harvested: Graph, name: str) -> None:
    """It and no other: shapes that nothing breaks would prove nothing, nor those that all does."""
    which, plant, expected = FAULTS[name]
    whole = harvested if which == "dcat" else read(city, "/catalogue/v1/exports/cpsv-ap")
    faulty = Graph()
    for triple in whole:
        faulty.add(triple)
    plant(faulty)
    shape = OWN / ("dcat-ap-se.ttl" if which == "dcat" else "cpsv-ap.ttl")
    assert violations(faulty, shape) == expected


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
        assert violations(graph, OWN / "dcat-ap-se.ttl") == set()
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
    # Nobody knows what is in it, which is not the same as nothing.
    assert registers["molnet-delen"]["information"] is None
    assert registers["utan"]["information"] == []
    assert [(one["from"]["sv"], one["to"]["sv"]) for one in told["flows"]] == [
        ("Elevregistret", "Närvaroportalen")
    ]
    assert told["notHere"]
    assert caller.get("/exports/osl-4-2").status_code == 400
    assert caller.get("/exports/osl-4-2", organisation="nope").status_code == 404
