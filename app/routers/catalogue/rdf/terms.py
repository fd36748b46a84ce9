"""What all exports share: the city, addresses of things, texts with their language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import RDF, XSD

ADMS_PUBLISHER = Namespace("http://purl.org/adms/publishertype/")
LOCAL_AUTHORITY = ADMS_PUBLISHER.LocalAuthority
# By what an organisation of the catalogue is; the rest are parts of a municipality.
PUBLISHER_TYPES = {
    "supplier": ADMS_PUBLISHER.Company, "national_body": ADMS_PUBLISHER.NationalAuthority,
}  # fmt: skip
AUTHORITY = Namespace("http://publications.europa.eu/resource/authority/")
CV = Namespace("http://data.europa.eu/m8g/")
CPSV = Namespace("http://purl.org/vocab/cpsv#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
CC0 = URIRef("http://creativecommons.org/publicdomain/zero/1.0/")
SWEDISH, ENGLISH = AUTHORITY["language/SWE"], AUTHORITY["language/ENG"]
PORTAL = "http://dataportal.se/organisation/SE"


@dataclass(frozen=True, slots=True)
class City:
    """Whose catalogue it is, and where it is served."""

    name: str
    address: str
    organisation_number: str | None = None
    email: str | None = None

    @property
    def publisher(self) -> URIRef:
        """The city, as the national portal knows it if its number is known."""
        if self.organisation_number:
            return portal_address(self.organisation_number)
        return self.thing("publisher")

    def thing(self, name: str) -> URIRef:
        """Something of the whole catalogue, by an address of its own."""
        return URIRef(f"{self.address}/datasets/dcat#{name}")

    def record(self, path: str, identifier: str) -> URIRef:
        """A record of the catalogue, where it is read."""
        return URIRef(f"{self.address}/catalogue/v1/{path}/{identifier}")

    def uuid(self, name: str) -> Literal:
        """An identifier for what has no record: the same for ever at this address."""
        return Literal(str(uuid5(NAMESPACE_URL, f"{self.address} {name}")))


def portal_address(organisation_number: str) -> URIRef:
    """An organisation as the national portal knows it."""
    return URIRef(PORTAL + organisation_number.replace("-", ""))


def say(graph: Graph, thing: URIRef, term: URIRef, value: Mapping[str, str | None] | None) -> None:
    """A text in each language that it is known in."""
    for language, words in (value or {}).items():
        if words:
            graph.add((thing, term, Literal(words, lang=language)))


def say_day(graph: Graph, thing: URIRef, term: URIRef, value: str | None) -> None:
    """A day."""
    if value:
        graph.add((thing, term, Literal(value[:10], datatype=XSD.date)))


def new_graph(**prefixes: Any) -> Graph:  # noqa: ANN401 - namespaces
    """An empty graph that is written with these prefixes."""
    graph = Graph(bind_namespaces="none")
    graph.bind("rdf", RDF)
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace)
    return graph
