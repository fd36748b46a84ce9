"""What the catalogue's document says of parameters and of what is answered."""

from typing import Any, Literal

from pydantic import BaseModel, create_model

from app.routers.catalogue.records import narrowing
from app.routers.catalogue.services import CODES
from app.schemas.catalogue.answers import FoundService, Told, ToldAgreement
from app.schemas.catalogue.base import CatalogueObject
from app.schemas.catalogue.examples import EXAMPLES
from app.schemas.catalogue.kinds import KINDS, Kind

Parameter = dict[str, Any]

MEANINGS = {
    "q": "Words to look for, in Swedish: in names, other names, tasks and descriptions, misspelt "
    "ones too. The best hit comes first.",
    "kind": "`it`: systems that schools use. `public`: what a citizen can get done.",
    "schoolForm": "A school form by SS 12000's code: those that are for it or for all.",
    "purposeCategory": "What the information is used for.",
    "userGroup": "Who uses it.",
    "category": "The kind of IT service.",
    "deliveryModel": "How it comes to the city.",
    "status": "How far it has come.",
    "agreementStatus": "Those with an agreement of this status.",
    "organisation": "Of this organisation, by id.",
    "informationType": "With this kind of information, by id.",
    "supplier": "Delivered by this organisation, by id.",
    "service": "Of this service, by id.",
    "instrument": "Measured with this instrument, such as LIKA.",
    "validOn": "What holds in the world on this day. What is not known to have begun, ended or "
    "been replaced by then is there.",
    "recordedOn": "As the catalogue said at this instant.",
    "modifiedSince": "Published after this instant.",
    "sort": "The order; without it by name in Swedish order, or with `q` the best first.",
    "limit": "Rows a page. More than 500 is answered with 500.",
    "page": "The page's number, from 1.",
    "draft": "For `catalogue:write`: as it was saved last, published or not.",
    "since": "The instant after which.",
    "comment": "Why, for the history; at most 500 characters.",
    "publish": "true: what is imported counts at once. Needs `catalogue:publish`.",
    "replace": "true: records that differ are changed although the file does not name their "
    "newest version.",
    "profile": "`se`: DCAT-AP-SE, as the national portal harvests it. `eu`: DCAT-AP.",
    "dryRun": "true: only say what would be done.",
}
ASKED = {
    "q": "anmäla frånvaro", "schoolForm": "GR", "informationType": "attendance",
    "validOn": "2025-03-01", "since": "2026-11-01T00:00:00Z", "service": "uddevalla-gafe",
}  # fmt: skip
FORMATS = {"validOn": "date", "recordedOn": "date-time", "modifiedSince": "date-time",
           "since": "date-time"}  # fmt: skip
FLAGS = ("draft", "publish", "replace", "dryRun")


SCHEMAS: dict[str, dict[str, Any]] = {
    **{name: {"type": "string", "enum": list(codes)} for name, codes in CODES.items()},
    **{name: {"type": "string", "format": form} for name, form in FORMATS.items()},
    **{name: {"type": "boolean", "default": False} for name in FLAGS},
    "limit": {"type": "integer", "minimum": 1, "default": 100},
    "page": {"type": "integer", "minimum": 1, "default": 1},
    "kind": {"type": "string", "enum": ["it", "public"]},
    "sort": {"type": "string", "enum": ["name", "modified", "-modified"]},
    "profile": {"type": "string", "enum": ["se", "eu"], "default": "se"},
}


def parameters(*names: str, required: tuple[str, ...] = ()) -> tuple[Parameter, ...]:
    """The query parameters of these names."""
    return tuple(_parameter(name, is_required=name in required) for name in names)


def _parameter(name: str, *, is_required: bool) -> Parameter:
    schema = SCHEMAS.get(name, {"type": "string"})
    found: Parameter = {
        "name": name, "in": "query", "required": is_required, "description": MEANINGS[name],
        "schema": schema,
    }  # fmt: skip
    if name in ASKED:
        found["example"] = ASKED[name]
    return found


def of_list(kind: Kind) -> tuple[Parameter, ...]:
    """What a list of a kind takes."""
    times = ("validOn", "recordedOn", "modifiedSince", "limit", "page")
    return parameters(*narrowing(kind), *times)


FILE: dict[str, Any] = {name: [EXAMPLES[name]] for name in ("roles", "openQuestions")}
# A whole catalogue as it is sent: a list for each section.
FILE_BODY: dict[str, Any] = {
    "required": True,
    "description": "Sections, each a list of records of one kind: "
    + ", ".join(f"`{kind.section}`" for kind in KINDS),
    "content": {
        media_type: {"schema": {"type": "object"}, "example": FILE}
        for media_type in ("application/json", "application/yaml")
    },
}
SLUG: Parameter = {
    "name": "id", "in": "path", "required": True, "description": "The record's id.",
    "schema": {"type": "string"}, "example": "uddevalla-gafe",
}  # fmt: skip
IF_MATCH: Parameter = {
    "name": "If-Match", "in": "header", "required": True,
    "description": "The ETag with which the newest version was read (`?draft=true`); `*` for any. "
    "Without it 428, and 412 when others have saved meanwhile.",
    "schema": {"type": "string"},
}  # fmt: skip


def told_model(kind: Kind) -> type[BaseModel]:
    """A record as it is answered: its own properties and those that the service adds."""
    bases = (ToldAgreement,) if kind.section == "agreements" else (Told,)
    return create_model(f"{kind.model.__name__}Record", __base__=(*bases, kind.model))


def found_model(told: type[BaseModel], kind: str) -> type[BaseModel]:
    """A service in a list of both kinds."""
    fields: dict[str, Any] = {"kind": (Literal[kind], ...)}
    name = told.__name__.removesuffix("Record")
    return create_model(f"Found{name}", __base__=(FoundService, told), **fields)


def page_of(row: Any, name: str) -> type[BaseModel]:  # noqa: ANN401 - a model or a union of them
    """A page of them."""
    fields: dict[str, Any] = {
        "data": (list[row], ...), "page": (int, ...), "limit": (int, ...),
        "total": (int, ...), "pages": (int, ...),
    }  # fmt: skip
    return create_model(f"{name}Page", __base__=CatalogueObject, **fields)
