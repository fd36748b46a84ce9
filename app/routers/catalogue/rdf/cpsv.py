"""CPSV-AP 3.2.0: what citizens can get done. Systems appear only as where a channel leads.

Whatever is a code or a place says in the graph what it is, because the profile's shapes ask so.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, SKOS, XSD

from app.queries.catalogue.versions import Version
from app.routers.catalogue.rdf.own_apis import Text
from app.routers.catalogue.rdf.terms import CPSV, CV, SWEDISH, City, new_graph, say
from app.schemas.catalogue.kinds import BY_SECTION
from app.schemas.catalogue.telling import redacted

# A description is mandatory there, and what nobody knows is not made up.
NO_DESCRIPTION: Text = {
    "sv": "Katalogen har ingen beskrivning av tjänsten.",
    "en": "The catalogue has no description of the service.",
}
CODES: Mapping[str, Text] = {
    "e_service": {"sv": "e-tjänst", "en": "e-service"},
    "web_login": {"sv": "webbplats med inloggning", "en": "website with login"},
    "website": {"sv": "webbplats", "en": "website"},
    "mobile_app": {"sv": "mobilapp", "en": "mobile app"},
    "email": {"sv": "e-post", "en": "e-mail"},
}


class Export:
    """The public services being written."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.graph = new_graph(cpsv=CPSV, cv=CV, dcterms=DCTERMS, skos=SKOS, foaf=FOAF, xsd=XSD)

    def write(self, records: Iterable[Version]) -> Graph:
        """Public services, and the organisations that answer for them."""
        found = list(records)
        organisations = {one.id: one.document for one in found if one.section == "organisations"}
        for version in found:
            if version.section == "publicServices":
                document = redacted(BY_SECTION[version.section], version.document, frozenset())
                self._service(version, document)
                answerable = document["organisationId"]
                self._organisation(answerable, organisations[answerable])
        return self.graph

    def _service(self, version: Version, document: dict[str, Any]) -> None:
        thing = self.city.record("public-services", version.id)
        self._add(thing, RDF.type, CPSV.PublicService)
        self._add(thing, DCTERMS.identifier, Literal(str(version.uuid)))
        say(self.graph, thing, DCTERMS.title, document["name"])
        say(self.graph, thing, DCTERMS.description, document["description"] or NO_DESCRIPTION)
        organisation = self.city.record("organisations", document["organisationId"])
        self._add(thing, CV.hasCompetentAuthority, organisation)
        self._add(thing, DCTERMS.language, SWEDISH)
        self.graph.add((SWEDISH, RDF.type, DCTERMS.LinguisticSystem))
        self._concept(SWEDISH, {"sv": "svenska", "en": "Swedish"})
        for number, channel in enumerate(document["channels"] or (), 1):
            self._channel(thing, number, channel)
        for number, cost in enumerate(document["costs"] or (), 1):
            self._cost(thing, number, cost)

    def _channel(self, service: URIRef, number: int, channel: dict[str, Any]) -> None:
        thing = URIRef(f"{service}#channel-{number}")
        self._add(service, CV.hasChannel, thing)
        self._add(thing, RDF.type, CV.Channel)
        self._add(thing, DCTERMS.identifier, Literal(f"{service.rpartition('/')[2]}-{number}"))
        if channel["type"]:
            code = self.city.thing(f"channel-{channel['type']}")
            self._add(thing, DCTERMS.type, code)
            self._concept(code, CODES[channel["type"]])
        if channel["url"]:
            self._add(thing, FOAF.page, URIRef(channel["url"]))
        if channel["systemId"]:
            target = self.city.record("services", channel["systemId"])
            self._add(thing, DCTERMS.relation, target)

    def _cost(self, service: URIRef, number: int, cost: dict[str, Any]) -> None:
        thing = URIRef(f"{service}#cost-{number}")
        self._add(service, CV.hasCost, thing)
        self._add(thing, RDF.type, CV.Cost)
        self._add(thing, DCTERMS.identifier, Literal(f"{service.rpartition('/')[2]}-{number}"))
        amount = Literal(str(cost["amount"]), datatype=XSD.double)
        self._add(thing, CV.value, amount)
        currency = URIRef(
            f"http://publications.europa.eu/resource/authority/currency/{cost['currency']}"
        )
        self._add(thing, CV.currency, currency)
        self._concept(currency, {"sv": cost["currency"]})
        say(self.graph, thing, DCTERMS.description, cost["condition"])

    def _organisation(self, identifier: str, document: dict[str, Any]) -> None:
        thing = self.city.record("organisations", identifier)
        self._add(thing, RDF.type, CV.PublicOrganisation)
        self._add(thing, DCTERMS.identifier, Literal(identifier))
        say(self.graph, thing, SKOS.prefLabel, document["name"] or {"sv": identifier})
        place = URIRef(f"{thing}#place")
        self._add(thing, DCTERMS.spatial, place)
        self._add(place, RDF.type, DCTERMS.Location)

    def _concept(self, code: URIRef, name: Text) -> None:
        self._add(code, RDF.type, SKOS.Concept)
        say(self.graph, code, SKOS.prefLabel, name)

    def _add(self, thing: URIRef, term: URIRef, value: URIRef | Literal) -> None:
        self.graph.add((thing, term, value))


def cpsv(records: Iterable[Version], city: City) -> Graph:
    """The public services of `records`, which hold their organisations, too."""
    return Export(city).write(records)
