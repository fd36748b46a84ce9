"""The catalogue's operations fuzzed over HTTP: no fault, and no answer that is not documented.

Of kinds that share every operation a few stand for the others.
"""

from typing import Any

import pytest
import schemathesis
from schemathesis.specs.openapi.checks import allow_header_conformance, unsupported_method

from app.routers.catalogue import build_door
from tests.catalogue.conftest import EVERYTHING, PREFIX, City
from tests.e2e.test_fuzz import CHECKS, CONFIG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
# Each path, and which of its operations; all others are of the same making.
CHOSEN = {
    "/services": ("get",), "/services/{id}": ("get",), "/services/{id}/usages": ("get",),
    "/services/{id}/versions": ("get",), "/storage-decisions": ("get",), "/changes": ("get",),
    "/exports/yaml": ("get",), "/exports/dcat-ap-se": ("get",), "/exports/osl-4-2": ("get",),
    "/imports": ("post",), "/integrations": ("get", "post"),
    "/integrations/{id}": ("get", "put", "patch"),
    "/integrations/{id}/publication": ("put", "delete"),
}  # fmt: skip


def document() -> dict[str, Any]:
    """The door's document with the chosen operations only: reading all of it takes seconds."""
    whole = build_door().openapi()
    paths = {
        path: {name: one for name, one in whole["paths"][path].items() if name in names}
        for path, names in CHOSEN.items()
    }
    return whole | {"paths": paths}


# What a path takes is judged by the whole document elsewhere.
JUDGED = [check for check in CHECKS if check not in (unsupported_method, allow_header_conformance)]
door = schemathesis.openapi.from_dict(document(), config=CONFIG)


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
        checks=JUDGED,
    )  # fmt: skip
    assert response.status_code < 500
