"""The town with absences reported in it, and callers whose every answer is checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from app.database.embedded import EmbeddedPostgres
from app.routers.absence_reports import build_door
from tests.make import Consumer
from tests.ss12000.conftest import DOOR, Town, running_town
from tests.ss12000.writable import absence, care_groups

REPORTS = "/absence-reports/v1"
SOURCES = ("skola24", "tempus")


@cache
def contract() -> dict[str, Any]:
    """The published document; `make check` holds the committed file equal to it."""
    return build_door().openapi()


def check_contract(answer: httpx.Response, path: str) -> None:
    """Refuse an answer that is not what openapi/absence-reports.json promises, and any null."""
    parts = path.strip("/").split("/")
    template = "/".join(["", parts[0], *(["{id}"] if len(parts) > 1 else []), *parts[2:]])
    operation = contract()["paths"].get(template, {}).get(answer.request.method.lower())
    kind = answer.headers["content-type"]
    assert b":null" not in answer.content
    if operation is None:
        assert kind == "application/problem+json"
        return
    schema = operation["responses"][str(answer.status_code)]["content"][kind]["schema"]
    whole = {**schema, "components": contract()["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
        answer.json()
    )


@dataclass
class Reporter:
    """One consumer's requests at both doors."""

    town: Town
    consumer: Consumer

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request below /absence-reports/v1."""
        headers = self.consumer.headers | more.pop("headers", {})
        answer = self.town.http.request(method, REPORTS + path, headers=headers, **more)
        check_contract(answer, path)
        return answer

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """GET a path below /absence-reports/v1."""
        return self.request("GET", path, params=parameters)

    def report(self, student: str = "anna", **changed: Any) -> str:
        """Report an absence at the other door; its id."""
        body = absence(student, **changed)
        answer = self.town.http.post(f"{DOOR}/absences", json=body, headers=self.consumer.headers)
        assert answer.status_code == 200, answer.text
        identity: str = answer.json()["id"]
        return identity

    def read(self, identity: str) -> dict[str, Any]:
        """A report that is there."""
        answer = self.get(f"/reports/{identity}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def set_reason(self, identity: str, reason: Any = "illness", **more: Any) -> httpx.Response:
        """PATCH the reason category."""
        return self.request(
            "PATCH", f"/reports/{identity}", json={"reasonCategory": reason}, **more
        )

    def withdraw(self, identity: str, **more: Any) -> httpx.Response:
        """PUT the withdrawal."""
        return self.request("PUT", f"/reports/{identity}/withdrawal", **more)

    def settle(self, identity: str, state: str = "delivered", **more: Any) -> httpx.Response:
        """PUT the outcome of the delivery."""
        body = {"state": state} | more.pop("said", {})
        return self.request("PUT", f"/reports/{identity}/delivery", json=body, **more)


@pytest.fixture(scope="module")
def town(server: EmbeddedPostgres, migrated: str) -> Iterator[Town]:
    """A town with two source systems that take absences, and one that does not."""
    with running_town(server, migrated, "reported_town") as running:
        with running.database.transaction() as session:
            care_groups(session)
            for name in (*SOURCES, "elsewhere"):
                session.connection().exec_driver_sql(
                    "INSERT INTO source (name, url, takes_absences) VALUES (%s, '', %s)",
                    (name, name in SOURCES),
                )
        yield running


def reporter(town: Town, *, acts_for: str | None = None, **rights: Any) -> Reporter:
    """A new consumer, which may act for a source system."""
    consumer = town.consumers.consumer(**rights)
    with town.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE application SET acts_for_source = %s WHERE client_id = %s",
            (acts_for, consumer.client_id),
        )
    return Reporter(town, consumer)
