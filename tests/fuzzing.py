"""Operations of a committed document fuzzed: what is sent, and what every answer must keep.

schemathesis sends data that the document allows and data that it forbids, with a fixed seed. Its
own decorator makes all cases where tests are collected, which costs every process of the suite a
minute; here they are made when an operation's test runs.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import schemathesis
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from app.web.documents import OPENAPI

SEED, EXAMPLES = 12000, 15
CONFIG = schemathesis.Config.from_dict(
    {
        "seed": SEED,
        "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
    }
)
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
    allow_header_conformance,
]
METHODS = {"get", "put", "post", "delete", "patch"}
Case = schemathesis.Case[Any]


@cache
def document(name: str) -> dict[str, Any]:
    """The document as it is committed; `make check` holds it against the code."""
    found: dict[str, Any] = json.loads((OPENAPI / f"{name}.json").read_text(encoding="utf-8"))
    return found


def operations(name: str) -> list[str]:
    """All of a document, such as `GET /persons`."""
    return [
        f"{method.upper()} {path}"
        for path, told in document(name)["paths"].items()
        for method in told
        if method in METHODS
    ]


def fuzz(name: str, operation: str, send: Callable[[Case], None]) -> None:
    """Have every case of an operation sent: examples, its schemas' boundaries, and random ones."""
    method, path = operation.split()

    # By its argument's name schemathesis knows what to hand over.
    def sent(case: Case) -> None:
        send(case)

    schema = _schema(name)
    chosen = schema[path][method]
    # It tells a fault in the words of schemathesis, with the request as a curl command.
    create_test(
        operation=chosen,
        test_func=sent,
        config=HypothesisTestConfig(
            project=schema.config,
            modes=list(HypothesisTestMode),
            settings=schema.config.get_hypothesis_settings(operation=chosen, phase="fuzzing"),
            seed=SEED,
        ),
    )()


@cache
def _schema(name: str) -> BaseSchema:
    return schemathesis.openapi.from_dict(document(name), config=CONFIG)
