"""Every operation of `/me/v1` fuzzed over HTTP: no fault, and no answer that is not documented."""

from typing import Any

import pytest
import schemathesis

from app.routers.me import build_door
from tests.e2e.test_fuzz import CHECKS, CONFIG
from tests.me.conftest import ME, signed_in
from tests.ss12000.conftest import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
door = schemathesis.openapi.from_dict(build_door().openapi(), config=CONFIG)


@door.parametrize()
def test_no_request_breaks_the_door_or_its_contract(
    case: schemathesis.Case[Any], me_town: Town
) -> None:
    """Status, content type and body are what the document promises for the operation."""
    headers = signed_in(me_town, "both-parent").consumer.headers
    response = case.call_and_validate(
        base_url=f"{str(me_town.http.base_url).rstrip('/')}{ME}", headers=headers, checks=CHECKS
    )
    assert response.status_code < 500
