"""Who read about a person or their children: which app or system, when, what kind of data.

What is certain is found by index. Pages of lists are logged with their bounds, not with whom they
held; those that cannot be excluded are one row a day for each reader and kind of data, so that an
answer stays short, and nothing is passed over.
"""

import json
from dataclasses import dataclass

from sqlmodel import Session

from app.queries.access import Access
from app.queries.access_records import SUBJECT_FILTERS
from app.queries.json_text import json_object, literal, member, plain, text
from app.queries.me.answering import recorded, values_for
from app.queries.me.lessons import Period
from app.queries.people_views import GUARDIAN_RELATIONS
from app.queries.resource import UNPROTECTED
from app.schemas.me_privacy import Category, Reader

CATEGORIES: dict[str, Category] = {
    "persons": Category.PEOPLE, "duties": Category.PEOPLE, "me.children": Category.PEOPLE,
    "groups": Category.GROUPS,
    "activities": Category.SCHEDULE, "calendarEvents": Category.SCHEDULE,
    "me.today": Category.SCHEDULE, "me.lessons": Category.SCHEDULE, "ical": Category.SCHEDULE,
    "attendances": Category.ATTENDANCE, "attendanceEvents": Category.ATTENDANCE,
    "aggregatedAttendance": Category.ATTENDANCE, "me.attendance": Category.ATTENDANCE,
    "me.roster": Category.ATTENDANCE,
    "absences": Category.ABSENCES, "absenceReports": Category.ABSENCES,
    "me.absences": Category.ABSENCES,
    "placements": Category.CARE, "attendanceSchedules": Category.CARE,
    "me.apps": Category.PRIVACY, "me.accessLog": Category.PRIVACY, "me.feeds": Category.PRIVACY,
}  # fmt: skip
WITHIN = "r.at >= %(begins)s AND r.at <= %(ends)s"
NOUN = (
    "CASE WHEN r.operation LIKE 'me.%%' THEN 'me.' || split_part(r.operation, '.', 2) "
    "ELSE split_part(r.operation, '.', 1) END"
)
SUBJECT = "coalesce(lower((r.filters -> (%(subjects)s::jsonb ->> r.operation))::text), '')"
# Where a page of persons began and ended, in the order of their ids; as `who_read` has it.
IN_ID_ORDER = "r.operation = 'persons.list' AND r.first_key ->> 0 IS NULL AND r.sort_order IS NULL"
# Of hundreds of thousands of pages a few groups are left before anyone is compared with them.
LISTING = """listing AS MATERIALIZED (
    SELECT max(r.at) AS at, count(*) AS times, r.client_id, r.acting_person_id, r.noun, r.subject,
           r.expanded, r.low, r.high, r.named
      FROM (SELECT r.at, r.client_id, r.acting_person_id, {noun} AS noun, {subject} AS subject,
                   coalesce(r.filters ? 'expand', FALSE) AS expanded,
                   CASE WHEN {in_id_order} THEN (r.first_key ->> 1)::uuid END AS low,
                   CASE WHEN {in_id_order} THEN (r.last_key ->> 1)::uuid END AS high,
                   CASE WHEN r.person_ids && %(people)s::uuid[] THEN r.person_ids END AS named
              FROM access_record r
             WHERE {within} AND r.row_count > 0
               AND (r.person_ids IS NULL OR r.filters ? 'expand')) r
     WHERE r.expanded OR r.subject = '' OR r.subject LIKE ANY(%(mentioned)s)
     GROUP BY r.client_id, r.acting_person_id, r.noun, r.subject, r.expanded, r.low, r.high,
              r.named, CASE WHEN r.subject = '' THEN date_trunc('day', r.at) ELSE r.at END
)"""
NOT_EXCLUDED = """(r.expanded OR r.subject = '' AND (r.low IS NULL OR p.id BETWEEN r.low AND r.high)
                    OR r.subject LIKE '%%' || p.id || '%%')"""
READINGS = """subject AS MATERIALIZED (
    SELECT unnest(%(people)s::uuid[]) AS id
), {listing}, reading AS (
    SELECT r.at, 1 AS times, r.client_id, r.acting_person_id, {noun} AS noun, p.id AS person,
           TRUE AS certain
      FROM subject p JOIN access_record r ON r.person_ids @> ARRAY[p.id] AND {within}
     UNION ALL
    SELECT r.at, r.times, r.client_id, r.acting_person_id, r.noun, p.id,
           r.subject = '["' || p.id || '"]'
      FROM subject p JOIN listing r ON NOT coalesce(r.named @> ARRAY[p.id], FALSE)
                                   AND {not_excluded}
), told AS (
    SELECT rd.at, rd.times, rd.client_id, rd.person, rd.certain,
           coalesce(%(categories)s::jsonb ->> rd.noun, '{other}') AS category,
           CASE WHEN rd.acting_person_id IS NULL THEN '{system}'
                WHEN rd.acting_person_id = %(me)s THEN '{you}'
                WHEN rd.acting_person_id = rd.person THEN '{pupil}'
                WHEN ac.security_marking = '{unprotected}' AND EXISTS (
                     SELECT 1 FROM responsible re
                      WHERE re.child_id = rd.person AND re.person_id = rd.acting_person_id
                        AND re.relation_type = ANY(%(relations)s)) THEN '{guardian}'
                WHEN EXISTS (SELECT 1 FROM responsible re WHERE re.child_id = rd.person
                        AND re.person_id = rd.acting_person_id) THEN '{somebody}'
                WHEN EXISTS (SELECT 1 FROM duty du WHERE du.person_id = rd.acting_person_id)
                THEN '{staff}' ELSE '{somebody}' END AS reader
      FROM reading rd LEFT JOIN person ac ON ac.id = rd.acting_person_id
), entry AS MATERIALIZED (
    SELECT max(at) AS at, client_id, person, certain, category, reader, sum(times) AS times,
           md5(concat_ws(' ', client_id, person, category, reader, certain)) AS key
      FROM told
     WHERE certain OR reader <> '{somebody}'
     GROUP BY client_id, person, certain, category, reader,
              CASE WHEN certain THEN at ELSE date_trunc('day', at) END
), shown AS MATERIALIZED (
    SELECT * FROM entry
     WHERE %(after)s::timestamptz IS NULL OR (at, key) < (%(after)s::timestamptz, %(after_key)s)
     ORDER BY at DESC, key DESC LIMIT %(limit)s + 1
)"""


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """A page of the log. `words`: what categories and readers are called. `after`: where the
    previous page ended.
    """

    period: Period
    limit: int
    words: dict[str, str]
    after: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries as JSON, comma-separated, and where the page ended if there is more."""

    entries: bytes
    next: tuple[str, str] | None


def read_log(
    session: Session, access: Access, question: LogQuestion, *, request_id: str
) -> LogPage:
    """Who read about those in view, the newest first; logged when the transaction ends."""
    period = question.period
    people = period.people(access)
    values = values_for(access, "me.accessLog", request_id, filters=period.filters, people=people)
    after, after_key = question.after or (None, None)
    values |= period.values | {
        "mentioned": [f"%{one}%" for one in people],
        "subjects": json.dumps(SUBJECT_FILTERS), "categories": json.dumps(CATEGORIES),
        "relations": [str(one) for one in GUARDIAN_RELATIONS],
        "words": json.dumps(question.words), "limit": question.limit,
        "after": after, "after_key": after_key,
    }  # fmt: skip
    rows = session.connection().exec_driver_sql(_statement(), values).all()
    more = len(rows) > question.limit
    kept = rows[: question.limit]
    last = (str(kept[-1].at.isoformat()), kept[-1].key) if more else None
    return LogPage(",".join(row.doc for row in kept).encode(), last)


def _statement() -> str:
    readings = READINGS.format(
        listing=LISTING.format(
            within=WITHIN, noun=NOUN, subject=SUBJECT, in_id_order=IN_ID_ORDER
        ),
        within=WITHIN, noun=NOUN, not_excluded=NOT_EXCLUDED,
        unprotected=UNPROTECTED, other=Category.OTHER,
        **{reader.value: reader.value for reader in Reader},
    )  # fmt: skip
    app = json_object(member("name", text("ap.name")), member("maker", text("og.name")))
    document = json_object(
        member("time", text("s.at")),
        member("person", plain("s.person")),
        # Which app somebody uses who is protected tells of them.
        member("app", f"CASE WHEN s.reader <> '{Reader.SOMEBODY}' AND ap.id IS NOT NULL "
                      f"THEN {app} END"),
        member("by", text("s.reader")),
        member("byText", text("%(words)s::jsonb ->> s.reader")),
        member("category", text("s.category")),
        member("categoryText", text("%(words)s::jsonb ->> s.category")),
        member("certain", literal("s.certain")),
        member("times", literal("s.times")),
    )  # fmt: skip
    return f"""
WITH {readings},
{recorded("count(*)", "%(people)s::uuid[]", of="subject")}
SELECT {document} AS doc, s.at, s.key FROM shown s
  LEFT JOIN application ap ON ap.client_id = s.client_id
  LEFT JOIN consumer_organisation og ON og.id = ap.consumer_organisation_id
 ORDER BY s.at DESC, s.key DESC"""
