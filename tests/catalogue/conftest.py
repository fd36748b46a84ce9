"""A city with a catalogue, and callers whose every answer is held against the document."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator
from sqlmodel import Session

from app.database.embedded import EmbeddedPostgres
from app.queries.access import CATALOGUE_SCOPES
from app.services.catalogue.editing import Editor, begin_edit
from app.services.catalogue.importing import import_catalogue
from tests.fuzzing import document
from tests.make import Consumer
from tests.ss12000.conftest import Town, running_town

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("town.yaml")
PREFIX = "/catalogue/v1"
EDITS = ("catalogue:write", "catalogue:publish")
EVERYTHING = tuple(CATALOGUE_SCOPES)


def parsed() -> dict[str, Any]:
    """The file, as JSON could say it."""
    plain = json.dumps(yaml.safe_load(FILE.read_text("utf-8")), default=str)
    found: dict[str, Any] = json.loads(plain)
    return found


def fill(session: Session) -> None:
    """Import and publish the file."""
    edit = begin_edit(session, Editor("test", frozenset(EVERYTHING)), now=datetime.now(UTC))
    import_catalogue(edit, parsed(), publish=True, replace=False)


@cache
def validator(template: str, method: str, status: int) -> Draft202012Validator:
    """Of an answer."""
    answer = document("catalogue")["paths"][template][method]["responses"][str(status)]
    if "$ref" in answer:
        answer = document("catalogue")["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    (media,) = answer["content"].values()
    whole = {**media["schema"], "components": document("catalogue")["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def template_of(path: str) -> str:
    """`/services/nya/versions` as the document names it."""
    parts = path.split("?")[0].strip("/").split("/")
    if len(parts) > 1 and parts[0] != "exports":
        parts[1] = "{id}"
    return "/" + "/".join(parts)


@dataclass
class Caller:
    """Somebody's requests."""

    http: httpx.Client
    consumer: Consumer | None = None

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request; its answer is what the document promises."""
        headers = (dict(self.consumer.headers) if self.consumer else {}) | more.pop("headers", {})
        answer = self.http.request(method, PREFIX + path, headers=headers, **more)
        kind = answer.headers.get("content-type", "")
        if "json" in kind and template_of(path) in document("catalogue")["paths"]:
            validator(template_of(path), method.lower(), answer.status_code).validate(answer.json())
        return answer

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Read."""
        return self.request("GET", path, params=parameters or None)

    def ids(self, path: str, **parameters: Any) -> list[str]:
        """The ids of a list, in its order."""
        answer = self.get(path, **parameters)
        assert answer.status_code == httpx.codes.OK, answer.text
        return [row["id"] for row in answer.json()["data"]]

    def tag(self, path: str) -> str:
        """The ETag of the newest version."""
        return str(self.get(path, draft="true").headers["etag"])

    def edit(self, method: str, path: str, body: Any = None, tag: str = "*") -> httpx.Response:
        """Change something that was read with this tag."""
        return self.request(method, path, json=body, headers={"If-Match": tag})


@dataclass
class City:
    """The running service."""

    town: Town

    def caller(self, scopes: Iterable[str] = ()) -> Caller:
        """A consumer with these scopes; without any, nobody."""
        scopes = tuple(scopes)
        consumer = self.town.consumers.consumer(scopes=scopes) if scopes else None
        return Caller(self.town.http, consumer)


@pytest.fixture(scope="module")
def city(server: EmbeddedPostgres, migrated: str) -> Iterator[City]:
    """The city, for the tests of a module."""
    with running_town(server, migrated, "catalogue_town", fill=fill) as running:
        yield City(running)


@pytest.fixture(scope="module")
def anyone(city: City) -> Caller:
    """Without a token."""
    return city.caller()


@pytest.fixture(scope="module")
def editor(city: City) -> Caller:
    """May edit and publish, and sees nothing that is withheld."""
    return city.caller(EDITS)
