"""An unchanged poll is answered with 304, and never when anything changed for the caller."""

import asyncio
import math
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from sqlmodel import SQLModel

from app.database import Database, loop_pool, open_database
from app.database.embedded import EmbeddedPostgres
from app.database.loop_pool import LoopPool
from app.errors import DatabaseUnavailable
from app.queries.access import Access, FieldGroup, Scope, View
from app.queries.entity_tags import RememberedTags, Tagged, rights
from app.queries.resource import Resource, Shape
from app.queries.ss12000 import OFFERED
from app.queries.statements import ListQuestion, all_filters, by_id_statement, list_statement
from app.queries.table_versions import (
    MENTIONED,
    VIEWS,
    CurrentVersions,
    TablesVersion,
    tables_of,
)
from tests.backends import end_connections, wait_for_waiting
from tests.make import named
from tests.ss12000.conftest import Caller, Town, running_town
from tests.ss12000.test_access_log import REQUIRED, Log, path_of
from tests.waiting import wait_until

# Of the life of a page token, in seconds.
HALF = 30
# Tables that no answer is made of.
NOT_SCHOOL = {
    "user_session", "consent", "pushed_request", "token_family", "authorization_code",
    "refresh_token", "calendar_feed",
    "access_record", "application", "audit_record", "catalogue_record", "catalogue_version",
    "catalogue_words", "change_clock", "consumer_grant",
    "consumer_organisation", "credential", "forgotten", "idempotency_key",
    "log_entry", "marking_change", "organisation_move", "report_count", "revoked_token",
    "set_aside_row", "signing_key",
    "statistics_entry", "subscription", "table_version", "tombstone", "used_assertion",
}  # fmt: skip
# What stands after FROM or JOIN and is no table: parts of the statement itself, and functions.
WITHIN = {"page", "gathered", "summed", "shown", "unnest", "jsonb_array_elements", "table_version"}


def again(caller: Caller, path: str, tag: str, **parameters: Any) -> Any:
    """The same request with a tag."""
    return caller.request("GET", path, params=parameters, headers={"If-None-Match": tag})


def requests_of(caller: Caller, resource: Resource) -> list[tuple[str, dict[str, str]]]:
    """The list and one object of it."""
    path, asked = path_of(resource.name), REQUIRED.get(resource.name, {})
    found = [(path, asked)]
    if resource.has_by_id:
        first = caller.get(path, **asked).json()["data"][0]["id"]
        found.append((f"{path}/{first}", {}))
    return found


@pytest.mark.parametrize("resource", OFFERED, ids=lambda resource: resource.name)
def test_an_unchanged_answer_is_not_sent_again(the_town: Town, resource: Resource) -> None:
    """Neither the list nor an object; and the tag stays as it was."""
    caller = the_town.caller()
    for path, asked in requests_of(caller, resource):
        full = caller.get(path, **asked)
        tag = full.headers["etag"]
        assert full.headers["cache-control"] == "private, no-cache"
        assert re.fullmatch(r'"[0-9a-f]{36}"', tag)
        for sent in (tag, f"W/{tag}", f'"other", {tag}'):
            answer = again(caller, path, sent, **asked)
            assert (answer.status_code, answer.headers["etag"]) == (304, tag)
            assert "ratelimit" in answer.headers and not answer.content
        assert again(caller, path, '"other"', **asked).status_code == 200


def test_an_unchanged_answer_is_known_without_reading_it(the_town: Town) -> None:
    """Nobody's data left, so nothing is logged either."""
    log = Log(the_town)
    tag = log.caller.get("/persons").headers["etag"]
    assert len(log.records()) == 1
    assert again(log.caller, "/persons", tag).status_code == 304
    assert len(log.records()) == 1


def test_what_is_forgotten_is_what_was_looked_at() -> None:
    """Not what somebody else was answered meanwhile."""
    tags, version = RememberedTags(), TablesVersion(frozenset(), 0)
    first, later = (Tagged(tag, version, "route") for tag in ('"1"', '"2"'))
    tags.keep(b"question", first)
    tags.keep(b"question", later)
    tags.forget(b"question", first)
    assert tags.find(b"question") is later
    tags.forget(b"question", later)
    tags.forget(b"question", later)
    assert tags.find(b"question") is None


def test_a_process_that_remembers_nothing_finds_the_same_tag(own_town: Town) -> None:
    """After a restart, or at another node, the caller's tag still counts."""
    caller = own_town.caller()
    tag = caller.get("/persons").headers["etag"]
    own_town.app.state.tags = RememberedTags()
    assert again(caller, "/persons", tag).status_code == 304


def run(town: Town, statement: str, *values: Any) -> None:
    """Change the town."""
    with psycopg.connect(town.database.url) as connection:
        connection.execute(statement.encode(), values)


RENAME_ROOM = "UPDATE room SET display_name = 'B2', modified = now() WHERE id = %s"
RENAME_UNIT = "UPDATE organisation SET display_name = 'Nytt namn', modified = now() WHERE id = %s"


def test_the_tag_changes_when_the_answer_does_and_only_then(own_town: Town) -> None:
    """A change elsewhere in the same table changes nothing for who does not see it."""
    north = own_town.caller(organisations=("north",))
    tag = north.get("/rooms").headers["etag"]
    run(own_town, RENAME_ROOM, named("south-room"))
    assert again(north, "/rooms", tag).status_code == 304
    run(own_town, RENAME_ROOM, named("north-room"))
    changed = again(north, "/rooms", tag)
    assert changed.status_code == 200 and changed.headers["etag"] != tag
    assert changed.json()["data"][0]["displayName"] == "B2"


def test_a_name_that_only_a_reference_shows_counts_where_it_is_shown(own_town: Town) -> None:
    """`modified` does not move with it, and yet the answer with names is another."""
    caller = own_town.caller()
    plain = caller.get("/rooms").headers["etag"]
    with_names = caller.get("/rooms", expandReferenceNames="true").headers["etag"]
    run(own_town, RENAME_UNIT, named("north"))
    assert again(caller, "/rooms", plain).status_code == 304
    assert again(caller, "/rooms", with_names, expandReferenceNames="true").status_code == 200


def test_no_two_consumers_share_a_tag(the_town: Town) -> None:
    """What one knows says nothing of what another would get."""
    one, other = the_town.caller(), the_town.caller()
    tags = {caller.get("/rooms").headers["etag"] for caller in (one, other)}
    assert len(tags) == 2
    assert again(other, "/rooms", one.get("/rooms").headers["etag"]).status_code == 200


@pytest.mark.parametrize(
    "path", ["/persons", "/attendances", "/groups", f"/persons/{named('anna')}"]
)
def test_a_person_who_is_protected_is_gone_at_the_next_poll(own_town: Town, path: str) -> None:
    """Whatever the caller's tag says."""
    caller = own_town.caller()
    tag = caller.get(path).headers["etag"]
    run(own_town, "UPDATE person SET security_marking = 'Sekretessmarkering' WHERE id = %s",
        named("anna"))  # fmt: skip
    answer = again(caller, path, tag)
    assert answer.status_code in (200, 404) and str(named("anna")) not in answer.text


def test_a_shrunk_grant_answers_anew(own_town: Town) -> None:
    """The same words, less rights: not the answer that was tagged."""
    caller = own_town.caller()
    tag = caller.get("/rooms").headers["etag"]
    run(own_town, "UPDATE consumer_grant SET organisation_ids = %s WHERE application_id = "
        "(SELECT id FROM application WHERE client_id = %s)",
        [named("south")], caller.consumer.client_id)  # type: ignore[union-attr]  # fmt: skip
    wait_until(lambda: len(caller.get("/rooms").json()["data"]) == 1)
    answer = again(caller, "/rooms", tag)
    assert [row["id"] for row in answer.json()["data"]] == [str(named("south-room"))]


def test_a_unit_that_moves_under_the_one_asked_for_counts(own_town: Town) -> None:
    """No table that the answer is made of was written to, but the question means more units."""
    caller = own_town.caller()
    asked = {"organisation": str(named("north"))}
    tag = caller.get("/activities", **asked).headers["etag"]
    run(own_town, "UPDATE organisation SET parent_id = %s WHERE id = %s",
        named("north"), named("south"))  # fmt: skip
    wait_until(lambda: again(caller, "/activities", tag, **asked).status_code == 200)
    assert caller.get("/activities", **asked).headers["etag"] != tag


class Looks:
    """A database whose looks at the versions are counted; one of them keeps what it found
    until it is told.
    """

    def __init__(self, database: Database, *, waits: int = 1) -> None:
        self.asked = 0
        self.waits = waits
        self.began, self.go_on = asyncio.Event(), asyncio.Event()
        self.looking = self
        self._database = database

    async def read(self, *asked: Any, **how: Any) -> list[bytes | None]:
        self.asked += 1
        held = self.asked == self.waits
        found = await self._database.looking.read(*asked, **how)
        if held:
            self.began.set()
            await self.go_on.wait()
        return found


def test_polls_at_the_same_time_share_one_look_at_the_versions(own_town: Town) -> None:
    """And each looks at a moment after it came: what was written before is never missed."""

    async def poll() -> tuple[list[int], int]:
        looks = Looks(own_town.database)
        versions = CurrentVersions(looks)  # type: ignore[arg-type]
        first = asyncio.create_task(versions.read())
        await looks.began.wait()
        run(own_town, RENAME_ROOM, named("north-room"))
        later = [asyncio.create_task(versions.read()) for _ in range(5)]
        await asyncio.sleep(0)
        looks.go_on.set()
        await first
        return [(await one)["room"] for one in later], looks.asked

    before = asyncio.run(CurrentVersions(own_town.database).read())["room"]
    assert asyncio.run(poll()) == ([before + 1] * 5, 2)


def test_polls_that_come_during_a_shared_look_share_the_next(own_town: Town) -> None:
    async def poll() -> tuple[list[int], int]:
        looks = Looks(own_town.database, waits=2)
        versions = CurrentVersions(looks)  # type: ignore[arg-type]
        early = [asyncio.create_task(versions.read()) for _ in range(3)]
        await looks.began.wait()
        run(own_town, RENAME_ROOM, named("north-room"))
        later = [asyncio.create_task(versions.read()) for _ in range(3)]
        await asyncio.sleep(0.05)
        looks.go_on.set()
        await asyncio.gather(*early)
        return [(await one)["room"] for one in later], looks.asked

    before = asyncio.run(CurrentVersions(own_town.database).read())["room"]
    assert asyncio.run(asyncio.wait_for(poll(), 10)) == ([before + 1] * 3, 3)


def test_polls_whose_requests_had_come_share_the_look_that_is_begun(own_town: Town) -> None:
    """The server hears of them, begins them, and they ask: a few turns of the event loop."""

    async def poll() -> int:
        looks = Looks(own_town.database)
        versions = CurrentVersions(looks)  # type: ignore[arg-type]
        first, second = (asyncio.create_task(versions.read()) for _ in range(2))
        await looks.began.wait()
        looks.go_on.set()
        await first
        await asyncio.gather(second, *(versions.read() for _ in range(3)))
        return looks.asked

    assert asyncio.run(poll()) == 2


@pytest.mark.parametrize(("look", "given_up"), [(1, 0), (1, 1), (2, 1)])
def test_a_poll_that_is_given_up_takes_none_with_it(
    own_town: Town, look: int, given_up: int
) -> None:
    """Neither while the first looks for itself, nor during the look that the others share: they
    are answered, and so is who comes later.
    """

    async def poll() -> list[Any]:
        looks = Looks(own_town.database, waits=look)
        versions = CurrentVersions(looks)  # type: ignore[arg-type]
        polls = [asyncio.create_task(versions.read()) for _ in range(3)]
        await looks.began.wait()
        polls[given_up].cancel()
        looks.go_on.set()
        found = await asyncio.gather(*polls, return_exceptions=True)
        assert isinstance(found.pop(given_up), asyncio.CancelledError)
        return [*found, await versions.read()]

    answered = asyncio.run(poll())
    assert len(answered) == 3 and all(one == answered[0] and "room" in one for one in answered)


@pytest.mark.parametrize("look", [1, 2])
def test_who_polls_in_the_next_event_loop_waits_for_none_of_the_last(
    own_town: Town, look: int
) -> None:
    looks = Looks(own_town.database, waits=look)
    versions = CurrentVersions(looks)  # type: ignore[arg-type]
    left: list[Any] = []

    async def leave() -> None:
        left.extend(asyncio.create_task(versions.read()) for _ in range(3))
        await looks.began.wait()

    asyncio.run(leave())
    assert [one.cancelled() for one in left] == [look == 1, True, True]
    assert "room" in asyncio.run(asyncio.wait_for(versions.read(), 10))


def test_an_outage_reaches_every_poll_that_waits() -> None:
    """Nobody is told that nothing changed when nobody could look."""

    async def poll() -> list[Any]:
        with closing(open_database("postgresql://127.0.0.1:9/nowhere")) as away:
            versions = CurrentVersions(away)
            polls = (versions.read() for _ in range(3))
            return await asyncio.gather(*polls, return_exceptions=True)

    assert [type(one) for one in asyncio.run(poll())] == [DatabaseUnavailable] * 3


def test_a_poll_that_cannot_look_is_told_so(
    own_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = own_town.caller()
    tag = caller.get("/rooms").headers["etag"]

    async def away(*_asked: Any, **_how: Any) -> list[bytes | None]:
        raise DatabaseUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(own_town.database.looking, "read", away)
        refused = again(caller, "/rooms", tag)
    assert refused.status_code == 503 and refused.json()["code"] == "temporarilyUnavailable"
    assert again(caller, "/rooms", tag).status_code == 304


def test_a_lost_connection_for_looks_is_replaced_before_the_next_poll(own_town: Town) -> None:
    """It is watched while nobody polls."""
    caller = own_town.caller()
    tag, before = caller.get("/rooms").headers["etag"], own_town.database.era.number
    assert again(caller, "/rooms", tag).status_code == 304
    assert end_connections(own_town.database.url, "skolnav-loop") == 2, (
        "one for pages, one for looks"
    )
    wait_until(lambda: own_town.database.era.number > before)
    assert again(caller, "/rooms", tag).status_code == 304


def end_era(town: Town) -> None:
    """As who sees an outage does."""
    town.database.era.end_present()


def test_the_loss_of_the_connection_that_listens_ends_the_era(own_town: Town) -> None:
    """Where nothing else is asked of the database, it alone sees an outage."""
    assert own_town.app.state.authenticator.listener.wait_until_trusted(30)
    before = own_town.database.era.number
    assert end_connections(own_town.database.url, "skolnav-notices") == 1
    wait_until(lambda: own_town.database.era.number == before + 1)
    assert own_town.app.state.authenticator.listener.wait_until_trusted(30)
    assert own_town.database.era.number == before + 1


# As when a standby takes over without the last writes: the same versions come again, and what was
# written is other than it was.
UNCOUNTED = "SET session_replication_role = replica; UPDATE room SET display_name = 'Annat'"


@pytest.mark.parametrize("polls", [0, 1, 2])
def test_no_tag_from_before_an_outage_is_taken_on_trust(own_town: Town, polls: int) -> None:
    """The database that came back may have forgotten what was written last."""
    caller = own_town.caller()
    tag = caller.get("/rooms").headers["etag"]
    run(own_town, UNCOUNTED)
    for _ in range(polls):
        assert again(caller, "/rooms", tag).status_code == 304, "only the versions are looked at"
    end_era(own_town)
    assert again(caller, "/rooms", tag).status_code == 200


def test_nor_when_the_outage_comes_while_the_poll_looks(
    own_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found then is of the database that came back."""
    caller = own_town.caller()
    tag = caller.get("/rooms").headers["etag"]
    run(own_town, UNCOUNTED)
    looking = own_town.database.looking

    async def read(*asked: Any, **how: Any) -> list[bytes | None]:
        end_era(own_town)
        return await LoopPool.read(looking, *asked, **how)

    monkeypatch.setattr(looking, "read", read)
    assert again(caller, "/rooms", tag).status_code == 200


def test_a_poll_is_answered_while_all_that_read_wait(
    own_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who ask in vain do not stand in line behind those who are answered something."""
    monkeypatch.setattr(loop_pool, "TOGETHER_MAX", 1)
    along_all = loop_pool.IN_FLIGHT_MAX * own_town.database.size
    caller, places = own_town.caller(), own_town.database.size
    threads = own_town.settings.database_pool_size
    tag = caller.get("/rooms").headers["etag"]
    with (
        psycopg.connect(own_town.database.url) as gate,
        ThreadPoolExecutor(along_all + threads) as readers,
    ):
        gate.execute("LOCK TABLE access_record IN ACCESS EXCLUSIVE MODE")
        reading = [readers.submit(caller.get, "/persons") for _ in range(along_all)]
        anna = {"ids": [str(named("anna"))]}
        reading += [readers.submit(caller.post, "/persons/lookup", anna) for _ in range(threads)]
        wait_for_waiting(own_town.database.url, places + threads)
        assert again(caller, "/rooms", tag).status_code == 304
        assert not any(one.done() for one in reading)
        gate.rollback()
        assert [one.result().status_code for one in reading] == [200] * len(reading)


OTHER: dict[str, Any] = {
    "client_id": "other", "grant_id": named("other"), "scopes": frozenset({"people:read"}),
    "organisation_ids": frozenset({named("north")}), "school_types": frozenset({"GR"}),
    "field_groups": frozenset(), "sees_protected": True, "acting_person_id": named("anna"),
    "view": View(own=frozenset({named("anna")})),
}  # fmt: skip


@pytest.mark.parametrize("name", [field.name for field in fields(Access)])
def test_questions_under_other_rights_are_others(name: str) -> None:
    """All that decides what a caller sees counts; how long and how often it may ask does not."""
    whole = Access(
        client_id="one", grant_id=named("one"), scopes=frozenset(Scope), organisation_ids=None,
        school_types=None, field_groups=frozenset(FieldGroup), sees_protected=False,
        rate_tier="city", expires=datetime(2026, 9, 1, tzinfo=UTC), today=date(2026, 9, 1),
    )  # fmt: skip
    ignored = {
        "rate_tier": "trial", "expires": datetime(2027, 1, 1, tzinfo=UTC), "today": date.max,
    }  # fmt: skip
    other = replace(whole, **{name: (OTHER | ignored)[name]})
    assert (rights(other) == rights(whole)) is (name in ignored)


@dataclass
class Clock:
    """What time it is, as the service sees it: it stands still."""

    seconds: float

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


@pytest.fixture
def short_lived(server: EmbeddedPostgres, migrated: str) -> Iterator[tuple[Town, Clock]]:
    """A town whose page tokens live for a minute, at the beginning of the first or second half of
    which it is.
    """
    with running_town(server, migrated, "short_lived", page_token_lifetime_seconds=60) as town:
        clock = Clock(math.ceil(time.time() / HALF) * HALF)
        town.app.state.authenticator.clock = clock
        yield town, clock


def test_a_page_with_a_token_is_sent_again_before_the_token_is_old(
    short_lived: tuple[Town, Clock],
) -> None:
    """Otherwise a caller that is told 304 for days would be left with a token that is gone."""
    town, clock = short_lived
    caller = town.caller()
    tag = caller.get("/persons", limit=1).headers["etag"]
    whole = caller.get("/persons").headers["etag"]
    clock.seconds += HALF - 1
    assert [again(caller, "/persons", tag, limit=1).status_code for _ in range(3)] == [304] * 3
    clock.seconds += 1
    assert again(caller, "/persons", tag, limit=1).status_code == 200
    assert again(caller, "/persons", whole).status_code == 304


def test_a_token_that_has_grown_old_is_refused_though_its_page_is_unchanged(
    short_lived: tuple[Town, Clock],
) -> None:
    """The tag of the page that it asked for a moment ago does not keep it alive."""
    town, clock = short_lived
    caller = town.caller()
    clock.seconds += 0.5 * HALF
    token = caller.get("/persons", limit=1).json()["pageToken"]
    clock.seconds += 1.6 * HALF
    page = caller.get("/persons", pageToken=token)
    assert again(caller, "/persons", page.headers["etag"], pageToken=token).status_code == 304
    clock.seconds += 0.5 * HALF
    assert again(caller, "/persons", page.headers["etag"], pageToken=token).status_code == 410


def shapes() -> list[Shape]:
    """A caller with everything, and one with as little as can be."""
    wide = Shape(names=True, expand=frozenset(), scopes=frozenset(Scope), sees_protected=True,
                 field_groups=frozenset(FieldGroup), whole_city=True, one_organisation=False,
                 every_school_type=True)  # fmt: skip
    narrow = Shape(names=True, expand=frozenset(), scopes=frozenset(Scope), sees_protected=False,
                   field_groups=frozenset(), whole_city=False, one_organisation=True,
                   every_school_type=False)  # fmt: skip
    return [wide, narrow]


def statements(resource: Resource) -> list[bytes]:
    """The statements of a resource that mention most tables."""
    given = frozenset(declared.name for declared in all_filters(resource))
    found = []
    for shape in shapes():
        full = Shape(**{name: getattr(shape, name) for name in Shape.__slots__}
                     | {"expand": frozenset(resource.expansions)})  # fmt: skip
        found.append(list_statement(ListQuestion(resource.name, full, given, None, False)))
        if resource.has_by_id:
            found.append(by_id_statement(resource.name, full))
    return found


@pytest.mark.parametrize("resource", OFFERED, ids=lambda resource: resource.name)
def test_every_table_that_an_answer_is_made_of_is_watched(resource: Resource) -> None:
    """A table that a statement mentions under a name not known here would go unwatched."""
    for statement in statements(resource):
        mentioned = {name.decode() for name in MENTIONED.findall(statement)}
        known = tables_of(statement) | WITHIN | VIEWS.keys()
        assert resource.table in tables_of(statement)
        for view in mentioned & VIEWS.keys():
            assert VIEWS[view] <= tables_of(statement)
        assert mentioned <= known, mentioned - known


def test_every_school_table_counts_its_versions(the_town: Town) -> None:
    """A table without the trigger would leave callers with old answers."""
    with psycopg.connect(the_town.database.url) as connection:
        triggers = connection.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname = 'count_version' AND NOT c.relispartition"
        ).fetchall()
        rows = connection.execute("SELECT name FROM table_version").fetchall()
        seen = connection.execute(
            "SELECT table_name FROM information_schema.view_table_usage "
            "WHERE view_name = 'person_relation'"
        ).fetchall()
    assert {name for (name,) in seen} == VIEWS["person_relation"]
    school = SQLModel.metadata.tables.keys() - NOT_SCHOOL
    assert {name for (name,) in triggers} == {name for (name,) in rows} == school
