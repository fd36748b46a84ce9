"""DCAT-AP-SE 3.0.1, as the national data portal harvests it; and the European DCAT-AP 3.0.1.

They contradict each other in one term: `dcterms:format` is the media type's text in the Swedish
profile and a resource in the European one. Nothing is a blank node, because the portal merges what
it harvests by addresses.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD

from app.queries.catalogue.versions import Version
from app.routers.catalogue.rdf.own_apis import APIS, SETS, Api, Data, Text
from app.routers.catalogue.rdf.terms import (
    AUTHORITY,
    CC0,
    ENGLISH,
    LOCAL_AUTHORITY,
    PUBLISHER_TYPES,
    SWEDISH,
    VCARD,
    City,
    new_graph,
    portal_address,
    say,
    say_day,
)
from app.schemas.catalogue.kinds import BY_SECTION
from app.schemas.catalogue.telling import redacted

EDUCATION = AUTHORITY["data-theme/EDUC"]
THEMES = AUTHORITY["data-theme"]
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
FILE_TYPES = {"application/json": "JSON", "application/yaml": "YAML", "application/xml": "XML",
              "text/csv": "CSV", "application/rdf+xml": "RDF_XML", "text/turtle": "RDF_TURTLE",
              "application/ld+json": "JSON_LD", "text/html": "HTML"}  # fmt: skip
# What the European profile has the values of these terms be.
KINDS_OF_VALUES = {
    DCTERMS.license: DCTERMS.LicenseDocument, DCTERMS.language: DCTERMS.LinguisticSystem,
    DCAT.mediaType: DCTERMS.MediaType, DCTERMS["format"]: DCTERMS.MediaTypeOrExtent,
    DCTERMS.accessRights: DCTERMS.RightsStatement, DCAT.theme: SKOS.Concept,
    DCAT.themeTaxonomy: SKOS.ConceptScheme, FOAF.homepage: FOAF.Document,
}  # fmt: skip
NAMES = {str(EDUCATION): "Education, culture and sport", str(THEMES): "Data theme"}


ABOUT: Text = {
    "sv": "Datamängder och API:er om skolan, också sådana som inte är öppna för alla.",
    "en": "Data sets and APIs on schools, those that are not for everybody, too.",
}


class Export:
    """One catalogue being written."""

    def __init__(self, city: City, *, european: bool) -> None:
        self.city, self.european = city, european
        self.graph = new_graph(
            dcat=DCAT, dcterms=DCTERMS, foaf=FOAF, vcard=VCARD, xsd=XSD, skos=SKOS
        )
        self.catalogue = city.thing("catalogue")
        self.organisations: dict[str, dict[str, Any]] = {}

    def write(self, records: Iterable[Version], *, modified: datetime | None) -> Graph:
        """The whole of it. `modified`: when the newest of the records was published."""
        names: Text = {"sv": self.city.name}
        self._agent(self.city.publisher, names, LOCAL_AUTHORITY, self.city.organisation_number)
        self._catalogue(modified)
        for api in APIS:
            self._own_api(api)
        for data in SETS:
            self._own_set(data)
        # What everybody may know, whoever asks.
        told = [
            (version, redacted(BY_SECTION[version.section], version.document, frozenset()))
            for version in records
        ]
        self.organisations = {
            version.id: document for version, document in told if version.section == "organisations"
        }
        for version, document in told:
            if version.section == "datasets":
                self._dataset(version, document)
            elif version.section == "dataServices":
                self._data_service(version, document)
        return self.graph

    def _publisher(self, identifier: str) -> URIRef:
        """Whoever a record names, as the portal knows them if their number is known: then the city
        is one and the same agent, whoever names it.
        """
        organisation = self.organisations[identifier]
        number = organisation["organisationNumber"]
        thing = portal_address(number) if number else self.city.record("organisations", identifier)
        if thing != self.city.publisher:
            kind = PUBLISHER_TYPES.get(organisation["type"], LOCAL_AUTHORITY)
            self._agent(thing, organisation["name"] or {"sv": identifier}, kind, number)
        return thing

    def _agent(self, thing: URIRef, names: Text, kind: URIRef, number: str | None) -> None:
        """A publisher. Its address is not the contact's."""
        self._add(thing, RDF.type, FOAF.Agent)
        say(self.graph, thing, FOAF.name, names)
        self._add(thing, DCTERMS.type, kind)
        if self.european:
            self._value(kind, SKOS.Concept)
        if number:
            self._add(thing, DCTERMS.identifier, Literal(number))

    def _catalogue(self, modified: datetime | None) -> None:
        name = self.city.name
        self._add(self.catalogue, RDF.type, DCAT.Catalog)
        say(self.graph, self.catalogue, DCTERMS.title,
            {"sv": f"Skolans data i {name}", "en": f"School data of {name}"})  # fmt: skip
        say(self.graph, self.catalogue, DCTERMS.description, ABOUT)
        self._add(self.catalogue, DCTERMS.publisher, self.city.publisher)
        self._add(self.catalogue, DCTERMS.license, CC0)
        self._add(self.catalogue, DCAT.themeTaxonomy, THEMES)
        self._add(self.catalogue, FOAF.homepage, URIRef(self.city.address))
        for language in (SWEDISH, ENGLISH):
            self._add(self.catalogue, DCTERMS.language, language)
        if modified is not None:
            say_day(self.graph, self.catalogue, DCTERMS.modified, modified.isoformat())

    def _own_api(self, api: Api) -> None:
        address = self.city.address + api.path
        thing = self.city.thing(api.name)
        self._service(thing, api.title, api.description, address, api.access)
        self._add(thing, DCAT.endpointDescription, URIRef(f"{address}/openapi.json"))
        self._add(thing, DCTERMS.identifier, self.city.uuid(api.name))
        self._add(thing, DCTERMS.publisher, self.city.publisher)
        for served in api.serves:
            self._add(thing, DCAT.servesDataset, self.city.thing(f"data-{served}"))

    def _own_set(self, data: Data) -> None:
        thing = self.city.thing(f"data-{data.name}")
        self._set(thing, data.title, data.description, data.access)
        self._add(thing, DCTERMS.identifier, self.city.uuid(f"data-{data.name}"))
        self._add(thing, DCTERMS.publisher, self.city.publisher)
        self._add(thing, DCAT.theme, EDUCATION)
        for words in data.keywords:
            say(self.graph, thing, DCAT.keyword, words)
        for number, (api, path, media_type) in enumerate(data.at, 1):
            form = self.city.thing(f"data-{data.name}-{number}")
            self._distribution(thing, form, self.city.address + path, media_type)
            say(self.graph, form, DCTERMS.title, data.title)
            self._add(form, DCAT.accessService, self.city.thing(api))
            if data.access == "PUBLIC":
                self._add(form, DCTERMS.license, CC0)

    def _dataset(self, version: Version, document: dict[str, Any]) -> None:
        thing = self.city.record("datasets", version.id)
        self._set(thing, document["title"], document["description"], document["accessRights"])
        self._add(thing, DCTERMS.identifier, Literal(str(version.uuid)))
        self._add(thing, DCTERMS.publisher, self._publisher(document["publisherId"]))
        say_day(self.graph, thing, DCTERMS.modified, version.saved.isoformat())
        for words in document["keywords"] or ():
            say(self.graph, thing, DCAT.keyword, words)
        for theme in document["themes"] or (EDUCATION,):
            self._add(thing, DCAT.theme, URIRef(theme))
        for number, one in enumerate(document["distributions"] or (), 1):
            form = URIRef(f"{thing}#{number}")
            self._distribution(thing, form, one["accessUrl"], one["mediaType"])
            say(self.graph, form, DCTERMS.title, one["title"])
            if one["downloadUrl"]:
                self._add(form, DCAT.downloadURL, URIRef(one["downloadUrl"]))
            if one["byteSize"] is not None:
                size = Literal(one["byteSize"], datatype=XSD.nonNegativeInteger)
                self._add(form, DCAT.byteSize, size)
            if one["licence"]:
                self._add(form, DCTERMS.license, URIRef(one["licence"]))
            if one["serviceId"]:
                service = self.city.record("data-services", one["serviceId"])
                self._add(form, DCAT.accessService, service)

    def _data_service(self, version: Version, document: dict[str, Any]) -> None:
        thing = self.city.record("data-services", version.id)
        self._service(thing, document["title"], document["description"], document["endpointUrl"],
                      document["accessRights"])  # fmt: skip
        self._add(thing, DCTERMS.identifier, Literal(str(version.uuid)))
        self._add(thing, DCTERMS.publisher, self._publisher(document["publisherId"]))
        if document["endpointDescription"]:
            self._add(thing, DCAT.endpointDescription, URIRef(document["endpointDescription"]))
        if document["licence"]:
            self._add(thing, DCTERMS.license, URIRef(document["licence"]))
        for served in document["serves"] or ():
            self._add(thing, DCAT.servesDataset, self.city.record("datasets", served))

    def _set(self, thing: URIRef, title: Text, description: Text, access: str) -> None:
        self._add(self.catalogue, DCAT.dataset, thing)
        self._add(thing, RDF.type, DCAT.Dataset)
        self._common(thing, title, description, access)

    def _service(
        self, thing: URIRef, title: Text, description: Text, address: str, access: str
    ) -> None:
        self._add(self.catalogue, DCAT.service, thing)
        self._add(thing, RDF.type, DCAT.DataService)
        self._common(thing, title, description, access)
        self._add(thing, DCAT.endpointURL, URIRef(address))

    def _common(self, thing: URIRef, title: Text, description: Text, access: str) -> None:
        say(self.graph, thing, DCTERMS.title, title)
        say(self.graph, thing, DCTERMS.description, description)
        self._add(thing, DCTERMS.accessRights, AUTHORITY[f"access-right/{access}"])
        if self.city.email:
            self._add(thing, DCAT.contactPoint, self._contact(self.city.email))

    def _contact(self, email: str) -> URIRef:
        thing = self.city.thing("contact")
        self._add(thing, RDF.type, VCARD.Organization)
        if self.european:
            self._add(thing, RDF.type, VCARD.Kind)
        self._add(thing, VCARD.fn, Literal(self.city.name))
        self._add(thing, VCARD.hasEmail, URIRef(f"mailto:{email}"))
        return thing

    def _distribution(self, of: URIRef, thing: URIRef, address: str, media_type: str) -> None:
        self._add(of, DCAT.distribution, thing)
        self._add(thing, RDF.type, DCAT.Distribution)
        self._add(thing, DCAT.accessURL, URIRef(address))
        if self.european:
            kind = FILE_TYPES.get(media_type)
            format_ = AUTHORITY[f"file-type/{kind}"] if kind else URIRef(MEDIA_TYPES + media_type)
            self._add(thing, DCTERMS["format"], format_)
            self._add(thing, DCAT.mediaType, URIRef(MEDIA_TYPES + media_type))
        else:
            self._add(thing, DCTERMS["format"], Literal(media_type))

    def _add(self, thing: URIRef, term: URIRef, value: URIRef | Literal) -> None:
        self.graph.add((thing, term, value))
        if self.european and term in KINDS_OF_VALUES:
            self._value(value, KINDS_OF_VALUES[term])

    def _value(self, value: URIRef | Literal, kind: URIRef) -> None:
        """The European profile has values say what they are, concepts by name."""
        self.graph.add((value, RDF.type, kind))
        name = Literal(NAMES.get(str(value), str(value).rpartition("/")[2]), lang="en")
        if kind == SKOS.Concept:
            self.graph.add((value, SKOS.prefLabel, name))
        elif kind == SKOS.ConceptScheme:
            self.graph.add((value, DCTERMS.title, name))


def dcat(
    records: Iterable[Version], city: City, *, modified: datetime | None, european: bool = False
) -> Graph:
    """The city's data sets and APIs; `european` by the profile of the Union."""
    return Export(city, european=european).write(records, modified=modified)
