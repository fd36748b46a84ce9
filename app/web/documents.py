"""What the doors' OpenAPI documents share."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from app.web.routes import PlainRoute

Document = dict[str, Any]
# Where `skolnav openapi` writes the documents, and the service finds them.
OPENAPI = Path(__file__).resolve().parents[2] / "openapi"
# Where the terms of use are, on the host that serves the document.
TERMS = "/villkor"
# How a token is got: by a system for itself, or for someone who signs in.
FOR_SYSTEMS: Document = {"clientCredentials": {"tokenUrl": "/oauth/token"}}
FOR_PEOPLE: Document = {
    "authorizationCode": {
        "authorizationUrl": "/oauth/authorize",
        "tokenUrl": "/oauth/token",
        "refreshUrl": "/oauth/token",
    }
}


def describe(
    door: FastAPI, *, server: str, scopes: Iterable[str], bodies: Iterable[type[BaseModel]],
    flows: Document = FOR_SYSTEMS,
) -> Document:  # fmt: skip
    """The door's document, made once. `bodies` are read by hand, so FastAPI does not know them."""
    if door.openapi_schema:
        return door.openapi_schema
    made = get_openapi(
        title=door.title, version=door.version, description=door.description,
        routes=[one.described() if isinstance(one, PlainRoute) else one for one in door.routes],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        contact={"name": "The municipality that runs the service"}, terms_of_service=TERMS,
        servers=[{"url": server}],
    )  # fmt: skip
    components = made.setdefault("components", {})
    meanings = {str(scope): _meaning(scope) for scope in sorted(scopes)}
    components["securitySchemes"] = {
        "oauth2": {
            "type": "oauth2",
            "flows": {name: {**flow, "scopes": meanings} for name, flow in flows.items()},
        }
    }
    schemas = components.setdefault("schemas", {})
    for body in bodies:
        _add_schema(schemas, body)
    # FastAPI documents its own 422, which no door ever answers.
    for path in made["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    door.openapi_schema = made
    return made


def as_served(made: Document, *, city: str, email: str | None, address: str) -> Document:
    """A document as an installation serves it: it names whose it is."""
    contact = {"name": city} | ({"email": email} if email else {})
    told = made["info"] | {"contact": contact, "termsOfService": address + TERMS}
    return made | {"info": told}


def say_once(made: Document) -> Document:
    """The document with each refusal that many operations share under `components`."""
    shared: dict[str, Document] = {}
    for path in made["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if status < "400" or "description" not in answer:
                    continue
                name = f"Refused{status}"
                while shared.setdefault(name, answer) != answer:
                    name += "x"
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    if shared:
        made["components"]["responses"] = shared
    return made


def request_body(body: type[BaseModel], example: Document | None = None) -> Document:
    """A required JSON body, with an example: the one that it is published with, unless given."""
    shown: object = example
    if example is None:
        published = body.model_config["json_schema_extra"]
        assert isinstance(published, dict) and isinstance(published["examples"], list)
        shown = published["examples"][0]
    schema = {"$ref": f"#/components/schemas/{body.__name__}"}
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "example": shown}},
    }


def needs(*any_of: str) -> list[dict[str, list[str]]]:
    """The security requirement of an operation: one of the scopes."""
    return [{"oauth2": [str(scope)]} for scope in any_of]


def needs_each(*scopes: str) -> list[dict[str, list[str]]]:
    """The security requirement of an operation: all of the scopes."""
    return [{"oauth2": [str(scope) for scope in scopes]}]


def _meaning(scope: str) -> str:
    noun, act = scope.split(":")
    return f"{act.capitalize()} {noun}"


def _add_schema(schemas: Document, model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, definition in schema.pop("$defs", {}).items():
        schemas.setdefault(name, definition)
    schemas[model.__name__] = schema
