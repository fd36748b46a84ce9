"""The town with families, and apps that act for its people. Answers are held to the contract."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from jsonschema import Draft202012Validator
from sqlmodel import Session

from app.database import Database, open_database
from app.database.embedded import EmbeddedPostgres
from app.database.maintenance import ensure_partitions
from app.local_time import STOCKHOLM, local_day
from app.queries.access import PERSONAL_SCOPES, Access
from app.queries.me.today import read_today
from app.queries.organisation_tree import organisation_tree
from app.queries.people_views import pupils_at, view_of
from app.queries.personal_facts import personal_facts
from app.routers.me import build_door
from tests.conftest import create_database, drop_database
from tests.make import Consumer, named
from tests.me.school import school
from tests.ss12000.conftest import Town, running_town
from tests.ss12000.test_who_sees_as_whom import APPS, CHILDREN

ME = "/me/v1"


@cache
def contract() -> dict[str, Any]:
    """The published document; `make check` holds the committed file equal to it."""
    return build_door().openapi()


def template_of(path: str) -> str:
    """The path of the document that a request's path belongs to."""
    parts = path.strip("/").split("/")
    return "/".join(["", parts[0], *(["{id}"] if len(parts) > 1 else []), *parts[2:]])


def hold_to_contract(
    body: Any, path: str, status: int = 200, kind: str = "application/json", method: str = "get"
) -> None:
    """Refuse a body that is not what openapi/me.json promises."""
    operation = contract()["paths"][template_of(path)][method]
    schema = operation["responses"][str(status)]["content"][kind]["schema"]
    whole = {**schema, "components": contract()["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(whole, format_checker=checker).validate(body)


@dataclass
class App:
    """An app that acts for somebody."""

    http: httpx.Client
    consumer: Consumer
    more: dict[str, str] = field(default_factory=dict)

    def get(
        self, path: str, *, headers: dict[str, str] | None = None, **asked: Any
    ) -> httpx.Response:
        """GET below /me/v1. `begin` and `end` are sent as from and to."""
        sent = {{"begin": "from", "end": "to"}.get(name, name): value
                for name, value in asked.items()}  # fmt: skip
        answer = self.http.get(
            ME + path, params=sent, headers=self.consumer.headers | (headers or {})
        )
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            assert not answer.content
            return answer
        assert b":null" not in answer.content
        kind = answer.headers["content-type"]
        hold_to_contract(answer.json(), path, answer.status_code, kind)
        return answer

    def send(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Any other request below /me/v1."""
        answer = self.http.request(
            method, ME + path, json=body, headers=self.consumer.headers | (headers or {})
        )
        if answer.status_code == httpx.codes.NO_CONTENT:
            assert not answer.content
            return answer
        assert b":null" not in answer.content
        kind = answer.headers["content-type"]
        hold_to_contract(answer.json(), path, answer.status_code, kind, method.lower())
        return answer


def signed_in(town: Town, who: str, app: str = "app", **more: Any) -> App:
    """An app with every scope, to which this person allowed every child there is."""
    consumer = town.consumers.consumer(**APPS[app])
    children = more.pop("children", CHILDREN)
    return App(town.http, town.consumers.acting_for(consumer, who, children=children, **more))


def access_on(
    database: Database, who: str, day: date, *, without: frozenset[str] = frozenset(),
    children: tuple[str, ...] = CHILDREN, cleared: bool = False,
    units: frozenset[str] | None = None,
) -> Access:  # fmt: skip
    """What a person's token gives on a day, by an app of these units or of the whole city."""
    person_id = named(who)
    facts = personal_facts(
        database, person_id=person_id, family_id=uuid4(), client_id="", jti="",
        issued=datetime.now(UTC), today=day, now=datetime.now(UTC),
    )  # fmt: skip
    assert facts.family is not None
    with database.transaction() as session:
        headed = organisation_tree(session).subtree(facts.work.headed)
    view = view_of(
        facts.family, facts.work, consented=[named(child) for child in children],
        cleared=cleared, units=headed, pupils=pupils_at(database, units=headed, today=day),
    )  # fmt: skip
    return Access(
        client_id=f"test-{uuid4().hex[:8]}", grant_id=uuid4(), scopes=PERSONAL_SCOPES - without,
        organisation_ids=None if units is None else frozenset(map(named, units)),
        school_types=None, field_groups=frozenset(), sees_protected=False,
        rate_tier="city", expires=datetime.now(UTC) + timedelta(hours=1), today=day,
        acting_person_id=person_id, view=view,
    )  # fmt: skip


def today_at(town: Town, who: str, moment: datetime, **rights: Any) -> dict[str, Any]:
    """What `today` answers at this moment."""
    day = local_day(moment)
    access = access_on(town.database, who, day, **rights)
    found = read_today(town.database, access, now=moment, request_id="test")
    body: dict[str, Any] = httpx.Response(200, content=found.document).json()
    hold_to_contract(body, "/today")
    return body


def day_at(town: Town, who: str, moment: datetime, person: str | None = None, **rights: Any) -> Any:
    """The day of one person as `today` answers it."""
    identifier = str(named(person or who))
    (found,) = [one["day"] for one in today_at(town, who, moment, **rights)["people"]
                if one["id"] == identifier]  # fmt: skip
    return found


def at(day: date, clock: str = "00:00") -> datetime:
    """A time of day in Stockholm."""
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=STOCKHOLM)


def ids(rows: list[dict[str, Any]], names: set[str]) -> list[str]:
    """The rows' ids as the names that they were made of."""
    known = {str(named(name)): name for name in names}
    return [known.get(row["id"], row["id"]) for row in rows]


def read_records(town: Town, client_id: str) -> list[tuple[str, list[UUID] | None, Any, int]]:
    """Operation, persons, filters and rows of a client's access records."""
    with town.database.transaction() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT operation, person_ids, filters, row_count FROM access_record "
            "WHERE client_id = %s ORDER BY id", (client_id,)
        )  # fmt: skip
        return [tuple(row) for row in rows]


@pytest.fixture(scope="session")
def with_school(server: EmbeddedPostgres, migrated: str) -> Iterator[str]:
    """A database with the families and a timetable, to be copied."""
    name = "school_to_copy"
    create_database(server, name, template=migrated)
    filled = open_database(server.url(name), pool_size=1)
    with filled.transaction() as session:
        school(session)
    ensure_partitions(filled)
    filled.close()
    yield name
    drop_database(server, name)


def nothing_more(_session: Session) -> None:
    """The copy holds it all."""


@pytest.fixture(scope="module")
def me_town(server: EmbeddedPostgres, with_school: str) -> Iterator[Town]:
    """The families with a timetable, shared by the tests of a module that only read it."""
    with running_town(server, with_school, "me_town", fill=nothing_more) as running:
        yield running


@pytest.fixture
def own_me_town(server: EmbeddedPostgres, with_school: str) -> Iterator[Town]:
    """The same, for a test that changes it."""
    with running_town(server, with_school, "own_me_town", fill=nothing_more) as running:
        yield running
