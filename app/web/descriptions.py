"""What the OpenAPI document says of parameters: made from the same declarations that read them."""

from typing import Any

from app.queries.resource import Filter, Kind, LookupKey, Resource
from app.queries.statements import all_filters

FORMATS = {
    Kind.UUID: "uuid",
    Kind.PERSON: "uuid",
    Kind.DUTY: "uuid",
    Kind.ORGANISATION: "uuid",
    Kind.DATE: "date",
    Kind.DATE_TIME: "date-time",
}
OpenApiObject = dict[str, Any]

NAMES = {
    "name": "expandReferenceNames",
    "in": "query",
    "description": "true fills displayName on every reference.",
    "schema": {"type": "boolean", "default": False},
}

IF_NONE_MATCH: OpenApiObject = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer to this very request: 304 when it has not changed.",
    "schema": {"type": "string"},
}
ETAG: OpenApiObject = {
    "ETag": {
        "description": "Changes exactly when this answer to this consumer does.",
        "schema": {"type": "string"},
    }
}

PAGING: list[OpenApiObject] = [
    {
        "name": "limit",
        "in": "query",
        "description": "Page size. More than the server's largest page is answered with that.",
        "schema": {"type": "integer", "minimum": 1},
    },
    {
        "name": "pageToken",
        "in": "query",
        "description": "The pageToken of the previous answer, alone or with the same parameters.",
        "schema": {"type": "string"},
    },
]


IDEMPOTENCY_KEY: OpenApiObject = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A new value for each new request, such as a UUID. Sent again within 24 hours "
    "with the same request, it gets the first answer, and nothing is done twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]+$"},
}
IF_MATCH: OpenApiObject = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the object as it was read; when it has changed since, the request "
    "is refused with 412. `*` matches any.",
    "schema": {"type": "string"},
}
REPLAYED: OpenApiObject = {
    "Idempotent-Replayed": {
        "description": "true when this is the answer to an earlier request with the same "
        "Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}


def id_parameter() -> OpenApiObject:
    """The object's id in the path."""
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The object's id.",
        "schema": {"type": "string", "format": "uuid"},
    }


def filter_parameter(declared: Filter) -> OpenApiObject:
    """A filter as an OpenAPI parameter."""
    value: OpenApiObject = {"type": "string"}
    if declared.kind in FORMATS:
        value["format"] = FORMATS[declared.kind]
    if declared.choices:
        value["enum"] = list(declared.choices)
    schema = {"type": "array", "items": value} if declared.repeat else value
    described: OpenApiObject = {
        "name": declared.name,
        "in": "query",
        "required": declared.required,
        "description": declared.meaning
        + (f" Needs the field group {declared.needs}." if declared.needs else ""),
        "schema": schema,
    }
    if declared.repeat:
        described |= {"style": "form", "explode": True}
    return described


def expand_parameter(resource: Resource) -> OpenApiObject:
    """`expand`, with the names that the resource knows."""
    return {
        "name": "expand",
        "in": "query",
        "description": "Objects to add under _embedded. Names that are unknown, or whose scope the "
        "token lacks, are ignored.",
        "schema": {
            "type": "array",
            "items": {"type": "string", "enum": sorted(resource.expansions)},
        },
        "style": "form",
        "explode": True,
    }


def list_parameters(resource: Resource) -> list[OpenApiObject]:
    """Everything a list takes."""
    found = [filter_parameter(declared) for declared in all_filters(resource)]
    if resource.expansions:
        found.append(expand_parameter(resource))
    found.append(NAMES)
    if resource.sorts:
        found.append(
            {
                "name": "sortkey",
                "in": "query",
                "description": "Order of the list; ties are ordered by id.",
                "schema": {"type": "string", "enum": [sort.name for sort in resource.sorts]},
            }
        )
    found += [*PAGING, IF_NONE_MATCH]
    return found


def chosen_parameters(resource: Resource, *, by_id: bool) -> list[OpenApiObject]:
    """What by-id (`by_id`) or lookup takes in the query."""
    found: list[OpenApiObject] = []
    if by_id:
        found.append(id_parameter())
    if resource.expansions and (by_id or resource.lookup_expands):
        found.append(expand_parameter(resource))
    found.append(NAMES)
    if by_id:
        found.append(IF_NONE_MATCH)
    return found


def lookup_body(resource: Resource, schema: str) -> OpenApiObject:
    """The lookup's request body."""
    keys: tuple[LookupKey, ...] = resource.lookup
    described = " ".join(f"`{key.name}`: {key.meaning}" for key in keys)
    return {
        "required": True,
        "description": f"An object is answered when it matches any of the keys. {described}",
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
