"""Every operation fuzzed over HTTP: no fault of ours, and no answer that is not documented."""

from http import HTTPStatus

import pytest

from tests.e2e.conftest import Demo
from tests.fuzzing import CHECKS, Case, fuzz, operations

# The first test of a process waits for the whole demo to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.mark.parametrize("operation", operations("ss12000"))
def test_no_request_breaks_the_service_or_its_contract(
    operation: str, demo: Demo, register_token: str
) -> None:
    """Status, content type and body are what the document promises for the operation."""
    base_url = str(demo.printed["baseUrl"])
    fuzz("ss12000", operation, lambda case: call(case, base_url, register_token))


@pytest.mark.parametrize("operation", operations("absence-reports"))
def test_no_request_breaks_the_absence_reports_or_their_contract(
    operation: str, demo: Demo, register_token: str
) -> None:
    """The same at the other door."""
    base_url = f"{demo.issuer}/absence-reports/v1"
    fuzz("absence-reports", operation, lambda case: call(case, base_url, register_token))


def call(case: Case, base_url: str, token: str) -> None:
    """Send a case, and hold its answer against the document."""
    response = case.call_and_validate(
        base_url=base_url, headers={"Authorization": f"Bearer {token}"}, checks=CHECKS
    )
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # The one documented 5xx of a service in health: a lookup that would answer too much.
        assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert response.json()["code"] == "answerTooLarge"
