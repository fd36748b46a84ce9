"""Every answer with personal data leaves exactly one record, or is not sent at all."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.queries.access_records import who_read
from app.queries.ss12000 import CATALOGUE, OFFERED
from tests.make import LESSON, named
from tests.ss12000.conftest import DOOR, Caller, Town

REQUIRED: dict[str, dict[str, str]] = {
    "calendarEvents": {
        "startTime.onOrAfter": (LESSON - timedelta(days=1)).isoformat(),
        "startTime.onOrBefore": (LESSON + timedelta(days=1)).isoformat(),
    },
    "aggregatedAttendance": {"startDate": "2026-08-15", "endDate": "2026-09-30"},
}
PERSONAL = [resource.name for resource in OFFERED if resource.personal]
IMPERSONAL = [resource.name for resource in OFFERED if not resource.personal]
WITH_ID = [name for name in PERSONAL if CATALOGUE[name].has_by_id]
SUBJECTS = {
    "absences": "student",
    "attendances": "student",
    "attendanceEvents": "person",
    "duties": "person",
    "placements": "child",
}
NOBODYS = "201201019999"


class Log:
    """What the access log holds of one caller."""

    def __init__(self, town: Town, **rights: Any) -> None:
        self.town = town
        self.caller: Caller = town.caller(**rights)

    def records(self) -> list[dict[str, Any]]:
        """The caller's records, oldest first."""
        assert self.caller.consumer is not None
        with psycopg.connect(self.town.database.url, row_factory=dict_row) as connection:
            return connection.execute(
                "SELECT * FROM access_record WHERE client_id = %s ORDER BY id",
                (self.caller.consumer.client_id,),
            ).fetchall()

    def only_record(self, request_id: str) -> dict[str, Any]:
        """The one record, which is of this request."""
        (record,) = self.records()
        assert record["request_id"] == request_id
        assert datetime.now(UTC) - record["at"] < timedelta(minutes=1)
        assert record["grant_id"] is not None
        return record


@pytest.fixture
def log(the_town: Town) -> Log:
    """A new caller who may see everything, and the log of it."""
    return Log(the_town, sees_protected=True)


def path_of(name: str) -> str:
    """Where a resource is listed."""
    return f"/{CATALOGUE[name].path}"


@pytest.mark.parametrize("name", PERSONAL)
def test_a_page_is_logged_once_with_its_bounds(log: Log, name: str) -> None:
    asked = REQUIRED.get(name, {})
    answer = log.caller.get(path_of(name), limit=2, **asked)
    rows = answer.json()["data"]
    record = log.only_record(answer.headers["x-request-id"])
    assert record["operation"] == f"{name}.list"
    assert record["row_count"] == len(rows) > 0
    assert record["filters"] == {key: [value] for key, value in asked.items()}
    assert record["person_ids"] is None
    if "id" in rows[0]:
        assert record["first_key"][1] == rows[0]["id"]
        assert record["last_key"][1] == rows[-1]["id"]


@pytest.mark.parametrize("name", WITH_ID)
def test_an_object_is_logged_once_with_whom_it_is_about(log: Log, name: str) -> None:
    found = Log(log.town, sees_protected=True)
    first = found.caller.get(path_of(name), limit=1, **REQUIRED.get(name, {})).json()["data"][0]
    answer = log.caller.get(f"{path_of(name)}/{first['id']}")
    record = log.only_record(answer.headers["x-request-id"])
    assert record["operation"] == f"{name}.byId"
    assert record["row_count"] == 1
    assert record["filters"] == {"id": [first["id"]]}
    about = first if name == "persons" else first.get(SUBJECTS.get(name, ""))
    assert record["person_ids"]
    assert about is None or record["person_ids"] == [UUID(about["id"])]


@pytest.mark.parametrize("name", WITH_ID)
def test_a_lookup_is_logged_once_with_whom_it_is_about(log: Log, name: str) -> None:
    found = Log(log.town, sees_protected=True)
    rows = found.caller.get(path_of(name), limit=2, **REQUIRED.get(name, {})).json()["data"]
    answer = log.caller.post(f"{path_of(name)}/lookup", {"ids": [row["id"] for row in rows]})
    record = log.only_record(answer.headers["x-request-id"])
    assert record["operation"] == f"{name}.lookup"
    assert record["row_count"] == len(answer.json()) == len(rows)
    assert record["person_ids"]


def test_a_group_is_logged_as_about_all_its_members(log: Log) -> None:
    log.caller.get(f"/groups/{named('north-class')}")
    (record,) = log.records()
    assert set(record["person_ids"]) == {named("anna"), named("hidden-pupil")}


def test_each_page_is_logged_with_its_own_bounds(log: Log) -> None:
    seen: list[tuple[str, str]] = []
    token: dict[str, str] = {}
    while True:
        page = log.caller.get("/persons", limit=3, sortkey="DisplayNameAsc", **token).json()
        seen.append((page["data"][0]["id"], page["data"][-1]["id"]))
        if "pageToken" not in page:
            break
        token = {"pageToken": page["pageToken"]}
    records = log.records()
    assert [(r["first_key"][1], r["last_key"][1]) for r in records] == seen
    assert {r["sort_order"] for r in records} == {"DisplayNameAsc"}
    assert sum(r["row_count"] for r in records) == 9
    assert len(records) == 3


def test_a_civic_number_never_reaches_the_log(log: Log) -> None:
    civic_no = log.caller.get(f"/persons/{named('anna')}").json()["civicNo"]["value"]
    assert len(log.caller.get("/persons", civicNo=civic_no).json()["data"]) == 1
    assert len(log.caller.post("/persons/lookup", {"civicNos": [civic_no]}).json()) == 1
    _, by_filter, by_lookup = log.records()
    assert by_filter["filters"] == {"civicNo": ["…"]}
    assert by_lookup["filters"] == {"civicNos": ["1"]}
    assert civic_no not in str(log.records())


def test_the_granted_field_groups_are_logged(the_town: Town) -> None:
    log = Log(the_town, field_groups=("contact",))
    log.caller.get(f"/persons/{named('north-teacher')}")
    (record,) = log.records()
    assert record["field_groups"] == ["contact"]


@pytest.mark.parametrize("name", IMPERSONAL)
def test_reading_what_is_about_nobody_leaves_no_record(log: Log, name: str) -> None:
    first = log.caller.get(path_of(name)).json()["data"][0]
    assert log.caller.get(f"{path_of(name)}/{first['id']}").status_code == 200
    assert log.caller.post(f"{path_of(name)}/lookup", {"ids": [first["id"]]}).json()
    assert log.records() == []


def test_an_empty_answer_leaves_no_record(log: Log) -> None:
    assert log.caller.get("/persons", civicNo=NOBODYS).json() == {"data": []}
    assert log.caller.get(f"/persons/{uuid4()}").status_code == 404
    assert log.caller.post("/persons/lookup", {"ids": [str(uuid4())]}).json() == []
    assert log.records() == []


def test_a_refused_request_leaves_no_record(the_town: Town) -> None:
    log = Log(the_town, scopes=("organisations:read",))
    assert log.caller.get("/persons").status_code == 403
    assert log.records() == []


def test_what_cannot_be_logged_is_not_answered(own_town: Town) -> None:
    anna = str(named("anna"))
    consumer = own_town.consumers.consumer()
    asked = [("GET", "/persons"), ("GET", f"/persons/{anna}"), ("POST", "/persons/lookup")]
    assert drop_log_partitions(own_town) > 0
    for method, path in asked:
        body = {"ids": [anna]} if method == "POST" else None
        answer = own_town.http.request(method, DOOR + path, json=body, headers=consumer.headers)
        assert answer.status_code >= 500
        assert set(answer.json()) == {"code", "message"}
        assert "anna" not in answer.text and anna not in answer.text
    rooms = own_town.http.get(f"{DOOR}/rooms", headers=consumer.headers)
    assert rooms.status_code == 200


def drop_log_partitions(town: Town) -> int:
    """Leave the log no place for a record; how many partitions went."""
    partitions = (
        "SELECT inhrelid::regclass::text FROM pg_inherits "
        "WHERE inhparent = 'access_record'::regclass"
    )
    with town.database.transaction() as session:
        found = session.execute(text(partitions)).scalars().all()
        for partition in found:
            session.execute(text(f"DROP TABLE {partition}"))
    return len(found)


@pytest.mark.parametrize("table", ["access_record", "audit_record"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET id = id WHERE true", "DELETE FROM {} WHERE true"]
)
def test_records_are_never_changed_or_deleted(log: Log, table: str, statement: str) -> None:
    log.caller.get("/persons")
    with log.town.database.transaction() as session:
        session.execute(
            text("INSERT INTO audit_record (at, actor, act, subject) "
                 "VALUES (now(), 'test', 'test', 'test')")
        )  # fmt: skip
    with (
        pytest.raises(DBAPIError, match="never changed or deleted"),
        log.town.database.transaction() as session,
    ):
        session.execute(text(statement.format(table)))


def test_a_page_ordered_by_civic_number_is_logged_without_it(own_town: Town) -> None:
    """The bounds keep the ids only."""
    answer = own_town.caller().get("/persons", sortkey="CivicNoAsc")
    assert answer.status_code == 200
    numbers = [row["civicNo"]["value"] for row in answer.json()["data"] if "civicNo" in row]
    with own_town.database.transaction() as session:
        rows = session.connection().exec_driver_sql("SELECT access_record::text FROM access_record")
        logged = "\n".join(rows.scalars())
    assert numbers and logged
    assert not [number for number in numbers if number in logged]


def test_an_expansion_is_named_in_the_log(own_town: Town) -> None:
    """A guardian read with responsibleFor shows a child, so the log says what was expanded."""
    path = f"/persons/{named('anna-parent')}"
    own_town.caller().get(path, expand="responsibleFor")
    with own_town.database.transaction() as session:
        found = who_read(session, person_id=named("anna"), since=datetime(2026, 1, 1, tzinfo=UTC))
    assert [(reading.operation, reading.certain) for reading in found] == [("persons.byId", False)]
