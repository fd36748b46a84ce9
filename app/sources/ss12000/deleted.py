"""What a source says that it has deleted."""

from typing import Any
from uuid import UUID

from app.sources.ss12000.client import SourceClient
from app.sources.ss12000.failures import NotOffered, SourceFailed
from app.sources.ss12000.resources import BY_NAME
from app.sources.ss12000.values import Unreadable, uuid

# The standard misspells activities; servers write either, and one resource in two numbers.
SPELLINGS = {"activitites": "activities", "attendanceSchedule": "attendanceSchedules"}
MOST_PAGES = 10_000


def read_deleted(client: SourceClient, after: str) -> dict[str, list[UUID]]:
    """Ids by resource; empty when the server does not keep deletions.

    Ids that are none are left out, as are resources that are not stored here.
    """
    found: dict[str, list[UUID]] = {}
    query: tuple[tuple[str, str], ...] = (("after", after),)
    for _ in range(MOST_PAGES):
        try:
            body = client.document("deletedEntities", query)
        except NotOffered:
            return found
        listed = body.get("data", body)
        for key, ids in listed.items() if isinstance(listed, dict) else ():
            name = SPELLINGS.get(key, key)
            if name in BY_NAME and isinstance(ids, list):
                found.setdefault(name, []).extend(_readable(ids))
        token = body.get("pageToken")
        if not isinstance(token, str) or not token:
            return found
        query = (("after", after), ("pageToken", token))
    raise SourceFailed("deletedEntities: the pages do not end.")


def _readable(ids: list[Any]) -> list[UUID]:
    readable = []
    for item in ids:
        try:
            readable.append(uuid(item.get("id") if isinstance(item, dict) else item))
        except Unreadable:
            continue
    return readable
