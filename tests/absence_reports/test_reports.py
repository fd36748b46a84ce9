"""An absence that is reported through the gate: its status, reason, withdrawal and deliveries."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from app.models.absence_reports import AbsenceReport
from app.queries.access_records import who_read
from tests.absence_reports.conftest import REPORTS, SOURCES, Reporter, reporter
from tests.make import add, named, person
from tests.ss12000.conftest import DOOR, Town
from tests.ss12000.writable import ref


def states(report: dict[str, Any]) -> dict[str, str]:
    """The state of each delivery."""
    return {one["source"]: one["state"] for one in report["deliveries"]}


def absences(one: Reporter, identity: str) -> int:
    """The status of the absence itself at the other door."""
    path = f"{DOOR}/absences/{identity}"
    return one.town.http.get(path, headers=one.consumer.headers).status_code


def test_an_absence_through_the_gate_has_a_report_under_its_id(town: Town) -> None:
    """It says what the absence says, who reported it, and which systems are to get it."""
    one = reporter(town)
    identity = one.report(registeredBy=ref("anna-parent"))
    path = f"{DOOR}/absences/{identity}"
    itself = one.town.http.get(path, headers=one.consumer.headers).json()
    report = one.read(identity)
    for name in ("id", "startTime", "endTime", "type", "student", "organisation", "registeredBy"):
        assert report[name] == itself[name]
    assert report["created"] == report["modified"] == itself["meta"]["created"]
    assert report["status"] == "reported"
    assert report["reportedThrough"] == one.consumer.client_id
    assert states(report) == dict.fromkeys(SOURCES, "pending")
    assert not {"reasonCategory", "withdrawnAt", "withdrawnThrough"} & report.keys()


def test_an_absence_that_was_imported_has_no_report(town: Town) -> None:
    assert reporter(town).get(f"/reports/{named('anna-away')}").status_code == 404


def test_the_reason_is_a_category_and_nothing_else(town: Town) -> None:
    """Free text has no place: it would hold diagnoses."""
    one = reporter(town)
    identity = one.report()
    changed = one.set_reason(identity)
    assert (changed.status_code, changed.json()["reasonCategory"]) == (200, "illness")
    assert changed.json() == one.read(identity)
    for wrong in ("influensa", None, ["illness"]):
        refused = one.set_reason(identity, wrong)
        assert refused.status_code == 400
        assert [fault["path"] for fault in refused.json()["errors"]] == ["reasonCategory"]
    other = one.request("PATCH", f"/reports/{identity}", json={"status": "withdrawn"})
    assert {fault["path"] for fault in other.json()["errors"]} == {"status", "reasonCategory"}
    assert one.read(identity)["reasonCategory"] == "illness"


def test_a_withdrawal_deletes_the_absence_and_keeps_the_report(town: Town) -> None:
    """SS 12000's readers are told of the deletion; withdrawing again changes nothing."""
    one = reporter(town)
    identity = one.report()
    before = datetime.now(UTC).isoformat()
    withdrawn = one.withdraw(identity)
    assert withdrawn.status_code == 200
    report = withdrawn.json()
    assert report["status"] == "withdrawn"
    assert report["withdrawnAt"] == report["modified"] > report["created"]
    assert report["withdrawnThrough"] == one.consumer.client_id
    assert absences(one, identity) == 404
    gone = one.town.http.get(
        f"{DOOR}/deletedEntities", params={"after": before}, headers=one.consumer.headers
    ).json()["data"]
    assert gone["absences"] == [identity]
    again = reporter(town).withdraw(identity)
    assert (again.status_code, again.content) == (200, withdrawn.content)
    refused = one.set_reason(identity)
    assert (refused.status_code, refused.json()["title"]) == (409, "conflict")


def test_a_withdrawn_absence_may_be_reported_anew(town: Town) -> None:
    one = reporter(town)
    first = one.report()
    times = {name: one.read(first)[name] for name in ("startTime", "endTime")}
    one.withdraw(first)
    assert one.report(**times) != first


def test_a_source_systems_consumer_settles_its_own_delivery(town: Town) -> None:
    """Confirmed or refused, with a message; another system's delivery is left alone."""
    one, system = reporter(town), reporter(town, acts_for="tempus")
    identity = one.report()
    settled = system.settle(identity, "refused", said={"message": "Okänt barn."})
    assert settled.status_code == 200
    assert states(settled.json()) == {"skola24": "pending", "tempus": "refused"}
    (refused,) = [one for one in settled.json()["deliveries"] if one["source"] == "tempus"]
    assert refused["message"] == "Okänt barn."
    assert refused["changed"] == settled.json()["modified"]
    assert "message" not in str(system.settle(identity).json()["deliveries"])
    assert states(one.read(identity)) == {"skola24": "pending", "tempus": "delivered"}


def test_whoever_acts_for_no_system_settles_nothing(town: Town) -> None:
    """403 for a consumer without a system; 404 for one whose system takes no absences."""
    identity = reporter(town).report()
    refused = reporter(town).settle(identity)
    assert (refused.status_code, refused.json()["title"]) == (403, "forbidden")
    assert reporter(town, acts_for="unheard of").settle(identity).status_code == 403
    assert reporter(town, acts_for="elsewhere").settle(identity).status_code == 404
    for wrong in ({"state": "pending"}, {"message": "a" * 201}, {"message": "two\nlines"}):
        answer = reporter(town, acts_for="tempus").settle(identity, said=wrong)
        assert [fault["path"] for fault in answer.json()["errors"]] == list(wrong)


def test_a_changed_report_is_due_again_where_it_was_delivered(town: Town) -> None:
    """A system that has the old state is told of the new one; one that refused is left in peace."""
    one = reporter(town)
    tempus, skola24 = reporter(town, acts_for="tempus"), reporter(town, acts_for="skola24")
    identity = one.report()
    tempus.settle(identity, said={"message": "ok"})
    skola24.settle(identity, "refused")
    for change in (one.set_reason, one.withdraw):
        after = change(identity).json()
        assert states(after) == {"skola24": "refused", "tempus": "pending"}
        assert "ok" not in str(after["deliveries"])
        tempus.settle(identity)
    unchanged = one.withdraw(identity).json()
    assert states(unchanged)["tempus"] == "delivered"


def test_reports_are_listed_in_the_order_in_which_they_changed(town: Town) -> None:
    """A poller goes on from the last `modified` that it saw, page by page, and misses nothing."""
    one = reporter(town)
    start = one.read(one.report())["modified"]
    ids = [one.report() for _ in range(4)]
    one.set_reason(ids[1])
    expected = [ids[0], ids[2], ids[3], ids[1]]
    found: list[str] = []
    asked: dict[str, Any] = {"modifiedAfter": start, "limit": 2}
    while True:
        page = one.get("/reports", **asked).json()
        found += [row["id"] for row in page["data"]]
        if "pageToken" not in page:
            break
        asked = {"pageToken": page["pageToken"], "limit": 2}
    assert found == expected


def test_reports_are_found_by_status_delivery_pupil_and_organisation(town: Town) -> None:
    """A system's consumer asks for what is pending at its own system."""
    one, system = reporter(town), reporter(town, acts_for="tempus")
    start = one.read(one.report())["modified"]
    annas, bos, gone = one.report(), one.report("bo"), one.report()
    one.withdraw(gone)
    system.settle(annas)

    def found(**filters: Any) -> set[str]:
        page = one.get("/reports", modifiedAfter=start, limit=1000, **filters).json()
        return {row["id"] for row in page["data"]}

    assert found() == {annas, bos, gone}
    assert found(status="withdrawn") == {gone}
    assert found(student=str(named("bo"))) == {bos}
    assert found(organisation=str(named("north"))) == {annas, gone}
    assert found(organisation=str(named("city"))) == {annas, bos, gone}
    assert found(source="tempus", deliveryState="pending") == {bos, gone}
    assert found(source="tempus", deliveryState="delivered") == {annas}
    assert found(deliveryState="pending") == {annas, bos, gone}
    assert found(source="elsewhere") == set()
    for wrong in ({"status": "lost"}, {"unknown": "1"}, {"modifiedAfter": "yesterday"}):
        assert one.get("/reports", **wrong).status_code == 400


def test_a_change_depends_on_the_state_that_if_match_names(town: Town) -> None:
    """Two who read the same report: the second to change it is told to read again."""
    one, system = reporter(town), reporter(town, acts_for="tempus")
    identity = one.report()
    tag = one.get(f"/reports/{identity}").headers["etag"]
    first = one.set_reason(identity, headers={"If-Match": tag})
    assert first.status_code == 200
    for act in (one.set_reason, one.withdraw):
        refused = act(identity, headers={"If-Match": tag})
        assert (refused.status_code, refused.json()["title"]) == (412, "preconditionFailed")
    assert system.settle(identity, headers={"If-Match": tag}).status_code == 412
    assert states(one.read(identity)) == dict.fromkeys(SOURCES, "pending")
    assert first.headers["etag"] == one.get(f"/reports/{identity}").headers["etag"]
    assert one.withdraw(identity, headers={"If-Match": first.headers["etag"]}).status_code == 200


def test_an_unchanged_report_is_not_sent_again(town: Town) -> None:
    """304 until anything that the answer is made of changes, a delivery included."""
    one, system = reporter(town), reporter(town, acts_for="tempus")
    identity = one.report()
    tag = one.get(f"/reports/{identity}").headers["etag"]
    path = f"{REPORTS}/reports/{identity}"
    headers = one.consumer.headers | {"If-None-Match": tag}
    assert town.http.get(path, headers=headers).status_code == 304
    system.settle(identity)
    assert town.http.get(path, headers=headers).status_code == 200


@pytest.mark.parametrize("act", ["setReasonCategory", "withdraw", "settleDelivery"])
def test_every_change_is_logged_as_about_the_pupil(town: Town, act: str) -> None:
    """With the operation's name, once, in the transaction that did it."""
    identity = reporter(town).report()
    one = reporter(town, acts_for="tempus")
    done = {"setReasonCategory": one.set_reason, "withdraw": one.withdraw,
            "settleDelivery": one.settle}[act](identity)  # fmt: skip
    assert done.status_code == 200
    with psycopg.connect(town.database.url) as connection:
        records = connection.execute(
            "SELECT operation, person_ids, request_id FROM access_record WHERE client_id = %s",
            (one.consumer.client_id,),
        ).fetchall()
    assert records == [
        (f"absenceReports.{act}", [named("anna")], done.headers["x-request-id"])
    ]  # fmt: skip


def test_a_list_of_one_pupils_reports_is_logged_as_about_nobody_else(town: Town) -> None:
    """Who asks who read about a child is not answered with what was about another."""
    one, since = reporter(town), datetime.now(UTC)
    one.report("bo")
    one.get("/reports", student=str(named("bo")))

    def read_about(name: str) -> list[tuple[str, bool]]:
        with town.database.transaction() as session:
            found = who_read(session, person_id=named(name), since=since)
        return [(record.operation, record.certain) for record in found]

    assert ("absenceReports.list", True) in read_about("bo")
    assert "absenceReports.list" not in dict(read_about("anna"))


@pytest.mark.parametrize(("scopes", "reads", "writes"), [
    (("attendance:read",), 200, 403),
    (("absences:write",), 403, 200),
    (("attendance:write", "people:read"), 403, 403),
])  # fmt: skip
def test_reading_and_changing_need_their_own_scopes(
    town: Town, scopes: tuple[str, ...], reads: int, writes: int
) -> None:
    identity = reporter(town).report()
    one = reporter(town, scopes=scopes, acts_for="tempus")
    assert one.get("/reports").status_code == reads
    assert one.get(f"/reports/{identity}").status_code == reads
    assert one.set_reason(identity).status_code == writes
    assert one.settle(identity).status_code == writes
    assert one.withdraw(identity).status_code == writes


def test_a_forgotten_pupils_reports_go_too(town: Town) -> None:
    """A register that deletes a person leaves no report of it behind."""
    with town.database.transaction() as session:
        now = datetime.now(UTC)
        report = AbsenceReport(
            id=named("of the forgotten"), created=now, modified=now, status="withdrawn",
            start_time=now, end_time=now, type="Anmäld frånvaro", student_id=named("forgotten"),
            reported_through="test",
        )  # fmt: skip
        add(session, person("forgotten"), report)
    with town.database.transaction() as session:
        session.execute(text("DELETE FROM person WHERE id = :id"), {"id": named("forgotten")})
        assert session.get(AbsenceReport, named("of the forgotten")) is None


def test_a_marking_moves_the_persons_reports(town: Town) -> None:
    """When it is lifted a poller meets the report that it could not see before."""
    one = reporter(town)
    identity = one.report("bo")
    seen = one.read(identity)["modified"]
    for marking in ("Sekretessmarkering", "Ingen"):
        with town.database.transaction() as session:
            session.execute(
                text("UPDATE person SET security_marking = :marking WHERE id = :id"),
                {"marking": marking, "id": named("bo")},
            )
    later = one.get("/reports", modifiedAfter=seen).json()["data"]
    assert identity in [row["id"] for row in later]


def test_the_api_tells_what_it_is_without_a_token(town: Town) -> None:
    """Its description and its document; every refusal is a problem of RFC 9457."""
    info = town.http.get(f"{REPORTS}/api-info")
    assert info.json()["apiName"] == "absence-reports"
    assert info.json()["apiDocumentation"].endswith(f"{REPORTS}/openapi.json")
    document = town.http.get(f"{REPORTS}/openapi.json").json()
    assert document["info"]["version"] == info.json()["apiVersion"]
    for method, path, status in (("GET", "/reports", 401), ("GET", "/nothing", 404),
                                 ("DELETE", f"/reports/{uuid4()}", 405)):  # fmt: skip
        refused = town.http.request(method, REPORTS + path)
        assert refused.status_code == status
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["status"] == status
    assert refused.headers["allow"] == "GET, PATCH"
