"""Builds the catalogue's door as an application of its own, with its own document."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from app.queries.access import CATALOGUE_SCOPES, Scope
from app.routers.catalogue import files, records, services, writing
from app.routers.catalogue.asking import PREFIX
from app.routers.catalogue.described import (
    FILE_BODY,
    IF_MATCH,
    SLUG,
    found_model,
    of_list,
    page_of,
    parameters,
    told_model,
)
from app.schemas.catalogue.answers import (
    Changes,
    ImportReport,
    RecordsDescription,
    StorageDecision,
    Versions,
)
from app.schemas.catalogue.examples import EXAMPLES, NOTE
from app.schemas.catalogue.kinds import BY_SECTION, KINDS, Kind
from app.schemas.problems import BodyProblem
from app.web.documents import describe, say_once
from app.web.doors import new_door, tell_api_info
from app.web.failures import handle_errors
from app.web.operations import Operation, add
from app.web.problems import render_problem

VERSION = "1.0.0"
RELEASED = "2026-12-01"
DESCRIPTION = """Which digital services the city's schools use for what, who delivers them, what may
be kept where, which data flow between them and what replaces them when. For everybody, without
login; what is withheld without a scope is named in `redactedFields`. `null` means that nobody
knows, an empty list that there is none. At most 3 000 requests a minute from one address."""
REFUSALS = {
    400: "A parameter, a header or the body is wrong; `errors` names every fault of the body.",
    401: "The access token is not valid. Without one, what is public is answered.",
    403: "The token lacks the scope that the message names.",
    404: "No such record.",
    406: "Accept excludes what is offered.",
    414: "The query string is too long.",
    429: "The rate limit is used up; see Retry-After.",
    503: "Try again later.",
}
CHANGED = {412: "Others have saved a version meanwhile.", 428: "If-Match is missing."}
CONFLICT = {409: "It contradicts what is there already; the message says what."}
TOLD = {kind.section: told_model(kind) for kind in KINDS}
COMMENT = parameters("comment")
EITHER = TOLD["itServices"] | TOLD["publicServices"]
FOUND = found_model(TOLD["itServices"], "it") | found_model(TOLD["publicServices"], "public")
FOUND_PAGE = page_of(FOUND, "FoundServices")
PAGES = {kind.section: page_of(TOLD[kind.section], kind.model.__name__) for kind in KINDS}


def operations() -> list[Operation]:
    """All of them, those with fixed paths first."""
    found = [
        Operation(
            "/storage-decisions", services.storage_decision, "getStorageDecision",
            "May this information be kept in that service?", (), StorageDecision,
            "Forbidden by one rule beats allowed by others; no rule is `unknown`, never allowed. "
            "Rules of the service's organisation, of those above and below it, and of what the "
            "service is a part of.",
            parameters("informationType", "service", "purposeCategory", "schoolForm", "validOn",
                       required=("informationType", "service")),
        ),
        Operation(
            "/changes", records.changes, "listChanges", "What was published and archived",
            (), Changes,
            "Since an instant, the oldest first. Ask again from the last `at`. What one import did "
            "has one `at` and comes whole, so there may be more than `limit`.",
            parameters("since", "limit", required=("since",)),
        ),
        Operation(
            "/imports", writing.imports, "importCatalogue", "Take a whole catalogue",
            (Scope.CATALOGUE_WRITE,), ImportReport,
            "As YAML (`application/yaml`) or JSON of the same shape: sections of records. All of "
            "it or, when anything is wrong, nothing; every fault is told. Nothing that others "
            "saved meanwhile is overwritten.",
            parameters("publish", "replace", "dryRun", "comment"),
            {413: "The file is too large.", 415: "The file is neither YAML nor JSON."},
            method="POST", tagged=False, status=200, sent=FILE_BODY,
        ),
        Operation(
            "/exports/yaml", files.as_yaml, "exportYaml", "The whole catalogue as YAML",
            (), None, "What is published, as `POST /imports` takes it.",
            parameters("recordedOn"), media_types=(files.YAML,),
        ),
        Operation(
            "/exports/dcat-ap-se", files.as_dcat, "exportDcat", "Data sets and APIs as DCAT", (),
            None, "DCAT-AP-SE 3.0.1, or DCAT-AP 3.0.1 with `profile=eu`. The national data portal "
            "harvests the same at `/datasets/dcat` of this host. Our own APIs and their data sets "
            "are in it besides those of the catalogue.",
            parameters("profile"), media_types=tuple(files.RDF_TYPES),
        ),
        Operation(
            "/exports/cpsv-ap", files.as_cpsv, "exportCpsv", "Public services as CPSV-AP", (),
            None, "CPSV-AP 3.2.0. Systems are in it only as where a channel leads.",
            media_types=tuple(files.RDF_TYPES),
        ),
        Operation(
            "/exports/osl-4-2", files.as_osl, "describeRecords",
            "An authority's description of its records", (), RecordsDescription,
            "By 4 kap. 2 § of the public access and secrecy act (OSL): registers, and what "
            "regularly comes and goes, of an organisation and those below it. `notHere` names "
            "what the catalogue does not hold.",
            parameters("organisation", required=("organisation",)),
        ),
    ]  # fmt: skip
    for kind in KINDS:
        found += of_kind(kind)
    return found + below()


def of_kind(kind: Kind) -> list[Operation]:
    """The operations of one kind."""
    one, told = kind.model.__name__, TOLD[kind.section]
    many, path = _plural(kind), f"/{kind.path}"
    if kind.section == "itServices":
        both: tuple[Kind, ...] = (kind, BY_SECTION["publicServices"])
        listed = Operation(
            path, services.list_services, "listServices", "Find services of both kinds", (),
            FOUND_PAGE,
            "What one needs to know is neither who delivers a service nor what it is called: `q` "
            "looks in names, other names and tasks. Filters that concern use (`informationType`, "
            "`schoolForm`, `purposeCategory`, `userGroup`) are met by one and the same usage, or "
            "by the service itself. With `validOn`: what was used on that day.",
            parameters(*services.TAKEN),
        )  # fmt: skip
    else:
        both = (kind,)
        listed = Operation(
            path, records.lists(kind), f"list{many}", f"List records of the kind {kind.noun}",
            (), PAGES[kind.section], f"{_sentence(kind)} In Swedish order of names.", of_list(kind),
        )  # fmt: skip
    read = parameters("recordedOn", "draft")
    write, publish = (Scope.CATALOGUE_WRITE,), (Scope.CATALOGUE_PUBLISH,)
    return [
        listed,
        Operation(
            path, writing.creates(kind), f"create{one}", f"Save a new record: {kind.noun}", write,
            told, "As a draft, which nobody sees until it is published.", COMMENT, CONFLICT,
            method="POST", body=kind.model, example=EXAMPLES[kind.section],
        ),
        Operation(
            f"{path}/{{id}}", records.reads(both, kind.path), f"get{one}",
            f"Read one record: {kind.noun}", (),
            EITHER if len(both) > 1 else told, "As it counts now, or at an instant.",
            (SLUG, *read),
        ),
        Operation(
            f"{path}/{{id}}", writing.replaces(kind), f"replace{one}",
            f"Save the next version: {kind.noun}", write, told,
            "As a draft. What the token may not see stays as it is.", (SLUG, IF_MATCH, *COMMENT),
            CHANGED, method="PUT", body=kind.model, example=EXAMPLES[kind.section],
        ),
        Operation(
            f"{path}/{{id}}", writing.patches(kind), f"change{one}",
            f"Save the next version by what differs: {kind.noun}", write, told,
            "A merge patch: what is not sent stays; null means that nobody knows.",
            (SLUG, IF_MATCH, *COMMENT), CHANGED, method="PATCH", body=kind.model, example=NOTE,
        ),
        Operation(
            f"{path}/{{id}}/publication", writing.publishes(kind), f"publish{one}",
            f"Let the newest version count: {kind.noun}", publish, told,
            "From now on. All that it names must be published.", (SLUG, IF_MATCH, *COMMENT),
            CHANGED | CONFLICT, method="PUT",
        ),
        Operation(
            f"{path}/{{id}}/publication", writing.archives(kind), f"archive{one}",
            f"Let it count no more: {kind.noun}", publish, told,
            "Its versions stay. Refused while published records name it.",
            (SLUG, IF_MATCH, *COMMENT), CHANGED | CONFLICT, method="DELETE", status=200,
        ),
        Operation(
            f"{path}/{{id}}/versions", records.told_versions(both, kind.path),
            f"list{one}Versions", f"All versions: {kind.noun}", (), Versions,
            "The newest first; those that were never published only for `catalogue:write`.",
            (SLUG,),
        ),
    ]  # fmt: skip


def below() -> list[Operation]:
    """What stands below a service and an information type."""
    times = parameters("validOn", "recordedOn", "modifiedSince", "limit", "page")
    found = [
        Operation(
            f"/services/{{id}}/{path}", records.below_service(BY_SECTION[section], path),
            f"listServices{section[0].upper()}{section[1:]}",
            f"The service's {BY_SECTION[section].path.replace('-', ' ')}", (),
            PAGES[section], "Those that name the service.", (SLUG, *times),
        )
        for path, section in (
            ("usages", "serviceUsages"), ("agreements", "agreements"),
            ("integrations", "integrations"), ("storage-rules", "storageRules"),
            ("costs", "costs"), ("responsibilities", "responsibilities"),
        )
    ]  # fmt: skip
    taken = (name for name in services.TAKEN if name != "informationType")
    found.append(
        Operation(
            "/information-types/{id}/services", services.of_information_type,
            "listInformationTypesServices", "The services with this kind of information", (),
            FOUND_PAGE,
            "More than one for the same school form and purpose is double registration.",
            (SLUG, *parameters(*taken)),
        )
    )  # fmt: skip
    return found


def _plural(kind: Kind) -> str:
    return "".join(part.capitalize() for part in kind.path.split("-"))


def _sentence(kind: Kind) -> str:
    return (kind.model.__doc__ or "").strip().partition("\n")[0]


OPERATIONS = operations()


def build_door() -> FastAPI:
    """The application to be mounted at `/catalogue/v1`."""
    door = new_door(
        "Skolnav service catalogue", version=VERSION, description=DESCRIPTION, document=document,
        published="catalogue.json",
    )  # fmt: skip
    for operation in OPERATIONS:
        add(door, operation, REFUSALS)
    tell_api_info(door, name="catalogue", prefix=PREFIX, released=RELEASED)
    handle_errors(door, render_problem)
    return door


def document(door: FastAPI) -> dict[str, Any]:
    """The door's OpenAPI document."""
    bodies: list[type[BaseModel]] = [BodyProblem, *(kind.model for kind in KINDS)]
    return say_once(describe(door, server=PREFIX, scopes=CATALOGUE_SCOPES, bodies=bodies))
