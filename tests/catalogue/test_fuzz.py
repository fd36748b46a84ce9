"""The catalogue's operations fuzzed over HTTP: no fault, and no answer that is not documented.

Of kinds that share every operation a few stand for the others.
"""

import pytest

from tests.catalogue.conftest import EVERYTHING, PREFIX, City
from tests.fuzzing import CHECKS, Case, fuzz

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
# All others are of the same making.
CHOSEN = (
    "GET /services", "GET /services/{id}", "GET /services/{id}/usages",
    "GET /services/{id}/versions", "GET /storage-decisions", "GET /changes", "GET /exports/yaml",
    "GET /exports/dcat-ap-se", "GET /exports/osl-4-2", "POST /imports", "GET /integrations",
    "POST /integrations", "GET /integrations/{id}", "PUT /integrations/{id}",
    "PATCH /integrations/{id}", "PUT /integrations/{id}/publication",
    "DELETE /integrations/{id}/publication",
)  # fmt: skip


@pytest.fixture(scope="module")
def everything(city: City) -> dict[str, str]:
    """The header of a token that may do everything."""
    consumer = city.caller(EVERYTHING).consumer
    assert consumer is not None
    return dict(consumer.headers)


@pytest.mark.parametrize("operation", CHOSEN)
def test_no_request_breaks_the_door_or_its_contract(
    operation: str, city: City, everything: dict[str, str]
) -> None:
    """Status, content type and body are what the document promises for the operation."""
    base_url = f"{str(city.town.http.base_url).rstrip('/')}{PREFIX}"

    def send(case: Case) -> None:
        response = case.call_and_validate(base_url=base_url, headers=everything, checks=CHECKS)
        assert response.status_code < 500

    fuzz("catalogue", operation, send)
