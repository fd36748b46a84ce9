"""Pages of records of one kind, and what was published and archived since an instant."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from app.queries.catalogue.versions import (
    COLUMNS,
    FROM,
    PLAN_ANEW,
    Version,
    counting,
    holding,
    version_of,
)
from app.schemas.catalogue.kinds import Kind
from app.schemas.catalogue.marks import Path, naming

CHANGES = text("""
SELECT section, id, version, at, act, by FROM (
    SELECT * FROM (
        SELECT section, id, version, published AS at, 'published' AS act, published_by AS by
          FROM catalogue_version WHERE published > :since
        UNION ALL
        SELECT e.section, e.id, e.version, e.ended, 'archived', e.ended_by
          FROM catalogue_version e
         WHERE e.ended > :since AND NOT EXISTS (
               SELECT FROM catalogue_version n
                WHERE n.section = e.section AND n.id = e.id AND n.published = e.ended)) AS told
     ORDER BY at FETCH FIRST :limit ROWS WITH TIES) AS first
 ORDER BY at, section, id""")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records of a kind. Each of `named` is a value and where it may stand."""

    kind: Kind
    named: Sequence[tuple[str, Sequence[Path]]] = ()
    valid_on: date | None = None
    recorded_on: datetime | None = None
    modified_since: datetime | None = None
    limit: int = 100
    page: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """Records, and how many there are in all."""

    records: list[Version]
    total: int


def list_records(session: Session, asked: Asked) -> Page:
    """One page, in Swedish order of names."""
    values: dict[str, Any] = {
        "section": asked.kind.section, "at": asked.recorded_on, "limit": asked.limit,
        "offset": asked.limit * (asked.page - 1), "valid_on": asked.valid_on,
        "since": asked.modified_since,
    }  # fmt: skip
    conditions = [
        "v.section = :section", counting(asked.recorded_on),
        holding(),
        "coalesce(v.published > :since, CAST(:since AS timestamptz) IS NULL)",
    ]  # fmt: skip
    for position, (value, paths) in enumerate(asked.named):
        either = []
        for number, path in enumerate(paths):
            name = f"named_{position}_{number}"
            values[name] = json.dumps(naming(path, value))
            either.append(f"v.document @> CAST(:{name} AS jsonb)")
        conditions.append(f"({' OR '.join(either)})")
    session.execute(PLAN_ANEW)
    found = f"FROM {FROM} WHERE {' AND '.join(conditions)}"
    total = session.execute(text(f"SELECT count(*) {found}"), values).scalar_one()
    sql = f"SELECT {COLUMNS} {found} ORDER BY v.sort_key, v.id LIMIT :limit OFFSET :offset"
    return Page([version_of(row) for row in session.execute(text(sql), values)], total)


def last_change(session: Session) -> datetime | None:
    """When something was last published or archived; None when nothing ever was."""
    found: datetime | None = session.execute(
        text("SELECT greatest((SELECT max(published) FROM catalogue_version), "
             "(SELECT max(ended) FROM catalogue_version))")
    ).scalar_one()  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """A record was published, or archived and counts no more."""

    section: str
    id: str
    version: int
    at: datetime
    act: str
    by: str


def changes_since(session: Session, since: datetime, *, limit: int) -> list[Change]:
    """The oldest first, `limit` of them and those of the last one's instant besides.

    Instants grow in the order of commits, and all that one import does has the same, so whoever
    asks again from the last `at` misses none.
    """
    rows = session.execute(CHANGES, {"since": since, "limit": limit})
    return [Change(**row._asdict()) for row in rows]
