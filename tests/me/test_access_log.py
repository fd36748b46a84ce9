"""Who read about me and my children: `/me/v1/access-log`."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.local_time import local_day
from tests.make import Consumer, named
from tests.me.conftest import App, read_records, signed_in
from tests.me.school import FRIDAY, MONDAY
from tests.ss12000.conftest import DOOR, Town
from tests.ss12000.families import GROWN

WEEK: dict[str, Any] = {"begin": str(MONDAY), "end": str(FRIDAY)}


def period() -> dict[str, Any]:
    """Yesterday to tomorrow."""
    today = local_day(datetime.now(UTC))
    return {"begin": today - timedelta(days=1), "end": today + timedelta(days=1)}


def entries(app: App, **asked: Any) -> list[dict[str, Any]]:
    """Every entry, over all pages."""
    body = app.get("/access-log", **(period() | asked)).json()
    found = list(body["data"])
    while "pageToken" in body:
        body = app.get("/access-log", limit=asked["limit"], pageToken=body["pageToken"]).json()
        found += body["data"]
    return found


def by_app(app: App, reader: App | Consumer, **asked: Any) -> list[tuple[str, str, str, bool]]:
    """What one app read: about whom, for whom, what, and whether it is certain."""
    client = reader.client_id if isinstance(reader, Consumer) else reader.consumer.client_id
    known = {str(named(name)): name for name in
             ("anna", "bo", "both-parent", "hidden-pupil", "hidden-parent", GROWN)}  # fmt: skip
    return [
        (known[one["person"]], one["by"], one["category"], one["certain"])
        for one in entries(app, **asked)
        if one.get("app", {}).get("name") == client
    ]


def system_reads(town: Town, system: Consumer, path: str) -> None:
    """A system reads for itself."""
    assert town.http.get(DOOR + path, headers=system.headers).status_code == 200


def test_a_guardian_sees_which_system_and_app_read_what_for_whom(me_town: Town) -> None:
    """By name and maker, and the people as what they are."""
    system = me_town.consumers.consumer()
    system_reads(me_town, system, f"/absences/{named('anna-away')}")
    system_reads(me_town, system, f"/persons/{named('bo')}")
    readers = {who: signed_in(me_town, who) for who in
               ("both-parent", "other-parent", "anna", "north-teacher")}  # fmt: skip
    for who in ("both-parent", "other-parent", "anna"):
        readers[who].get("/lessons", student=str(named("anna")), **WEEK)
    readers["north-teacher"].http.get(
        f"{DOOR}/attendances/{named('anna-present')}",
        headers=readers["north-teacher"].consumer.headers,
    )
    asker = signed_in(me_town, "both-parent")
    assert set(by_app(asker, system)) == {
        ("anna", "system", "absences", True), ("bo", "system", "people", True),
    }  # fmt: skip
    assert by_app(asker, readers["both-parent"]) == [("anna", "you", "schedule", True)]
    assert by_app(asker, readers["other-parent"]) == [("anna", "guardian", "schedule", True)]
    assert by_app(asker, readers["anna"]) == [("anna", "pupil", "schedule", True)]
    assert by_app(asker, readers["north-teacher"]) == [("anna", "staff", "attendance", True)]
    assert by_app(readers["anna"], readers["both-parent"]) == [
        ("anna", "guardian", "schedule", True)
    ]
    said = asker.get("/access-log", **period()).text
    for secret in ("other-parent", "north-teacher", str(named("other-parent")),
                   str(named("north-teacher")), "requestId"):  # fmt: skip
        assert secret not in said


def test_words_are_in_the_readers_language(me_town: Town) -> None:
    """Swedish unless they wish for English."""
    reader = signed_in(me_town, "other-parent")
    reader.get("/lessons", student=str(named("anna")), **WEEK)
    asker = signed_in(me_town, "both-parent")
    name = reader.consumer.client_id

    def words(**how: Any) -> tuple[str, str]:
        body = asker.get("/access-log", **how, **period()).json()["data"]
        (one,) = [row for row in body if row.get("app", {}).get("name") == name]
        return one["byText"], one["categoryText"]

    assert words() == ("en annan vårdnadshavare", "schema och lektioner")
    english = ("another guardian", "schedule and lessons")
    assert words(lang="en") == words(headers={"Accept-Language": "en-GB"}) == english


def test_nobody_sees_who_read_about_others(me_town: Town) -> None:
    """Neither a child left out, nor one who is of age, nor a pupil that one teaches."""
    system = me_town.consumers.consumer(sees_protected=True)
    for name in ("anna", "bo", "hidden-pupil", GROWN):
        system_reads(me_town, system, f"/persons/{named(name)}")
    seen = {
        ("both-parent", "app"): {"anna", "bo"}, ("anna", "app"): {"anna"},
        ("hidden-parent", "app"): set(), ("hidden-parent", "cleared"): {"hidden-pupil"},
        (GROWN, "app"): {GROWN}, ("north-teacher", "app"): set(), ("head", "app"): set(),
        ("friend", "app"): set(),
    }  # fmt: skip
    for (who, kind), names in seen.items():
        asker = signed_in(me_town, who, kind)
        assert {row[0] for row in by_app(asker, system)} == names, who
        for name in ("anna", "bo", "hidden-pupil", GROWN):
            of_one = by_app(asker, system, student=str(named(name)))
            assert {row[0] for row in of_one} == names & {name}, who
    left_out = signed_in(me_town, "both-parent", children=("anna",))
    assert {row[0] for row in by_app(left_out, system)} == {"anna"}


def test_pages_of_lists_are_possible_and_told_once_a_day(me_town: Town) -> None:
    """Unless a filter names the child, or another one; or another family's app read them."""
    system = me_town.consumers.consumer()
    for _ in range(3):
        system_reads(me_town, system, "/attendances")
    system_reads(me_town, system, f"/absences?student={named('anna')}")
    system_reads(me_town, system, f"/absences?student={named('hidden-parent')}")
    stranger = signed_in(me_town, "bo-parent", children=("bo",))
    system_reads(me_town, stranger.consumer, "/attendances")
    asker = signed_in(me_town, "anna")
    assert Counter(by_app(asker, system)) == {
        ("anna", "system", "attendance", False): 1, ("anna", "system", "absences", True): 1,
    }  # fmt: skip
    (possible,) = [one for one in entries(asker) if one.get("app", {}).get("name") ==
                   system.client_id and not one["certain"]]  # fmt: skip
    assert possible["times"] == 3
    assert not any(one["by"] == "somebody" and not one["certain"] for one in entries(asker))


def test_a_page_in_the_order_of_ids_counts_only_within_its_bounds(me_town: Town) -> None:
    """As the admins' own question of the log has it."""
    system = me_town.consumers.consumer()
    system_reads(me_town, system, "/persons?limit=1")
    with me_town.database.transaction() as session:
        first = session.execute(text("SELECT min(id::text) FROM person")).scalar_one()
    expected = [("anna", "system", "people", False)] if first == str(named("anna")) else []
    assert by_app(signed_in(me_town, "anna"), system) == expected


def test_a_protected_guardian_is_told_of_by_no_word(own_me_town: Town) -> None:
    """Neither as a guardian nor by the app that they use."""
    reader = signed_in(own_me_town, "other-parent", "cleared")
    with own_me_town.database.transaction() as session:
        session.execute(text("UPDATE person SET security_marking = 'Sekretessmarkering'"
                             " WHERE id = :id"), {"id": named("other-parent")})  # fmt: skip
    reader.get("/lessons", student=str(named("anna")), **WEEK)
    (one,) = entries(signed_in(own_me_town, "both-parent"))
    assert (one["by"], one["person"]) == ("somebody", str(named("anna")))
    assert "app" not in one


def test_pages_hold_every_entry_once_the_newest_first(own_me_town: Town) -> None:
    """A page token is good for the person and the period that it came from."""
    system = own_me_town.consumers.consumer()
    for name in ("anna-away", "bo-away", "anna-away", "bo-away", "anna-away"):
        system_reads(own_me_town, system, f"/absences/{named(name)}")
    asker = signed_in(own_me_town, "both-parent")
    # Both children at one instant, and a page ends between them.
    signed_in(own_me_town, "both-parent").get("/children")
    of_both = [one["person"] for one in entries(asker, limit=1) if one["category"] == "people"]
    assert sorted(of_both) == sorted([str(named("anna")), str(named("bo"))])
    found = [one for one in entries(asker, limit=2) if one["by"] == "system"]
    assert Counter(one["person"] for one in found) == {
        str(named("anna")): 3, str(named("bo")): 2,
    }  # fmt: skip
    times = [one["time"] for one in found]
    assert times == sorted(times, reverse=True)
    token = asker.get("/access-log", limit=2, **period()).json()["pageToken"]
    other = own_me_town.consumers.acting_for(asker.consumer, "other-parent", children=("anna",))
    refused = App(own_me_town.http, other).get("/access-log", pageToken=token)
    assert (refused.status_code, refused.json()["title"]) == (400, "badPageToken")
    changed = asker.get("/access-log", pageToken=token, **WEEK)
    assert (changed.status_code, changed.json()["title"]) == (400, "badParameter")


def test_reading_the_log_is_in_the_log(own_me_town: Town) -> None:
    """Also where it was empty."""
    asker = signed_in(own_me_town, "anna")
    assert asker.get("/access-log", **period()).json() == {"data": []}
    ((operation, persons, _filters, _rows),) = read_records(own_me_town, asker.consumer.client_id)
    assert (operation, persons) == ("me.accessLog", [named("anna")])
    assert by_app(asker, asker)[0][1:] == ("you", "privacy", True)


@pytest.mark.parametrize("asked", [
    {}, {"begin": "2026-11-01", "end": "2026-12-02"}, {"begin": "2026-11-02", "end": "2026-11-01"},
    {"begin": "2026-11-01", "end": "2026-11-02", "limit": "0"},
    {"begin": "2026-11-01", "end": "2026-11-02", "person": str(named("anna"))},
    {"pageToken": "made-up"},
])  # fmt: skip
def test_a_question_that_cannot_be_meant_is_refused(me_town: Town, asked: dict[str, Any]) -> None:
    """At most 31 days, and nothing that is not known."""
    assert signed_in(me_town, "anna").get("/access-log", **asked).status_code == 400


def test_it_takes_the_scope_and_a_person(me_town: Town) -> None:
    """API5."""
    without = signed_in(me_town, "both-parent", scopes={"schedule:read", "people:read"})
    assert without.get("/access-log", **period()).status_code == 403
    system = App(me_town.http, me_town.consumers.consumer())
    assert system.get("/access-log", **period()).status_code == 403
