"""The access log, asked the way a guardian asks: who read my child's data?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from app.database.partitions import partitions

# Operations whose rows are about exactly the person that a filter names.
SUBJECT_FILTERS = {
    "absenceReports.list": "student",
    "absences.list": "student",
    "aggregatedAttendance.list": "student",
    "attendanceEvents.list": "person",
    "attendances.list": "student",
    "duties.list": "person",
    "placements.list": "child",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer that held, or may have held, something about the person.

    `certain` is False for a page of a list that cannot be excluded: the log keeps a page's
    bounds, not its rows, and rows may have changed since.
    """

    at: datetime
    request_id: str
    client_id: str
    application: str | None
    organisation: str | None
    acting_person_id: UUID | None
    operation: str
    filters: dict[str, Any]
    field_groups: list[str]
    row_count: int
    certain: bool


# A page is left out only where it cannot have held the person, whatever has changed since: ids
# never change, names, memberships and marks do. So bounds exclude only where persons were listed
# in the order of their ids, and a filter only where it named somebody else. With `expand`,
# others than the rows' own persons are in the answer, and nothing is excluded. Pages ordered by
# civic number are logged without that key.
WHO_READ = """
WITH record AS (
    SELECT r.*, coalesce(lower((r.filters -> (CAST(:subjects AS jsonb) ->> r.operation))::text), '')
                AS subject
      FROM access_record r
     WHERE r.at >= :since AND (r.person_ids @> ARRAY[CAST(:person AS uuid)]
                               OR r.person_ids IS NULL OR r.filters ? 'expand')
)
SELECT record.at, record.request_id, record.client_id, application.name AS application,
       consumer.name AS organisation, record.acting_person_id, record.operation,
       coalesce(record.filters, '{}') AS filters, record.field_groups, record.row_count,
       coalesce(record.person_ids @> ARRAY[CAST(:person AS uuid)], FALSE)
       OR record.subject = '["' || :person || '"]' AS certain
  FROM record
  LEFT JOIN application ON application.client_id = record.client_id
  LEFT JOIN consumer_organisation consumer ON consumer.id = application.consumer_organisation_id
 WHERE record.person_ids IS NOT NULL
    OR record.filters ? 'expand'
    OR (record.subject = '' OR record.subject LIKE '%' || :person || '%')
       AND (record.operation <> 'persons.list' OR record.first_key ->> 0 IS NOT NULL
            OR record.sort_order IS NOT NULL
            OR CAST(:person AS uuid) BETWEEN CAST(record.first_key ->> 1 AS uuid)
                                         AND CAST(record.last_key ->> 1 AS uuid))
 ORDER BY record.at, record.id
"""


def who_read(session: Session, *, person_id: UUID, since: datetime) -> Sequence[Reading]:
    """Every answer since then that was or may have been about the person, oldest first.

    None is missing: what cannot be excluded is there, marked as not certain.
    """
    rows = session.execute(
        text(WHO_READ).bindparams(
            person=str(person_id), since=since, subjects=json.dumps(SUBJECT_FILTERS)
        )
    )
    return [Reading(**row) for row in rows.mappings()]


def log_begins(session: Session) -> datetime | None:
    """Since when the log is there: retention drops what is older than the city's rule."""
    parts = partitions(session, "access_record")
    return parts[0].begins if parts else None
