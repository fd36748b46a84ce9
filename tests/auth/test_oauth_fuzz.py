"""The OAuth and service documents fuzzed over HTTP: no fault of ours, no unpromised answer.

Forms go in as a stranger's and as the consumer's own, so that they are also read to their end.
"""

from collections.abc import Iterator
from http import HTTPStatus
from uuid import uuid4

import pytest

from app.auth import rate_limits
from app.database import open_database
from app.database.embedded import EmbeddedPostgres
from app.main import create_app
from tests.auth.conftest import CLIENT, Gate, running_gate
from tests.conftest import create_database, drop_database, serving
from tests.fuzzing import CHECKS, Case, fuzz, operations

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def gate(server: EmbeddedPostgres, migrated: str) -> Iterator[tuple[Gate, str]]:
    """A service with one consumer, and its address."""
    name = f"fuzz_{uuid4().hex[:12]}"
    create_database(server, name, template=migrated)
    database = open_database(server.url(name), pool_size=4)
    with pytest.MonkeyPatch.context() as patch, running_gate(database) as made:
        # All requests come from one address.
        patch.setattr(rate_limits, "TOKEN_REQUESTS", 1_000_000)
        with serving(create_app(made.settings, database)) as address:
            yield made, address
    drop_database(server, name)


@pytest.mark.parametrize("proved", [False, True], ids=["a stranger", "the consumer"])
@pytest.mark.parametrize("operation", operations("oauth"))
def test_no_request_breaks_the_oauth_door_or_its_contract(
    operation: str, gate: tuple[Gate, str], proved: bool
) -> None:
    """Status, content type and body are what the document promises for the operation."""
    made, address = gate

    def send(case: Case) -> None:
        if proved and isinstance(case.body, dict):
            case.body = case.body | {"client_id": CLIENT, "client_secret": made.secret}
        response = case.call_and_validate(base_url=address, checks=CHECKS)
        assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR

    fuzz("oauth", operation, send)


@pytest.mark.parametrize("operation", operations("service"))
def test_no_request_breaks_the_service_routes_or_their_contract(
    operation: str, gate: tuple[Gate, str]
) -> None:
    """The same for health, metrics and the documents."""

    def send(case: Case) -> None:
        response = case.call_and_validate(base_url=gate[1], checks=CHECKS)
        assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR

    fuzz("service", operation, send)
