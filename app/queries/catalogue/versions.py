"""Versions of the catalogue's records: the current one, the newest, those of an instant.

What is read here is public but for the properties that `app.schemas.catalogue.telling` leaves out.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel import Session

from app.schemas.catalogue.kinds import KINDS
from app.schemas.catalogue.marks import naming, reference_paths

# A draft makes no difference to what is told of a version that was published: whoever may not see
# drafts would learn of it.
COLUMNS = """v.section, v.id, r.uuid, v.version, v.document, v.saved, v.saved_by, v.comment,
 v.published, v.published_by, v.ended, v.ended_by,
 CASE WHEN v.published IS NOT NULL AND v.ended IS NULL THEN 'published'
      WHEN EXISTS (SELECT FROM catalogue_version n
                    WHERE n.section = v.section AND n.id = v.id AND n.version > v.version
                      AND (n.published IS NOT NULL OR v.published IS NULL)) THEN 'superseded'
      WHEN v.published IS NULL THEN 'draft' ELSE 'archived' END AS state"""
FROM = "catalogue_version v JOIN catalogue_record r USING (section, id)"
CURRENT = "v.published IS NOT NULL AND v.ended IS NULL"
# A plan for all values could not use the indexes of what counts now.
PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")


def counting(at: datetime | None, row: str = "v") -> str:
    """The condition that a version counted at the instant `:at`, or counts now."""
    if at is None:
        return CURRENT.replace("v.", f"{row}.")
    return (
        f"{row}.published IS NOT NULL AND {row}.published <= :at "
        f"AND coalesce({row}.ended > :at, true)"
    )


def holding(row: str = "v") -> str:
    """The condition that a version holds in the world on `:valid_on`, or may."""
    return (
        f"coalesce({row}.valid_from <= :valid_on, true) "
        f"AND coalesce({row}.valid_to >= :valid_on, true)"
    )


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a record. `state`: draft, published, superseded or archived."""

    section: str
    id: str
    uuid: UUID
    version: int
    document: dict[str, Any]
    saved: datetime
    saved_by: str
    comment: str | None
    published: datetime | None
    published_by: str | None
    ended: datetime | None
    ended_by: str | None
    state: str


def published(
    session: Session, section: str, identifier: str, at: datetime | None = None
) -> Version | None:
    """What the catalogue says of a record, or said at an instant."""
    sql = (
        f"SELECT {COLUMNS} FROM {FROM} WHERE v.section = :section AND v.id = :id AND {counting(at)}"
    )
    return _one(session, sql, section=section, id=_sayable(identifier), at=at)


def newest(session: Session, section: str, identifier: str) -> Version | None:
    """What was saved last, published or not."""
    sql = (
        f"SELECT {COLUMNS} FROM {FROM} WHERE v.section = :section AND v.id = :id "
        "ORDER BY v.version DESC LIMIT 1"
    )
    return _one(session, sql, section=section, id=_sayable(identifier))


def newest_of_all(session: Session) -> dict[tuple[str, str], Version]:
    """What was saved last of every record, by section and id."""
    sql = (
        f"SELECT DISTINCT ON (v.section, v.id) {COLUMNS} FROM {FROM} "
        "ORDER BY v.section, v.id, v.version DESC"
    )
    return {(one.section, one.id): one for one in _all(session, sql)}


def versions(session: Session, section: str, identifier: str, *, drafts: bool) -> list[Version]:
    """All of a record's, the newest first; those never published only for editors."""
    sql = (
        f"SELECT {COLUMNS} FROM {FROM} WHERE v.section = :section AND v.id = :id "
        "AND (:drafts OR v.published IS NOT NULL) ORDER BY v.version DESC"
    )
    return _all(session, sql, section=section, id=_sayable(identifier), drafts=drafts)


def everything(
    session: Session, sections: Iterable[str], at: datetime | None = None
) -> Iterator[Version]:
    """All that is published of these kinds, by kind and then in Swedish order."""
    sql = (
        f"SELECT {COLUMNS} FROM {FROM} WHERE v.section = ANY(:sections) AND {counting(at)} "
        "ORDER BY v.section, v.sort_key, v.id"
    )
    yield from _all(session, sql, sections=list(sections), at=at)


def referring(session: Session, section: str, identifier: str) -> list[tuple[str, str]]:
    """The published records that name a record: their sections and ids."""
    found: list[tuple[str, str]] = []
    for kind in KINDS:
        for path, named in reference_paths(kind.model):
            if named != section:
                continue
            rows = session.execute(
                text(
                    f"SELECT v.section, v.id FROM catalogue_version v WHERE {CURRENT} "
                    "AND v.section = :section AND v.document @> CAST(:part AS jsonb)"
                ),
                {"section": kind.section, "part": json.dumps(naming(path, identifier))},
            )
            found += [(row.section, row.id) for row in rows]
    return list(dict.fromkeys(found))


def neighbours(session: Session, section: str, identifier: str) -> list[Version]:
    """The published records that name a record."""
    pairs = referring(session, section, identifier)
    return list(those(session, pairs).values())


def those(session: Session, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Version]:
    """Of these records, those that are published, in Swedish order."""
    pairs = sorted(set(wanted))
    sql = (
        f"SELECT {COLUMNS} FROM {FROM} "
        "JOIN unnest(CAST(:sections AS text[]), CAST(:ids AS text[])) AS asked(section, id) "
        f"USING (section, id) WHERE {CURRENT} ORDER BY v.section, v.sort_key, v.id"
    )
    found = _all(session, sql, sections=[one[0] for one in pairs], ids=[one[1] for one in pairs])
    return {(one.section, one.id): one for one in found}


def known_ids(session: Session, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool]:
    """Of these records, those that are there, and whether they are published."""
    pairs = sorted(set(wanted))
    rows = session.execute(
        text(f"""
SELECT r.section, r.id, EXISTS (
         SELECT FROM catalogue_version v
          WHERE v.section = r.section AND v.id = r.id AND {CURRENT}) AS published
  FROM unnest(CAST(:sections AS text[]), CAST(:ids AS text[])) AS asked(section, id)
  JOIN catalogue_record r USING (section, id)"""),
        {"sections": [one[0] for one in pairs], "ids": [one[1] for one in pairs]},
    )
    return {(row.section, row.id): row.published for row in rows}


def _sayable(identifier: str) -> str:
    """The id as PostgreSQL can be asked for it, which has no NUL in its texts; no id holds one."""
    return identifier.replace("\x00", "\ufffd")


def _one(session: Session, sql: str, **values: Any) -> Version | None:  # noqa: ANN401 - of SQL
    row = session.execute(text(sql), values).one_or_none()
    return None if row is None else version_of(row)


def _all(session: Session, sql: str, **values: Any) -> list[Version]:  # noqa: ANN401 - of SQL
    return [version_of(row) for row in session.execute(text(sql), values)]


def version_of(row: Row[Any]) -> Version:
    """A version from a row of `COLUMNS`."""
    return Version(**{name: getattr(row, name) for name in Version.__slots__})
