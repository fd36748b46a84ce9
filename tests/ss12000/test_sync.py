"""A client that polls while others write ends with what the database holds, and misses nothing."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from app.database import Database, open_database
from app.services.change_clock import next_stamp
from app.services.tombstones import bury
from tests.make import named
from tests.ss12000.conftest import Caller, Town

WRITERS, ACTS = 8, 25
OVERLAP = timedelta(seconds=10)
INSERT = """
INSERT INTO room (id, created, modified, display_name, sort_name, owner_id)
VALUES (:id, :stamp, :stamp, :name, 'room', :owner)"""
UPDATE = "UPDATE room SET display_name = :name, modified = :stamp WHERE id = :id"


@dataclass
class Copy:
    """What a client keeps of the rooms, as SS 12000's own clients do it."""

    caller: Caller
    rooms: dict[str, str] = field(default_factory=dict)
    newest: str = "2000-01-01T00:00:00Z"
    polled: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    def poll(self) -> None:
        """Take over what changed, from exactly where the last poll ended; then what is gone."""
        began = datetime.now(UTC)
        asked = {"meta.modified.after": self.newest, "limit": "7"}
        page = self.caller.get("/rooms", **asked).json()
        while True:
            for room in page["data"]:
                self.rooms[room["id"]] = room["displayName"]
                self.newest = room["meta"]["modified"]
            if "pageToken" not in page:
                break
            page = self.caller.get("/rooms", pageToken=page["pageToken"], **asked).json()
        after = (self.polled - OVERLAP).isoformat()
        gone = self.caller.get("/deletedEntities", entities="Room", after=after, limit=1_000)
        for identity in gone.json()["data"].get("rooms", []):
            self.rooms.pop(identity, None)
        self.polled = began


def write(database: Database, seed: int) -> None:
    """Make, rename and remove rooms, each act in a transaction that takes its time."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    own: list[UUID] = []
    for number in range(ACTS):
        act = chance.choice(("make", "make", "rename", "remove")) if own else "make"
        with database.transaction() as session:
            time.sleep(chance.random() / 500)
            stamp = next_stamp(session)
            identity = named(f"room {seed}/{number}") if act == "make" else chance.choice(own)
            values = {"id": identity, "stamp": stamp, "name": f"{seed}/{number}"}
            if act == "make":
                session.execute(text(INSERT), values | {"owner": named("north")})
                own.append(identity)
            elif act == "rename":
                session.execute(text(UPDATE), values)
            else:
                bury(session, "rooms", [identity], stamp=stamp)
                session.execute(text("DELETE FROM room WHERE id = :id"), values)
                own.remove(identity)
            # Another transaction may have taken a later stamp and be done sooner.
            time.sleep(chance.random() / 500)


def test_a_polling_copy_ends_equal_to_the_database(own_town: Town) -> None:
    """With meta.modified.after taken from the newest object seen, without any overlap."""
    copy = Copy(own_town.caller())
    database = open_database(own_town.database.url, pool_size=WRITERS)
    polls = 0
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, database, seed) for seed in range(WRITERS)]
        while not all(writer.done() for writer in writers):
            copy.poll()
            polls += 1
        for writer in writers:
            writer.result()
    copy.poll()
    database.close()
    with own_town.database.transaction() as session:
        found = session.execute(text("SELECT id::text AS id, display_name FROM room")).mappings()
        rows = {row["id"]: row["display_name"] for row in found}
    assert copy.rooms == rows and len(rows) > WRITERS
    assert polls > 3, "the copy was taken while others wrote"
