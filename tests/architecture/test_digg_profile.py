"""DIGG's REST API profile, rule by rule, over the documents of our own APIs.

SS 12000 follows its own standard, and the authorization server OAuth's; they are not held to it.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OWN = ("absence-reports", "catalogue", "me")
METHODS = ("get", "post", "put", "patch", "delete")
CAMEL = re.compile(r"[a-z]+([A-Z][a-z0-9]*|[0-9]+)*")
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
VERBS = {"get", "list", "create", "update", "delete", "fetch", "read", "set", "add", "remove"}
own = pytest.mark.parametrize("name", OWN)


@cache
def document(name: str) -> dict[str, Any]:
    """A committed document."""
    found: dict[str, Any] = json.loads((ROOT / "openapi" / f"{name}.json").read_text("utf-8"))
    return found


def operations(name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation."""
    for path, methods in document(name)["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def answers(name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where, status and what is answered, references followed."""
    shared = document(name)["components"].get("responses", {})
    for path, method, operation in operations(name):
        for status, answer in operation["responses"].items():
            found = shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
            yield f"{method} {path}", status, found


def schemas(name: str) -> dict[str, Any]:
    """The shapes of a document."""
    found: dict[str, Any] = document(name)["components"]["schemas"]
    return found


@own
def test_dok_a_document_says_what_the_api_is_whose_and_on_which_terms(name: str) -> None:
    """Title, description, version, contact, licence and terms, in OpenAPI 3.1."""
    info = document(name)["info"]
    assert document(name)["openapi"].startswith("3.1")
    assert len(info["description"]) > 80
    assert info["title"] and info["contact"]["name"] and info["license"]["name"]
    assert info["termsOfService"] == "/villkor"


@own
def test_dok_every_operation_is_described(name: str) -> None:
    """A summary of its own, an id, every answer, every parameter."""
    ids, summaries = [], []
    for path, method, operation in operations(name):
        where = f"{method} {path}"
        assert operation["summary"] and len(operation["summary"]) < 120, where
        ids.append(operation["operationId"])
        summaries.append(operation["summary"])
        for parameter in operation.get("parameters", []):
            assert parameter["description"], f"{where}: {parameter['name']}"
    assert len(set(ids)) == len(ids)
    assert len(set(summaries)) == len(summaries)
    assert all(answer["description"] for _, _, answer in answers(name))


@own
def test_dok_what_is_sent_has_an_example(name: str) -> None:
    """Which is of the shape that is published."""
    for path, method, operation in operations(name):
        body = operation.get("requestBody")
        if body is not None:
            for media in body["content"].values():
                assert media.get("example"), f"{method} {path}"


@own
def test_dok_limits_are_told(name: str) -> None:
    """That there are some, and what happens then."""
    for path, method, operation in operations(name):
        if not path.endswith("/api-info"):
            assert "429" in operation["responses"], f"{method} {path}"


@own
def test_ufn_addresses_are_api_version_and_resources(name: str) -> None:
    """`/{api}/v{n}`, then lower-case words with hyphens, no verbs, no slash at the end."""
    (server,) = document(name)["servers"]
    assert re.fullmatch(rf"/{KEBAB.pattern}/v[1-9][0-9]*", server["url"])
    for path in document(name)["paths"]:
        parts = path.strip("/").split("/")
        assert not path.endswith("/")
        assert len(path) < 200
        for part in parts:
            if part.startswith("{"):
                assert CAMEL.fullmatch(part.strip("{}"))
            else:
                assert KEBAB.fullmatch(part), path
                assert part.split("-")[0] not in VERBS, path


@own
def test_ufn_no_parameter_asks_for_a_personal_number(name: str) -> None:
    """Addresses stand in logs."""
    for path, method, operation in operations(name):
        for parameter in operation.get("parameters", []):
            word = parameter["name"].lower()
            assert not any(sign in word for sign in ("civic", "personnummer", "ssn")), (
                path,
                method,
            )


@own
def test_ame_requests_and_answers_are_json_and_reading_takes_no_body(name: str) -> None:
    """But for exports, whose form is another standard's, and files."""
    for path, method, operation in operations(name):
        if method in ("get", "delete"):
            assert "requestBody" not in operation, path
        elif "requestBody" in operation:
            files = {"application/yaml"} if path == "/imports" else set()
            assert set(operation["requestBody"]["content"]) == {"application/json"} | files, path
    for where, status, answer in answers(name):
        if status < "300" and "/exports/" not in where:
            assert set(answer.get("content", {})) <= {"application/json"}, where


@own
def test_ame_what_changes_nothing_is_a_get_and_deleting_answers_so(name: str) -> None:
    """Each method answers with the status that it is for."""
    expected = {"get": {"200"}, "post": {"200", "201"}, "put": {"200"}, "patch": {"200"},
                "delete": {"200", "204"}}  # fmt: skip
    for path, method, operation in operations(name):
        good = {status for status in operation["responses"] if status < "300"}
        assert good <= expected[method], (path, method)
        assert len(good) == 1, (path, method)


@own
def test_fel_every_refusal_is_a_problem(name: str) -> None:
    """RFC 9457, with the members that a program and a person need."""
    for where, status, answer in answers(name):
        if status >= "400":
            assert set(answer["content"]) == {"application/problem+json"}, (where, status)
    problem = schemas(name)["BodyProblem"]
    assert {"type", "title", "status", "detail"} <= set(problem["required"])


@own
def test_fns_properties_and_parameters_are_written_in_camel_case(name: str) -> None:
    """In one way throughout; headers as HTTP has them."""
    for title, schema in schemas(name).items():
        for member in schema.get("properties", {}):
            assert CAMEL.fullmatch(member), f"{title}.{member}"
    for path, method, operation in operations(name):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                assert all(CAMEL.fullmatch(part) for part in parameter["name"].split(".")), (
                    path, method, parameter["name"]
                )  # fmt: skip


@own
def test_ver_the_version_is_semantic_and_its_first_number_stands_in_the_address(name: str) -> None:
    """A change that breaks callers gets an address of its own."""
    version = document(name)["info"]["version"]
    assert re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version)
    assert document(name)["servers"][0]["url"].endswith(f"/v{version.partition('.')[0]}")


@own
def test_arq_every_api_tells_what_it_is(name: str) -> None:
    """At /api-info, without login, with the members that the profile names."""
    operation = document(name)["paths"]["/api-info"]["get"]
    assert "security" not in operation
    assert set(schemas(name)["ApiInfo"]["required"]) == {
        "apiName", "apiVersion", "apiReleased", "apiDocumentation", "apiStatus"
    }  # fmt: skip
    assert all(one.get("description") for one in schemas(name)["ApiInfo"]["properties"].values())


def test_fil_lists_of_the_catalogue_are_paged_by_limit_and_page() -> None:
    """From page 1, with a largest page, and say how much there is."""
    for path, method, operation in operations("catalogue"):
        answer = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        shape = (answer or {}).get("schema", {}).get("$ref", "")
        if method != "get" or not shape.endswith("Page"):
            continue
        named = {one["name"]: one["schema"] for one in operation["parameters"]}
        assert named["limit"]["default"] == 100, path
        assert named["page"] == {"type": "integer", "minimum": 1, "default": 1}, path
        page = schemas("catalogue")[shape.rpartition("/")[2]]
        assert {"data", "page", "limit", "total", "pages"} == set(page["required"])
