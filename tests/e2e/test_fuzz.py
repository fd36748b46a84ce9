"""Every operation fuzzed over HTTP: no fault of ours, and no answer that is not documented.

schemathesis sends data that the document allows and data that it forbids, with a fixed seed.
"""

from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from app.routers import absence_reports, ss12000
from tests.e2e.conftest import Demo

# The first test of a process waits for the whole demo to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
EXAMPLES = 15
CONFIG = schemathesis.Config.from_dict(
    {
        "seed": 12000,
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
standard = schemathesis.openapi.from_dict(ss12000.build_door().openapi(), config=CONFIG)
reports = schemathesis.openapi.from_dict(absence_reports.build_door().openapi(), config=CONFIG)


@standard.parametrize()
def test_no_request_breaks_the_service_or_its_contract(
    case: schemathesis.Case[Any], demo: Demo, register_token: str
) -> None:
    """Status, content type and body are what the document promises for the operation."""
    call(case, str(demo.printed["baseUrl"]), register_token)


@reports.parametrize()
def test_no_request_breaks_the_absence_reports_or_their_contract(
    case: schemathesis.Case[Any], demo: Demo, register_token: str
) -> None:
    """The same at the other door."""
    call(case, f"{demo.issuer}/absence-reports/v1", register_token)


def call(case: schemathesis.Case[Any], base_url: str, token: str) -> None:
    """Send a case, and hold its answer against the document."""
    response = case.call_and_validate(
        base_url=base_url, headers={"Authorization": f"Bearer {token}"}, checks=CHECKS
    )
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # The one documented 5xx of a service in health: a lookup that would answer too much.
        assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert response.json()["code"] == "answerTooLarge"
