"""The catalogue in other forms: a file that can be imported, RDF, the description of records."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from rdflib import Graph

from app.database import Session
from app.errors import BadParameter, NotFound, shown
from app.queries.catalogue.lists import last_change
from app.queries.catalogue.records_description import describe_records
from app.queries.catalogue.versions import everything, published
from app.routers.catalogue.asking import (
    PREFIX,
    answer,
    begin,
    begin_as,
    read_code,
    read_instant,
    read_word,
    written,
)
from app.routers.catalogue.rdf.cpsv import cpsv
from app.routers.catalogue.rdf.dcat import dcat
from app.routers.catalogue.rdf.terms import City
from app.schemas.catalogue.kinds import BY_SECTION
from app.services.catalogue.yaml_files import write_yaml
from app.web.parameters import Parameters, no_parameters, only_parameters
from app.web.routes import PlainRoute

YAML = "application/yaml"
# What the national portal takes first: it reads nothing else.
RDF_TYPES = {
    "application/rdf+xml": "xml",
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
}
PROFILES = ("se", "eu")
HARVESTED = "/datasets/dcat"


@dataclass(frozen=True, slots=True)
class Made:
    """An export, and its tag where that is not the body's own."""

    tag: str | None
    body: bytes


async def as_yaml(request: Request) -> Response:
    """GET /exports/yaml."""
    caller = await begin(request, "/exports/yaml", offered=(YAML, "text/yaml"))
    at = read_instant(only_parameters(request.scope["query_string"], ("recordedOn",)), "recordedOn")

    def read() -> Response:
        with request.app.state.database.transaction() as session:

            def make() -> Made:
                file = write_yaml(everything(session, BY_SECTION, at), frozenset(caller.scopes))
                return Made(None, file.encode())

            if at is None and not caller.scopes:
                made = _kept(request, session, "yaml", make)
            else:
                made = make()
        return answer(request, caller, made.body, media_type=YAML)

    return await run_in_threadpool(read)


async def as_dcat(request: Request) -> Response:
    """GET /exports/dcat-ap-se."""
    return await _dcat(request, f"GET {PREFIX}/exports/dcat-ap-se")


async def _dcat(request: Request, route: str) -> Response:
    sent = only_parameters(request.scope["query_string"], ("profile",))
    european = read_code(sent, "profile", PROFILES) == "eu"

    def make(session: Session, city: City) -> Graph:
        records = list(everything(session, ("organisations", "datasets", "dataServices")))
        newest = max((one.published for one in records if one.published), default=None)
        return dcat(records, city, modified=newest, european=european)

    return await _rdf(request, route, f"dcat {european}", make)


async def as_cpsv(request: Request) -> Response:
    """GET /exports/cpsv-ap."""
    no_parameters(request.scope["query_string"])

    def make(session: Session, city: City) -> Graph:
        return cpsv(everything(session, ("organisations", "publicServices")), city)

    return await _rdf(request, f"GET {PREFIX}/exports/cpsv-ap", "cpsv", make)


async def _rdf(
    request: Request, route: str, name: str, make: Callable[[Session, City], Graph]
) -> Response:
    """A graph as the caller likes it best, with a tag that is the same in every process."""
    caller = await begin_as(request, route, offered=tuple(RDF_TYPES))
    media_type: str = request.state.media_type

    def read() -> Response:
        with request.app.state.database.transaction() as session:

            def written_graph() -> Made:
                graph = make(session, city_of(request))
                triples = sorted(graph.serialize(format="nt").splitlines())
                text = "\n".join((media_type, *triples)).encode()
                tag = f'"{hashlib.blake2b(text, digest_size=12).hexdigest()}"'
                return Made(tag, graph.serialize(format=RDF_TYPES[media_type], encoding="utf-8"))

            made = _kept(request, session, f"{name} {media_type}", written_graph)
        return answer(request, caller, made.body, tag=made.tag, media_type=media_type)

    return await run_in_threadpool(read)


def _kept(request: Request, session: Session, name: str, make: Callable[[], Made]) -> Made:
    """What was made of the catalogue as it is now, for everybody; else made now. Whoever asks
    costs little, however large the catalogue is.
    """
    changed = last_change(session)
    kept: dict[str, tuple[datetime | None, Made]] = request.app.state.exports
    found = kept.get(name)
    if found is None or found[0] != changed:
        found = kept[name] = (changed, make())
    return found[1]


def city_of(request: Request) -> City:
    """Whose catalogue it is, by the settings."""
    settings = request.app.state.settings
    return City(settings.city_name, settings.public_url, settings.city_organisation_number,
                settings.city_email)  # fmt: skip


async def as_osl(request: Request) -> Response:
    """GET /exports/osl-4-2."""
    caller = await begin(request, "/exports/osl-4-2")
    sent: Parameters = only_parameters(request.scope["query_string"], ("organisation",))
    organisation = read_word(sent, "organisation")
    if organisation is None:
        raise BadParameter("organisation is required: the authority, by its id.")

    def read() -> Response:
        with request.app.state.database.transaction() as session:
            if published(session, "organisations", organisation) is None:
                raise NotFound(f"There is no organisation {shown(organisation)}.")
            found = describe_records(session, organisation)
        registers = [
            {"id": one.id, "name": one.name, "description": one.description,
             "information": one.information, "mayContainPublicRecords": one.may_contain,
             "secrecy": one.secrecy}
            for one in found.registers
        ]  # fmt: skip
        flows: list[dict[str, Any]] = [
            {"from": one.from_, "to": one.to, "information": one.information,
             "outsideTheAuthority": one.outside}
            for one in found.flows
        ]  # fmt: skip
        told = {"authority": found.authority, "registers": registers, "flows": flows,
                "notHere": list(found.not_here)}  # fmt: skip
        return answer(request, caller, written(told))

    return await run_in_threadpool(read)


# On the host itself: the address that the national portal knows from the start.
router = APIRouter(route_class=PlainRoute)


@router.get(HARVESTED, include_in_schema=False)
async def harvested(request: Request) -> Response:
    """GET /datasets/dcat."""
    return await _dcat(request, f"GET {HARVESTED}")
