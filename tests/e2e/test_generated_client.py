"""A client that openapi-python-client made from the published document reads the service."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from app.routers.ss12000 import build_door
from tests.e2e.conftest import Demo

# The first test of a process waits for the whole demo to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
PACKAGE = "generated_skolnav_client"
PAGE = 150
YEAR = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The generated package, imported. Anything that the generator skips is a failure."""
    directory = tmp_path_factory.mktemp("generated")
    document = directory / "ss12000.json"
    document.write_text(json.dumps(build_door().openapi()), encoding="utf-8")
    config = Config.from_sources(
        # No hooks: they only run a formatter over the result.
        ConfigFile(package_name_override=PACKAGE, post_hooks=[]),
        MetaType.NONE,
        document_source=document,
        file_encoding="utf-8",
        overwrite=False,
        output_path=directory / PACKAGE,
    )
    assert [f"{error.header} {error.detail}" for error in generate(config=config)] == []
    sys.path.insert(0, str(directory))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(directory))


@pytest.fixture(scope="module")
def client(package: ModuleType, demo: Demo, register_token: str) -> Iterator[Any]:
    """The generated client, with the printed base address and a token."""
    made = package.AuthenticatedClient(
        base_url=demo.printed["baseUrl"], token=register_token, timeout=httpx.Timeout(30)
    )
    with made as opened:
        yield opened


def operation(package: ModuleType, name: str) -> Callable[..., Any]:
    """`sync` of a generated operation, wherever the document's tags have put it."""
    (path,) = Path(str(package.__file__)).parent.glob(f"api/*/{name}.py")
    module = importlib.import_module(f"{PACKAGE}.api.{path.parent.name}.{name}")
    call: Callable[..., Any] = module.sync
    return call


def read_all(package: ModuleType, client: Any, name: str, **parameters: Any) -> list[Any]:
    """Every object of a list, page by page, as typed objects."""
    call, token, rows = operation(package, f"list_{name}"), None, []
    while token is None or isinstance(token, str):
        # The same filters beside the token: generated clients cannot leave out required ones.
        following: dict[str, str] = {} if token is None else {"page_token": token}
        page = call(client=client, limit=PAGE, **parameters, **following)
        rows += page.data
        token = page.page_token
    return rows


def raw_ids(demo: Demo, token: str, path: str, **parameters: str) -> list[str]:
    """The same list read without the generated client, in one large page."""
    answer = httpx.get(
        f"{demo.printed['baseUrl']}/{path}",
        params={"limit": "1000", **parameters},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == httpx.codes.OK
    return [row["id"] for row in answer.json()["data"]]


def test_the_generated_client_reads_organisations_and_persons(
    package: ModuleType, client: Any, demo: Demo, register_token: str
) -> None:
    """Every page parses into its classes, and nothing is missing."""
    for name in ("organisations", "persons"):
        rows = read_all(package, client, name)
        assert {type(row).__module__.split(".")[0] for row in rows} == {PACKAGE}
        assert [str(row.id) for row in rows] == raw_ids(demo, register_token, name)
        assert rows
    assert len(rows) > 2 * PAGE, "too few persons to need a third page"


def test_the_generated_client_reads_a_fortnight_of_calendar_events(
    package: ModuleType, client: Any, demo: Demo, register_token: str
) -> None:
    """With the parameters that the standard requires, as the typed values of the client."""
    call = operation(package, "list_calendar_events")
    year = {"start_time_on_or_after": YEAR[0], "start_time_on_or_before": YEAR[1]}
    start = call(client=client, limit=1, **year).data[0].start_time
    fortnight = (start, start + timedelta(days=14))
    rows = read_all(
        package, client, "calendar_events",
        start_time_on_or_after=fortnight[0], start_time_on_or_before=fortnight[1],
    )  # fmt: skip
    assert all(fortnight[0] <= row.start_time <= fortnight[1] for row in rows)
    asked = {
        "startTime.onOrAfter": fortnight[0].isoformat(),
        "startTime.onOrBefore": fortnight[1].isoformat(),
    }
    first = raw_ids(demo, register_token, "calendarEvents", **asked)
    assert [str(row.id) for row in rows][: len(first)] == first
    assert len(rows) > PAGE


def test_the_generated_client_reports_an_absence(package: ModuleType, client: Any) -> None:
    """With the classes of the request's body, and the answer read as the object that it is."""
    models = importlib.import_module(f"{PACKAGE}.models")
    pupil = next(
        row for row in read_all(package, client, "persons") if len(row.enrolments or ()) == 1
    )
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    body = models.NewAbsence(
        start_time=start, end_time=start + timedelta(hours=2),
        type_=models.AbsenceType("Anmäld frånvaro"), student=models.Reference(id=pupil.id),
        organisation=models.Reference(id=pupil.enrolments[0].enroled_at.id),
    )  # fmt: skip
    made = operation(package, "create_absences")(
        client=client, body=body, idempotency_key="generated-client-1"
    )
    read = operation(package, "get_absences_by_id")(made.id, client=client)
    assert read == made
    assert (made.start_time, made.student.id) == (start, pupil.id)
    refused = operation(package, "create_absences")(client=client, body=body)
    assert refused.code == "conflict"


def test_a_refusal_is_read_as_the_documented_error(package: ModuleType, demo: Demo) -> None:
    """The generated client knows the standard's error body."""
    with package.AuthenticatedClient(base_url=demo.printed["baseUrl"], token="wrong") as nobody:
        refused = operation(package, "list_persons")(client=nobody)
    assert refused.code == "unauthorized"
    assert refused.message
