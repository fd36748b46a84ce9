"""Every operation of `/me/v1` fuzzed over HTTP: no fault, and no answer that is not documented."""

import pytest

from tests.fuzzing import CHECKS, Case, fuzz, operations
from tests.me.conftest import ME, signed_in
from tests.ss12000.conftest import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.mark.parametrize("operation", operations("me"))
def test_no_request_breaks_the_door_or_its_contract(operation: str, me_town: Town) -> None:
    """Status, content type and body are what the document promises for the operation."""
    headers = signed_in(me_town, "both-parent").consumer.headers
    base_url = f"{str(me_town.http.base_url).rstrip('/')}{ME}"

    def send(case: Case) -> None:
        response = case.call_and_validate(base_url=base_url, headers=headers, checks=CHECKS)
        assert response.status_code < 500

    fuzz("me", operation, send)
