"""The catalogue's operations fuzzed over HTTP: no fault, and no answer that is not documented.

Of kinds that share every operation a few stand for the others.
"""

from typing import Any

import pytest
import schemathesis

from app.routers.catalogue import build_door
from tests.catalogue.conftest import EVERYTHING, PREFIX, City
from tests.e2e.test_fuzz import CHECKS, CONFIG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
CHOSEN = (
    r"^/(agreements(/\{id\}(/publication)?)?|changes|storage-decisions|imports|exports/.*"
    r"|services(/\{id\}(/(usages|versions))?)?)$"
)
door = schemathesis.openapi.from_dict(build_door().openapi(), config=CONFIG).include(
    path_regex=CHOSEN
)


@pytest.fixture(scope="module")
def everything(city: City) -> dict[str, str]:
    """The header of a token that may do everything."""
    consumer = city.caller(EVERYTHING).consumer
    assert consumer is not None
    return dict(consumer.headers)


@door.parametrize()
def test_no_request_breaks_the_door_or_its_contract(
    case: schemathesis.Case[Any], city: City, everything: dict[str, str]
) -> None:
    """Status, content type and body are what the document promises for the operation."""
    response = case.call_and_validate(
        base_url=f"{str(city.town.http.base_url).rstrip('/')}{PREFIX}", headers=everything,
        checks=CHECKS,
    )  # fmt: skip
    assert response.status_code < 500
