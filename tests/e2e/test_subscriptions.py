"""`skolnav demo` tells a receiver on the same machine: it has a worker of its own."""

import httpx
import psycopg
import pytest
from standardwebhooks import Webhook

from app.cli.context import running_server_url
from tests.e2e.conftest import Demo
from tests.subscriptions.receivers import receiving

# The first test of a process waits for the whole demo to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
CHANGE = """
WITH taken AS (UPDATE change_clock
    SET stamp = greatest(clock_timestamp(), stamp + interval '1 microsecond') RETURNING stamp)
UPDATE room SET modified = taken.stamp FROM taken WHERE id = (SELECT id FROM room LIMIT 1)"""


def test_the_demo_tells_of_a_change(demo: Demo, register_token: str) -> None:
    """With the secret that the answer showed."""
    headers = {"Authorization": f"Bearer {register_token}"}
    url = running_server_url(demo.directory / "postgres")
    assert url is not None
    with receiving() as receivers, httpx.Client(headers=headers, timeout=30) as http:
        path = f"{demo.printed['baseUrl']}/subscriptions"
        made = http.post(path, json={
            "name": "e2e", "target": receivers.target("/e2e"), "resourceTypes": ["Room"],
        })  # fmt: skip
        assert made.status_code == httpx.codes.CREATED, made.text
        with psycopg.connect(url) as connection:
            connection.execute(CHANGE)
        (notice,) = receivers.wait("/e2e", 1, seconds=30)
        Webhook(made.json()["secret"]).verify(notice.body, notice.headers)
        assert notice.types == ["Room"]
        assert http.delete(f"{path}/{made.json()['id']}").status_code == httpx.codes.NO_CONTENT
