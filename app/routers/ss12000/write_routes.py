"""Adds the operations that write to the door and to its document."""

from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from app.queries.resource import Resource
from app.routers.ss12000.responses import ABSENT, BODY, ERROR, ERRORS, Responses
from app.routers.ss12000.wire import WIRE
from app.routers.ss12000.writes import WRITES, Write, create_endpoint, delete_endpoint
from app.web.descriptions import ETAG, IDEMPOTENCY_KEY, IF_MATCH, REPLAYED, id_parameter
from app.web.documents import needs, request_body

WRITE_BODY: Responses = {
    400: {
        "content": ERROR,
        "description": "The body, a header or a parameter is wrong; `errors` names every fault "
        "of the body by its path.",
    }
}
MISSING: Responses = {
    404: {
        "content": ERROR,
        "description": "Something that the body points at is not there for this consumer; "
        "`errors` says at which path.",
    }
}
CONFLICT: Responses = {
    409: {
        "content": ERROR,
        "description": "It contradicts what is there already, or (`idempotencyKeyReused`) the "
        "Idempotency-Key came with something else before.",
    }
}
IMPORTED: Responses = {
    409: {
        "content": ERROR,
        "description": "The object comes from a source system and must be deleted there.",
    }
}
CHANGED: Responses = {
    412: {"content": ERROR, "description": "The object is in another state than If-Match names."}
}


def add_writes(door: FastAPI, resource: Resource) -> None:
    """The resource's POST and DELETE, where the standard has them."""
    write = WRITES.get(resource.name)
    if write is None:
        return
    add = partial(door.add_api_route, tags=[resource.tag], response_model=None)
    name = resource.path[0].upper() + resource.path[1:]
    item = WIRE[resource.name].item
    add(
        f"/{resource.path}",
        create_endpoint(resource, write),
        methods=["POST"],
        operation_id=f"create{name}",
        summary=f"Write one of {resource.summary}",
        response_class=JSONResponse,
        responses={200: {"model": item, "headers": ETAG | REPLAYED}}
        | ERRORS
        | BODY
        | WRITE_BODY
        | MISSING
        | CONFLICT,
        openapi_extra=_extra(write, [IDEMPOTENCY_KEY]) | {"requestBody": request_body(write.body)},
    )
    if write.deletable:
        add(
            f"/{resource.path}/{{id}}",
            delete_endpoint(resource, write),
            methods=["DELETE"],
            operation_id=f"delete{name}ById",
            summary=f"Delete one of {resource.summary}",
            status_code=204,
            responses=ERRORS | ABSENT | IMPORTED | CHANGED,
            openapi_extra=_extra(write, [id_parameter(), IF_MATCH]),
        )


def _extra(write: Write, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    return {"parameters": parameters, "security": needs(write.scope)}
